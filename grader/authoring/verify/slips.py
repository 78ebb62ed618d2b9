"""Whether a known mistake is a slip that one edit undoes, and of what kind."""

import ast
import re
from collections.abc import Collection
from dataclasses import replace
from functools import cache
from pathlib import Path

from grader.assignment.mistakes import Mistake
from grader.assignment.model import Assignment, Exercise
from grader.mending.definitions import Definitions, definitions
from grader.mending.edits import edits
from grader.notebook.cell_map import CellMap
from grader.notebook.reading import Notebook, read
from grader.results.model import SlipKind

# What `ast.unparse` writes otherwise than a person: brackets and quotation marks.
_LAID_OUT = re.compile(r"[\s()\"']+")


def slip(mistake: Mistake, assignment: Assignment, exercise: Exercise) -> SlipKind | None:
    """Return of what kind the slip is that a mistake is, None where no single edit undoes it."""
    if mistake.code:
        return None
    path = assignment.reference
    notebook, right = _right(path, path.stat().st_mtime_ns, exercise.names)
    wrong = _handed_in(notebook, mistake)
    cells = CellMap(wrong)
    defined = definitions(wrong, cells, exercise.names, notebook)
    if right is None or defined is None:
        return None
    names = {name for cell in cells.names.values() for name in cell.binds}
    return _undone_by(defined, right, names)


@cache
def _right(
    path: Path, _changed: int, names: tuple[str, ...]
) -> tuple[Notebook, Definitions | None]:
    """Return the reference, and what it defines under these names."""
    notebook = read(path)
    nothing = replace(notebook, cells=())
    return notebook, definitions(notebook, CellMap(notebook), names, nothing)


def _handed_in(notebook: Notebook, mistake: Mistake) -> Notebook:
    cells = [*notebook.cells]
    for old, new in mistake.changes:
        for index, cell in enumerate(cells):
            if cell.kind == "code":
                cells[index] = replace(cell, source=cell.source.replace(old, new))
    return replace(notebook, cells=tuple(cells))


def _undone_by(wrong: Definitions, right: Definitions, names: Collection[str]) -> SlipKind | None:
    differing = [
        (mine, theirs)
        for mine, theirs in zip(wrong.parts, right.parts, strict=False)
        if mine.text != theirs.text
    ]
    if len(wrong.parts) != len(right.parts) or len(differing) != 1:
        return None
    ((mine, theirs),) = differing
    looks, means = _LAID_OUT.sub("", theirs.text), ast.dump(ast.parse(theirs.text))
    for edit in edits(mine, names=names, asked=()):
        text = mine.edited(edit).text
        # Parsing takes a hundred times as long as looking.
        if _LAID_OUT.sub("", text) == looks and ast.dump(ast.parse(text)) == means:
            return edit.kind
    return None
