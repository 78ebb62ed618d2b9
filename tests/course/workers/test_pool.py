"""Workers side by side: what dies is replaced, and nothing is lost or counted twice."""

import io
import os
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from pathlib import Path, PosixPath
from typing import Any

import psutil
import pytest
from rich.console import Console

from grader.course.batch import room
from grader.course.jobs import How, Job
from grader.course.workers.pool import side_by_side
from grader.course.workers.processes import look_ahead
from grader.errors import InternalError
from grader.sandbox.limits import MEBIBYTE
from tests.course.light import light_assignment
from tests.notebooks import ROOT, SLOW, edited, submission
from tests.tiny_assignment import DOUBLE, TRIPLE, declare, write


class Deadly(PosixPath):
    """A path that kills the process which reads it, as often as its name says."""

    def stat(self, **options: Any) -> os.stat_result:
        """Die, or tell."""
        counter = Path(f"{self}.deaths")
        deaths = len(counter.read_text()) if counter.exists() else 0
        if deaths < int(self.stem.rpartition("-")[2]):
            counter.write_text("x" * (deaths + 1))
            os._exit(9)
        return super().stat(**options)


def job(path: Path) -> Job:
    """Return the job of grading one exercise of the notebook at `path`."""
    return Job(path, path.stem, How(assignment=str(light_assignment()), only=("relu",)))


@pytest.fixture
def right(tmp_path: Path) -> Job:
    """Return the job of a right submission."""
    return job(submission(tmp_path, drop=SLOW))


def test_a_worker_that_dies_costs_nothing_but_time(tmp_path: Path, right: Job) -> None:
    """Its submission is tried once more by another, and the others go on."""
    path = submission(tmp_path, drop=SLOW, name="deadly-1.ipynb")
    done = {each.name: outcome for each, outcome in side_by_side([job(Deadly(path)), right], 2)}
    scores = {name: outcome.result and outcome.result.score for name, outcome in done.items()}
    assert scores == {"deadly-1": 20, "submission": 20}
    assert Path(f"{path}.deaths").read_text() == "x"


def test_what_kills_every_worker_is_the_grader_s_failure(tmp_path: Path, right: Job) -> None:
    """After the second death there is a sentence and no score; the others have theirs."""
    path = submission(tmp_path, drop=SLOW, name="deadly-9.ipynb")
    done = {each.name: outcome for each, outcome in side_by_side([job(Deadly(path)), right], 2)}
    assert done["deadly-9"].result is None
    assert done["deadly-9"].status == 3
    assert "grader's failure" in done["deadly-9"].error
    assert done["submission"].result is not None


class Refused(PosixPath):
    """A path at which the machine refuses the grader something, the first time."""

    def stat(self, **options: Any) -> os.stat_result:
        """Refuse it, or tell."""
        counter = Path(f"{self}.refusals")
        # Folders above it are such paths too.
        if self.suffix and not counter.exists():
            counter.touch()
            raise InternalError("The kernel did not start (Resource temporarily unavailable).")
        return super().stat(**options)


def test_what_a_busy_machine_refuses_is_tried_again_alone(tmp_path: Path, right: Job) -> None:
    """A submission gets its score where the start of its kernel failed beside others."""
    path = submission(tmp_path, drop=SLOW, name="refused.ipynb")
    done = {each.name: outcome for each, outcome in side_by_side([job(Refused(path)), right], 2)}
    scores = {name: outcome.result and outcome.result.score for name, outcome in done.items()}
    assert scores == {"refused": 20, "submission": 20}


class Counted(PosixPath):
    """A path that counts how often it is looked at."""

    def stat(self, **options: Any) -> os.stat_result:
        """Count, and tell."""
        with Path(f"{self}.looks").open("a") as looks:
            looks.write("x")
        return super().stat(**options)


def looks(path: Path) -> int:
    """Return how often a `Counted` path was looked at."""
    return len(Path(f"{path}.looks").read_text())


@pytest.mark.parametrize("trouble", ["time.sleep(60)", "os._exit(1)"])
def test_what_is_its_own_doing_is_not_tried_again(tmp_path: Path, trouble: str) -> None:
    """A cell that sleeps past its limit, or an answer that crashes, would do so alone as well."""
    hangs = edited("relu") + "\nimport time\ntime.sleep(60)"
    begin = "def forward(self, input):"
    dies = edited("relu", (begin, f"{begin}\n        import os\n        os._exit(1)"))
    cell = hangs if "sleep" in trouble else dies
    how = How(assignment=str(light_assignment()), only=("relu",), cell_seconds=2)
    path = submission(tmp_path, {"relu": cell}, drop=SLOW, name="trouble.ipynb")
    honest = submission(tmp_path, drop=SLOW)
    work = [Job(Counted(each), each.stem, how) for each in (path, honest)]
    done = {each.name: outcome for each, outcome in side_by_side(work, 2)}
    assert not done["trouble"].contended
    assert looks(path) == looks(honest)


def test_what_lacks_memory_beside_others_is_tried_again_alone(tmp_path: Path, right: Job) -> None:
    """There it has what the assignment allows, and its points; it is told once."""
    large = edited("relu") + "\nheld = bytearray(b'x' * 2**29); del held"
    path = submission(tmp_path, {"relu": large}, drop=SLOW, name="large.ipynb")
    work = [replace(each, memory=400 * MEBIBYTE) for each in (job(Counted(path)), right)]
    done = {each.name: outcome for each, outcome in side_by_side(work, 2)}
    scores = {name: outcome.result and outcome.result.score for name, outcome in done.items()}
    assert scores == {"large": 20, "submission": 20}
    assert looks(path) > 1


def test_as_many_are_graded_at_a_time_as_there_is_memory_for(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Each has its share, and where there is none for all, fewer are graded at a time."""
    told = Console(file=io.StringIO())
    monkeypatch.setattr("grader.course.batch.available", lambda: 20 * 2**30)
    assert room(8, None, told) == (8, (18 * 2**30) // 8)
    monkeypatch.setattr("grader.course.batch.available", lambda: 4 * 2**30)
    workers, memory = room(8, None, told)
    assert (workers, memory) == (3, int(3.6 * 2**30) // 3)
    assert "memory for 3 at a time" in told.file.getvalue()  # type: ignore[attr-defined]
    monkeypatch.setattr("grader.course.batch.available", lambda: 2**29)
    assert room(8, None, told) == (1, None)


def test_closing_it_ends_every_process(tmp_path: Path) -> None:
    """Whoever stops listening leaves neither a worker nor a submission's process behind."""
    slow = edited("relu") + "\nimport time\ntime.sleep(60)"
    path = submission(tmp_path, {"relu": slow}, drop=SLOW, name="slow.ipynb")
    quick = submission(tmp_path, drop=SLOW, name="quick.ipynb")
    # The server that workers are forked from belongs to this process and stays with it.
    look_ahead()
    before = set(psutil.Process().children(recursive=True))
    done = side_by_side([job(quick), job(path)], 2)
    next(done)
    done.close()
    until = time.monotonic() + 20
    while left := set(psutil.Process().children(recursive=True)) - before:
        assert time.monotonic() < until, left
        time.sleep(0.1)


HELD = """
import subprocess
subprocess.run(["sleep", "NUMBER"])
"""


def test_a_grader_that_is_killed_leaves_nothing_running(tmp_path: Path) -> None:
    """Its workers learn of it and end with all that they run, and start no notebook again."""
    # How long they sleep tells these from all others of the machine.
    numbers = {f"{seconds}.{os.getpid()}" for seconds in (600, 601)}
    handed_in = tmp_path / "submissions"
    handed_in.mkdir()
    for number in numbers:
        write(handed_in / f"{number}.ipynb", [HELD.replace("NUMBER", number), DOUBLE, TRIPLE])
    assignment = declare(tmp_path / "tiny", cell_seconds=600)
    options = ["--out", tmp_path / "out", "--assignment", assignment, "--no-require-sandbox"]
    command = [sys.executable, "-m", "grader", handed_in, *options, "--jobs", "2"]
    with (tmp_path / "said").open("wb") as said:
        grading = psutil.Popen([*map(str, command)], cwd=ROOT, stdout=said, stderr=said)
    started: list[psutil.Process] = []
    try:
        until(lambda: len(sleeping(numbers)) == len(numbers), 100)
        started = grading.children(recursive=True)
        assert len(started) > len(numbers)
        grading.kill()
        grading.wait()
        until(lambda: not any(alive(each) for each in started), 20)
        assert not sleeping(numbers)
    finally:
        for each in (grading, *started, *sleeping(numbers)):
            with suppress(psutil.NoSuchProcess):
                each.kill()
        grading.wait()


def alive(process: psutil.Process) -> bool:
    """Return whether a process has not ended, be it collected or not."""
    with suppress(psutil.NoSuchProcess):
        return process.is_running() and process.status() != psutil.STATUS_ZOMBIE
    return False


def sleeping(numbers: set[str]) -> list[psutil.Process]:
    """Return the processes of this machine that sleep for one of these numbers of seconds."""
    found = []
    for process in psutil.process_iter():
        with suppress(psutil.Error):
            if process.cmdline()[:1] == ["sleep"] and process.cmdline()[1] in numbers:
                found.append(process)
    return found


def until(true: Callable[[], bool], seconds: float) -> None:
    """Wait until something is true, so many seconds at most."""
    end = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < end, "it never came true"
        time.sleep(0.1)
