"""A small course for measuring: three cells, numpy and one plot, and one exercise about them."""

from pathlib import Path
from typing import Final

import nbformat

from benchmarks.overhead import CELLS
from grader.assignment.model import CHECKS, CONFIG, REFERENCE

_CHECKS: Final = '''
import numpy as np

from grader.assignment.model import Exercise
from grader.checks.compare import array
from grader.scenario import Call, Make, Scenario
from grader.verdicts import CheckFailed

double = Exercise("double", "Doubling", points=3, names=("Double",))
X = np.linspace(-2, 2, 12, dtype=np.float32).reshape(3, 4)


def compared(student, reference, x):
    question = Scenario(Make("layer", "Double"), Call("y", "layer", "forward", [x]))
    got, right = (array(each.answer(question), "y") for each in (student, reference))
    if not np.array_equal(got, right):
        raise CheckFailed("What `forward` returned is not twice its input.")


@double.check(points=2)
def doubles(student, reference) -> None:
    """`forward` returns twice its input."""
    compared(student, reference, X)


@double.check(points=1, needs=doubles)
def any_shape(student, reference) -> None:
    """`forward` takes arrays of any shape."""
    compared(student, reference, X.reshape(2, 3, 2))


exercises = [double]
'''

MODULES: Final = "import numpy as np\nimport matplotlib.pyplot as plt"
WRONG: Final = ("return 2 * x", "return 3 * x")


def declare(folder: Path, *, modules: str = MODULES) -> Path:
    """Write the assignment into `folder` and return that; fork servers import `modules`."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / CONFIG).write_text('title = "Small"\n', "utf-8")
    (folder / CHECKS).write_text(_CHECKS, "utf-8")
    write(folder / REFERENCE, modules, *CELLS)
    return folder


def submissions(folder: Path, count: int) -> Path:
    """Write so many submissions into `folder`, every third of them wrong, and return that."""
    folder.mkdir(parents=True, exist_ok=True)
    for number in range(count):
        # No two are the same file.
        cells = (f"{CELLS[0]}\n# {number}", *CELLS[1:])
        wrong = (cells[0].replace(*WRONG), *cells[1:])
        write(folder / f"s{number:05}.ipynb", *(wrong if number % 3 == 2 else cells))
    return folder


def score(number: int) -> float:
    """Return what the submission of this number is worth."""
    return 0.0 if number % 3 == 2 else 3.0


def write(path: Path, *cells: str) -> None:
    """Write a notebook of `cells` to `path`."""
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(each) for each in cells])
    for index, cell in enumerate(notebook.cells):
        cell.id = f"cell-{index}"
    path.write_text(nbformat.writes(notebook), "utf-8")
