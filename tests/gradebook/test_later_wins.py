"""A table of points, a renamed assignment, several files: what is later, and what is the same."""

import os
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from grader.assignment.model import Assignment
from grader.cli import grader
from grader.course import jobs
from grader.errors import UsageError
from grader.gradebook.book import Gradebook
from grader.gradebook.decisions import decide
from grader.gradebook.tables import Attempt
from grader.notebook.reading import Notebook
from grader.results.model import ExerciseResult, Result
from tests.course.test_rejudging_book import Course
from tests.course.test_results_folder import made_of


@pytest.fixture
def course(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Course:
    """Return a course of one, who waits for 2 points."""
    monkeypatch.setattr(jobs, "grade", made_of)
    monkeypatch.setattr("grader.course.batch.slowness", lambda: 1)
    course = Course(tmp_path)
    course.hand_in("anna/nn.ipynb", 5)
    assert course.grade() == 0
    return course


def table(course: Course, points: float, *, comment: str = "", saved: float = 60) -> Path:
    """Write a table, as it was saved so many seconds from now."""
    path = course.book.parent / "points.csv"
    path.write_text(
        f"submission,exercise,check,points,comment\nanna/nn,why,sum,{points},{comment}\n", "utf-8"
    )
    os.utime(path, (time.time() + saved,) * 2)
    return path


def read_by_a_person(course: Course, points: float) -> None:
    """Give points as the page for reviews does."""
    with Gradebook.opened(course.book).writing() as session:
        attempt = session.get_one(Attempt, 1)
        decide(session, attempt, points, who="maria", exercise="why", check_id="sum")


def undo(course: Course, number: int) -> None:
    """Take a decision back."""
    done = CliRunner().invoke(grader, ["gradebook", "undo", str(course.book), str(number)])
    assert done.exit_code == 0, done.output


def told(capsys: pytest.CaptureFixture[str]) -> str:
    """Return what was printed since, on one line."""
    return " ".join(capsys.readouterr().out.split())


def test_an_old_table_overrides_no_later_decision(
    course: Course, capsys: pytest.CaptureFixture[str]
) -> None:
    """Read again, it leaves alone what was decided since, and says which line and why."""
    path = table(course, 1.5)
    assert course.again(manual=path) == 0
    assert course.points()["anna"] == "6.5"
    read_by_a_person(course, 2)
    capsys.readouterr()
    for options in ({"dry_run": True}, {}, {}):
        assert course.again(manual=path, **options) == 0
        assert "anna/nn, why.sum: the line's 1.5 points were read before, and maria gave 2" in (
            told(capsys)
        )
        assert course.points()["anna"] == "7"
    assert course.result("anna--nn")["score"] == 7


def test_a_line_that_is_unchanged_is_no_new_decision(
    course: Course, capsys: pytest.CaptureFixture[str]
) -> None:
    """Twice is once, and what a person undid stays undone."""
    path = table(course, 1.5)
    for _ in range(2):
        assert course.again(manual=path) == 0
    assert sum("1.5 points" in line for line in course.history("anna")) == 1
    undo(course, 1)
    capsys.readouterr()
    assert course.again(manual=path) == 0
    assert "undid them since. Left alone." in told(capsys)
    assert course.points()["anna"] == "5"


def test_a_line_that_was_changed_is_a_decision(course: Course) -> None:
    """Other points, or another comment, count from then on."""
    assert course.again(manual=table(course, 1.5)) == 0
    read_by_a_person(course, 2)
    assert course.again(manual=table(course, 0.5)) == 0
    assert course.points()["anna"] == "5.5"
    assert course.again(manual=table(course, 0.5, comment="Clear.")) == 0
    assert any(
        "0.5 points for why.sum" in line and "Clear." in line for line in (course.history("anna"))
    )


def test_a_table_from_before_a_decision_is_left_alone(
    course: Course, capsys: pytest.CaptureFixture[str]
) -> None:
    """Read for the first time, it is older all the same, until it is saved again."""
    read_by_a_person(course, 2)
    capsys.readouterr()
    assert course.again(manual=table(course, 1, saved=-60)) == 0
    assert "maria gave 2 points after the table was saved. Left alone" in told(capsys)
    assert course.points()["anna"] == "7"
    assert course.again(manual=table(course, 1)) == 0
    assert course.points()["anna"] == "6"


def faulty(notebook: Notebook, assignment: Assignment, how: Any, **_: Any) -> Result:
    """Return a result at whose first check the grader failed."""
    whole = made_of(notebook, assignment, how)
    (exercise,) = whole.exercises
    own = replace(exercise.checks[0], status="error", points=0.0)
    one = ExerciseResult.of(id="why", title="Why", checks=[own, exercise.checks[1]])
    return replace(whole, exercises=(one,), score=0.0, pending=11.0)


def test_a_fault_takes_the_place_of_no_good_result(
    course: Course, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Where judging again fails, what was found before counts, everywhere, and it is told."""
    before = course.history("anna")
    monkeypatch.setattr(jobs, "grade", faulty)
    assert course.again() == 3
    assert "anna/nn keeps its result: the grader itself failed at why.own." in told(capsys)
    assert course.points()["anna"] == "5"
    assert course.result("anna--nn")["score"] == 5
    assert course.history("anna") == before
    monkeypatch.setattr(jobs, "grade", made_of)
    assert course.grade() == 0
    assert course.points()["anna"] == "5"


def test_a_renamed_assignment_does_not_begin_anew(
    course: Course, capsys: pytest.CaptureFixture[str]
) -> None:
    """The call says what to do and grades nothing; after it all goes on as before."""
    read_by_a_person(course, 2)
    former = course.assignment
    course.assignment = former.rename(former.with_name("doubling"))
    with pytest.raises(UsageError, match=r"gradebook rename .* tiny doubling"):
        course.grade()
    rename = ["gradebook", "rename", str(course.book), "tiny", "doubling"]
    done = CliRunner().invoke(grader, rename)
    assert done.exit_code == 0, done.output
    for force in (False, True):
        assert course.grade(force=force) == 0
        assert course.points() == {"anna": "7"}
    assert not any("attempt 2" in line for line in course.history("anna"))
    assert CliRunner().invoke(grader, rename).exit_code == 2


def test_a_second_assignment_is_told(
    course: Course, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    """One that a gradebook did not have begins with a word."""
    course.assignment = course.assignment.rename(course.assignment.with_name("other"))
    course.hand_in("anna/second.ipynb", 1)
    course.out = tmp_path / "second"
    assert course.grade(course.handed_in / "anna" / "second.ipynb") == 0
    assert "other is new to" in " ".join(capsys.readouterr().err.split())


def test_attempts_are_numbered_by_what_they_are(
    course: Course, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of two files without a moment the numbers in their names tell, whichever is done first."""

    class Backwards:
        """Grades the last first."""

        def run(self, work: Any) -> Any:
            yield from ((job, jobs.perform(job)) for job in reversed(list(work)))

    for place in (2, 10, 1):
        course.hand_in(f"boris/nn{place}.ipynb", place % 10)

    class Closing(Backwards):
        """As an executor is closed."""

        def run(self, work: Any) -> Any:
            return super().run(work)

    monkeypatch.setattr("grader.course.batch.InTurn", lambda _told: Closing())
    assert course.grade() == 0
    numbers = [line.partition("boris")[0] for line in course.history("boris")]
    assert len(numbers) == 3
    with Gradebook.opened(course.book).reading() as session:
        found = {each.submission: each.number for each in session.query(Attempt)}
    assert found == {"anna/nn": 1, "boris/nn1": 1, "boris/nn2": 2, "boris/nn10": 3}
    assert course.points()["boris"] == "0"
