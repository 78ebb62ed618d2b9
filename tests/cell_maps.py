"""Cell maps of notebooks that are written down in a test."""

from pathlib import Path

from grader.notebook.cell_map import CellMap
from grader.notebook.reading import Cell, Notebook


def notebook(*sources: str) -> Notebook:
    """Return a notebook of code cells; a source that starts with `#md` is markdown."""
    cells = tuple(
        Cell(index, f"c{index}", "markdown" if source.startswith("#md") else "code", source, {})
        for index, source in enumerate(sources)
    )
    return Notebook(Path("a.ipynb"), "a", cells, {}, "", "python")


def cell_map(*sources: str) -> CellMap:
    """Return the map of a notebook of such cells."""
    return CellMap(notebook(*sources))
