"""What a student's own commands cost: `grade --only linear,relu`, and `%check linear`.

    python -m benchmarks.student_commands --rounds 5
    python -m benchmarks.student_commands --rounds 5 --python ENVIRONMENT/bin/python

Seconds of the processor, the least of all rounds, with all that is started. Measured are the
environments that are named, the one that measures first: say one with JupyterLab and one without,
for what a command imports depends on what is installed. In the released folder, on a right
solution.
"""

import json
import shutil
import subprocess
import sys
import tempfile
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

# In a real kernel; what the magic starts are children of that kernel.
CHECK: Final = """
import json, sys
import nbformat
from nbclient import NotebookClient
cells = ["import os; import numpy as np", *json.loads(sys.argv[1]),
         "%load_ext grader\\nbefore = os.times()", "%check linear",
         "after = os.times()\\nprint(sum(after[2:4]) - sum(before[2:4]))"]
document = nbformat.v4.new_notebook(cells=list(map(nbformat.v4.new_code_cell, cells)))
NotebookClient(document, kernel_name="python3").execute()
print(document.cells[-1].outputs[0].text)
"""
LAB: Final = "import importlib.util; print(bool(importlib.util.find_spec('jupyterlab')))"


def graded(python: str, folder: Path) -> float:
    """Return the seconds of the processor that `grade --only linear,relu` takes."""
    before = used()
    command = [python, "-m", "grader", "nn_from_scratch.ipynb", "--only", "linear,relu"]
    subprocess.run(command, cwd=folder, capture_output=True, check=True)
    return used() - before


def checked(python: str, folder: Path) -> float:
    """Return the seconds of the processor that `%check linear` takes, beside the kernel's own."""
    solution = nbformat.read(SOLUTION, as_version=4)
    wanted = ("layer-sequential", "linear")
    sources = [cell.source for cell in solution.cells if cell.id in wanted]
    command = [python, "-c", CHECK, json.dumps(sources)]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=True)
    return float(done.stdout)


def homework(folder: Path) -> None:
    """Lay out what students get, with the gaps filled in."""
    shutil.copytree(RELEASED, folder)
    path = folder / "nn_from_scratch.ipynb"
    document, solution = (nbformat.read(each, as_version=4) for each in (path, SOLUTION))
    written = {cell.id: cell.source for cell in solution.cells if cell.cell_type == "code"}
    for cell in document.cells:
        cell.source = written.get(cell.id, cell.source)
    path.write_text(nbformat.writes(document), "utf-8")


@click.command()
@click.option("--rounds", default=3, show_default=True)
@click.option("--python", "pythons", multiple=True, help="The Python of another environment.")
def main(rounds: int, pythons: tuple[str, ...]) -> None:
    """Measure the commands in each environment."""
    table = Table("environment", "JupyterLab", "grade --only linear,relu", "%check linear")
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch, "homework")
        homework(folder)
        used()
        for python in (sys.executable, *pythons):
            lab = subprocess.run([python, "-c", LAB], capture_output=True, text=True, check=True)
            least = [
                min(measure(python, folder) for _ in range(rounds)) for measure in (graded, checked)
            ]
            installed = "yes" if lab.stdout.strip() == "True" else "no"
            table.add_row(python, installed, *(f"{seconds:.2f} s" for seconds in least))
    Console().print(table)


if __name__ == "__main__":
    main()
