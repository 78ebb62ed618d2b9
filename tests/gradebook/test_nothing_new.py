"""A call with nothing new writes nothing, and whatever did change is written all the same."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import delete

from grader.course import jobs
from grader.gradebook.book import Gradebook
from grader.gradebook.decisions import decide, void
from grader.gradebook.tables import Assignment, Attempt, Grading, Score
from grader.reports import student_page
from tests.course.test_rejudging_book import Course
from tests.course.test_results_folder import made_of


@pytest.fixture
def course(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Course:
    """Return a course of two and a broken file, graded with pages."""
    monkeypatch.setattr(jobs, "grade", made_of)
    monkeypatch.setattr("grader.course.batch.slowness", lambda: 1)
    course = Course(tmp_path)
    course.hand_in("anna/nn.ipynb", 5)
    course.hand_in("boris/nn.ipynb", 3)
    (course.handed_in / "carl").mkdir()
    (course.handed_in / "carl" / "nn.ipynb").write_text("{", "utf-8")
    assert course.grade(report=["html"]) == 2
    return course


def files(course: Course) -> dict[str, int]:
    """Return when each report was written."""
    every = [path for path in course.out.iterdir() if path.is_file() and path.suffix != ".csv"]
    return {path.name: path.stat().st_ino for path in every}


def written(course: Course, **options: Any) -> set[str]:
    """Return which reports the same call writes anew."""
    before = files(course)
    assert course.grade(report=["html"], **options) == 2
    return {name for name, inode in files(course).items() if before.get(name) != inode}


PAGES = {"anna--nn.html", "anna--nn.json", "index.html"}


def test_nothing_new_writes_no_report(
    course: Course, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """No page is made, nothing is added to the gradebook, and the table is the same."""
    table, book = course.rows(), course.grades()
    monkeypatch.setattr(student_page, "write_report", None)
    capsys.readouterr()
    for _ in range(2):
        assert written(course) == set()
    told = capsys.readouterr()
    assert "2 of 3 were graded before" in told.err
    assert "anna/nn" in told.out
    assert course.rows() == table
    assert course.grades() == book
    assert len(course.history("anna")) == 1


def points(course: Course) -> None:
    """Give points in the gradebook, without its reports."""
    with Gradebook.opened(course.book).writing() as session:
        decide(session, session.get_one(Attempt, 1), 1, who="maria", exercise="why", check_id="sum")


def edited(course: Course) -> None:
    """Change a page."""
    (course.out / "anna--nn.html").write_text("<p>Another.</p>", "utf-8")


def removed(course: Course) -> None:
    """Remove a result."""
    (course.out / "anna--nn.json").unlink()


def record(course: Course) -> None:
    """Change what is kept."""
    path = course.out / ".grading" / "anna--nn.json"
    path.write_text(path.read_text("utf-8").replace('"points":5.0', '"points":4.0'), "utf-8")


@pytest.mark.parametrize("change", [points, edited, removed, record])
def test_a_page_follows_its_result(course: Course, change: Callable[[Course], None]) -> None:
    """Whatever changed it, the pages of that one are written anew, and no other's."""
    change(course)
    own = PAGES - {"index.html"} if change in (edited, removed) else PAGES
    assert written(course) == own
    if change is points:
        assert course.result("anna--nn")["score"] == 6
    assert written(course) == set()


def test_pages_follow_the_level(course: Course) -> None:
    """Another level of feedback is told in every file."""
    every = PAGES | {"boris--nn.html", "boris--nn.json"}
    assert written(course, feedback="score") >= every - {"index.html"}
    assert {each["id"] for each in course.result("anna--nn")["exercises"][0]["checks"]} <= {
        *("hidden", "hidden_pending"),
    }


def test_a_void_check_is_on_every_page(course: Course) -> None:
    """Also where the call that made it void was ended before it wrote them."""
    with Gradebook.opened(course.book).writing() as session:
        row = session.get_one(Assignment, 1)
        void(session, row, "why", "sum", who="maria", why="It was unclear.")
    assert written(course) == PAGES | {"boris--nn.html", "boris--nn.json"}
    assert course.result("boris--nn")["score"] == 5


def test_a_gradebook_that_was_restored_is_filled_again(course: Course) -> None:
    """What a backup of the book does not know is taken in, also where no page changes."""
    with Gradebook.opened(course.book).writing() as session:
        session.execute(delete(Score).where(Score.grading_id == 1))
        session.execute(delete(Grading).where(Grading.id == 1))
    assert course.grade() == 2
    assert course.points() == {"anna": "5", "boris": "3", "carl": ""}
    assert any("graded, 5" in line for line in course.history("anna"))


def test_one_late_notebook_writes_its_own_pages(course: Course) -> None:
    """And the overview, which has all the others still."""
    course.hand_in("dora/nn.ipynb", 1)
    assert written(course) == {"dora--nn.html", "dora--nn.json", "index.html"}
    overview = (course.out / "index.html").read_text("utf-8")
    assert all(name in overview for name in ("anna", "boris", "carl", "dora"))
