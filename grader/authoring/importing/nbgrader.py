"""nbgrader's source notebooks, as its metadata and its comments in cells tell of them."""

import re
from collections.abc import Iterator
from typing import Any, Final

from nbformat import NotebookNode

from grader.authoring.importing.parts import MOST_POINTS, Note, Part, Test, marked
from grader.authoring.importing.plain import defined

# What nbgrader's own configuration calls them unless it is changed.
_REGION: Final = re.compile(
    r"^[ \t]*(?:#+|//+|<!--|%+|\"\"\"|;+)?[ \t]*(?P<edge>BEGIN|END) "
    r"(?P<what>HIDDEN TESTS|MARK SCHEME)\b.*$",
    re.MULTILINE,
)
# What nbgrader calls cells that nobody has named.
_UNNAMED: Final = re.compile(r"cell-[0-9a-f]{8,}")
_SOLUTION: Final = re.compile(r"\b(?:BEGIN|END) SOLUTION\b")


def is_of_nbgrader(notebook: NotebookNode) -> bool:
    """Whether any cell has something of nbgrader's in its metadata."""
    return any("nbgrader" in cell.metadata for cell in notebook.cells)


def parts(notebook: NotebookNode) -> Iterator[Part]:
    """Yield the parts of a source notebook."""
    for number, cell in enumerate(notebook.cells, start=1):
        told = _told(cell)
        name = str(told.get("grade_id", ""))
        where = f"cell {number} (`{name}`)" if name else f"cell {number}"
        if _UNNAMED.fullmatch(name):
            is_code = cell.cell_type == "code" and told.get("solution")
            name = next(iter(defined(cell.source)), "") if is_code else ""
        yield _part(cell, told, name, where)


def _told(cell: NotebookNode) -> dict[str, Any]:
    """Return what nbgrader's metadata tell of a cell."""
    told = cell.metadata.get("nbgrader")
    return told if isinstance(told, dict) else {}


def _part(cell: NotebookNode, told: dict[str, Any], name: str, where: str) -> Part:
    markdown = cell.cell_type != "code"
    graded, solution, task = (bool(told.get(each)) for each in ("grade", "solution", "task"))
    points = _points(told.get("points"))
    if task:
        shown, scheme = _divided(cell.source)
        rubric = (
            "\n\n".join(filter(None, (shown, *marked(scheme.split("\n"))))) if scheme else shown
        )
        return Part("manual", where, rubric, markdown, name, points)
    if graded and solution:
        return Part("manual", where, _solution(cell.source, whole=True), markdown, name, points)
    if graded and not markdown:
        shown, hidden = _divided(cell.source)
        test = Test(where, shown, points, name, hidden=hidden, public=bool(shown.strip()))
        return Part("test", where, shown, name=name, tests=(test,))
    if solution:
        return Part("solution", where, _solution(cell.source, whole=not markdown), markdown, name)
    return Part("text" if markdown else "given", where, cell.source, markdown, name)


def _points(value: object) -> float:
    try:
        points = float(value)  # type: ignore[arg-type]
    except (TypeError, ValueError, OverflowError):
        return 0.0
    return points if 0 <= points <= MOST_POINTS else 0.0


def _solution(source: str, *, whole: bool) -> str:
    """Return a cell with its solution marked: nbgrader hands out nothing of one without regions."""
    if _SOLUTION.search(source) or not whole:
        return source
    return "\n".join(marked(source.split("\n")))


def _divided(source: str) -> tuple[str, str]:
    """Return what students see of a cell, and what they do not."""
    shown: list[str] = []
    hidden: list[str] = []
    inside = False
    for line in source.split("\n"):
        edge = _REGION.match(line)
        if edge:
            inside = edge["edge"] == "BEGIN"
        else:
            (hidden if inside else shown).append(line)
    return "\n".join(shown).strip("\n"), "\n".join(hidden).strip("\n")


def notes(notebook: NotebookNode) -> list[Note]:
    """Return what is to be told of the notebook as a whole."""
    ids = [str(_told(cell).get("grade_id", "")) for cell in notebook.cells]
    double = {each for each in ids if each and ids.count(each) > 1}
    return [
        Note(f"`{each}`", "with a change", "Two cells have this id: the checks are numbered.")
        for each in sorted(double)
    ]
