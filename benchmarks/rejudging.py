"""Judging whole submissions of `nn_from_scratch` again: where nothing has changed, and a check has.

    python -m benchmarks.rejudging
    python -m benchmarks.rejudging --size 300

Two are graded, a right one and one whose bias learns from a mean; the course is as many copies of
their results and recordings. Nothing is written. CPU is that of all processes.
"""

import shutil
import subprocess
import sys
import tempfile
from dataclasses import replace
from pathlib import Path
from typing import Final

import click
import nbformat
from rich.console import Console
from rich.table import Table

from benchmarks.watching import Watched, watched
from grader.course.store import Store

ROOT: Final = Path(__file__).parents[1]
WHOLE: Final = ROOT / "reference" / "nn_from_scratch"
SLIP: Final = "grad.sum(axis=0)", "grad.mean(axis=0)"


def course(folder: Path, size: int) -> tuple[Path, Path]:
    """Grade the two below `folder`, and copy what came of them; return assignment and results."""
    assignment, handed_in, out = (folder / each for each in ("nn_from_scratch", "in", "out"))
    shutil.copytree(WHOLE, assignment)
    handed_in.mkdir()
    right = nbformat.read(WHOLE / "solution.ipynb", as_version=4)
    nbformat.write(right, handed_in / "right.ipynb")
    for cell in right.cells:
        cell.source = cell.source.replace(*SLIP)
    nbformat.write(right, handed_in / "wrong.ipynb")
    command = [sys.executable, "-m", "grader", str(handed_in), "--out", str(out)]
    subprocess.run([*command, "--assignment", str(assignment)], check=True)
    store = Store(out)
    for stem, record in list(store.records()):
        if record is None:
            raise RuntimeError(f"{stem} was not graded")
        for number in range(size // 2 - 1):
            name = f"{stem}-{number}"
            store.put(replace(record, name=name))
            store.recording(name).hardlink_to(store.recording(stem))
    return assignment, out


def rejudged(out: Path) -> Watched:
    """Judge the results again, and write nothing."""
    call = "from grader.cli import grader; grader()"
    return watched([sys.executable, "-c", call, "rejudge", str(out), "--dry-run", "--jobs", "2"])


@click.command()
@click.option("--size", default=200, show_default=True, help="Submissions, half of them wrong.")
def main(size: int) -> None:
    """Judge a course again by two processes."""
    table = Table("what has changed", "submissions", box=None, header_style="bold")
    for column in ("wall s", "CPU s", "CPU ms each"):
        table.add_column(column, justify="right")
    with tempfile.TemporaryDirectory() as folder:
        assignment, out = course(Path(folder), size)
        for what in ("nothing", "a check of `relu`"):
            if what != "nothing":
                checks = assignment / "relu.py"
                checks.write_text(checks.read_text("utf-8") + "\nMENDED = True\n", "utf-8")
            taken = rejudged(out)
            each = f"{1000 * taken.cpu_seconds / size:.0f}"
            row = f"{taken.seconds:.1f}", f"{taken.cpu_seconds:.1f}", each
            table.add_row(what, str(size), *row)
    Console().print(table)


if __name__ == "__main__":
    main()
