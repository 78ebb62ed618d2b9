"""Grading one submission: run, ask, judge, score.

    notebook -> plan -> run -> ask and judge -> result

One way: each step's output is a plain value that the next one takes.
"""

import time
from collections.abc import Callable, Collection, Sequence
from contextlib import closing
from dataclasses import replace
from pathlib import Path

from grader.assignment.environment import require
from grader.assignment.model import Assignment, Exercise, exercises_named
from grader.errors import GraderError, InternalError, UsageError
from grader.execution.calibration import processor_slowness
from grader.execution.supply import supply_for
from grader.i18n import spoken
from grader.notebook.reading import Notebook
from grader.options import USUAL, Options, Progress, Stage, language_for
from grader.results.model import Result
from grader.sandbox.box import Box
from grader.sandbox.forkserver import ForkClient, ServerCache, ServerSpec
from grader.sandbox.process import Process
from grader.sandbox.rungs import choose

__all__ = ["Options", "grade"]


def grade(
    notebook: Notebook,
    assignment: Assignment,
    options: Options = USUAL,
    *,
    slowness: int = 1,
    memory: int | None = None,
    private: Sequence[Path] = (),
    keep: Callable[[bytes], None] | None = None,
    servers: ServerCache | None = None,
    progress: Progress = lambda _index, _done, _total: None,
    stage: Stage = lambda _text: None,
) -> Result:
    """Grade `notebook` by `assignment`.

    No notebook may read what is `private`, which are the folders of the submissions and the
    results; where it is empty it is the notebook's own folder. The assignment's is private too.

    The assignment's limits of time hold `slowness` times as long, those of the options as they are.
    `memory` is how many bytes there are for it, where that may be less than the assignment allows.
    `keep` is given the recording of all that was asked, which `judged_again` takes. With `servers`,
    processes are forked from the one that it keeps, for those who grade many notebooks.
    `progress` hears of each cell, `stage` of what comes after them.

    Raises UnmetError where this machine lacks what the assignment needs, AssignmentError or
    UsageError where what was given cannot be used, InternalError where the grader fails.
    """
    with spoken(language_for(notebook, assignment, options.language), assignment.texts):
        return _graded(
            notebook, assignment, options, slowness, memory, private, keep, servers, progress, stage
        )


def _graded(
    notebook: Notebook,
    assignment: Assignment,
    options: Options,
    slowness: int,
    memory: int | None,
    private: Sequence[Path],
    keep: Callable[[bytes], None] | None,
    servers: ServerCache | None,
    progress: Progress,
    stage: Stage,
) -> Result:
    started = time.monotonic()
    allowed = assignment.config.limits.memory_bytes
    memory = min(allowed, memory or allowed)
    assignment = _fitted(assignment, slowness, memory)
    exercises = exercises_named(assignment, options.only)
    if assignment.released and options.seed is not None:
        raise UsageError(
            f"{assignment.folder} holds answers to its own questions alone. Leave out --seed."
        )
    whole = not options.quick and any(exercise.whole for exercise in exercises)
    require(assignment, whole=whole)
    limits = assignment.config.limits
    supply = supply_for(notebook, assignment.config.datasets, options.data)
    read = _read(notebook, assignment, exercises, options)
    found = {name: supply.find(name) for name in read}
    raws = {name: each.raw for name, each in found.items() if each is not None}
    rung = choose(required=options.require_sandbox, wanted=options.wanted)
    private = (*assignment.private, *(private or (notebook.path.absolute().parent,)))
    server = None
    if servers is not None:
        server = servers.get(
            ServerSpec(
                modules=_modules(assignment),
                datasets=raws,
                rung=rung,
                limits=limits,
                private=private,
            )
        )

    def attempt(server: ForkClient | None) -> Result:
        with (
            Box(
                raws,
                rung=rung,
                limits=limits,
                private=private,
                server=server,
                whole=memory == allowed,
            ) as box,
            closing(Process(box)) as process,
        ):
            # While the process imports what kernels need, this one imports what drives and asks it.
            from grader.scoring import scored  # noqa: PLC0415

            result, recording = scored(
                notebook,
                assignment,
                exercises,
                supply,
                options,
                box,
                process,
                absent=[name for name in read if name not in raws],
                recorded=keep is not None,
                progress=progress,
                stage=stage,
            )
            if server is not None and not server.alive:
                raise InternalError("The process that submissions are forked from has died.")
            if keep is not None:
                keep(recording)
        return result

    result = _though_it_dies(attempt, server)
    return result.model_copy(update={"seconds": round(time.monotonic() - started, 3)})


def _read(
    notebook: Notebook, assignment: Assignment, exercises: Sequence[Exercise], options: Options
) -> Collection[str]:
    """Return the data sets that the notebook reads while it runs.

    Where it is asked about as a whole, whatever it reads them by, that is all of them.
    """
    names = assignment.config.datasets
    whole = any(exercise.whole for exercise in exercises)
    if not names or (whole and not options.quick):
        return names
    # What a plan takes is imported only where one is needed this early.
    from grader.execution.plan import plan  # noqa: PLC0415
    from grader.notebook.cell_map import CellMap  # noqa: PLC0415

    planned = plan(notebook, CellMap(notebook), assignment, exercises, quick=options.quick)
    if whole and not planned.quick:
        return names
    text = "\n".join(notebook.cells[index].source for index in planned.cells)
    return [name for name in names if name in text]


def _fitted(assignment: Assignment, slowness: int, memory: int) -> Assignment:
    """Return the assignment with limits that suit the machine."""
    limits = assignment.config.limits.longer(slowness, processor_slowness())
    limits = limits.model_copy(update={"memory_bytes": memory})
    return replace(assignment, config=assignment.config.model_copy(update={"limits": limits}))


def _though_it_dies(
    attempt: Callable[[ForkClient | None], Result], server: ForkClient | None
) -> Result:
    """Return what an attempt comes to with `server`, or without where that dies meanwhile.

    It may have taken the notebook's processes along, which is no fault of the notebook's.
    """
    if server is None or not server.alive:
        return attempt(None)
    try:
        return attempt(server)
    except GraderError:
        if server.alive:
            raise
    return attempt(None)


def _modules(assignment: Assignment) -> tuple[str, ...]:
    """Return what the notebooks of an assignment import, as its reference does."""
    from grader.notebook.imports import imported_by  # noqa: PLC0415 - only where many are graded

    return imported_by(assignment.reference)
