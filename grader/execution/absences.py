"""Why a notebook defines no name that it is asked for: a cell that failed, or another name.

The sources and how the cells ended tell it; nothing is asked of the student's process.
"""

import re
from collections.abc import Iterable
from typing import TYPE_CHECKING, Final

from grader.i18n import _
from grader.notebook.cell_map import CellMap, writes
from grader.notebook.parsing import parse, syntax_error
from grader.notebook.reading import Notebook
from grader.scenario import Absent
from grader.text import nearest

if TYPE_CHECKING:
    from grader.execution.run import Run


# Names of which each lacks the next that are followed to the cell that is behind it all.
MOST_BEHIND: Final = 8
_NO_NAME: Final = re.compile(r"NameError: name '(\w+)' is not defined")


def absent(name: str, notebook: Notebook, cells: CellMap, run: "Run") -> Absent:
    """Return what can be told of why `name` is not defined where it is asked for."""
    found: dict[str, Absent] = {}
    missing: str | None = name
    while missing is not None and missing not in found and len(found) < MOST_BEHIND:
        ended = _ended(missing, notebook, cells, run)
        if ended is None:
            break
        found[missing] = ended
        if not ended.ended.startswith("NameError"):
            # A cell that failed is why all others lacked their names.
            return ended
        told = _NO_NAME.match(ended.ended)
        missing = told[1] if told else None
    if found:
        return found[name]
    near = nearest(name, {each for cell in cells.names.values() for each in cell.definitions})
    return Absent("NameError", "", near=near or "")


def written(names: Iterable[str], notebook: Notebook, cells: CellMap) -> int | None:
    """Return the index of the last cell that is there to define one of `names`, None without any.

    Unlike `CellMap`, it finds cells that are no Python, too.
    """
    wanted = tuple(names)
    return max(
        (
            cell.index
            for cell in notebook.cells
            if any(writes(cell, cells, name) for name in wanted)
        ),
        default=None,
    )


def _ended(name: str, notebook: Notebook, cells: CellMap, run: "Run") -> Absent | None:
    """Return how the last cell that failed ended of those that are there to define `name`."""
    for cell in reversed(notebook.cells):
        if not writes(cell, cells, name):
            continue
        error, line = _syntax_error(cell.source) if parse(cell.source) is None else ("", "")
        end = run.ends.get(cell.index)
        if not error and end is not None and end.error:
            error, line = end.error, end.line
        if error:
            return Absent("NameError", "", line, cell.name, error)
    return None


def _syntax_error(source: str) -> tuple[str, str]:
    """Return the error of a cell that is no Python, and its line; empty texts where it is none."""
    error = syntax_error(source)
    if error is None:
        return "", ""
    told = f"{type(error).__name__}: {error.msg}"
    if error.lineno:
        told = _("{error} (line {line} of the cell)", error=told, line=error.lineno)
    return told, (error.text or "").strip()
