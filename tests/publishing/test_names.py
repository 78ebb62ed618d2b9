"""Feedback files are called what the platforms want back."""

import pytest

from grader.collecting.roster import Person as Student
from grader.publishing.names import Platform, feedback_name

ANNA = Student("anna", "Anna Lee")


@pytest.mark.parametrize(
    ("platform", "source", "name"),
    [
        # Before Moodle 4.1 and since then, and with all files in one folder.
        ("moodle", "Anna Lee_71_assignsubmission_file_/nn.ipynb", "{0}_/nn.html"),
        ("moodle", "Anna Lee_71_assignsubmission_file/a/nn.ipynb", "{0}/nn.html"),
        ("moodle", "Anna Lee_71_assignsubmission_file_nn.ipynb", "{0}_nn.html"),
        ("moodle", "Anna Lee_71_assignsubmission_file_/work.zip/~nn.ipynb", "{0}_/nn.html"),
        ("canvas", "leeanna_501_9001_nn-2.ipynb", "leeanna_501_9001_nn-2.html"),
        ("canvas", "leeanna_LATE_501_9001_nn.v2.ipynb", "leeanna_LATE_501_9001_nn.v2.html"),
        ("canvas", "leeanna_501_9001_work.zip/a/nn.ipynb", "leeanna_501_9001_work.html"),
        ("canvas", "李安娜_501_9001_ノート.ipynb", "李安娜_501_9001_ノート.html"),
        ("gradescope", "submission_123/nn.ipynb", "anna/nn.html"),
        ("gradescope", "", "anna/feedback.html"),
        ("nbgrader", "submitted/alee/ps1/nn.ipynb", "alee/ps1/nn.html"),
        ("nbgrader", "alee+ps1+2026-11-28 12:30:05.1 UTC/nn.ipynb", "alee/ps1/nn.html"),
        ("nbgrader", "alee/nn.ipynb", None),
        ("nbgrader", "../ps1/nn.ipynb", None),
        ("moodle", "anna/nn.ipynb", None),
        ("canvas", "anna/nn.ipynb", None),
        ("canvas", "", None),
    ],
)
def test_a_file_has_the_name_of_the_download(
    platform: Platform, source: str, name: str | None
) -> None:
    """It is the download's own, with another ending; where it came from elsewhere there is none."""
    parts = source.split("/") if source else []
    wanted = name and name.format("Anna Lee_71_assignsubmission_file")
    assert feedback_name(platform, ANNA, parts, ".html") == wanted


def test_moodle_s_number_may_come_from_the_roster() -> None:
    """A grading worksheet has it, for whoever the download tells nothing of."""
    anna = Student("anna", "Anna_Lee", extras={"Identifier": "Participant 71"})
    name = feedback_name("moodle", anna, ["anna", "nn.ipynb"], ".html")
    assert name == "Anna Lee_71_assignsubmission_file_/nn.html"


@pytest.mark.parametrize("identifier", ["..", "a/b", "", "A/../b", ".x", "x."])
def test_no_identifier_leads_elsewhere(identifier: str) -> None:
    """Whatever a student is called by, the folder is one below."""
    name = feedback_name("gradescope", Student(identifier), ["nn.ipynb"], ".html")
    assert name is not None
    folder, _, file = name.partition("/")
    assert folder not in ("", ".", "..")
    assert file == "nn.html"
