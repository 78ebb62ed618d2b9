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


@pytest.mark.parametrize(
    ("platform", "source", "name"),
    [
        ("moodle", "Mal_72_assignsubmission_file_/{0}/nn.ipynb", "Mal_72_assignsubmission_file_/"),
        ("moodle", "Mal_72_assignsubmission_file_{0}", "Mal_72_assignsubmission_file_{0}"),
        ("canvas", "mal_502_9002_work.zip/{0}", "mal_502_9002_work.html"),
        ("canvas", "mal_502_9002_{0}", "mal_502_9002_{0}"),
        ("nbgrader", "submitted/mal/ps1/anna/ps1/nn.ipynb", "mal/ps1/nn.html"),
        ("nbgrader", "mal/ps1/submitted/anna/ps1/nn.ipynb", "mal/ps1/nn.html"),
        ("nbgrader", "mallory/ps1/anna/ps1/nn.ipynb", "mallory/ps1/nn.html"),
        (
            "nbgrader",
            "mal+ps1+2026-11-28 12:30:05.1 UTC/anna+ps1+2026-11-28 12:30:05.1 UTC/nn.ipynb",
            "mal/ps1/nn.html",
        ),
    ],
)
def test_no_name_of_a_student_s_is_taken_for_the_platform_s(
    platform: Platform, source: str, name: str
) -> None:
    """What is called as another's hand-in, within one's own, does not become the other's."""
    others = {
        "moodle": "Anna Lee_71_assignsubmission_file_",
        "canvas": "leeanna_501_9001_nn",
        "nbgrader": "",
    }[platform]
    student = Student("mal", "Mal", "mallory@uni.edu")
    flat = f"{others}.ipynb" if source.endswith("{0}") else others
    found = feedback_name(platform, student, source.format(flat).split("/"), ".html")
    assert found is not None
    assert found.startswith(name.format(others))


def test_a_folder_that_was_named_is_not_the_student_s() -> None:
    """Where nothing was collected, what lies in the folder that was graded says whose it is."""
    parts = ["/", "course_1_2_x", "submitted", "mal", "ps1", "mal", "anna", "ps1", "nn.ipynb"]
    for above in (2, 3, 4, 5):
        found = feedback_name("nbgrader", Student("mal"), parts, ".html", above)
        assert found == "mal/ps1/nn.html"
    parts = ["/", "course_1_2_x", "downloads", "mal_502_9002_nn.ipynb"]
    found = feedback_name("canvas", Student("mal"), parts, ".html", 3)
    assert found == "mal_502_9002_nn.html"


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
