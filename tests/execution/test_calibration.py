"""Limits of time follow the machine: a slow one takes no points from an honest solution."""

import math
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner

from grader.assignment.loading import load
from grader.cli import grade as command
from grader.execution.calibration import USUAL_SECONDS, taken
from grader.grading import Options, grade
from grader.notebook.reading import read
from grader.results.model import Result
from tests.tiny_assignment import DOUBLE, TRIPLE, declare, write

BUSY = "while True: pass"


def graded(folder: Path, slowness: int, options: Options) -> Result:
    """Grade a notebook whose cell takes 2 s by an assignment that allows 1 s."""
    assignment = declare(folder / "tiny", cell_seconds=1)
    path = folder / "submission.ipynb"
    write(path, ["import time\ntime.sleep(2)", DOUBLE, TRIPLE])
    return grade(read(path), load(assignment), options, slowness=slowness)


def test_an_assignment_s_limit_is_longer_on_a_slower_machine(tmp_path: Path) -> None:
    """What runs out of its time as a rule does not where the machine takes twenty times as long."""
    assert graded(tmp_path, 1, Options()).cells[0].status == "timeout"
    assert graded(tmp_path, 20, Options()).cells[0].status == "ok"


def test_a_limit_that_the_caller_names_holds_as_it_is(tmp_path: Path) -> None:
    """However slow the machine is, and the report names the limit that was asked for."""
    cell = graded(tmp_path, 20, Options(cell_seconds=1)).cells[0]
    assert (cell.status, cell.error) == ("timeout", "ended at the limit of 1 s for a cell")


def work() -> float:
    """Return the seconds of the processor that the work takes, whoever else keeps it busy."""
    started = time.thread_time()
    taken()
    return time.thread_time() - started


@pytest.fixture
def crowded() -> Iterator[int]:
    """Return a processor so busy that even on a fast machine, work there takes long."""
    others = math.ceil(2.5 * USUAL_SECONDS / min(work() for _ in range(3)))
    processor = min(os.sched_getaffinity(0))
    crowd = [subprocess.Popen([sys.executable, "-c", BUSY]) for _ in range(others)]
    for each in crowd:
        os.sched_setaffinity(each.pid, {processor})
    yield processor
    for each in crowd:
        each.kill()
        each.wait()


@pytest.mark.skipif(not hasattr(os, "sched_setaffinity"), reason="processes cannot be pinned here")
def test_a_machine_that_others_keep_busy_is_slow(crowded: int, tmp_path: Path) -> None:
    """It is measured as such, and the command says what follows from it."""
    write(tmp_path / "submission.ipynb", [DOUBLE, TRIPLE])
    done = subprocess.run(
        [
            *(sys.executable, "-m", "grader", str(tmp_path / "submission.ipynb")),
            *("--assignment", str(declare(tmp_path / "tiny"))),
        ],
        preexec_fn=lambda: os.sched_setaffinity(0, {crowded}),
        capture_output=True,
        text=True,
        check=True,
    )
    assert "times slower than limits are meant for" in done.stderr.splitlines()[-1]


def test_where_nothing_was_graded_the_machine_does_not_matter(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The last line is what is wrong with the file, and not that limits would have been longer."""
    monkeypatch.setattr("grader.course.batch.slowness", lambda: 3)
    (tmp_path / "submission.ipynb").write_text("", "utf-8")
    call = [str(tmp_path / "submission.ipynb"), "--assignment", str(declare(tmp_path / "tiny"))]
    ran = CliRunner().invoke(command, call)
    assert ran.exit_code == 2
    assert "is empty" in ran.output.splitlines()[-1]
