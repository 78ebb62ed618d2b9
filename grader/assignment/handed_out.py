"""Which cells of a notebook are those that the assignment hands out, and which were added below.

Students play on below what is graded, with other networks and other layers. What they do there
must not be taken for their work, and may be it all the same: see `CellMap.attempts`.
"""

from collections.abc import Iterator, Sequence

from grader.assignment.model import Assignment
from grader.notebook.cell_map import CellMap, of_file
from grader.notebook.reading import Cell, Notebook


def cell_map(notebook: Notebook, assignment: Assignment) -> CellMap:
    """Return the names of a notebook's cells, and which cells the assignment hands out.

    Raises NotebookError where what it hands out cannot be read.
    """
    handed_out, _names = of_file(assignment.reference)
    return CellMap(notebook, graded_cells(notebook, handed_out))


def graded_cells(notebook: Notebook, handed_out: Notebook) -> frozenset[int]:
    """Return the indices of the code cells of `notebook` that were handed out, changed or not.

    They are told by their ids. Formats before 4.5 have none, and some editors write new ones: then
    they are told by their texts, each by its own or by the prose right above it. Empty where
    nothing of what was handed out is left.
    """
    ids = {cell.id for cell in handed_out.cells if cell.kind == "code"}
    by_id = {cell.index for cell in notebook.cells if cell.kind == "code" and cell.id in ids}
    return frozenset(by_id or _by_texts(notebook.cells, handed_out.cells))


def _by_texts(cells: Sequence[Cell], handed_out: Sequence[Cell]) -> Iterator[int]:
    known = {(each.kind, _text(each)) for each in handed_out}
    introduced = {prose for prose, _cell in _introduced(handed_out)}
    for prose, cell in _introduced(cells):
        if (cell.kind, _text(cell)) in known or prose in introduced:
            yield cell.index


def _introduced(cells: Sequence[Cell]) -> Iterator[tuple[str, Cell]]:
    """Yield every code cell, with each text that stands right above it, or with none."""
    above: list[str] = []
    for cell in cells:
        if cell.kind != "code":
            above.append(_text(cell))
        elif _text(cell):
            for prose in [each for each in above if each] or [""]:
                yield prose, cell
            above = []


def _text(cell: Cell) -> str:
    return "\n".join(line.rstrip() for line in cell.source.strip().splitlines())
