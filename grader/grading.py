"""Grading one submission: run, ask, judge, score.

    notebook -> plan -> run -> ask and judge -> result

One way: each step's output is a plain value that the next one takes.
"""

import time
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from grader.assignment import Assignment, exercises_named
from grader.datasets import locate
from grader.errors import GraderError, UnusableInputError
from grader.languages import of_metadata, spoken
from grader.notebook import Notebook
from grader.results import Result
from grader.sandbox.rungs import Rung, choose
from grader.sandbox.starting import Process
from grader.sandbox.warm import Warm, Warmth
from grader.sandbox.workspace import Workspace

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


def grade(
    notebook: Notebook,
    assignment: Assignment,
    options: Options = USUAL,
    *,
    slowness: int = 1,
    keep: Callable[[bytes], None] | None = None,
    warmth: Warmth | None = None,
    progress: Progress = lambda _index, _done, _total: None,
    stage: Stage = lambda _text: None,
) -> Result:
    """Grade `notebook` by `assignment`.

    The assignment's limits of time hold `slowness` times as long, those of the options as they are.
    `keep` is given the recording of all that was asked, which `judged_again` takes. With `warmth`,
    processes are forked from the one that it keeps warm, for those who grade many notebooks.
    `progress` hears of each cell, `stage` of what comes after them.

    Raises AssignmentError or UnusableInputError where what was given cannot be used, GraderError
    where the grader fails.
    """
    with spoken(language_for(notebook, options), assignment.texts):
        return _graded(notebook, assignment, options, slowness, keep, warmth, progress, stage)


def language_for(notebook: Notebook, options: Options) -> str:
    """Return the code of the language that a notebook's student is spoken to in."""
    return options.language or of_metadata(notebook.metadata)


def _graded(
    notebook: Notebook,
    assignment: Assignment,
    options: Options,
    slowness: int,
    keep: Callable[[bytes], None] | None,
    warmth: Warmth | None,
    progress: Progress,
    stage: Stage,
) -> Result:
    started = time.monotonic()
    limits = assignment.config.limits.longer(slowness)
    config = assignment.config.model_copy(update={"limits": limits})
    assignment = replace(assignment, config=config)
    exercises = exercises_named(assignment, options.only)
    if assignment.released and options.seed is not None:
        raise UnusableInputError(
            f"{assignment.folder} holds answers to its own questions alone. Leave out --seed."
        )
    datasets = {name: locate(name, folder=options.data) for name in assignment.config.datasets}
    rung = choose(required=options.require_sandbox, wanted=options.wanted)
    raws = {name: each.raw for name, each in datasets.items()}
    warm = None
    if warmth is not None:
        warm = warmth.get(_modules(assignment), raws, rung=rung, limits=limits)

    def attempt(warm: Warm | None) -> Result:
        with (
            Workspace(raws, rung=rung, limits=limits, warm=warm) as workspace,
            closing(Process(workspace)) as process,
        ):
            # While the process imports what kernels need, this one imports what drives and asks it.
            from grader.scoring import scored  # noqa: PLC0415

            result, recording = scored(
                notebook,
                assignment,
                exercises,
                datasets,
                options,
                workspace,
                process,
                recorded=keep is not None,
                progress=progress,
                stage=stage,
            )
            if warm is not None and not warm.alive:
                raise GraderError("The process that submissions are forked from has died.")
            if keep is not None:
                keep(recording)
        return result

    result = _though_it_dies(attempt, warm)
    return result.model_copy(update={"seconds": round(time.monotonic() - started, 3)})


def _though_it_dies(attempt: Callable[[Warm | None], Result], warm: Warm | None) -> Result:
    """Return what an attempt comes to with `warm`, or without where that dies meanwhile.

    It may have taken the notebook's processes along, which is no fault of the notebook's.
    """
    if warm is None or not warm.alive:
        return attempt(None)
    try:
        return attempt(warm)
    except GraderError:
        if warm.alive:
            raise
    return attempt(None)


def _modules(assignment: Assignment) -> tuple[str, ...]:
    """Return what the notebooks of an assignment import, as its reference does."""
    from grader.names.imported import imported_by  # noqa: PLC0415 - only where many are graded

    return imported_by(assignment.reference)
