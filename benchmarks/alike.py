"""Time and memory of comparing a class, as it grows.

    python -m benchmarks.alike
    python -m benchmarks.alike --sizes 30,300

Each student puts the notebook of the first assignment together from several ways to write each of
its functions and some lines that nobody else has; every twentieth hands in another's in disguise.
The command reads them, compares each two, and writes the pages. What it must find is checked.
"""

import csv
import os
import random
import re
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import click
import nbformat
from rich.console import Console
from rich.table import Table

from benchmarks.watching import watched
from tests.notebooks import ROOT, reference_cells
from tests.similarity.solutions import CAREFUL, LOOPING, PLAIN, SHORT, disguised

# Every so many students, one has copied.
EVERY: Final = 20
_LINES: Final = (
    "{a} = [{n} * {b} for {b} in range({m})]",
    "{a} = sorted({b}, key=lambda each: each[{n}])[:{m}]",
    "print({n}, '{a}', {b}.shape, {m})",
    "{a} = {{{n}: {b}, {m}: None}}",
    "if {a} > {n}: {b} -= {m}",
    "{a}, {b} = {b}[{n}:], {a}[:{m}]",
    "while {a}.size < {m}: {a} = np.append({a}, {b}[{n}])",
    "assert {a}.mean() <= {n} or {b} is {m}",
)


def written(chance: random.Random) -> list[str]:
    """Return the cells of one student: the assignment's, and functions written in some way."""
    given = [cell for name, cell in reference_cells().items() if name not in ("linear", "relu")]
    own = []
    for pattern in (r"class Linear.*?(?=^\S)", r"^(?:def )?softmax.*?(?=^\S)", r"def accuracy.*"):
        way = chance.choice((PLAIN, CAREFUL, LOOPING, SHORT))
        found = re.search(pattern, f"{way}\n#", re.DOTALL | re.MULTILINE)
        own += [found[0]] if found else []
    return [*given, *own, "\n".join(_notes(chance))]


def _notes(chance: random.Random) -> Iterator[str]:
    for _ in range(60):
        names = chance.sample("pqrstuvw", 2)
        numbers = chance.sample(range(1000), 2)
        line = chance.choice(_LINES)
        yield line.format(a=names[0], b=names[1], n=numbers[0], m=numbers[1])


def course(folder: Path, size: int) -> dict[str, str]:
    """Write so many notebooks, and return who has copied from whom."""
    folder.mkdir(parents=True)
    chance = random.Random(size)  # noqa: S311 - it hides nothing
    copied: dict[str, str] = {}
    cells: list[str] = []
    for number in range(size):
        name = f"s{number:04}"
        if number % EVERY == EVERY - 1:
            copied[name] = f"s{number - 1:04}"
            cells = [disguised(f"{cell}\n") for cell in cells]
        else:
            cells = written(chance)
        made = [nbformat.v4.new_code_cell(each, id=f"c{k}") for k, each in enumerate(cells)]
        text = nbformat.writes(nbformat.v4.new_notebook(cells=made))
        (folder / f"{name}.ipynb").write_text(text, "utf-8")
    return copied


def found(out: Path) -> set[frozenset[str]]:
    """Return the pairs in the table that a call has written."""
    with (out / "similar.csv").open(encoding="utf-8", newline="") as file:
        return {frozenset((row["one"], row["other"])) for row in csv.DictReader(file)}


@click.command()
@click.option("--sizes", default="30,100,300", show_default=True)
def main(sizes: str) -> None:
    """Measure comparing classes of several sizes."""
    console = Console()
    console.print(f"{os.cpu_count()} cores, load {os.getloadavg()[0]:.1f} before")
    shown = Table("notebooks", box=None, header_style="bold")
    for column in ("pairs compared", "wall s", "CPU s", "peak MiB", "pairs told", "copies found"):
        shown.add_column(column, justify="right")
    program = "from grader.cli import grader; grader()"
    with tempfile.TemporaryDirectory() as name:
        for size in map(int, sizes.split(",")):
            folder, out = Path(name) / str(size), Path(name) / f"out-{size}"
            copied = course(folder, size)
            options = [
                "--assignment",
                str(ROOT / "reference" / "nn_from_scratch"),
                "--out",
                str(out),
            ]
            taken = watched(
                [sys.executable, "-c", program, "similar", str(folder), *options], every=0.2
            )
            told = found(out)
            right = sum(frozenset(pair) in told for pair in copied.items())
            shown.add_row(
                str(size),
                str(size * (size - 1) // 2),
                f"{taken.seconds:.1f}",
                f"{taken.cpu_seconds:.1f}",
                f"{taken.peak(lambda each: each.own + each.children):.0f}",
                str(len(told)),
                f"{right} of {len(copied)}",
            )
    console.print(shown)


if __name__ == "__main__":
    main()
