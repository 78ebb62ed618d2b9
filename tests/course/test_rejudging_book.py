"""A gradebook is judged again: nothing is dropped from it, and nothing that was decided is lost."""

import csv
import io
import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from sqlalchemy import func, select

from grader.cli import grader
from grader.course import jobs
from grader.course.rejudging import rejudge
from grader.course.store import FOLDER
from grader.errors import UsageError
from grader.gradebook.book import Gradebook, assignment_named
from grader.gradebook.export import grades_csv, history
from grader.gradebook.tables import Grading, Person
from grader.publishing.feedback import FeedbackWriter, marked
from grader.publishing.publications import publishable
from tests.course.test_results_folder import Course as Folder
from tests.course.test_results_folder import _strict as strict
from tests.course.test_results_folder import made_of


class Course(Folder):
    """A course whose folder of results belongs to a gradebook; its notebooks are not run."""

    @property
    def book(self) -> Path:
        """The gradebook."""
        return self.out.parent / "course.db"

    def grade(self, *paths: Path, **options: Any) -> int:
        """Grade the folder, or these paths, into the gradebook."""
        return super().grade(*paths, gradebook=self.book, **options)

    def grades(self) -> dict[str, dict[str, str]]:
        """Return the gradebook's lines by the students."""
        with Gradebook.opened(self.book).reading() as session:
            text = grades_csv(session, assignment_named(session, None))
        return {row["student"]: row for row in csv.DictReader(io.StringIO(text))}

    def points(self) -> dict[str, str]:
        """Return the grades by the students."""
        return {student: row["grade"] for student, row in self.grades().items()}

    def history(self, student: str) -> list[str]:
        """Return what the gradebook tells of a student."""
        with Gradebook.opened(self.book).reading() as session:
            return list(history(session, session.get_one(Person, student)))

    def again(self, **options: Any) -> int:
        """Judge the gradebook again."""
        return rejudge(self.book, jobs=1, **options)


@pytest.fixture
def course(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Course:
    """Return a course of three who were graded and one whose file is broken."""
    monkeypatch.setattr(jobs, "grade", made_of)
    monkeypatch.setattr("grader.course.batch.slowness", lambda: 1)
    course = Course(tmp_path)
    course.hand_in("anna/nn.ipynb", 5)
    course.hand_in("boris/nn.ipynb", 0)
    course.hand_in("carl/nn.ipynb", 3)
    (course.handed_in / "dora").mkdir()
    (course.handed_in / "dora" / "nn.ipynb").write_text("{", "utf-8")
    assert course.grade() == 2
    assert course.points() == {"anna": "5", "boris": "0", "carl": "3", "dora": ""}
    return course


def test_a_dry_run_writes_nothing(
    course: Course, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Neither the gradebook nor a file of the folder; who would move is told."""
    before, files = course.grades(), sorted(course.out.rglob("*.json"))
    contents = [path.read_bytes() for path in files]
    monkeypatch.setattr(jobs, "grade", strict)
    assert course.again(dry_run=True) == 0
    told = " ".join(capsys.readouterr().out.split())
    assert "anna/nn 5 0 -5 why.own" in told
    assert "Nothing was written." in told
    assert course.grades() == before
    assert [path.read_bytes() for path in files] == contents
    assert not any("judged again" in line for line in course.history("anna"))


def test_nobody_is_lost_by_judging_again(course: Course) -> None:
    """Who has a broken file and whose notebook is gone stay in the table and in the book."""
    (course.handed_in / "carl" / "nn.ipynb").unlink()
    rows, book = course.rows(), course.grades()
    assert course.again() == 3
    assert course.rows() == rows
    assert course.grades() == book
    assert course.rows()["dora/nn"]["status"] == "unusable"
    assert course.grades()["dora"]["status"] == "unusable"


def test_what_is_judged_again_is_in_the_history(
    course: Course, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The gradebook has the new grade, with the former one before it; twice adds nothing."""
    monkeypatch.setattr(jobs, "grade", strict)
    assert course.again() == 0
    assert course.points() == {"anna": "0", "boris": "0", "carl": "0", "dora": ""}
    told = course.history("anna")
    assert "graded, 5 of 11" in told[0]
    assert "judged again, 0 of 11" in told[1]
    assert course.again() == 0
    assert course.history("anna") == told


def test_nobody_is_lowered_against_the_instructor_s_wish(
    course: Course, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Neither by this call nor by an ordinary `grade` after a comment in a check."""
    monkeypatch.setattr(jobs, "grade", strict)
    assert course.again(never_lower=True) == 0
    kept = {"anna": "5", "boris": "0", "carl": "3", "dora": ""}
    assert course.points() == kept
    course.comment("A comment.")
    assert course.grade() == 2
    assert course.points() == kept
    assert course.scores()["anna/nn"] == "5"
    assert course.again() == 0
    assert course.points()["anna"] == "0"


def test_a_table_of_points_counts_in_the_gradebook(course: Course) -> None:
    """What waits is written, filled in and read; what was decided waits no more."""
    table = course.book.parent / "waiting.csv"
    assert course.again(waiting=table) == 0
    lines = list(csv.DictReader(io.StringIO(table.read_text("utf-8"))))
    assert [line["submission"] for line in lines] == ["anna/nn", "boris/nn", "carl/nn"]
    text = "submission,exercise,check,points\nanna/nn,why,sum,1.5\n"
    table.write_text(text, "utf-8")
    assert course.again(manual=table) == 0
    assert course.points()["anna"] == "6.5"
    assert course.result("anna--nn")["score"] == 6.5
    assert course.again(waiting=table) == 0
    lines = list(csv.DictReader(io.StringIO(table.read_text("utf-8"))))
    assert [line["submission"] for line in lines] == ["boris/nn", "carl/nn"]
    assert course.again(waiting=table, manual=table) == 0
    assert course.points()["anna"] == "6.5"


def test_a_table_that_does_not_fit_decides_nothing(course: Course) -> None:
    """None of its lines counts where one is wrong."""
    table = course.book.parent / "points.csv"
    text = "submission,exercise,check,points\nanna/nn,why,sum,1\nnobody,why,sum,1\n"
    table.write_text(text, "utf-8")
    before = course.grades()
    with pytest.raises(UsageError, match="line 3"):
        course.again(manual=table)
    assert course.grades() == before


def test_a_record_of_another_version_is_told(
    course: Course, capsys: pytest.CaptureFixture[str]
) -> None:
    """It is no result of 0 points and no reason to drop anybody: the status is 3."""
    before = course.grades()
    for path in (course.out / FOLDER).glob("*--nn.json"):
        record = json.loads(path.read_text("utf-8"))
        path.write_text(json.dumps({**record, "of_a_later_version": 1}), "utf-8")
    assert course.again() == 3
    told = " ".join(capsys.readouterr().out.split())
    assert "0 judged, 3 not" in told
    assert "anna--nn keeps its result: its record" in told
    assert course.grades() == before
    assert len(course.rows()) == 4
    assert course.again(waiting=course.book.parent / "w.csv") == 3


def test_judging_again_keeps_the_level_of_the_run(course: Course) -> None:
    """Files of an exam tell no more after points, a rejudge or a table of what waits."""
    assert course.grade(feedback="score") == 2
    table = course.book.parent / "points.csv"
    table.write_text("submission,exercise,check,points\nanna/nn,why,sum,1.5\n", "utf-8")
    for options in ({}, {"waiting": course.book.parent / "w.csv"}, {"manual": table}):
        assert course.again(**options) == 0
        (checks,) = (each["checks"] for each in course.result("anna--nn")["exercises"])
        assert {check["id"] for check in checks} <= {"hidden", "hidden_pending"}
    assert course.result("anna--nn")["score"] == 6.5


def test_a_late_notebook_raises_no_level(
    course: Course, capsys: pytest.CaptureFixture[str]
) -> None:
    """Whoever does not name the level again has the former one, in files and in the gradebook."""
    assert course.grade(feedback="score") == 2
    course.hand_in("emil/nn.ipynb", 4)
    capsys.readouterr()
    assert course.grade(report=["json"]) == 2
    assert "Reports tell as much as before, score" in capsys.readouterr().err
    for name in ("anna--nn", "emil--nn"):
        (exercise,) = course.result(name)["exercises"]
        assert {check["id"] for check in exercise["checks"]} <= {"hidden", "hidden_pending"}
    with Gradebook.opened(course.book).reading() as session:
        newest = select(func.max(Grading.id)).group_by(Grading.attempt_id)
        levels = set(session.scalars(select(Grading.feedback).where(Grading.id.in_(newest))))
    assert levels == {"score"}
    assert course.again(feedback="verdicts") == 0
    with Gradebook.opened(course.book).reading() as session:
        levels = set(session.scalars(select(Grading.feedback).where(Grading.id.in_(newest))))
    assert levels == {"verdicts"}


def test_what_is_published_of_a_former_attempt_tells_no_more(course: Course) -> None:
    """Its level is the gradebook's, though another notebook has its place in the results."""
    assert course.grade(feedback="score") == 2
    with Gradebook.opened(course.book).reading() as session:
        row = assignment_named(session, None)
        ready = publishable(session, row, provisional=True).ready
        book = Gradebook.opened(course.book)
        marked_before = {each.ready.student.id: each.level for each in marked(session, book, ready)}
    assert marked_before["anna"] == "score"
    course.hand_in("anna/nn.ipynb", 1)
    assert course.grade(feedback="everything") == 2
    done = CliRunner().invoke(grader, ["gradebook", "withdraw", str(course.book), "anna"])
    assert done.exit_code == 0, done.output
    with book.reading() as session:
        ready = publishable(session, row, provisional=True).ready
        every = [each for each in marked(session, book, ready) if each.ready.student.id == "anna"]
    assert [(each.number, each.level) for each in every] == [(1, "score")]
    content = FeedbackWriter("gradescope", "json").written(every).contents
    (text,) = content.values()
    assert b'"own"' not in text


def test_one_folder_that_is_gone_costs_itself(
    course: Course, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """The other folders of the gradebook are judged all the same, and it is told."""
    first, course.out = course.out, course.book.parent / "aside"
    course.hand_in("emil/nn.ipynb", 4)
    assert course.grade(course.handed_in / "emil") == 0
    course.out.rename(course.book.parent / "moved")
    course.out = first
    monkeypatch.setattr(jobs, "grade", strict)
    assert course.again() == 2
    assert "aside keeps no results" in " ".join(capsys.readouterr().err.split())
    assert course.points()["anna"] == "0"
    assert course.points()["nn"] == "4"
    with pytest.raises(UsageError, match="a table is about one"):
        course.again(waiting=course.book.parent / "w.csv")


def test_a_part_undoes_nothing(course: Course, monkeypatch: pytest.MonkeyPatch) -> None:
    """After `grade --only` points by hand still count, and what was not to be lowered is not."""
    table = course.book.parent / "points.csv"
    table.write_text("submission,exercise,check,points\nanna/nn,why,sum,1.5\n", "utf-8")
    assert course.again(manual=table) == 0
    monkeypatch.setattr(jobs, "grade", strict)
    assert course.again(never_lower=True) == 0
    assert course.grade(only="double", force=True) == 2
    assert course.points() == {"anna": "6.5", "boris": "0", "carl": "3", "dora": ""}
