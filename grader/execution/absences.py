"""Why a notebook defines no name that it is asked for: a cell that failed, or another name.

The sources and how the cells ended tell it; nothing is asked of the student's process.
"""

import re
from typing import TYPE_CHECKING, Final

from grader.i18n import _
from grader.notebook.cell_map import CellMap, writes
from grader.notebook.parsing import parse, syntax_error
from grader.notebook.reading import Notebook
from grader.scenario import Absent
from grader.text import nearest

if TYPE_CHECKING:
    from grader.execution.run import Run


def absent(name: str, notebook: Notebook, cells: CellMap, run: "Run") -> Absent:
    """Return what can be told of why `name` is not defined where it is asked for."""
    for cell in reversed(notebook.cells):
        if not writes(cell, cells, name):
            continue
        error, line = _syntax_error(cell.source) if parse(cell.source) is None else ("", "")
        end = run.ends.get(cell.index)
        if not error and end is not None and end.error:
            error, line = end.error, end.line
        if error:
            before = _behind(error, name, notebook, cells, run)
            return before or Absent("NameError", "", line, cell.name, error)
    near = nearest(name, {each for cell in cells.names.values() for each in cell.definitions})
    return Absent("NameError", "", near=near or "")


_NO_NAME: Final = re.compile(r"NameError: name '(\w+)' is not defined")


def _behind(error: str, name: str, notebook: Notebook, cells: CellMap, run: "Run") -> Absent | None:
    """Return why the name that a cell lacked is not defined, where a cell that failed is why."""
    missing = _NO_NAME.match(error)
    if missing is None or missing[1] == name:
        return None
    found = absent(missing[1], notebook, cells, run)
    return found if found.ended and not found.ended.startswith("NameError") else None


def _syntax_error(source: str) -> tuple[str, str]:
    """Return the error of a cell that is no Python, and its line; empty texts where it is none."""
    error = syntax_error(source)
    if error is None:
        return "", ""
    told = f"{type(error).__name__}: {error.msg}"
    if error.lineno:
        told = _("{error} (line {line} of the cell)", error=told, line=error.lineno)
    return told, (error.text or "").strip()
