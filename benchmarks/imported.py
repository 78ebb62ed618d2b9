"""One assignment of nbgrader's under nbgrader, under Otter, and imported here.

    python -m benchmarks.imported
    python -m benchmarks.imported --rounds 3

It has 3 code cells, or 30: imports, functions to write, and a test below each. Each grader gets the
same submissions, one of them and ten. Otter's tests are in its own format, and it runs without its
container. Every round does each way once, as `benchmarks.comparison` does.
"""

import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any, Final

import click
import nbformat
from nbformat import NotebookNode
from nbformat.v4 import new_code_cell, new_notebook
from rich.console import Console

from benchmarks.comparison import NBGRADER, OTTER, TEN, Goal, Way, batch, grade, measure, run, tell
from benchmarks.other_graders import environment, variables

# Code cells by how many functions they have to be written.
SIZES: Final[Mapping[int, int]] = {3: 1, 30: 14}
HERE: Final = "here"
IMPORTS: Final = "import numpy as np"
PLOT: Final = "table = np.arange(6).reshape(2, 3)\ntable.sum()"
FUNCTION: Final = """def scale_{n}(a):
    ### BEGIN SOLUTION
    return a * {n}
    ### END SOLUTION"""
TEST: Final = """assert np.allclose(scale_{n}(np.ones(3)), {n})
assert scale_{n}(2) == {twice}"""
OK: Final = """OK_FORMAT = True
test = {{"name": "q{n}", "points": 1, "suites": [{{"type": "doctest", "scored": True, "cases": [
    {{"code": ">>> bool(np.allclose(scale_{n}(np.ones(3)), {n}))\\nTrue", "hidden": False}},
    {{"code": ">>> scale_{n}(2)\\n{twice}", "hidden": False}},
]}}]}}
"""
# Those of three cells that nobody imported, as docs/speed.md has them.
GOALS: Final = {
    size: (
        Goal(f"{HERE}, one, {size} cells", f"{NBGRADER}, one, {size} cells", 0.23),
        Goal(f"{HERE}, one, {size} cells", f"{OTTER}, one, {size} cells", 0.29),
        Goal(f"{HERE}, ten, {size} cells", f"{NBGRADER}, ten, {size} cells", 0.17),
        Goal(f"{HERE}, ten, {size} cells", f"{OTTER}, ten, {size} cells", 0.08),
    )
    for size in SIZES
}


def source(size: int) -> NotebookNode:
    """Return nbgrader's source notebook of so many code cells."""
    cells = [new_code_cell(IMPORTS)]
    for n in range(1, SIZES[size] + 1):
        cells.append(_cell(FUNCTION.format(n=n), f"scale_{n}", solution=True))
        cells.append(_cell(TEST.format(n=n, twice=2 * n), f"test_{n}", grade=True, points=1))
    cells += [new_code_cell(PLOT)] * (size - len(cells))
    kernel = {"name": "python3", "display_name": "Python 3", "language": "python"}
    return new_notebook(cells=cells, metadata={"kernelspec": kernel})


def _cell(text: str, name: str, **told: object) -> NotebookNode:
    of_all = {"grade": False, "solution": False, "locked": False, "task": False}
    metadata = {"nbgrader": {**of_all, "schema_version": 3, "grade_id": name, **told}}
    return new_code_cell(text, metadata=metadata)


def laid_out(folder: Path, size: int, count: int) -> Path:
    """Write a course as nbgrader has it, with so many submissions, and return its folder."""
    notebook = source(size)
    for part in ("source/ps1", *(f"submitted/s{n}/ps1" for n in range(count))):
        path = folder / part / "ps1.ipynb"
        path.parent.mkdir(parents=True)
        nbformat.write(notebook, path)
    return folder


def by_nbgrader(folder: Path) -> Way:
    """Return how nbgrader grades a course."""
    program, told = str(environment("nbgrader") / "nbgrader"), variables("nbgrader")
    _call([program, "generate_assignment", "ps1"], folder, told)
    command = [program, "autograde", "ps1", "--force"]
    return partial(run, command, folder=folder, variables=told)


def by_otter(folder: Path, size: int) -> Way:
    """Return how Otter grades the submissions of a course, one call each."""
    program, told = str(environment("otter-grader") / "otter"), variables("otter-grader")
    for name in ("tests", "results"):
        (folder / name).mkdir()
    for n in range(1, SIZES[size] + 1):
        (folder / "tests" / f"q{n}.py").write_text(OK.format(n=n, twice=2 * n), "utf-8")
    nothing_more = ("--no-environment", "--no-requirements", "--no-config")
    _call([program, "generate", "-t", "tests", "-o", "autograder.zip", *nothing_more], folder, told)
    begin = [program, "run", "--no-logo", "-a", "autograder.zip", "-o", "results"]
    commands = [[*begin, str(each)] for each in sorted(folder.glob("submitted/*/ps1/*.ipynb"))]
    return partial(run, *commands, folder=folder, variables=told)


def here(folder: Path, count: int) -> Way:
    """Return how the imported assignment is graded."""
    brought = ["import", str(folder / "source/ps1/ps1.ipynb"), "--out", str(folder / "reference")]
    _call([str(Path(sys.executable).with_name("grader")), *brought], folder, None)
    assignment = folder / "reference" / "ps1"
    if count == 1:
        return partial(grade, folder / "submitted/s0/ps1/ps1.ipynb", assignment)
    return partial(batch, folder / "submitted", assignment)


def _call(command: Sequence[str], folder: Path, told: Mapping[str, str] | None) -> None:
    subprocess.run(command, cwd=folder, env=told, check=True, capture_output=True)


def ways(folder: Path, size: int) -> dict[str, tuple[Way, int]]:
    """Return the ways to grade the assignment of a size, each with how many it grades."""
    found: dict[str, tuple[Way, int]] = {}
    for told, count in (("one", 1), ("ten", TEN)):
        made: dict[str, Any] = {
            HERE: lambda course, count=count: here(course, count),
            NBGRADER: by_nbgrader,
            OTTER: lambda course: by_otter(course, size),
        }
        for name, prepare in made.items():
            course = laid_out(folder / f"{name}-{told}-{size}", size, count)
            found[f"{name}, {told}, {size} cells"] = (prepare(course), count)
    return found


@click.command()
@click.option("--rounds", default=3, show_default=True)
def main(rounds: int) -> None:
    """Measure an imported assignment beside the graders that it may come from."""
    console = Console(width=100)
    for size in SIZES:
        with tempfile.TemporaryDirectory() as folder:
            tell(console, measure(ways(Path(folder), size), rounds), GOALS[size])


if __name__ == "__main__":
    main()
