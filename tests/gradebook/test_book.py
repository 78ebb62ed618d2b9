"""The file of a gradebook: made, migrated, shared and killed, it loses nothing."""

import os
import random
import re
import signal
import sqlite3
import subprocess
import sys
import time
from datetime import UTC, datetime
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import create_engine, func, select

from grader import models
from grader.collecting.roster import Person as Enrolled
from grader.errors import UsageError
from grader.gradebook.attempts import Delivery, enrol, record, take_assignment
from grader.gradebook.book import Gradebook, assignment_named
from grader.gradebook.decisions import decide, extend
from grader.gradebook.export import history
from grader.gradebook.tables import Attempt, Base, Decision, Extension, Grade, Person
from grader.results.model import (
    AssignmentInfo,
    CheckResult,
    ExerciseResult,
    Result,
    Status,
    SubmissionInfo,
    renewed,
)
from tests.notebooks import ROOT


def result(name: str, points: float = 1.0) -> Result:
    """Return a result of one check with so many of 2 points."""
    status: Status = "passed" if points == 2 else "failed"
    check = CheckResult(id="one", title="One.", status=status, points=points, max_points=2)
    return Result.of(
        exercises=[ExerciseResult.of(id="first", title="First", checks=[check])],
        submission=SubmissionInfo(name=name, path=f"{name}.ipynb", sha256="0" * 64),
        assignment=AssignmentInfo(name="tiny", title="Tiny", version="1"),
        sandbox="none",
        seconds=1.0,
    )


def filled(path: Path, students: int = 1) -> Gradebook:
    """Return a gradebook with one attempt for each student."""
    book = Gradebook.opened(path, create=True)
    with book.writing() as session:
        row = take_assignment(session, "tiny", "Tiny", "1", {})
        for number in range(students):
            name = f"student{number:03}"
            delivery = Delivery(name, name, f"{name}.ipynb", "results", sha256="0" * 64)
            record(session, row, delivery, result(name), "key", "grade")
    return book


def test_the_migrations_make_the_tables(tmp_path: Path) -> None:
    """A file that the migrations made has the tables that the code reads, and nothing else."""
    filled(tmp_path / "course.db").close()
    engine = create_engine(f"sqlite:///{tmp_path / 'course.db'}")
    with engine.connect() as connection:
        assert compare_metadata(MigrationContext.configure(connection), Base.metadata) == []
    engine.dispose()


@pytest.mark.parametrize(
    "content", [b"", b"name,score\n", b"SQLite format 3\0" + bytes(200)], ids=repr
)
def test_another_file_is_not_written_to(tmp_path: Path, content: bytes) -> None:
    """What is no gradebook is refused with a sentence, and stays byte for byte as it was."""
    path = tmp_path / "grades.csv"
    path.write_bytes(content)
    if content:
        with pytest.raises(UsageError, match="gradebook"):
            Gradebook.opened(path, create=True)
        assert path.read_bytes() == content
    else:
        Gradebook.opened(path, create=True).close()


def test_a_pipe_is_not_waited_for(tmp_path: Path) -> None:
    """Nor is a device read to its end."""
    os.mkfifo(tmp_path / "course.db")
    for path in (tmp_path / "course.db", Path("/dev/zero")):
        with pytest.raises(UsageError, match="no ordinary file"):
            Gradebook.opened(path)


def test_what_is_damaged_within_is_told_with_the_file(tmp_path: Path) -> None:
    """Pages that are no pages, and a result that is none: the file is named, and nobody's code."""
    path = tmp_path / "course.db"
    book = Gradebook.opened(path, create=True)
    with (
        pytest.raises(UsageError, match=r"course\.db holds a result that cannot be read"),
        book.reading(),
    ):
        models.loads(Result, renewed('{"exercises": '))
    book.close()
    with sqlite3.connect(path) as connection:
        (page,) = connection.execute(
            "SELECT rootpage FROM sqlite_master WHERE name = 'people'"
        ).fetchone()
        (size,) = connection.execute("PRAGMA page_size").fetchone()
    connection.close()
    with path.open("r+b") as file:
        file.seek((page - 1) * size)
        file.write(b"\xff" * size)
    damaged = Gradebook.opened(path)
    with (
        pytest.raises(UsageError, match=r"course\.db cannot be used: .* malformed"),
        damaged.reading() as session,
    ):
        session.scalars(select(Person)).all()
    damaged.close()


def test_another_programs_database_is_left_alone(tmp_path: Path) -> None:
    """A SQLite file that is no gradebook gets no table of ours."""
    path = tmp_path / "other.db"
    with sqlite3.connect(path) as connection:
        connection.execute("create table theirs (id integer)")
        connection.execute("pragma application_id = 7")
    connection.close()
    before = path.read_bytes()
    with pytest.raises(UsageError, match="no gradebook"):
        Gradebook.opened(path, create=True)
    assert path.read_bytes() == before


def test_a_gradebook_that_is_not_there_is_told(tmp_path: Path) -> None:
    """Reading makes no empty file out of a slip of the pen."""
    with pytest.raises(UsageError, match="There is no gradebook"):
        Gradebook.opened(tmp_path / "coures.db")
    assert list(tmp_path.iterdir()) == []


def test_a_later_versions_file_is_told(tmp_path: Path) -> None:
    """What a later version migrated is not read by guess."""
    path = tmp_path / "course.db"
    filled(path).close()
    with sqlite3.connect(path) as connection:
        connection.execute("update alembic_version set version_num = '9999'")
    connection.close()
    with pytest.raises(UsageError, match="later version"):
        Gradebook.opened(path)


def test_what_raises_leaves_nothing(tmp_path: Path) -> None:
    """A change that is not finished is none."""
    book = filled(tmp_path / "course.db")

    def fail() -> None:
        with book.writing() as session:
            session.add(Person(id="half"))
            session.flush()
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail()
    with book.reading() as session:
        assert session.get(Person, "half") is None
    book.close()


_WRITER = """
import sys
from pathlib import Path
from sqlalchemy import select
from grader.gradebook.book import Gradebook
from grader.gradebook.decisions import decide, extend
from grader.gradebook.export import history
from grader.gradebook.tables import Attempt
book = Gradebook.opened(Path(sys.argv[1]))
print("ready", flush=True)
for number in range(int(sys.argv[3])):
    with book.writing() as session:
        attempt = session.scalars(select(Attempt).order_by(Attempt.id)).all()[number % 3]
        points = 0.5 * (number % 5)
        decide(session, attempt, points, who=sys.argv[2], exercise="first", check_id="one")
    print(number, flush=True)
"""


def writer(path: Path, who: str, count: int) -> "subprocess.Popen[str]":
    """Start a process that decides so many times, and says each that is done."""
    return subprocess.Popen(
        [sys.executable, "-c", _WRITER, str(path), who, str(count)],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        text=True,
    )


def test_two_processes_that_write_lose_nothing(tmp_path: Path) -> None:
    """Each decision of both is there, and what counts follows from the last of them."""
    path = tmp_path / "course.db"
    book = filled(path, 3)
    both = [writer(path, who, 40) for who in ("maria", "ivan")]
    for each in both:
        each.communicate(timeout=120)
        assert each.returncode == 0
    with book.reading() as session:
        counts = session.execute(select(Decision.who, func.count()).group_by(Decision.who)).all()
        assert sorted(map(tuple, counts)) == [("ivan", 40), ("maria", 40)]
        for grade in session.scalars(select(Grade)):
            last = session.scalars(
                select(Decision).where(Decision.attempt_id == grade.attempt_id)
            ).all()[-1]
            assert grade.grade == last.points
    book.close()


def test_a_kill_at_any_moment_leaves_a_book_that_is_exact(tmp_path: Path) -> None:
    """Killed again and again, it has all that was said to be done, and its sums are right."""
    path = tmp_path / "course.db"
    filled(path, 3).close()
    chance, said = random.Random(11), 0  # noqa: S311 - no secret
    for _ in range(8):
        process = writer(path, "maria", 10_000)
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
        for _done in range(chance.randrange(4)):
            said += bool(process.stdout.readline())
        time.sleep(chance.uniform(0, 0.05))
        process.send_signal(signal.SIGKILL)
        said += len(process.stdout.read().splitlines())
        process.wait()
        process.stdout.close()
        with sqlite3.connect(path) as connection:
            assert connection.execute("pragma integrity_check").fetchone() == ("ok",)
        connection.close()
        book = Gradebook.opened(path)
        with book.reading() as session:
            decided = session.scalars(select(Decision).order_by(Decision.id)).all()
            # One more may be there that was not told any more.
            assert said <= len(decided) <= said + 8
            for attempt in session.scalars(select(Attempt)):
                of_attempt = [each.points for each in decided if each.attempt_id == attempt.id]
                grade = session.scalars(select(Grade).where(Grade.attempt_id == attempt.id)).one()
                assert grade.grade == (of_attempt[-1] if of_attempt else 1)
        book.close()
    assert said > 0


def test_the_roster_gives_everybody_a_row(tmp_path: Path) -> None:
    """Who handed in nothing is there with the reason, and leaves no row with the roster."""
    book = filled(tmp_path / "course.db")
    with book.writing() as session:
        enrol(session, [Enrolled("zoe", "Zoe Ő"), Enrolled("student000", "Anna")])
    with book.reading() as session:
        rows = {each.person_id: (each.status, each.note) for each in session.scalars(select(Grade))}
        assert rows["zoe"] == ("missing", "nothing was handed in")
        assert rows["student000"][0] == "graded"
    with book.writing() as session:
        enrol(session, [])
    with book.reading() as session:
        assert [each.person_id for each in session.scalars(select(Grade))] == ["student000"]
    book.close()


def test_the_best_attempt_counts_where_the_rules_say_so(tmp_path: Path) -> None:
    """With `counts = "best"` a worse attempt that comes later takes nothing away."""
    book = filled(tmp_path / "course.db")
    with book.writing() as session:
        row = take_assignment(session, "tiny", "Tiny", "1", {"counts": "best"})
        worse = Delivery("student000", "again", "again.ipynb", "results", sha256="1" * 64)
        record(session, row, worse, result("again", 0.0), "key", "grade")
    with book.reading() as session:
        grade = session.scalars(select(Grade)).one()
        assert (grade.grade, grade.note) == (1, "attempt 1 of 2 counts")
    with book.writing() as session:
        take_assignment(session, "tiny", "Tiny", "1", {"counts": "last"})
    with book.reading() as session:
        assert session.scalars(select(Grade)).one().grade == 0
    book.close()


def handed_in(book: Gradebook, rules: dict[str, object], *each: tuple[int, int]) -> Grade:
    """Return the grade of one who handed in at these days of November, for so many points."""
    with book.writing() as session:
        row = take_assignment(session, "tiny", "Tiny", "1", rules)
        for place, (day, points) in enumerate(each):
            delivery = Delivery(
                *("zoe", f"zoe/{place}", "nn.ipynb", "results"),
                handed_in=datetime(2026, 11, day, tzinfo=UTC),
                sha256=str(place) * 64,
            )
            record(session, row, delivery, result("zoe", points), "key", "grade")
        return session.get_one(Grade, ("zoe", row.id))


def test_the_last_is_what_was_handed_in_last(tmp_path: Path) -> None:
    """An attempt from before that is collected later is not the last."""
    book = Gradebook.opened(tmp_path / "course.db", create=True)
    grade = handed_in(book, {}, (5, 2), (3, 0))
    assert (grade.grade, grade.note) == (2, "attempt 1 of 2 counts")
    book.close()


def test_what_comes_after_the_end_takes_nothing_away(tmp_path: Path) -> None:
    """Who had handed in before keeps that; who had not has nothing."""
    rules = {"due": "2026-11-04T00:00:00Z", "closed_after_days": 1}
    book = Gradebook.opened(tmp_path / "course.db", create=True)
    assert handed_in(book, rules, (3, 2)).grade == 2
    assert handed_in(book, rules, (3, 2), (9, 1)).grade == 2
    book.close()
    book = Gradebook.opened(tmp_path / "other.db", create=True)
    assert handed_in(book, rules, (9, 2)).grade == 0
    book.close()


def test_another_section_s_roster_drops_nobody(tmp_path: Path) -> None:
    """Rosters of two sections are added to each other, where neither is said to be the whole."""
    book = filled(tmp_path / "course.db")
    with book.writing() as session:
        for student in ("yan", "zoe"):
            enrol(session, [Enrolled(student)], whole=False)
        rows = session.scalars(select(Grade.person_id).order_by(Grade.person_id)).all()
        assert rows == ["student000", "yan", "zoe"]
    book.close()


def test_any_year_can_be_read_again(tmp_path: Path) -> None:
    """A slip of the pen in a moment does not spoil the book."""
    book = filled(tmp_path / "course.db")
    with book.writing() as session:
        row = assignment_named(session, None)
        until = datetime(26, 12, 3, tzinfo=UTC)
        extend(session, "student000", row, until, who="maria", why="")
    with book.reading() as session:
        assert session.scalars(select(Extension.until)).one() == until
    book.close()


def test_any_words_can_be_kept(tmp_path: Path) -> None:
    """Half a character in an argument is no fault of the grader's, and stops no decision."""
    book = filled(tmp_path / "course.db")
    with book.writing() as session:
        attempt = session.scalars(select(Attempt)).one()
        decide(session, attempt, 1, who="m\udcff", comment="é\udcff")
    with book.reading() as session:
        assert session.scalars(select(Decision.comment)).one() == "é\N{REPLACEMENT CHARACTER}"
        assert session.get(Person, "anna\udcff") is None
    book.close()


def test_what_happened_at_one_moment_stays_in_its_order(tmp_path: Path) -> None:
    """A history counts as people do: [9] comes before [10]."""
    book = filled(tmp_path / "course.db")
    with book.writing() as session:
        attempt = session.scalars(select(Attempt)).one()
        for points in range(11):
            made = decide(session, attempt, points / 2, who="x")
            made.at = datetime(2026, 12, 1, tzinfo=UTC)
    with book.reading() as session:
        told = "\n".join(history(session, session.scalars(select(Person)).one()))
    assert re.findall(r"\[(\d+)\]", told) == [str(number) for number in range(1, 12)]
    book.close()


def test_an_assignment_is_named_where_there_are_several(tmp_path: Path) -> None:
    """Of one nothing need be said, of several it is asked which, and an unknown one is told."""
    book = filled(tmp_path / "course.db")
    with book.writing() as session:
        assert assignment_named(session, None).name == "tiny"
        take_assignment(session, "other", "Other", "1", {})
        with pytest.raises(UsageError, match="other, tiny"):
            assignment_named(session, None)
        with pytest.raises(UsageError, match="no assignment 'third'"):
            assignment_named(session, "third")
    book.close()


def test_points_that_cannot_be_are_refused(tmp_path: Path) -> None:
    """Neither more than there are, nor less than none, nor thirds, nor what is no number."""
    book = filled(tmp_path / "course.db")
    with book.writing() as session:
        attempt = session.scalars(select(Attempt)).one()
        for points in (2.5, -0.5, 1 / 3, float("nan"), float("inf")):
            with pytest.raises(UsageError, match=r"multiple of 0\.5"):
                decide(session, attempt, points, who="x", exercise="first", check_id="one")
        with pytest.raises(UsageError, match=r"has no check first\.two"):
            decide(session, attempt, 1, who="x", exercise="first", check_id="two")
    book.close()
