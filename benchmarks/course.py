"""Time and memory of batches of small submissions, as they grow, and of judging them again.

    python -m benchmarks.course
    python -m benchmarks.course --sizes 10,100 --workers 1,2
    python -m benchmarks.course --only-memory

Each batch is graded by the command, with confinement, results, recordings and grades written. Then
the assignment is mended and the largest batch is judged again. CPU is that of all processes,
students' included: where others use the machine, it says more than the wall.
"""

import csv
import os
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Final

import click
from rich.console import Console
from rich.table import Table

from benchmarks.small_course import declare, score, submissions
from benchmarks.watching import Watched, watched

SAMPLE_SECONDS: Final = 2.0
OFTEN_SECONDS: Final = 0.5
TORCH: Final = "import torch, torchvision, matplotlib.pyplot as plt, numpy as np, tqdm, IPython"
POINTS: Final = (("points=2)", "points=1)"), ("points=1, needs", "points=2, needs"))
FEW: Final = 24
COLUMNS: Final = (
    *("workers", "wall s", "wall ms each", "CPU ms each"),
    *("parent MiB", "growth", "children MiB", "growth"),
)


def grading(folder: Path, out: Path, assignment: Path, workers: int) -> list[str]:
    """Return the command that grades a folder."""
    options = ["--assignment", str(assignment), "--jobs", str(workers), "--no-require-sandbox"]
    return [sys.executable, "-m", "grader", str(folder), "--out", str(out), *options]


def graded(
    folder: Path, out: Path, assignment: Path, workers: int, *, every: float = SAMPLE_SECONDS
) -> Watched:
    """Grade a folder and return what it took. Raises RuntimeError where a score is wrong."""
    taken = watched(
        grading(folder, out, assignment, workers),
        done=lambda: sum(1 for _ in out.glob("*.json")),
        every=every,
    )
    with (out / "grades.csv").open(encoding="utf-8", newline="") as file:
        found = [float(row["score"]) for row in csv.DictReader(file)]
    if found != [score(number) for number in range(len(list(folder.iterdir())))]:
        raise RuntimeError(f"{out}: the scores are not those of the submissions")
    return taken


def table(rows: Sequence[tuple[int, int, Watched]]) -> Table:
    """Return what batches took."""
    shown = Table("submissions", box=None, header_style="bold")
    for column in COLUMNS:
        shown.add_column(column, justify="right")
    for size, workers, taken in rows:
        shown.add_row(
            str(size),
            str(workers),
            f"{taken.seconds:.1f}",
            f"{1000 * taken.seconds / size:.0f}",
            f"{1000 * taken.cpu_seconds / size:.0f}",
            f"{taken.peak(lambda each: each.own):.0f}",
            f"{taken.growth(lambda each: each.own):+.1f}",
            f"{taken.peak(lambda each: each.children):.0f}",
            f"{taken.growth(lambda each: each.children):+.1f}",
        )
    return shown


def rejudged(out: Path, assignment: Path) -> Watched:
    """Mend the assignment's points and judge a folder of results again."""
    checks = assignment / "checks.py"
    text = checks.read_text("utf-8")
    for change in POINTS:
        text = text.replace(*change)
    checks.write_text(text, "utf-8")
    program = "from grader.cli import grader; grader()"
    return watched([sys.executable, "-c", program, "rejudge", str(out), "--dry-run"])


def with_torch(folder: Path) -> dict[int, float]:
    """Return the MiB that so many workers take where notebooks import torch, students included."""
    assignment = declare(folder / "torch", modules=TORCH)
    few = submissions(folder / "few", FEW)
    return {
        workers: graded(
            few, folder / f"few-{workers}", assignment, workers, every=OFTEN_SECONDS
        ).peak(lambda each: each.own + each.children)
        for workers in (1, 2, 3)
    }


def tell_memory(console: Console, folder: Path) -> None:
    """Print what workers take where notebooks import torch."""
    taken = with_torch(folder)
    console.print(
        f"With torch: {', '.join(f'{count} workers {mib:.0f} MiB' for count, mib in taken.items())}"
        f"; the third by itself {taken[3] - taken[2]:.0f} MiB (goal: under 300)."
    )


@click.command()
@click.option("--only-memory", is_flag=True, help="Only what workers take with torch.")
@click.option("--sizes", default="10,100,1000", show_default=True)
@click.option("--workers", default="1,2", show_default=True)
def main(sizes: str, workers: str, only_memory: bool) -> None:
    """Measure batches of small submissions."""
    counts = sorted(map(int, sizes.split(",")))
    console = Console()
    console.print(f"{os.cpu_count()} cores, load {os.getloadavg()[0]:.1f} before")
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        if only_memory:
            tell_memory(console, folder)
            return
        assignment = declare(folder / "small")
        rows = []
        for size in counts:
            course = submissions(folder / f"in-{size}", size)
            for count in map(int, workers.split(",")):
                taken = graded(course, folder / f"out-{size}-{count}", assignment, count)
                rows.append((size, count, taken))
        console.print("Batches of small submissions; growth is that of the medians, in MiB.")
        console.print(table(rows))
        size, count, _ = rows[-1]
        again = rejudged(folder / f"out-{size}-{count}", assignment)
        console.print(
            f"Judging {size} again: {again.seconds:.1f} s, CPU {again.cpu_seconds:.1f} s "
            "(goal for 1000: 10 s)."
        )
        tell_memory(console, folder)


if __name__ == "__main__":
    main()
