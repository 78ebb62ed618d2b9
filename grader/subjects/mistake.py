"""A known mistake, or a right variant, as a subject: the reference, altered."""

from functools import cache
from pathlib import Path

from grader.mistakes import Alteration
from grader.subjects.reference import Reference, cells, performing


@cache
def altered(notebook: Path, names: tuple[str, ...], alteration: Alteration) -> Reference:
    """Return what the cells of `notebook` that `names` need define once `alteration` is applied.

    Whoever asks again gets the same subject, with all that it has answered so far.
    Raises AssignmentError where it cannot be applied, or what it gives cannot be run.
    """
    return performing(alteration.applied(_cells(notebook, names)), f"{alteration.name!r}")


@cache
def _cells(notebook: Path, names: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(cells(notebook, names))
