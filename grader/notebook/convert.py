"""Notebooks as nbclient executes them."""

import nbformat
from nbformat import v4

from grader.notebook.reading import Notebook


def executable(notebook: Notebook) -> nbformat.NotebookNode:
    """Return a fresh format 4.5 node that nbclient can execute.

    It has the same cells at the same indices, no outputs, and no metadata but
    a `python3` kernelspec: a tag must not make nbclient skip a cell that
    Jupyter runs, and the student's kernel need not exist here.
    """
    make = {"code": v4.new_code_cell, "markdown": v4.new_markdown_cell, "raw": v4.new_raw_cell}
    kernel = {"name": "python3", "display_name": "Python 3", "language": "python"}
    return v4.new_notebook(
        metadata=nbformat.from_dict({"kernelspec": kernel, "language_info": {"name": "python"}}),
        cells=[make[cell.kind](cell.source, id=cell.id) for cell in notebook.cells],
    )
