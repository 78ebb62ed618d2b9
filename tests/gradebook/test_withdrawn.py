"""What is withdrawn counts nothing, is on record with its reason, and can be brought back."""

import csv
from dataclasses import replace
from pathlib import Path

import pytest
from click.testing import CliRunner

from grader.cli import grader
from grader.collecting.manifest import MANIFEST, read_manifest, write_manifest
from grader.course import jobs
from tests.course.test_rejudging_book import Course
from tests.course.test_results_folder import made_of


class Collected(Course):
    """A course whose submissions are collected from a download."""

    def run(self, *arguments: object, status: int = 0) -> str:
        """Run a command of `grader`, and return what it printed on one line."""
        done = CliRunner().invoke(grader, [*map(str, arguments)])
        assert done.exit_code == status, done.output
        return " ".join(done.output.split())

    def collect(self, status: int = 0) -> str:
        """Collect the download."""
        base = self.out.parent
        roster = ("--roster", base / "roster.csv")
        return self.run("collect", base / "download", *roster, "--out", base / "in", status=status)

    def assign(self, place: str, student: str) -> None:
        """Write a student, or that it is nobody's, into the line of what came from a place."""
        rows = read_manifest(self.handed_in)
        rows = [replace(row, student=student) if place in row.source else row for row in rows]
        write_manifest(self.handed_in, rows)


@pytest.fixture
def course(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Collected:
    """Return a course of three: anna and boris were graded, carl handed in nothing."""
    monkeypatch.setattr(jobs, "grade", made_of)
    monkeypatch.setattr("grader.course.batch.slowness", lambda: 1)
    course = Collected(tmp_path)
    (tmp_path / "roster.csv").write_text("id\nanna\nboris\ncarl\n", "utf-8")
    for name, score in (("anna", 5), ("boris", 3)):
        course.hand_in(f"{name}/nn.ipynb", score)
    course.handed_in.rename(tmp_path / "download")
    course.collect()
    assert course.grade() == 0
    assert course.points() == {"anna": "5", "boris": "3", "carl": ""}
    return course


@pytest.mark.parametrize("said", ["-", ""])
def test_what_the_list_says_is_nobody_s_counts_no_more(
    course: Collected, capsys: pytest.CaptureFixture[str], said: str
) -> None:
    """The student keeps a row with the reason; the call says so, and the history has it."""
    course.assign("anna", said)
    # Without a name in the list, the download's own word holds again.
    course.collect()
    capsys.readouterr()
    assert course.grade() == 0
    if said == "":
        assert course.points()["anna"] == "5"
        return
    assert "anna, attempt 1 is withdrawn [1]" in " ".join(capsys.readouterr().err.split())
    row = course.grades()["anna"]
    assert (row["grade"], row["status"]) == ("", "withdrawn")
    assert row["note"].startswith(f"attempt 1 was withdrawn: its line in {MANIFEST} says")
    assert any("[1] withdrawn, by " in line for line in course.history("anna"))
    before = course.history("anna")
    assert course.grade() == 0
    assert course.history("anna") == before
    assert course.points() == {"anna": "", "boris": "3", "carl": ""}


def test_it_counts_again_where_the_list_gives_it_back(course: Collected) -> None:
    """With the points that a person gave, and the history tells both."""
    course.run("gradebook", "points", course.book, "anna", 2, "--check", "why.sum")
    course.assign("anna", "-")
    course.collect()
    course.grade()
    assert course.points()["anna"] == ""
    course.assign("anna", "anna")
    course.collect()
    assert course.grade() == 0
    assert course.points()["anna"] == "7"
    assert any("withdrawn" in line and "undone by" in line for line in course.history("anna"))


def test_what_a_person_undid_stays_undone(course: Collected) -> None:
    """A list that is as it was when it was last read decides nothing again."""
    course.assign("anna", "-")
    course.collect()
    course.grade()
    course.run("gradebook", "undo", course.book, 1)
    assert course.points()["anna"] == "5"
    assert course.grade() == 0
    assert course.points()["anna"] == "5"


def test_of_two_equal_files_the_right_one_is_withdrawn(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever has the same byte for byte keeps theirs."""
    monkeypatch.setattr(jobs, "grade", made_of)
    monkeypatch.setattr("grader.course.batch.slowness", lambda: 1)
    course = Collected(tmp_path)
    (tmp_path / "roster.csv").write_text("id\nanna\nboris\n", "utf-8")
    content = course.hand_in("anna/nn.ipynb", 4).read_bytes()
    course.hand_in("boris/nn.ipynb", 4).write_bytes(content)
    course.handed_in.rename(tmp_path / "download")
    course.collect()
    course.grade()
    assert course.points() == {"anna": "4", "boris": "4"}
    course.assign("boris", "-")
    course.collect()
    assert course.grade() == 0
    assert course.points() == {"anna": "4", "boris": ""}


def test_a_file_that_is_another_student_s_counts_for_them(course: Collected) -> None:
    """From nobody's to another's: who had it has nothing, and who has it now has its grade."""
    course.assign("anna", "-")
    course.collect()
    course.grade()
    course.assign("anna", "carl")
    course.collect()
    assert course.grade() == 0
    rows = course.grades()
    assert (rows["carl"]["grade"], rows["boris"]["grade"]) == ("5", "3")
    assert rows["anna"]["grade"] == ""


def test_a_person_can_withdraw_an_attempt(course: Collected) -> None:
    """By a command, with a reason; the attempt before counts, and undoing brings it back."""
    told = course.run("gradebook", "withdraw", course.book, "boris", "--why", "the wrong file")
    assert told == "[1] boris, tiny: nothing (attempt 1 was withdrawn: the wrong file)"
    assert course.run("gradebook", "withdraw", course.book, "boris").startswith("[1] ")
    assert course.grade() == 0
    assert course.again() == 0
    assert course.points()["boris"] == ""
    told = course.run("publish", course.book, "--feedback", course.out.parent / "f", status=2)
    course.run("gradebook", "undo", course.book, 1)
    assert course.points()["boris"] == "3"


def test_a_grade_that_was_told_is_named_where_it_is_withdrawn(course: Collected) -> None:
    """Publishing leaves the student alone, and says what was told before."""
    publish = ("publish", course.book, "--provisional", "--feedback", course.out.parent / "f")
    course.run(*publish)
    course.run("gradebook", "withdraw", course.book, "boris")
    told = course.run(*publish)
    assert "boris (withdrawn, and was told 3)" in told
    states = {row["student"]: row["state"] for row in course.grades().values()}
    assert states == {"anna": "published", "boris": "changed", "carl": "draft"}
    listed = course.run("gradebook", "list", course.book, "--csv", course.out.parent / "g.csv")
    assert listed == ""
    with (course.out.parent / "g.csv").open(encoding="utf-8", newline="") as file:
        assert {row["student"]: row["status"] for row in csv.DictReader(file)}["boris"] == (
            "withdrawn"
        )
