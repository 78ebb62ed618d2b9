"""Notebooks as other systems have them, written for these tests."""

from collections.abc import Sequence
from pathlib import Path

import nbformat
from click.testing import CliRunner, Result
from nbformat import NotebookNode
from nbformat.v4 import (
    new_code_cell,
    new_markdown_cell,
    new_notebook,
    new_output,
    new_raw_cell,
)

from grader.cli import grader


def text(source: str) -> NotebookNode:
    """Return a cell of text."""
    return new_markdown_cell(source)


def code(source: str, output: str = "") -> NotebookNode:
    """Return a cell of code, which came to `output`."""
    cell = new_code_cell(source)
    if output:
        cell.outputs = [new_output("execute_result", data={"text/plain": output})]
    return cell


def raw(source: str) -> NotebookNode:
    """Return a raw cell, as Otter's comments stand in."""
    return new_raw_cell(source)


def graded(source: str, name: str, points: float, *, manual: bool = False) -> NotebookNode:
    """Return a cell that nbgrader gives points for: of tests, or for a person to read."""
    cell = text(source) if manual else code(source)
    return _of_nbgrader(cell, name, grade=True, solution=manual, points=points)


def solved(source: str, name: str) -> NotebookNode:
    """Return a cell of nbgrader's that holds a solution."""
    return _of_nbgrader(code(source), name, solution=True)


def locked(source: str, name: str) -> NotebookNode:
    """Return a cell of nbgrader's that students cannot change."""
    return _of_nbgrader(code(source), name, locked=True)


def _of_nbgrader(cell: NotebookNode, name: str, **told: object) -> NotebookNode:
    default = {"grade": False, "solution": False, "locked": False, "task": False}
    cell.metadata["nbgrader"] = {**default, "schema_version": 3, "grade_id": name, **told}
    return cell


def write(path: Path, cells: Sequence[NotebookNode]) -> Path:
    """Write a notebook of these cells, and return its path."""
    path.parent.mkdir(parents=True, exist_ok=True)
    nbformat.write(new_notebook(cells=list(cells)), path)
    return path


def brought(folder: Path, *arguments: object) -> Result:
    """Return how `grader import` ended that writes below `folder / "reference"`."""
    told = [*map(str, arguments), "--out", str(folder / "reference")]
    return CliRunner().invoke(grader, ["import", *told], catch_exceptions=False)


def checks(folder: Path, name: str) -> str:
    """Return the `checks.py` that was written."""
    return (folder / "reference" / name / "checks.py").read_text("utf-8")


def report(folder: Path, name: str) -> str:
    """Return the report that was written."""
    return (folder / "reference" / name / "imported.md").read_text("utf-8")
