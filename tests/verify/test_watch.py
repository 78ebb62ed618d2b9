"""`grader verify --watch`: what somebody sees who writes checks beside it."""

import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from grader.assignment.model import CHECKS
from tests.verify.assignments import WEAK, written
from tests.verify.test_command import command

SECONDS = 300.0


class Watched:
    """A call of `grader verify --watch`, and what it has printed."""

    def __init__(self, folder: Path) -> None:
        self._printed = folder / "printed"
        call = [sys.executable, "-c", "from grader.cli import grader; grader()", "verify", "tiny"]
        with self._printed.open("wb") as out:
            self.process = subprocess.Popen(
                [*call, "--watch", "--jobs", "1"],
                cwd=folder,
                env={**os.environ, "XDG_CACHE_HOME": str(folder / "cache"), "COLUMNS": "200"},
                stdout=out,
                stderr=subprocess.STDOUT,
            )

    @property
    def text(self) -> str:
        """All that was printed."""
        return self._printed.read_text("utf-8")

    def until(self, times: int) -> str:
        """Wait until the assignment was judged so many times; return what the last one printed."""
        end = time.monotonic() + SECONDS
        while len(found := re.split(r"Ctrl-C ends\s+this\.\n", self.text)) <= times:
            assert time.monotonic() < end, self.text
            assert self.process.poll() is None, self.text
            time.sleep(0.05)
        return found[times - 1]


@pytest.fixture
def watched(tmp_path: Path) -> Iterator[Watched]:
    """Watch an assignment with a check that does not notice all mutants."""
    written(tmp_path, WEAK)
    watched = Watched(tmp_path)
    yield watched
    watched.process.kill()
    watched.process.wait()


def test_the_holes_are_shown_as_they_close(watched: Watched, tmp_path: Path) -> None:
    """Each save is judged: a hole that is mended is closed, and one that is torn is new."""
    checks = tmp_path / "reference" / "tiny" / CHECKS
    weak, sound = '"double", 2, 2, 2, "two"', '"double", 2, 7, 2, "two"'
    first = watched.until(1)
    assert "mutant: double: return 2 * n → return 2 + n" in first
    assert "1 hole in" in first
    text = checks.read_text("utf-8")
    checks.write_text(text.replace(weak, sound), "utf-8")
    second = watched.until(2)
    assert "closed: mutant: double: return 2 * n → return 2 + n" in second
    assert "0 holes in" in second
    checks.write_text(text.replace(weak, '"double", 2, 7, 2,'), "utf-8")
    time.sleep(0.5)
    checks.write_text(text, "utf-8")
    assert "return 2 + n" in watched.until(3)
    watched.process.send_signal(signal.SIGINT)
    assert watched.process.wait(timeout=60) in (0, 130, -signal.SIGINT)
    assert "Traceback" not in watched.text


def test_what_cannot_be_loaded_is_one_sentence(watched: Watched, tmp_path: Path) -> None:
    """A file that is saved in the middle of a word ends nothing: the next save is judged."""
    checks = tmp_path / "reference" / "tiny" / CHECKS
    text = checks.read_text("utf-8")
    watched.until(1)
    checks.write_text(f"{text}\ndef (", "utf-8")
    end = time.monotonic() + SECONDS
    while "cannot be imported: SyntaxError" not in watched.text:
        assert time.monotonic() < end, watched.text
        time.sleep(0.05)
    checks.write_text(text, "utf-8")
    watched.until(2)
    assert "Traceback" not in watched.text


def test_it_writes_no_proof(tmp_path: Path) -> None:
    """What would ask for one is told."""
    written(tmp_path)
    done = command("tiny", "--watch", "--page", "page.md", cwd=tmp_path)
    assert (done.returncode, done.stdout) == (2, "")
    assert "it writes no proof" in done.stderr
