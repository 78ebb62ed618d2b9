"""A tiny assignment for the tests of what runs notebooks: two functions, one exercise each.

One of its checks takes the submission, so every cell is run and not only those that are needed.
"""

from collections.abc import Sequence
from pathlib import Path

import nbformat

from grader.assignment.loading import load
from grader.assignment.model import CHECKS, CONFIG, REFERENCE
from grader.grading import Options, grade
from grader.notebook.reading import read
from grader.results.model import Result
from grader.sandbox.forkserver import ServerCache
from grader.sandbox.rungs import Rung

DOUBLE = "def double(n):\n    return 2 * n"
TRIPLE = "def triple(n):\n    return 3 * n"

_CHECKS = '''
from grader.assignment.model import Exercise
from grader.checks.compare import array
from grader.scenario import Call, Scenario
from grader.verdicts import CheckFailed

double = Exercise("double", "Doubling", points=2, names=("double",))
triple = Exercise("triple", "Tripling", points=3, names=("triple",))


def times(student, function, factor):
    got = array(student.answer(Scenario(Call("y", function, args=[7]))), "y")
    if got != 7 * factor:
        raise CheckFailed(f"{function}(7) is {got:g}.")


@double.check(points=2)
def doubles(student) -> None:
    """`double` returns twice the number."""
    times(student, "double", 2)


@triple.check(points=3)
def triples(student, submission) -> None:
    """`triple` returns three times the number."""
    times(student, "triple", 3)


exercises = [double, triple]
'''

FULL = {"double": 2, "triple": 3}


def graded_with_limits(
    folder: Path,
    cells: Sequence[str],
    *,
    rung: Rung | None = None,
    servers: ServerCache | None = None,
    longest: float | None = None,
    **limits: float,
) -> Result:
    """Grade a notebook of `cells` by the tiny assignment with these `limits`.

    `longest` is how many seconds a cell may take, where that is not for the assignment to say.
    """
    declare(folder, **limits)
    write(folder / "submission.ipynb", cells)
    notebook = read(folder / "submission.ipynb")
    return grade(
        notebook, load(folder), Options(wanted=rung, cell_seconds=longest), servers=servers
    )


def declare(folder: Path, **limits: float) -> Path:
    """Write the tiny assignment with these `limits` into `folder`, and return that."""
    folder.mkdir(parents=True, exist_ok=True)
    # What is wrong in one place costs all of its check, however easily it could be mended.
    lines = ['title = "Tiny"', "[follow_through]", "marks = false", "[limits]"]
    lines += [f"{name} = {most}" for name, most in limits.items()]
    (folder / CONFIG).write_text("\n".join(lines), "utf-8")
    (folder / CHECKS).write_text(_CHECKS, "utf-8")
    write(folder / REFERENCE, [DOUBLE, TRIPLE])
    return folder


def write(path: Path, cells: Sequence[str]) -> None:
    """Write a notebook of `cells` to `path`."""
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(each) for each in cells])
    path.write_text(nbformat.writes(notebook), "utf-8")
