"""The student notebook as it runs in a browser."""

from collections.abc import Sequence

import nbformat
from nbformat import NotebookNode
from nbformat.v4 import new_markdown_cell

from grader.assignment.model import Assignment
from grader.extras import DISTRIBUTION
from grader.i18n import _, spoken
from grader.notebook.imports import imported_by

# What JupyterLite's kernel is called.
KERNEL = {"display_name": "Python (Pyodide)", "language": "python", "name": "python"}
# Of these nobody has a build for browsers.
ABSENT = frozenset({"jax", "tensorflow", "torch", "torchvision"})

# What is installed already is not fetched again, so that each check cell can stand for itself.
_CHECK = """\
# Ask the public checks of what is defined so far. It never counts.
%pip install -q {packages}
%load_ext grader
%check {exercise}"""


def browser_notebook(
    text: str, assignment: Assignment, language: str, packages: Sequence[str]
) -> str:
    """Return the notebook of a released folder, `text`, as one that runs in a browser.

    `packages` are what it imports and this site brings along.
    """
    notebook = nbformat.reads(text, as_version=4)
    notebook.metadata["kernelspec"] = dict(KERNEL)
    exercises = {f"check-{each.id}": each.id for each in assignment.exercises}
    for cell in notebook.cells:
        if cell.cell_type == "code" and cell.id in exercises:
            cell.source = _CHECK.format(packages=DISTRIBUTION, exercise=exercises[cell.id])
    with spoken(language, assignment.sources):
        opening = _opening(assignment)
    notebook.cells.insert(0, new_markdown_cell(opening, id="in-the-browser"))
    if packages:
        _bring(notebook, packages)
    return str(nbformat.writes(notebook)) + "\n"


def _bring(notebook: NotebookNode, packages: Sequence[str]) -> None:
    """Let the first cell of code get what the notebook imports and no Pyodide has."""
    first = next(cell for cell in notebook.cells if cell.cell_type == "code")
    first.source = f"%pip install -q {' '.join(packages)}\n{first.source}"


def absent(assignment: Assignment) -> list[str]:
    """Return the modules that the notebook imports and that no browser has."""
    tops = {name.partition(".")[0] for name in imported_by(assignment.reference)}
    return sorted(tops & ABSENT)


def _opening(assignment: Assignment) -> str:
    asked = [_(each.title) for each in assignment.exercises if each.unit]
    rest = [_(each.title) for each in assignment.exercises if not each.unit]
    lines = [
        _(
            "**This notebook runs in your browser.** Nothing is installed, and nothing that you "
            "write is sent anywhere: it is kept in this browser alone. To hand it in, or to keep "
            "it, download it (*File → Download*)."
        ),
        _("`%check` can be asked here about: {exercises}.", exercises=", ".join(asked)),
    ]
    if rest:
        lines.append(
            _(
                "What needs the whole notebook is asked in a terminal: {exercises}.",
                exercises=", ".join(rest),
            )
        )
    lacking = absent(assignment)
    if lacking:
        lines.append(
            _(
                "Cells that import {modules} do not run here.",
                modules=", ".join(f"`{name}`" for name in lacking),
            )
        )
    return "\n\n".join(lines)
