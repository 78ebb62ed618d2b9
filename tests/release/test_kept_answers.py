"""Recorded answers are recorded once, for as long as they follow from the same."""

from pathlib import Path

import pytest

from grader.assignment.loading import load
from grader.authoring.release.kept_answers import SHELF, kept_answers
from grader.authoring.release.record_answers import LEAST_SECONDS
from grader.judging.answer_key import publication
from tests.verify.assignments import mistake, written

ONCE = mistake("once", code="def double(n):\n    return n")


@pytest.fixture
def shelf(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return where answers are kept, a cache folder of its own."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    return tmp_path / "cache" / "notebook-grader" / SHELF


def told(assignment_folder: Path) -> list[str]:
    """Return what is said of the recording: nothing where there is none."""
    heard: list[str] = []
    kept_answers(load(assignment_folder), heard.append)
    return heard


def test_nothing_is_recorded_twice(tmp_path: Path, shelf: Path) -> None:
    """The second time the same bytes come, and nobody is asked anything."""
    assignment = written(tmp_path, mistakes=[ONCE])
    first = kept_answers(assignment)
    (file,) = shelf.iterdir()
    assert file.read_bytes() == first
    assert told(assignment.folder) == []
    assert kept_answers(assignment) == first


def test_what_changes_is_recorded_anew(tmp_path: Path, shelf: Path) -> None:
    """A file of the assignment is another: so are its answers."""
    assignment = written(tmp_path, mistakes=[ONCE])
    kept_answers(assignment)
    with (assignment.folder / "helping.py").open("w", encoding="utf-8") as file:
        file.write("FACTOR = 2\n")
    assert told(assignment.folder)
    assert len([*shelf.iterdir()]) == 2


def test_what_is_broken_is_recorded_anew(tmp_path: Path, shelf: Path) -> None:
    """Half a file, or one that others could have written, is not handed out."""
    assignment = written(tmp_path, mistakes=[ONCE])
    first = kept_answers(assignment)
    (file,) = shelf.iterdir()
    file.write_bytes(first[:-9])
    assert kept_answers(assignment) == first
    file.chmod(0o666)
    assert told(assignment.folder)


WARMED_UP = """\
warm = []


def double(n):
    while not warm:
        # What a first call has to do once: 20 ms of the processor's time.
        end = time.process_time() + 0.02
        while time.process_time() < end:
            pass
        warm.append(n)
    ### BEGIN SOLUTION
    return 2 * n
    ### END SOLUTION"""


def test_what_a_first_answer_takes_longer_is_not_recorded(tmp_path: Path, shelf: Path) -> None:
    """Answers of students have the time that follows from the work, not from what is done once."""
    assignment = written(tmp_path, cells=["import time", WARMED_UP], mistakes=[ONCE])
    path = tmp_path / "answers.bin"
    path.write_bytes(kept_answers(assignment))
    assert publication(path).seconds("double") == LEAST_SECONDS
