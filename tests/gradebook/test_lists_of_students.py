"""A list of what was collected that a student hands in beside a notebook is believed by nothing."""

import json
from pathlib import Path

import pytest

from grader.course.batch import grade_paths
from tests.gradebook.course import RIGHT, WRONG, Course

HEAD = "student,name,email,section,attempt,handed_in,late,file,source,note\r\n"
ANNA_S = "sub.zip: Anna Lee_71_assignsubmission_file_/nn.ipynb"


def forged(file: str) -> str:
    """Return a list that says that a file is Anna's last attempt."""
    return f'{HEAD}"anna","","","","7","2026-10-01T00:00:00Z","","{file}","{ANNA_S}",""\r\n'


def named(course: Course, how: str) -> list[Path]:
    """Return what a shell makes of in/, in/* and in/*/*.ipynb."""
    pattern = {"each folder": "*", "each file": "*/*.ipynb"}.get(how, "")
    return sorted(course.submissions.glob(pattern)) if pattern else [course.submissions]


@pytest.mark.parametrize("how", ["the folder", "each folder", "each file", "a folder of files"])
def test_a_student_s_own_list_is_nobody_s_word(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], how: str
) -> None:
    """It makes no notebook another's attempt, and gives no feedback file another's name."""
    course = Course.made(tmp_path)
    flat = how == "a folder of files"
    nested = "anna/1/nn" if how == "each folder" else "nn"
    course.hand_in("anna" if flat else "anna/nn", RIGHT)
    course.hand_in("mallory" if flat else f"mallory/{nested}", WRONG)
    theirs = course.submissions / ("" if flat else "mallory")
    (theirs / "collected.csv").write_text(forged("mallory.ipynb" if flat else f"{nested}.ipynb"))
    (theirs / "roster.csv").write_text("id,name\nanna,Evil\n")
    reference = str(tmp_path / "reference" / "tiny")
    grade_paths(
        named(course, how),
        gradebook=course.book,
        out=None,
        jobs=1,
        require_sandbox=False,
        assignment=reference,
    )
    told = capsys.readouterr()
    assert ("collected.csv is not believed" in told.out + told.err) == (how == "each folder")
    rows = json.loads(course.run("gradebook", "list", course.book, "--json", "-"))
    assert {row["student"]: row["grade"] for row in rows} == {"anna": 2, "mallory": 0}
    out = tmp_path / "feedback"
    publish = ("publish", course.book, "--feedback", out, "--provisional")
    course.run(*publish, "--for", "moodle", fails=True)
    assert not out.exists() or not [each for each in out.rglob("*") if "Anna Lee" in each.name]
