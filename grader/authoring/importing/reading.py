"""Reading a source, whatever it was made for."""

from collections.abc import Sequence
from pathlib import Path

import nbformat
from nbformat import NotebookNode

from grader.authoring.importing import nbgrader, otter, plain
from grader.authoring.importing.parts import Material, Note, Part, require_parsable
from grader.errors import UsageError
from grader.notebook.opening import opened
from grader.notebook.reading import SIZE_LIMIT
from grader.text import encodable


def material(path: Path, tests: Sequence[Path] = (), student: Path | None = None) -> Material:
    """Return what the notebook at `path` holds, with the tests in files beside it.

    `student` is the notebook that students get, where the source does not say what they write.
    Raises UsageError where one of them cannot be read, or where nothing tests anything.
    """
    notebook = _notebook(path)
    notes: list[Note] = []
    if nbgrader.is_of_nbgrader(notebook):
        made, found = "nbgrader's", list(nbgrader.parts(notebook))
        notes = nbgrader.notes(notebook)
    elif otter.is_of_otter(notebook, path):
        made, found = "Otter's", list(otter.parts(notebook, path))
    else:
        made, found = "plain", list(plain.parts(notebook))
    own = {name for part in found for name in plain.defined(part.source)}
    for file in tests:
        of_file = plain.of_file(file, own)
        found.append(Part("test", of_file[0].where, "", tests=tuple(of_file)))
    if not any(part.tests or part.kind == "manual" for part in found):
        raise UsageError(
            f"{path} has no tests: nothing in it says what a right solution is. Name the source "
            "notebook of the assignment, with its solutions and tests, not the one that students "
            "get or hand in; and after it the files of tests, where they stand elsewhere."
        )
    if not any(part.kind == "solution" for part in found):
        found = list(plain.with_solutions(found, None if student is None else _notebook(student)))
        notes += [_marked(part, student) for part in found if part.kind == "solution"]
    return Material(path, made, found, _title(notebook, path), notes)


def _marked(part: Part, student: Path | None) -> Note:
    by = "the tests ask for it" if student is None else f"it is not in {student.name}"
    return Note(part.where, "with a change", f"It is marked as a solution: {by}.", part.source)


def _notebook(path: Path) -> NotebookNode:
    content = opened(path, None, SIZE_LIMIT).content
    if len(content) > SIZE_LIMIT:
        raise UsageError(f"{path} is larger than {SIZE_LIMIT // 2**20} MB: clear its outputs.")
    try:
        notebook = nbformat.reads(content.decode("utf-8"), as_version=4)
    except Exception as error:
        raise UsageError(f"{path} is no notebook: {type(error).__name__}.") from error
    cells = notebook.get("cells")
    for number, cell in enumerate(cells if isinstance(cells, list) else [None], start=1):
        if not (
            isinstance(cell, NotebookNode)
            and isinstance(cell.get("source"), str)
            and isinstance(cell.get("metadata"), NotebookNode)
        ):
            raise UsageError(f"{path}: cell {number} is none: save the notebook in Jupyter again.")
        cell.source = encodable(cell.source)
        if cell.cell_type == "code":
            require_parsable(cell.source, f"{path}: cell {number}")
    return notebook


def _title(notebook: NotebookNode, path: Path) -> str:
    """Return the first heading that is none of a part, else the file's name."""
    for cell in notebook.cells:
        if cell.cell_type == "markdown":
            for line in cell.source.split("\n"):
                if line.startswith("# "):
                    return str(line.lstrip("#").strip())
    return path.stem.replace("_", " ")
