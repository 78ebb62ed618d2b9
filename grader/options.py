"""How a notebook is graded, and who hears of it: what all steps of grading share."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from grader.assignment.model import Assignment
from grader.i18n import of_metadata, require_known
from grader.notebook.reading import Notebook
from grader.sandbox.rungs import Rung

# Called before a cell runs, with its index and how many of how many cells are done.
Progress = Callable[[int, int, int], None]
# Called with the title of the exercise that is asked.
Stage = Callable[[str], None]


@dataclass(frozen=True, kw_only=True)
class Options:
    """How a notebook is graded.

    Only the exercises whose ids are in `only` are, if any are. `data` is a folder to look for data
    sets in. The times, in seconds, replace the assignment's limits, `seed` the one from which
    questions are drawn. With `require_sandbox`, nothing is run where there is no sandbox; `wanted`
    is a rung of confinement other than the strongest. `language` is the code of the one that the
    student is spoken to in, the notebook's own where it is None. With `quick`, the training is left
    out where it can be, and what needs it is left pending. With `faithful`, a training's batches
    are made as they are made anywhere.
    """

    only: tuple[str, ...] = ()
    data: Path | None = None
    cell_seconds: float | None = None
    total_seconds: float | None = None
    seed: int | None = None
    require_sandbox: bool = False
    wanted: Rung | None = None
    language: str | None = None
    quick: bool = False
    faithful: bool = False


USUAL: Final = Options()


def language_for(notebook: Notebook, assignment: Assignment, language: str | None) -> str:
    """Return the code of the language to speak to a student: the one asked for, or the notebook's.

    Raises UsageError where nothing is known of the one asked for.
    """
    if language is not None:
        return require_known(language, assignment.sources)
    return of_metadata(notebook.metadata, assignment.sources)
