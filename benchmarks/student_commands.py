"""What a student's own commands cost: `grade --only linear,relu`, and `%check linear relu`.

    python -m benchmarks.student_commands --rounds 5
    python -m benchmarks.student_commands --rounds 5 --python ENVIRONMENT/bin/python

Seconds of the processor, with all that is started, and on the wall; the least and the most of all
rounds. The first `%check` stands in one cell with `%load_ext grader`, as in what students get; a
later one is asked in the same kernel, the mean of LATER of them. Measured are the environments that
are named, the one that measures first: say one with JupyterLab and one without, for what a command
imports depends on what is installed. In the released folder, on a right solution and a wrong one.
"""

import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Final

import click
import nbformat
from rich.console import Console
from rich.table import Table

from benchmarks.processor import used

ROOT: Final = Path(__file__).parent.parent
RELEASED: Final = ROOT / "assignments" / "nn_from_scratch"
SOLUTION: Final = ROOT / "reference" / "nn_from_scratch" / "solution.ipynb"

# How many later checks there are, and what makes the solution wrong.
LATER: Final = 5
WRONG: Final = ("self.x.T @ grad", "self.x.T @ grad * 2")

# In a real kernel. The processor time of all that it starts is told by whoever waits for the end.
CHECK: Final = """
import json, sys
import nbformat
from nbclient import NotebookClient
sources, times = json.loads(sys.argv[1])
check = "\\n".join(("import time", "began = time.perf_counter()", "%load_ext grader",
                   "%check linear relu", ""))
check += "print(time.perf_counter() - began)"
cells = ["import numpy as np", *sources, "pass", *[check] * times]
document = nbformat.v4.new_notebook(cells=list(map(nbformat.v4.new_code_cell, cells)))
NotebookClient(document, kernel_name="python3").execute()
print(json.dumps([float(cell.outputs[-1].text) for cell in document.cells[len(cells) - times:]]))
"""
LAB: Final = "import importlib.util; print(bool(importlib.util.find_spec('jupyterlab')))"


def graded(python: str, folder: Path) -> float:
    """Return the seconds of the processor that `grade --only linear,relu` takes."""
    before = used()
    command = [python, "-m", "grader", "nn_from_scratch.ipynb", "--only", "linear,relu"]
    subprocess.run(command, cwd=folder, capture_output=True, check=True)
    return used() - before


def cells(*, right: bool) -> list[str]:
    """Return the cells of the layers, of a right solution or a wrong one."""
    solution = nbformat.read(SOLUTION, as_version=4)
    wanted = ("layer-sequential", "linear", "relu")
    sources = [cell.source for cell in solution.cells if cell.id in wanted]
    return sources if right else [each.replace(*WRONG) for each in sources]


def checked(python: str, folder: Path, times: int, *, right: bool) -> tuple[float, list[float]]:
    """Return the seconds of the processor of a kernel that checks so often, and those on the wall.

    The kernel's own are among the former, and the wall's are told for each check.
    """
    before = used()
    command = [python, "-c", CHECK, json.dumps([cells(right=right), times])]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=True)
    return used() - before, json.loads(done.stdout)


def checks(python: str, folder: Path, *, right: bool) -> dict[str, float]:
    """Return what the first check takes, and a later one: of the processor, and on the wall."""
    none, _walls = checked(python, folder, 0, right=right)
    one, _walls = checked(python, folder, 1, right=right)
    all_of_them, (first, *later) = checked(python, folder, 1 + LATER, right=right)
    return {
        "first, processor": one - none,
        "first, wall": first,
        "later, processor": (all_of_them - one) / LATER,
        "later, wall": sum(later) / LATER,
    }


def homework(folder: Path) -> None:
    """Lay out what students get, with the gaps filled in."""
    shutil.copytree(RELEASED, folder)
    path = folder / "nn_from_scratch.ipynb"
    document, solution = (nbformat.read(each, as_version=4) for each in (path, SOLUTION))
    written = {cell.id: cell.source for cell in solution.cells if cell.cell_type == "code"}
    for cell in document.cells:
        cell.source = written.get(cell.id, cell.source)
    path.write_text(nbformat.writes(document), "utf-8")


def spread(found: Sequence[float]) -> str:
    """Return the least and the most of some seconds."""
    return f"{min(found):.2f} to {max(found):.2f}"


@click.command()
@click.option("--rounds", default=3, show_default=True)
@click.option("--python", "pythons", multiple=True, help="The Python of another environment.")
@click.option("--only-checks", is_flag=True, help="Leave out `grade`.")
def main(rounds: int, pythons: tuple[str, ...], only_checks: bool) -> None:
    """Measure the commands in each environment."""
    table = Table("environment", "JupyterLab", "what", "seconds")
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch, "homework")
        homework(folder)
        used()
        for python in (sys.executable, *pythons):
            lab = subprocess.run([python, "-c", LAB], capture_output=True, text=True, check=True)
            installed = "yes" if lab.stdout.strip() == "True" else "no"
            if not only_checks:
                commanded = [graded(python, folder) for _ in range(rounds)]
                table.add_row(python, installed, "grade --only linear,relu", spread(commanded))
            for right in (True, False):
                found = [checks(python, folder, right=right) for _ in range(rounds)]
                for what in found[0]:
                    told = f"%check, {'right' if right else 'wrong'}: {what}"
                    table.add_row(python, installed, told, spread([each[what] for each in found]))
    Console().print(table)
    Console().print(f"Load over the last minute at the end: {os.getloadavg()[0]:.1f}")


if __name__ == "__main__":
    main()
