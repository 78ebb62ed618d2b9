"""What a known mistake costs beyond the checks that it is about: what follows from it.

Checks that the mistake fails as well, and those that are skipped for it, are charged for one and
the same slip, unless it is one that follow-through marks mend.
"""

import ast
import re
from collections.abc import Collection, Iterable
from dataclasses import replace

from grader.assignment.mistakes import Mistake
from grader.assignment.model import Assignment, Exercise
from grader.authoring.verify.certificate import Tried
from grader.mending.definitions import Definitions, definitions
from grader.mending.edits import edits
from grader.notebook.cell_map import CellMap
from grader.notebook.reading import Notebook, read
from grader.results.model import SlipKind

# What `ast.unparse` writes otherwise than a person: brackets and quotation marks.
_LAID_OUT = re.compile(r"[\s()\"']+")


def with_price(
    tried: Tried, assignment: Assignment, exercises: Iterable[Exercise], known: Iterable[Mistake]
) -> Tried:
    """Return how a mistake fared with what it costs once it is mended, where one edit mends it."""
    if not tried.beyond:
        return tried
    exercise = next(each for each in exercises if each.id == tried.exercise)
    mistake = next(each for each in known if each.name == tried.name)
    terms = assignment.config.follow_through
    kind = slip(mistake, assignment, exercise) if terms.marks else None
    if kind is None:
        return tried
    lost = tried.costs.get(exercise.id, 0)
    failed = {each.removeprefix(f"{exercise.id}.") for each in tried.failed}
    # What asks everyone the same gives nothing back where it fails itself.
    kept = sum(
        check.points for check in exercise.checks if check.case is None and check.id in failed
    )
    price = terms.of(kind, exercise.points)
    return replace(tried, followed=min(lost, kept + price))


def slip(mistake: Mistake, assignment: Assignment, exercise: Exercise) -> SlipKind | None:
    """Return of what kind the slip is that a mistake is, None where no single edit undoes it."""
    if mistake.code:
        return None
    notebook = read(assignment.reference)
    nothing = replace(notebook, cells=())
    wrong = _handed_in(notebook, mistake)
    right = definitions(notebook, CellMap(notebook), exercise.names, nothing)
    cells = CellMap(wrong)
    defined = definitions(wrong, cells, exercise.names, notebook)
    if right is None or defined is None:
        return None
    names = {name for cell in cells.names.values() for name in cell.binds}
    return _undone_by(defined, right, names)


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
