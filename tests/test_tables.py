"""Whole notebooks of the assignment about tables, from the file to the score."""

from grader.assignment.loading import load
from grader.grading import grade
from grader.notebook.reading import read
from tests.notebooks import ROOT

REFERENCE = ROOT / "reference" / "tables"
RELEASED = ROOT / "assignments" / "tables" / "tables.ipynb"


def test_the_reference_gets_everything() -> None:
    """All that is asked of the solution in its sandbox is right."""
    assignment = load(REFERENCE)
    result = grade(read(assignment.reference), assignment)
    assert [
        each for one in result.exercises for each in one.checks if each.status != "passed"
    ] == []
    assert (result.score, result.max_score) == (100, 100)


def test_the_released_notebook_gets_nothing_and_is_told_what_to_write() -> None:
    """Its own folder grades it: each exercise says what is not written yet, and none breaks."""
    result = grade(read(RELEASED), load(RELEASED.parent))
    assert result.score == 0
    for exercise in result.exercises:
        assert {each.status for each in exercise.checks} <= {"failed", "skipped"}
        assert any("Your code: " in each.message for each in exercise.checks), exercise.id
