"""Reference notebooks: those of the repository, and small ones."""

from pathlib import Path

from nbformat import NotebookNode
from nbformat.v4 import new_code_cell, new_notebook

REPOSITORY = Path(__file__).parent.parent.parent
REFERENCES = sorted(path.parent for path in REPOSITORY.glob("reference/*/solution.ipynb"))


def notebook(*cells: NotebookNode) -> NotebookNode:
    """Return a notebook of these cells."""
    return new_notebook(cells=list(cells))


def code(source: str, **kwargs: object) -> NotebookNode:
    """Return a notebook of one code cell, whose id is `task`."""
    return notebook(new_code_cell(source, id="task", **kwargs))
