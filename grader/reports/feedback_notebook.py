"""The submission with the feedback in it: a Markdown cell below each exercise's own."""

import json
import warnings
from collections import defaultdict
from typing import Any

import nbformat

from grader.errors import UsageError
from grader.i18n import _
from grader.notebook.convert import executable
from grader.notebook.reading import Notebook, read
from grader.reports.formats import Graded
from grader.reports.graded_file import content
from grader.reports.markdown import exercise_markdown
from grader.reports.wording import scope, score, told_once
from grader.results.model import Result
from grader.text import encodable, one_line

_CELL_IDS = 5  # the minor version of nbformat 4 that gave cells their ids


def write_report(graded: Graded) -> str:
    """Return the report of a result in this format."""
    return to_notebook(graded.result, read(graded.path, graded.folder), content(graded))


def to_notebook(result: Result, notebook: Notebook, content: bytes) -> str:
    """Return a valid notebook of format 4: the submission's, with feedback among its cells.

    The score stands first, and what an exercise came to below the cell that it is done in, at
    the end where there is none. All that the student's file holds stays as it is; only a file
    that is no valid notebook loses what is not the source of a cell.

    Raises UsageError where `notebook`, read from `content`, is not the one graded.
    """
    if notebook.sha256 != result.submission.sha256:
        raise UsageError(
            f"{notebook.path} has changed since it was graded. Grade it again for its feedback."
        )
    document = _document(notebook, content)
    feedback = defaultdict(list)
    for exercise in told_once(result.exercises):
        feedback[exercise.cell].append((exercise.id, exercise_markdown(exercise)))
    cells = [_cell("score", _summary(result))]
    for index, cell in enumerate(document["cells"]):
        cells += [cell, *(_cell(*each) for each in feedback.pop(index, []))]
    cells += [_cell(*each) for left in feedback.values() for each in left]
    document["cells"] = _identified(cells, document["nbformat_minor"])
    _validate(document)
    return encodable(json.dumps(document, indent=1, ensure_ascii=False)) + "\n"


def _document(notebook: Notebook, content: bytes) -> dict[str, Any]:
    """Return the file's own JSON, or one of its cells' sources where that is not valid."""
    try:
        document: dict[str, Any] = json.loads(content.decode())
        _validate(document)
        if len(document["cells"]) == len(notebook.cells):
            return document
    # Whatever the library says of what anybody may have written.
    except Exception:  # noqa: BLE001, S110
        pass
    rebuilt: dict[str, Any] = json.loads(nbformat.writes(executable(notebook)))
    return rebuilt


def _validate(document: dict[str, Any]) -> None:
    """Raise what nbformat does where this is no valid notebook, and give each cell its own id."""
    with warnings.catch_warnings():
        # They would repeat whatever a student calls a cell, on the instructor's terminal.
        warnings.simplefilter("ignore")
        nbformat.validate(document)


def _summary(result: Result) -> str:
    told = one_line(
        _(
            "{score}. Graded with version {version}",
            score=score(result),
            version=result.assignment.version,
        )
    )
    also = " ".join(scope(result))
    return _(
        "**{told} of the assignment.** What to mend stands below each exercise. {also}",
        told=told,
        also=also,
    ).rstrip()


def _cell(name: str, text: str) -> dict[str, Any]:
    metadata = {"grader": {"feedback": name}, "tags": ["grader-feedback"]}
    return {"cell_type": "markdown", "metadata": metadata, "source": text.splitlines(True)}


def _identified(cells: list[dict[str, Any]], minor: int) -> list[dict[str, Any]]:
    """Give the cells that have no id one, where the format wants them to."""
    if minor < _CELL_IDS:
        return cells
    taken = {cell["id"] for cell in cells if "id" in cell}
    free = (
        name
        for number in range(len(cells) + len(taken))
        if (name := f"feedback-{number}") not in taken
    )
    return [cell if "id" in cell else {"id": next(free), **cell} for cell in cells]
