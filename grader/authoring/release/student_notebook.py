"""From the reference notebook to the student notebook: everything but the solution.

A solution stands between two marker lines, in a code or a Markdown cell:

    # Your code: the outputs of the whole batch.
    ### BEGIN SOLUTION
    return x @ self.W
    ### END SOLUTION

In the student notebook a line that raises NotImplementedError takes its place;
the comment above the marker is kept and names what is to be written. Cells
tagged `solution` or `instructor` are left out altogether.

A marker that cannot be read for certain is an error, never a line of text: a
misspelt marker must not hand out a solution.
"""

import copy
import json
import re
import warnings
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import nbformat
from nbformat import NotebookNode, ValidationError
from nbformat.warnings import DuplicateCellId, MissingIDFieldWarning

from grader.assignment.loading import load
from grader.assignment.model import CONFIG, REFERENCE
from grader.assignment.release_stamp import KEY, stamp
from grader.authoring.release.prose import prose
from grader.checks.manual import PLACEHOLDER
from grader.errors import AssignmentError
from grader.i18n import SOURCE, _, spoken

WITHHELD_TAGS = frozenset({"solution", "instructor"})

_DEFAULT_TASK = "write your code here"
_MARKER = re.compile(
    r"(?P<indent>\s*)(?:#+|<!--)\s*(?P<edge>BEGIN|END)[\s_-]*SOLUTION\s*(?:#*|-->)\s*",
    re.IGNORECASE,
)
_MARKER_LIKE = re.compile(r"\b(?:BEGIN|END)[\s_-]*SOLUTION", re.IGNORECASE)
_TASK_PREFIX = re.compile(r"\s*your (?:code|turn|task)\s*:?\s*", re.IGNORECASE)
# What a run leaves in the metadata: the state of widgets and the times of execution.
_RUN_METADATA = frozenset({"widgets", "execution", "ExecuteTime"})


def student_notebook(reference: NotebookNode, language: str = SOURCE) -> NotebookNode:
    """Return `reference` without its solution, its prose in one language.

    The argument stays as it is.

    Outputs and execution counts are cleared. Cell ids, attachments and all
    metadata but those that a run leaves behind are kept.
    Raise AssignmentError, naming cell and line, where the markers of a solution
    are not in pairs or not on lines of their own.
    """
    student = copy.deepcopy(reference)
    _drop_run_metadata(student.metadata)
    for number, cell in enumerate(student.cells, start=1):
        with spoken(language):
            cell.source = "\n".join(_student_lines(cell, number))
        _drop_run_metadata(cell.metadata)
        if cell.cell_type == "code":
            cell.outputs = []
            cell.execution_count = None
    kept = [cell for cell in student.cells if not _is_withheld(cell)]
    student.cells = prose(kept, language)
    return student


def solution_lines(reference: NotebookNode) -> frozenset[str]:
    """Return the lines that stand in solutions and nowhere else, stripped.

    Lines without a letter or a digit are left out, for a bracket gives nothing
    away. Raise AssignmentError as `student_notebook` does.
    """
    inside: set[str] = set()
    outside: set[str] = set()
    for number, cell in enumerate(reference.cells, start=1):
        withheld = _is_withheld(cell)
        for line in _parse(cell, number):
            if line.part != "marker":
                (inside if withheld or line.part == "solution" else outside).add(line.text.strip())
    return frozenset(line for line in inside - outside if any(map(str.isalnum, line)))


def solution_places(source: str) -> frozenset[int]:
    """Return the numbers of a cell's lines that stand in a solution, the first line being 1.

    Raise AssignmentError as `student_notebook` does.
    """
    parsed = enumerate(_parse(nbformat.v4.new_code_cell(source), 1), start=1)
    return frozenset(number for number, line in parsed if line.part == "solution")


def released_text(source: Path, language: str = SOURCE) -> str:
    """Return the text of the student notebook in a language, made from the reference at `source`.

    The same reference gives the same text every time. Raises AssignmentError, naming the file,
    where the reference is missing, is no valid notebook, has misplaced markers or marks no solution
    at all.
    """
    reference = read_reference(source)
    try:
        student = student_notebook(reference, language)
    except AssignmentError as error:
        raise AssignmentError(f"{source}: {error}") from error
    whole = prose(copy.deepcopy(reference.cells), language)
    if [cell.source for cell in student.cells] == [cell.source for cell in whole]:
        raise AssignmentError(
            f"{source}: nothing is marked as solution, so the student notebook would be the "
            "reference itself. Put each solution between the lines '### BEGIN SOLUTION' and "
            "'### END SOLUTION'."
        )
    # A notebook alone, without an assignment around it, has nothing to say of itself.
    if (source.parent / CONFIG).is_file():
        student.metadata[KEY] = stamp(load(source.parent), language)
    return str(nbformat.writes(student)) + "\n"


def read_reference(source: Path) -> NotebookNode:
    """Return the notebook at `source`.

    Raise AssignmentError where it cannot be read, is not valid, or has cells
    without an id of their own: ids made up on reading would differ every time.
    """
    try:
        text = source.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise AssignmentError(
            f"{source}: cannot be read ({error}). The reference notebook of an assignment is "
            f"its folder's {REFERENCE}."
        ) from error
    invalid: dict[str, Exception] = {}
    try:
        with warnings.catch_warnings():
            # nbformat warns of missing and double ids, and then invents new ones.
            warnings.simplefilter("error", MissingIDFieldWarning)
            warnings.simplefilter("error", DuplicateCellId)
            notebook = nbformat.reads(text, nbformat.NO_CONVERT, capture_validation_error=invalid)
    except (MissingIDFieldWarning, DuplicateCellId) as error:
        raise AssignmentError(
            f"{source}: a cell has no id, or two cells have the same. Save it again with a "
            "current Jupyter, which gives each cell an id of its own."
        ) from error
    except (ValidationError, AttributeError, KeyError, TypeError, ValueError) as error:
        invalid["ValidationError"] = error
    if invalid:
        cause = invalid["ValidationError"]
        raise AssignmentError(
            f"{source}: is not a valid notebook ({str(cause).splitlines()[0]}). Restore it, or "
            "save it again with a current Jupyter."
        ) from cause
    if (notebook.nbformat, notebook.nbformat_minor) < (4, 5):
        raise AssignmentError(
            f"{source}: is in notebook format {notebook.nbformat}.{notebook.nbformat_minor}, "
            "whose cells have no ids. Save it again with a current Jupyter (format 4.5)."
        )
    return notebook


@dataclass(frozen=True, slots=True)
class _Line:
    """A line of a cell and the part of the cell that it belongs to."""

    text: str
    part: Literal["outside", "marker", "solution"]


def _parse(cell: NotebookNode, number: int) -> Iterator[_Line]:
    """Yield a cell's lines; raise AssignmentError where its markers do not pair up."""
    where = f"cell {cell.get('id', number)!r}"
    opened: int | None = None
    for line_number, text in enumerate(cell.source.split("\n"), start=1):
        marker = _MARKER.fullmatch(text)
        if marker is None:
            if _MARKER_LIKE.search(text):
                raise AssignmentError(
                    f"{where}, line {line_number}: {text.strip()!r} looks like a marker of a "
                    "solution but is none. Write '### BEGIN SOLUTION' or '### END SOLUTION' on "
                    "a line of its own."
                )
            yield _Line(text, "outside" if opened is None else "solution")
            continue
        begins = marker["edge"].upper() == "BEGIN"
        if begins and opened is not None:
            raise AssignmentError(
                f"{where}, line {line_number}: a solution begins inside the one that began in "
                f"line {opened}. End that one first."
            )
        if not begins and opened is None:
            raise AssignmentError(
                f"{where}, line {line_number}: a solution ends that has not begun. Add the line "
                "'### BEGIN SOLUTION' above it."
            )
        opened = line_number if begins else None
        yield _Line(text, "marker")
    if opened is not None:
        raise AssignmentError(
            f"{where}, line {opened}: the solution that begins here does not end in this cell. "
            "Add the line '### END SOLUTION'."
        )


def _student_lines(cell: NotebookNode, number: int) -> Iterator[str]:
    """Yield the lines of the student's version of a cell."""
    kept: list[str] = []
    inside = False
    for line in _parse(cell, number):
        if line.part == "outside":
            kept.append(line.text)
            yield line.text
        elif line.part == "marker":
            inside = not inside
            if inside:
                indent = line.text[: len(line.text) - len(line.text.lstrip())]
                yield indent + _placeholder(cell, kept)
                kept.clear()


def _placeholder(cell: NotebookNode, above: list[str]) -> str:
    """Return what stands in the student notebook instead of a solution."""
    if cell.cell_type != "code":
        return _(PLACEHOLDER)
    task = _TASK_PREFIX.sub("", _comment_at_end(above)) or _DEFAULT_TASK
    # A JSON string is a Python string as well, with double quotes whatever it holds.
    return f"raise NotImplementedError({json.dumps('Your code: ' + task, ensure_ascii=False)})"


def _comment_at_end(lines: list[str]) -> str:
    """Return the text of the comment that `lines` end with, or ''."""
    comment: list[str] = []
    for line in reversed(lines):
        if not line.strip().startswith("#"):
            break
        comment.insert(0, line.strip().strip("#").strip())
    return " ".join(filter(None, comment))


def _is_withheld(cell: NotebookNode) -> bool:
    """Tell whether a whole cell is for the instructor only."""
    return not WITHHELD_TAGS.isdisjoint(cell.metadata.get("tags", ()))


def _drop_run_metadata(metadata: NotebookNode) -> None:
    """Remove what running a notebook leaves in its metadata."""
    for key in _RUN_METADATA.intersection(metadata):
        del metadata[key]
