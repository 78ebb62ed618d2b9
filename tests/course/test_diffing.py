"""`grader diff` tells who moved between two runs, by how much, and by which checks."""

import json
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from sqlalchemy import select, update

from grader.cli import grader
from grader.collecting.roster import Person as OnRoster
from grader.course.store import POINTER, Record, Store
from grader.gradebook.attempts import Delivery, enrol, record, record_problem, take_assignment
from grader.gradebook.book import Gradebook
from grader.gradebook.decisions import decide, undo, void
from grader.gradebook.tables import Attempt, Decision, Grading, Void
from grader.reports.json_file import to_json
from grader.results.feedback import Feedback, shown
from tests.gradebook.made import result

MONDAY = datetime(2026, 11, 30, 12, tzinfo=UTC)


def compared(*arguments: object, status: int = 0) -> str:
    """Return what `grader diff` prints, as words with single spaces."""
    done = CliRunner().invoke(grader, ["diff", *map(str, arguments)])
    assert done.exit_code == status, done.output
    return " ".join(done.output.split())


def as_json(*arguments: object) -> Any:
    """Return what `grader diff` writes as JSON."""
    done = CliRunner().invoke(grader, ["diff", *map(str, arguments), "--json", "-"])
    assert done.exit_code == 0, done.output
    return json.loads(done.stdout)


def run(folder: Path, scores: Mapping[str, tuple[float, ...]], level: str = "everything") -> Path:
    """Write a folder of results, with records and what students see at a level."""
    store = Store(folder)
    store.open()
    for place, (name, points) in enumerate(scores.items()):
        made = result(name, f"{place:064x}", *points)
        store.put(Record(key="k", result=made, how={}, name=name, feedback=level))
        seen = shown(made, Feedback.named(level))
        (folder / f"{name}.json").write_text(to_json(seen), "utf-8")
    return folder


def test_who_moved_is_told_with_the_checks(tmp_path: Path) -> None:
    """In the order of the change, with who is only in one of both and a sum of it all."""
    one = run(tmp_path / "a", {"anna": (5, 1), "boris": (2, 2), "carl": (1, 1), "dora": (5, 5)})
    other = run(tmp_path / "b", {"anna": (5, 4), "boris": (0, 2), "carl": (1, 1), "emil": (5, 5)})
    told = compared(one, other)
    assert "boris 4 2 -2 one.first anna 6 9 +3 one.second" in told
    # A long path is broken between two lines.
    assert f"Onlyin{one}:dora.Onlyin{other}:emil." in told.replace(" ", "")
    assert "3 compared: 1 up, 1 down, 0 otherwise, 1 the same." in told
    assert "carl" not in told


def test_checks_that_move_against_each_other_are_told(tmp_path: Path) -> None:
    """The same sum of other checks is a difference, too."""
    one, other = run(tmp_path / "a", {"anna": (5, 1)}), run(tmp_path / "b", {"anna": (1, 5)})
    told = compared(one, other)
    assert "anna 6 6 +0 one.first, one.second" in told
    assert "0 up, 0 down, 1 otherwise, 0 the same." in told


def test_two_runs_that_are_the_same_say_so(tmp_path: Path) -> None:
    """There is no table then."""
    one, other = run(tmp_path / "a", {"anna": (5,)}), run(tmp_path / "b", {"anna": (5,)})
    assert compared(one, other) == "1 compared: 0 up, 0 down, 0 otherwise, 1 the same."


def test_a_difference_is_json_on_demand(tmp_path: Path) -> None:
    """All checks are named there, however many."""
    one, other = run(tmp_path / "a", {"anna": (1, 1, 1)}), run(tmp_path / "b", {"anna": (5, 5, 5)})
    told = as_json(one, other)
    assert told["moved"] == [
        {
            "name": "anna",
            "before": {"points": 3, "max_score": 15, "pending": 0},
            "after": {"points": 15, "max_score": 15, "pending": 0},
            "by": 12,
            "why": ["one.first", "one.second", "one.third"],
        }
    ]
    assert (told["compared"], told["only_before"], told["only_after"]) == (1, [], [])


def test_who_could_not_be_graded_is_told(tmp_path: Path) -> None:
    """A file that became unusable is no loss of points, and says why."""
    one, other = run(tmp_path / "a", {"anna": (5,)}), run(tmp_path / "b", {"anna": (5,)})
    Store(other).keep_unusable("anna", tmp_path / "anna.ipynb", "It is no notebook.")
    told = compared(one, other)
    assert "anna 5 - no grade after: It is no notebook." in told
    assert "1 otherwise" in told


def test_a_folder_of_json_files_alone_is_a_run(tmp_path: Path) -> None:
    """What a student was shown suffices; of checks that are not shown the exercise is told."""
    one = run(tmp_path / "a", {"anna": (5, 1)}, level="score")
    (tmp_path / "b").mkdir()
    other = tmp_path / "b"
    (other / "anna.json").write_text(to_json(result("anna", f"{0:064x}", 5, 4)), "utf-8")
    (one / "anna.gradescope.json").write_text("{}", "utf-8")
    assert "anna 6 9 +3 one.second" in compared(one, other)
    (one / ".grading").rename(tmp_path / "records")
    assert "anna 6 9 +3 one 1 compared" in compared(one, other)


def test_points_of_a_gradebook_count_in_its_folder(tmp_path: Path) -> None:
    """Records do not know them; what students were shown does, wherever the gradebook is now."""
    one, other = run(tmp_path / "a", {"anna": (5, 1)}), run(tmp_path / "b", {"anna": (5, 1)})
    (other / ".grading" / POINTER).write_text("../course.db", "utf-8")
    (other / "anna.json").write_text(to_json(result("anna", f"{0:064x}", 5, 5)), "utf-8")
    assert "anna 6 10 +4 one.second" in compared(one, other)


def test_what_cannot_be_read_is_told(tmp_path: Path) -> None:
    """The others are compared; the status says that not all was."""
    one, other = run(tmp_path / "a", {"anna": (5,)}), run(tmp_path / "b", {"anna": (1,)})
    (one / ".grading" / "boris.json").write_text("{}", "utf-8")
    told = compared(one, other, status=3)
    assert "anna 5 1 -4" in told
    assert "boris: its record in" in told


@pytest.mark.parametrize(
    ("name", "told"),
    [("nowhere", "is not there"), ("a@noon", "is no moment"), ("a@2026-11-30", "is no gradebook")],
)
def test_what_is_no_run_is_told(tmp_path: Path, name: str, told: str) -> None:
    """A folder has no moments, and a file that is not there is none."""
    one = run(tmp_path / "a", {"anna": (5,)})
    assert told in compared(tmp_path / name, one, status=2)


def test_a_folder_without_results_is_told(tmp_path: Path) -> None:
    """It is not taken for a run of nobody."""
    (tmp_path / "b").mkdir()
    assert "holds no results" in compared(
        run(tmp_path / "a", {"anna": (5,)}), tmp_path / "b", status=2
    )


@pytest.fixture
def book(tmp_path: Path) -> Path:
    """Return a gradebook whose students were all graded on Monday at noon."""
    path = tmp_path / "course.db"
    opened = Gradebook.opened(path, create=True)
    with opened.writing() as session:
        enrol(session, [OnRoster(each) for each in ("anna", "boris", "carl", "dora")])
        row = take_assignment(session, "tiny", "Tiny", "1", {})
        for place, name in enumerate(("anna", "boris", "carl")):
            digest = f"{place:064x}"
            delivery = Delivery(name, name, f"{name}.ipynb", "out", sha256=digest)
            record(session, row, delivery, result(name, digest, 5, 1), "k", "grade")
        session.execute(update(Grading).values(at=MONDAY))
    opened.close()
    return path


def attempt_of(session: Any, student: str) -> Attempt:
    """Return a student's first attempt."""
    found: Attempt = session.scalars(select(Attempt).where(Attempt.person_id == student)).first()
    return found


def test_a_gradebook_is_compared_with_itself_at_a_moment(book: Path) -> None:
    """What was decided, undone, void, graded and handed in since is told; the book stays as is."""
    opened = Gradebook.opened(book)
    hour = timedelta(hours=1)
    with opened.writing() as session:
        row = attempt_of(session, "anna").assignment
        early = decide(session, attempt_of(session, "boris"), -1.0, who="maria")
        decide(session, attempt_of(session, "anna"), 2.0, who="maria", comment="late")
        late = session.scalars(select(Decision).where(Decision.points == 2)).one()
        undo(session, early, who="maria")
        void(session, row, "one", "second", who="maria", why="wrong")
        early.at, early.undone_at, late.at = MONDAY, MONDAY + hour, MONDAY + hour
        session.execute(update(Void).values(at=MONDAY + 2 * hour))
        delivery = Delivery("dora", "dora", "dora.ipynb", "out", sha256="d" * 64)
        record(session, row, delivery, result("dora", "d" * 64, 5, 0), "k", "grade")
        dora = attempt_of(session, "dora")
        session.execute(
            update(Grading).where(Grading.attempt_id == dora.id).values(at=MONDAY + 3 * hour)
        )
    opened.close()
    before = book.read_bytes()
    told = compared(f"{book}@2026-11-30T12:00:00+00:00", book)
    assert "dora - 10 one" not in told
    assert "dora - 10" in told
    assert "no grade before: nothing was handed in" in told
    assert "carl 6 10 +4 one.second" in told
    assert "boris 5 10 +5 one.second, beside the checks" in told
    assert "anna 6 12 +6 one.second, beside the checks" in told
    assert "4 compared: 3 up, 0 down, 1 otherwise, 0 the same." in told
    middle = as_json(f"{book}@2026-11-30T13:30:00+00:00", book)
    assert {each["name"]: each["by"] for each in middle["moved"]} == {
        "anna": 4,
        "boris": 4,
        "carl": 4,
        "dora": 0,
    }
    assert book.read_bytes() == before


def test_a_new_attempt_is_told(book: Path) -> None:
    """Another file counts now, and one that could not be graded leaves the former."""
    opened = Gradebook.opened(book)
    with opened.writing() as session:
        row = attempt_of(session, "anna").assignment
        delivery = Delivery("anna", "anna", "anna.ipynb", "out", sha256="e" * 64)
        record(session, row, delivery, result("anna", "e" * 64, 5, 5), "k", "grade")
        broken = Delivery("boris", "boris", "boris.ipynb", "out", sha256="f" * 64)
        record_problem(session, row, broken, "It is no notebook.")
    opened.close()
    told = compared(f"{book}@2026-11-30T13:00:00+00:00", book)
    assert "anna 6 10 +4 one.second, another attempt" in told
    assert "4 compared: 1 up, 0 down, 0 otherwise, 3 the same." in told


def test_a_folder_is_compared_with_a_gradebook(book: Path, tmp_path: Path) -> None:
    """By the students: a folder's submission is its first folder's."""
    folder = run(tmp_path / "a", {"anna": (5, 1), "boris": (1, 1), "carl": (5, 1)})
    told = compared(folder, book)
    assert "boris 2 6 +4 one.first 3 compared" not in told
    assert "boris 2 6 +4 one.first" in told
    # A long path is broken between two lines.
    assert f"Onlyin{book}:dora." in told.replace(" ", "")
    assert "3 compared: 1 up, 0 down, 0 otherwise, 2 the same." in told


def test_a_gradebook_of_several_assignments_asks_which(book: Path) -> None:
    """It is not guessed."""
    opened = Gradebook.opened(book)
    with opened.writing() as session:
        take_assignment(session, "other", "Other", "1", {})
    opened.close()
    assert "say which, by --assignment" in compared(book, book, status=2)
    assert "4 compared" in compared(book, book, "--assignment", "tiny")
