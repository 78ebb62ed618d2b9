"""A real scheduler and real workers, each a process that is spoken to over TCP."""

import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from tests.notebooks import ROOT

PATIENCE = 240.0


def until(true: Callable[[], object]) -> None:
    """Wait until something is true."""
    end = time.monotonic() + PATIENCE
    while not true():
        assert time.monotonic() < end, "it never came true"
        time.sleep(0.05)


@dataclass
class DaskCluster:
    """A scheduler with the workers that were started for it; `folder` is where they work."""

    folder: Path
    scheduler: "subprocess.Popen[bytes]"
    workers: "list[subprocess.Popen[bytes]]" = field(default_factory=list)

    @property
    def file(self) -> Path:
        """The file that names the scheduler."""
        return self.folder / "scheduler.json"

    def start_worker(self, *before: str) -> "subprocess.Popen[bytes]":
        """Start a worker, by a command that comes `before` its own, if any."""
        options = ["--nthreads", "1", "--no-nanny", "--no-dashboard", "--death-timeout", "60"]
        command = [*before, *_dask("worker"), "--scheduler-file", str(self.file), *options]
        self.workers.append(_started(command, self.folder))
        return self.workers[-1]

    def close(self) -> None:
        """End all of them."""
        for process in (*self.workers, self.scheduler):
            process.send_signal(signal.SIGKILL)
            process.wait()


def _dask(what: str) -> list[str]:
    return [sys.executable, "-m", f"distributed.cli.dask_{what}"]


def _started(command: list[str], folder: Path) -> "subprocess.Popen[bytes]":
    nothing = subprocess.DEVNULL
    return subprocess.Popen(command, cwd=folder, stdin=nothing, stdout=nothing, stderr=nothing)


@contextmanager
def dask_cluster(folder: Path, workers: int) -> Iterator[DaskCluster]:
    """Start a scheduler and so many workers in `folder`; all are gone at the end."""
    folder.mkdir(parents=True)
    options = ["--port", "0", "--host", "127.0.0.1", "--no-dashboard"]
    command = [*_dask("scheduler"), *options, "--scheduler-file", "scheduler.json"]
    started = DaskCluster(folder, _started(command, folder))
    try:
        until(started.file.exists)
        for _ in range(workers):
            started.start_worker()
        yield started
    finally:
        started.close()


@dataclass(frozen=True)
class Batch:
    """A folder of submissions that is graded by the command."""

    submissions: Path
    out: Path
    assignment: Path

    def start(self, *options: object) -> "subprocess.Popen[str]":
        """Start grading."""
        paths: Sequence[object] = (self.submissions, "--out", self.out)
        more = ("--assignment", self.assignment, "--no-require-sandbox")
        return subprocess.Popen(
            [sys.executable, "-m", "grader", *map(str, (*paths, *more, *options))],
            cwd=ROOT,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def run(self, *options: object) -> tuple[int, str]:
        """Grade to the end and return the exit status and what was said on stderr."""
        return ended(self.start(*options))

    def written(self) -> set[str]:
        """Return the names of the results that are there."""
        return {path.stem for path in self.out.glob("*.json")}


def ended(process: "subprocess.Popen[str]") -> tuple[int, str]:
    """Return the exit status of a command when it has ended, and what it said on stderr."""
    _, said = process.communicate(timeout=PATIENCE)
    return process.returncode, said
