"""Where the time of a small submission goes: cold, and forked from a fork server.

    python -m benchmarks.split --rounds 10

The steps are told apart by what grading itself reports of its progress.
"""

import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Final

import click
from rich.console import Console
from rich.table import Table

from benchmarks.small_course import declare, submissions
from grader.assignment.loading import load
from grader.assignment.model import Assignment
from grader.grading import grade
from grader.notebook.reading import read
from grader.sandbox.forkserver import ServerCache

STEPS: Final = (
    "start the kernel",
    "run the cells",
    "ask, judge and pack",
    "end all processes",
)


def steps(path: Path, assignment: Assignment, servers: ServerCache | None) -> list[float]:
    """Return the seconds of each step of grading one notebook."""
    moments: list[float] = [time.perf_counter()]
    seen: set[str] = set()

    def first(name: str) -> None:
        if name not in seen:
            seen.add(name)
            moments.append(time.perf_counter())

    grade(
        read(path),
        assignment,
        servers=servers,
        keep=lambda _recording: first("packed"),
        progress=lambda _index, _done, _total: first("cells"),
        stage=lambda _title: first("stage"),
    )
    ended = time.perf_counter()
    return [after - before for before, after in zip(moments, [*moments[1:], ended], strict=True)]


def imports() -> float:
    """Return the seconds that a new process takes to import all that grading needs."""
    return timed(
        lambda: subprocess.run([sys.executable, "-c", "import grader.course.batch"], check=True)
    )


def timed(action: Callable[[], object]) -> float:
    """Return the seconds that an action takes."""
    started = time.perf_counter()
    action()
    return time.perf_counter() - started


@click.command()
@click.option("--rounds", type=click.IntRange(min=1), default=10, show_default=True)
def main(rounds: int) -> None:
    """Measure the steps of grading a small submission."""
    shown = Table("step, median ms", box=None, header_style="bold")
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        assignment = load(declare(folder / "small"))
        path = next(submissions(folder / "in", 1).iterdir())
        servers = ServerCache()
        cold, server = [], []
        for number in range(rounds + 1):
            taken = (steps(path, assignment, None), steps(path, assignment, servers))
            if number > 0:
                cold.append(taken[0])
                server.append(taken[1])
        servers.close()
    shown.add_column("cold", justify="right")
    shown.add_column("warm", justify="right")
    before = 1000 * statistics.median(imports() for _ in range(min(rounds, 5)))
    shown.add_row("import the grader", f"{before:.0f}", "")
    for index, step in enumerate(STEPS):
        each = (1000 * statistics.median(one[index] for one in way) for way in (cold, server))
        shown.add_row(step, *(f"{value:.0f}" for value in each))
    Console().print(shown)


if __name__ == "__main__":
    main()
