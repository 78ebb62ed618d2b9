"""A copy of a notebook that is gone takes nothing along that its author has."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from sqlalchemy import select

from grader.gradebook.book import Gradebook
from grader.gradebook.decisions import decide
from grader.gradebook.tables import Attempt
from tests.gradebook.course import RIGHT, WRONG, Course


@pytest.fixture
def moved(tmp_path: Path) -> Callable[..., dict[str, float]]:
    """Return what grades two with points by hand, moves the first's file, and tells the grades."""

    def call(former: str, now: str, *more: str) -> dict[str, float]:
        course = Course.made(tmp_path)
        path = course.hand_in(former, RIGHT, "Words of my own.")
        course.hand_in("bob/nn", WRONG)
        assert course.grade() == 0
        with Gradebook.opened(course.book).writing() as session:
            for attempt in session.scalars(select(Attempt)):
                decide(session, attempt, 2, who="maria", exercise="why", check_id="sum")
        content = path.read_bytes()
        path.unlink()
        if not more:
            path.parent.rmdir()
        for name in more:
            course.hand_in(name, WRONG, "Other words.")
        copy = course.submissions / f"{now}.ipynb"
        copy.parent.mkdir(parents=True, exist_ok=True)
        copy.write_bytes(content)
        course.grade()
        rows = json.loads(course.run("gradebook", "list", course.book, "--json", "-"))
        return {row["student"]: row["grade"] for row in rows}

    return call


@pytest.mark.parametrize("copy", ["mallory/nn", "mallory/anna/nn"])
def test_who_copies_a_notebook_has_no_points_that_were_given_for_it(
    moved: Callable[..., dict[str, float]], copy: str
) -> None:
    """Where its author has handed in another since, the attempt stays the author's."""
    grades = moved("anna/nn", copy, "anna/nn-2")
    assert grades == {"anna": 0, "bob": 2, "mallory": 2}


def test_a_student_who_is_called_otherwise_keeps_all(
    moved: Callable[..., dict[str, float]], capsys: pytest.CaptureFixture[str]
) -> None:
    """What lies under another name, and nothing under the former, is the same; that is told."""
    assert moved("ana/nn", "anna/nn") == {"anna": 4, "bob": 2}
    told = capsys.readouterr()
    assert "the result of ana/nn, with what persons decided" in " ".join(told.err.split())


def test_a_student_who_changes_sections_keeps_all(moved: Callable[..., dict[str, float]]) -> None:
    """The path below the section is the same, and others of the section are still there."""
    assert moved("one/anna/nn", "two/anna/nn", "one/carl/nn")["two"] == 4
