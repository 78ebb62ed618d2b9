"""Whatever happens to files and folders, points and decisions stay whose they are."""

import os
import unicodedata
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from sqlalchemy import select
from sqlalchemy.orm import Session

from grader.assignment.model import CHECKS, Assignment
from grader.cli.course import gradebook
from grader.collecting.roster import Person as Student
from grader.course import jobs
from grader.course.bookkeeping import commands
from grader.course.rejudging import rejudge_folder
from grader.course.store import Store, digest
from grader.gradebook.attempts import enrol, take_assignment
from grader.gradebook.book import Gradebook
from grader.gradebook.decisions import decide
from grader.gradebook.grades import extensions
from grader.gradebook.tables import Assignment as Row
from grader.gradebook.tables import Attempt
from grader.notebook.reading import Notebook
from grader.results.model import ExerciseResult, Result
from tests.course.test_rejudging_book import Course
from tests.course.test_results_folder import made_of


@pytest.fixture
def course(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Course:
    """Return a course of two, graded, of whom anna was given 2 of 2 for what waits."""
    monkeypatch.setattr(jobs, "grade", made_of)
    monkeypatch.setattr("grader.course.batch.slowness", lambda: 1)
    course = Course(tmp_path)
    course.hand_in("anna/nn.ipynb", 5)
    course.hand_in("boris/nn.ipynb", 3)
    assert course.grade() == 0
    with Gradebook.opened(course.book).writing() as session:
        decide(session, attempt_of(session, "anna"), 2, who="maria", exercise="why", check_id="sum")
    assert course.points() == {"anna": "7", "boris": "3"}
    return course


def attempt_of(session: Session, student: str) -> Attempt:
    """Return a student's last attempt."""
    of_student = select(Attempt).where(Attempt.person_id == student)
    return session.scalars(of_student.order_by(Attempt.number)).all()[-1]


def test_checks_that_are_broken_for_a_while_cost_no_decision(course: Course) -> None:
    """A call that could grade nothing leaves every attempt and its points as they were."""
    checks = course.assignment / CHECKS
    right = checks.read_text("utf-8")
    checks.write_text("def", "utf-8")
    digest.cache_clear()
    course.grade()
    assert course.points() == {"anna": "7", "boris": "3"}
    checks.write_text(right, "utf-8")
    digest.cache_clear()
    assert course.grade() == 0
    assert course.points() == {"anna": "7", "boris": "3"}


def test_a_file_that_cannot_be_read_for_a_while_costs_no_decision(
    course: Course, tmp_path: Path
) -> None:
    """A dangling link, or a disk that is away, is no other notebook."""
    path = course.handed_in / "anna" / "nn.ipynb"
    path.rename(tmp_path / "away.ipynb")
    path.symlink_to(tmp_path / "nowhere.ipynb")
    course.grade()
    path.unlink()
    (tmp_path / "away.ipynb").rename(path)
    assert course.grade() == 0
    assert course.points()["anna"] == "7"


def test_points_for_a_broken_file_are_not_the_next_file_s(course: Course) -> None:
    """Points beside the checks belong to the file that they were given for."""
    (course.handed_in / "anna" / "nn.ipynb").write_text("{", "utf-8")
    course.grade()
    with Gradebook.opened(course.book).writing() as session:
        decide(session, attempt_of(session, "anna"), 4, who="maria", comment="It can be read.")
    assert course.points()["anna"] == "4"
    course.hand_in("anna/nn.ipynb", 6)
    assert course.grade() == 0
    assert course.points()["anna"] == "6"


def test_a_file_that_is_restored_is_the_attempt_that_it_was(course: Course) -> None:
    """What was overwritten by mistake and put back counts with its decisions."""
    path = course.handed_in / "anna" / "nn.ipynb"
    right = path.read_bytes()
    course.hand_in("anna/nn.ipynb", 1)
    assert course.grade() == 0
    assert course.points()["anna"] == "1"
    path.write_bytes(right)
    assert course.grade() == 0
    assert course.points()["anna"] == "7"


def test_results_that_move_alone_keep_their_decisions(course: Course) -> None:
    """Whatever the folder of results is called by now, its attempts are the same."""
    course.out.rename(course.out.with_name("elsewhere"))
    course.out = course.out.with_name("elsewhere")
    assert rejudge_folder(course.out, jobs=1) == 0
    assert course.again() == 0
    assert course.points() == {"anna": "7", "boris": "3"}
    assert course.result("anna--nn")["score"] == 7
    assert course.grade() == 0
    assert course.points() == {"anna": "7", "boris": "3"}


def test_another_folder_of_results_costs_no_decision(course: Course) -> None:
    """The same notebooks graded into a second folder are the same attempts."""
    course.out = course.out.with_name("second")
    assert course.grade() == 0
    assert course.points() == {"anna": "7", "boris": "3"}
    assert course.result("anna--nn")["score"] == 7
    assert not any("attempt 2" in line for line in course.history("anna"))


@pytest.mark.parametrize("names", [(b"M\xfcller", b"M\xf6ller"), (b"-chen", b"chen")])
def test_no_two_students_are_one(course: Course, names: tuple[bytes, bytes]) -> None:
    """Folders that cannot be shown as they are called stay two students."""
    for number, name in enumerate(names):
        path = course.hand_in(f"{number}/nn.ipynb", number + 1)
        path.parent.rename(course.handed_in / os.fsdecode(name))
    assert course.grade() == 0
    points = course.points()
    assert sorted(points.values()) == ["1", "2", "3", "7"]
    assert course.grade() == 0
    assert course.points() == points


def test_an_accent_makes_nobody_a_stranger(course: Course) -> None:
    """A folder that a Mac has written is that of the student on the roster."""
    with Gradebook.opened(course.book).writing() as session:
        enrol(session, [Student("jörg")])
    course.hand_in(f"{unicodedata.normalize('NFD', 'jörg')}/nn.ipynb", 4)
    assert course.grade() == 0
    assert course.points() == {"anna": "7", "boris": "3", "jörg": "4"}


def test_a_file_takes_the_place_of_another_with_its_decisions(course: Course) -> None:
    """What lay in Boris' place was Anna's: she has it, with its points, and he has nothing."""
    with Gradebook.opened(course.book).writing() as session:
        decide(session, attempt_of(session, "boris"), 1, who="maria")
    (course.handed_in / "boris" / "nn.ipynb").replace(course.handed_in / "anna" / "nn.ipynb")
    (course.handed_in / "boris").rmdir()
    assert course.grade() == 0
    assert course.points() == {"anna": "4"}  # 3 of its checks and 1 beside them


def test_who_has_not_handed_in_may_have_more_time(
    course: Course, capsys: pytest.CaptureFixture[str]
) -> None:
    """An extension is for another assignment as well, and for who is on no roster."""
    with Gradebook.opened(course.book).writing() as session:
        take_assignment(session, "next", "Next", "1", {})
    until = datetime(2026, 12, 3, tzinfo=UTC)
    commands.extend(course.book, "anna", until, assignment="next", why="ill", who="maria")
    assert "anna, next: nothing was handed in yet" in capsys.readouterr().out
    assert any("may hand in until" in line for line in course.history("anna"))


def test_an_extension_can_be_taken_back(course: Course, capsys: pytest.CaptureFixture[str]) -> None:
    """The one before it counts again, all stay in the history, and none is no silent success."""
    with Gradebook.opened(course.book).writing() as session:
        assignment = take_assignment(session, "next", "Next", "1", {})
        assignment_id = assignment.id

    def latest() -> datetime | None:
        with Gradebook.opened(course.book).reading() as session:
            found = session.scalar(extensions("anna", session.get_one(Row, assignment_id)))
            return None if found is None else found.until

    moments = [datetime(2026, 12, day, tzinfo=UTC) for day in (3, 5)]
    for until in moments:
        commands.extend(course.book, "anna", until, assignment="next", why="ill", who="maria")
    for left in (moments[0], None):
        call = ["extend", str(course.book), "anna", "--back", "--assignment", "next", "--as", "ben"]
        ran = CliRunner().invoke(gradebook, call)
        assert ran.exit_code == 0, ran.output
        assert latest() == left
    told = [line for line in course.history("anna") if "may hand in until" in line]
    assert len(told) == 2
    assert all(line.endswith("ill; undone by ben") for line in told)
    ran = CliRunner().invoke(gradebook, call)
    assert ran.exit_code == 2
    assert "anna has no extension for next: nothing was changed." in ran.output


@pytest.mark.parametrize("moment", [[], ["2026-12-03", "--back"]])
def test_an_extension_is_given_or_taken_back(course: Course, moment: list[str]) -> None:
    """Who names no moment, or one to take back, learns what to write."""
    ran = CliRunner().invoke(gradebook, ["extend", str(course.book), "anna", *moment])
    assert ran.exit_code == 2
    assert "Name the moment, or take the latest extension back by --back." in ran.output


def test_a_part_is_no_grade_to_publish(course: Course, monkeypatch: pytest.MonkeyPatch) -> None:
    """What `--only` left out is pending, and the note says so, until the whole is graded."""

    def part(notebook: Notebook, assignment: Assignment, how: Any, **_: Any) -> Result:
        whole = made_of(notebook, assignment, how)
        (exercise,) = whole.exercises
        one = ExerciseResult.of(id="why", title="Why", checks=exercise.checks[1:])
        return replace(whole, exercises=(one,), score=0.0, max_score=2.0, pending=2.0)

    monkeypatch.setattr(jobs, "grade", part)
    assert course.grade(only="why", force=True) == 0
    anna = course.grades()["anna"]
    assert (anna["grade"], anna["pending"]) == ("2", "9")
    assert anna["note"] == "only some of its exercises were graded"
    monkeypatch.setattr(jobs, "grade", made_of)
    assert course.grade(force=True) == 0
    assert course.points() == {"anna": "7", "boris": "3"}


def test_points_are_told_once_while_another_call_grades(course: Course) -> None:
    """A decision that is saved is no error: whoever repeats it would give the points twice."""
    with Store(course.out).alone():
        commands.give_points(
            course.book,
            "anna",
            1,
            check=None,
            attempt=None,
            assignment=None,
            comment="",
            why="",
            who="maria",
        )
    assert course.points()["anna"] == "8"


def test_a_fault_of_the_grader_lowers_nobody(
    course: Course, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A result that was there stays in force where grading it again failed."""

    def faulty(notebook: Notebook, assignment: Assignment, how: Any, **_: Any) -> Result:
        whole = made_of(notebook, assignment, how)
        (exercise,) = whole.exercises
        own = replace(exercise.checks[0], status="error", points=0.0)
        one = ExerciseResult.of(id="why", title="Why", checks=[own, exercise.checks[1]])
        return replace(whole, exercises=(one,), score=0.0, pending=11.0)

    monkeypatch.setattr(jobs, "grade", faulty)
    assert course.grade(force=True) == 3
    assert course.points() == {"anna": "7", "boris": "3"}
    assert "the grader itself failed" in course.grades()["anna"]["note"]
    monkeypatch.setattr(jobs, "grade", made_of)
    assert course.grade(force=True) == 0
    assert course.grades()["anna"]["note"] == ""


def test_a_decision_about_a_check_that_is_gone_is_told(
    course: Course, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Points of a check that was renamed count nothing, and neither call keeps quiet about it."""

    def renamed(notebook: Notebook, assignment: Assignment, how: Any, **_: Any) -> Result:
        whole = made_of(notebook, assignment, how)
        (exercise,) = whole.exercises
        total = replace(exercise.checks[1], id="total")
        one = ExerciseResult.of(id="why", title="Why", checks=[exercise.checks[0], total])
        return replace(whole, exercises=(one,))

    assert "is no check" not in " ".join(capsys.readouterr().err.split())
    monkeypatch.setattr(jobs, "grade", renamed)
    assert course.again() == 0
    told = "why.sum, about which a person decided, is no check of 1 result any more"
    assert told in " ".join(capsys.readouterr().out.split())
    assert course.points()["anna"] == "5"
    assert course.grade() == 0
    assert told in " ".join(capsys.readouterr().err.split())
    monkeypatch.setattr(jobs, "grade", made_of)
    assert course.again() == 0
    assert "is no check" not in " ".join(capsys.readouterr().out.split())
    assert course.points()["anna"] == "7"


def test_a_namesake_of_another_section_is_told(
    course: Course, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Two folders of results, and the same name in both: whom they are taken for is said."""
    course.handed_in, course.out = tmp_path / "b", tmp_path / "b.results"
    course.hand_in("anna/nn.ipynb", 1)
    assert course.grade() == 0
    told = " ".join(capsys.readouterr().err.split())
    assert "anna has attempts in out too, which are taken for the same student's" in told
    assert "boris has attempts" not in told
