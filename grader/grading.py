"""Grading one submission, in one way: each step's output is a plain value that the next one takes.

notebook -> plan -> run -> ask and judge -> result
"""

import time
from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass, replace
from functools import cache, partial
from pathlib import Path
from typing import TYPE_CHECKING

from grader.agent import BESIDE
from grader.assignment.beside import folder_beside
from grader.assignment.environment import require
from grader.assignment.model import Assignment, Exercise, exercises_named
from grader.datasets import Located, locate
from grader.errors import GraderError, InternalError, UsageError
from grader.execution.calibration import processor_slowness
from grader.execution.supply import Supply, supply_for
from grader.i18n import spoken
from grader.notebook.reading import Notebook
from grader.options import USUAL, Options, Progress, Stage, language_for
from grader.results.model import Note, Result
from grader.sandbox.forkserver import ForkClient, ServerCache, ServerSpec
from grader.sandbox.opening import kernels_on
from grader.sandbox.rungs import Rung, choose, policy

if TYPE_CHECKING:
    from grader.execution.recording import Recording
    from grader.execution.submission import Submission
    from grader.judging.judges import Judge
    from grader.sandbox.kernels import Kernels

__all__ = ["Options", "grade", "judged_again", "opened", "part_judged_again"]


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
    started = time.monotonic()
    private = (*assignment.private, *(private or (notebook.path.absolute().parent,)))
    with spoken(language_for(notebook, assignment, options.language), assignment.sources):
        job = _job(notebook, assignment, options, slowness, memory, private)
        attempt = partial(_attempt, job, keep, progress, stage)
        result = _though_it_dies(attempt, _server(servers, job))
    return replace(result, seconds=round(time.monotonic() - started, 3))


@dataclass(frozen=True)
class _Job:
    """All that is known of a submission before anything of it runs.

    `needed` are the data sets that it reads while it runs, of which `raws` are those that are
    here, and the folder of the files beside it. Not `whole` is one with less memory than the
    assignment allows.
    """

    notebook: Notebook
    assignment: Assignment
    exercises: Sequence[Exercise]
    options: Options
    supply: Supply
    needed: Collection[str]
    raws: dict[str, Path]
    rung: Rung
    private: tuple[Path, ...]
    whole: bool

    @property
    def absent(self) -> tuple[str, ...]:
        """The data sets that it reads and that are nowhere to be found."""
        return tuple(name for name in self.needed if name not in self.raws)

    @property
    def seed(self) -> int:
        """What the questions are drawn from."""
        return self.assignment.config.seed if self.options.seed is None else self.options.seed

    @property
    def server(self) -> ServerSpec:
        """The fork server that its processes can be forked from."""
        # What the notebooks of an assignment import, its reference does.
        from grader.notebook.imports import imported_by  # noqa: PLC0415 - where many are graded

        return ServerSpec(
            modules=imported_by(self.assignment.reference),
            datasets=self.raws,
            rung=self.rung,
            limits=self.assignment.config.limits,
            private=self.private,
        )


def _job(
    notebook: Notebook,
    assignment: Assignment,
    options: Options,
    slowness: int,
    memory: int | None,
    private: tuple[Path, ...],
) -> _Job:
    """Return what there is to do. Raises what `grade` does."""
    allowed = assignment.config.limits.memory_bytes
    memory = min(allowed, memory or allowed)
    assignment = _fitted(assignment, slowness, memory)
    exercises = exercises_named(assignment, options.only)
    if assignment.released and options.seed is not None:
        raise UsageError(
            f"{assignment.folder} holds answers to its own questions alone. Leave out --seed."
        )
    require(assignment, whole=not options.quick and any(each.whole for each in exercises))
    supply = supply_for(notebook, assignment.config.datasets, options.data)
    needed = _needed(notebook, assignment, exercises, options)
    found = {name: supply.find(name) for name in needed}
    raws = {name: each.raw for name, each in found.items() if each is not None}
    beside = folder_beside(assignment)
    if beside is not None:
        raws[BESIDE] = beside
    return _Job(
        notebook,
        assignment,
        exercises,
        options,
        supply,
        needed,
        raws=raws,
        rung=choose(required=options.require_sandbox, wanted=options.wanted),
        private=private,
        whole=memory == allowed,
    )


def _attempt(
    job: _Job,
    keep: Callable[[bytes], None] | None,
    progress: Progress,
    stage: Stage,
    server: ForkClient | None,
) -> Result:
    """Run the notebook, ask what it defines, and return what that comes to."""
    with _ran(job, progress, server) as (submission, judge, kernels):
        from grader.execution.recording import packed, record, versions  # noqa: PLC0415
        from grader.scoring import scored  # noqa: PLC0415

        if keep is not None:
            record(submission.run)
        result = scored(
            submission, job.exercises, judge, job.seed, sandbox=kernels.confined, stage=stage
        )
        told = [Note(cell=cell, text=text) for cell, text in kernels.remarks]
        result = replace(result, notes=(*result.notes, *told))
        if server is not None and not server.alive:
            raise InternalError("The process that submissions are forked from has died.")
        if keep is not None:
            keep(packed(submission, sandbox=kernels.confined, versions=versions()))
    return replace(result, partial=bool(job.options.only), versions=versions())


@contextmanager
def _ran(
    job: _Job, progress: Progress, server: ForkClient | None
) -> Iterator[tuple["Submission", "Judge", "Kernels"]]:
    """Run the notebook, and give what came of it, who judges it, and where it ran."""
    with kernels_on(
        job.rung,
        job.raws,
        limits=job.assignment.config.limits,
        private=job.private,
        server=server,
        whole=job.whole,
    ) as kernels:
        # While a process imports what kernels need, this one imports what drives and asks it.
        from grader.execution.submission import submitted  # noqa: PLC0415
        from grader.judging.judges import judge_for  # noqa: PLC0415

        judge = judge_for(job.assignment)
        submission = submitted(
            job.notebook,
            job.assignment,
            job.exercises,
            job.supply,
            job.options,
            absent=job.absent,
            kernels=kernels,
            progress=progress,
            meanwhile=lambda: judge.prepare(job.exercises, job.seed),
        )
        with closing(submission.run):
            yield submission, judge, kernels


@contextmanager
def opened(
    notebook: Notebook, assignment: Assignment, options: Options = USUAL
) -> Iterator["Submission"]:
    """Run `notebook` as for grading, and give what came of it, to be asked as long as it is open.

    Raises as `grade` does.
    """
    private = (*assignment.private, notebook.path.absolute().parent)
    job = _job(notebook, assignment, options, 1, None, private)
    with _ran(job, lambda _index, _done, _total: None, None) as (submission, _judge, _kernels):
        yield submission


def _server(servers: ServerCache | None, job: _Job) -> ForkClient | None:
    """Return what processes are forked from, None where there is no such thing to be had."""
    if servers is None or not policy(job.rung).boxed:
        return None
    wanted = job.server
    try:
        return servers.get(wanted)
    except OSError:
        # It only saves time.
        return None


def _though_it_dies(
    attempt: Callable[[ForkClient | None], Result], server: ForkClient | None
) -> Result:
    """Return what an attempt comes to with `server`, or without where that dies meanwhile.

    It may have taken the notebook's processes along, which is no fault of the notebook's. Where the
    grader died with it, the notebook is not started again: nobody would ever end it.
    """
    if server is None or not server.alive:
        return attempt(None)
    try:
        return attempt(server)
    except GraderError:
        if server.alive or server.orphaned:
            raise
    return attempt(None)


def _fitted(assignment: Assignment, slowness: int, memory: int) -> Assignment:
    """Return the assignment with limits that suit the machine."""
    limits = assignment.config.limits.longer(slowness, processor_slowness())
    limits = replace(limits, memory_bytes=memory)
    return replace(assignment, config=replace(assignment.config, limits=limits))


def _needed(
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


def judged_again(
    recording: "Recording", assignment: Assignment, options: Options = USUAL
) -> Result | None:
    """Judge a recorded submission by `assignment` as it is now, without running anything.

    Of the options, only those count that are about judging. None where the checks ask what was not
    asked when it ran, or where its data set was not there and now is: then the notebook is to be
    graded.
    Raises AssignmentError as `grade` does.
    """
    from grader.judging.judges import judge_for  # noqa: PLC0415 - as above
    from grader.scoring import scored  # noqa: PLC0415

    started = time.monotonic()
    exercises = exercises_named(assignment, options.only)
    supply = Supply(assignment.config.datasets, partial(_verified, folder=options.data))
    if any(supply.find(name) is not None for name in recording.run.plan.absent):
        return None
    seed = assignment.config.seed if options.seed is None else options.seed
    submission = recording.submission(assignment, supply)
    with spoken(language_for(recording.notebook, assignment, options.language), assignment.sources):
        result = scored(
            submission, exercises, judge_for(assignment), seed, sandbox=recording.sandbox
        )
    if recording.unanswered:
        return None
    return replace(
        result,
        seconds=round(time.monotonic() - started, 3),
        partial=bool(options.only),
        versions=dict(recording.versions),
    )


def part_judged_again(
    recording: "Recording",
    assignment: Assignment,
    options: Options,
    before: Result,
    moved: Collection[str],
) -> Result | None:
    """Return what `judged_again` does where only the exercises `moved` may differ from `before`.

    They alone are judged. None where that is not enough: where they are about more than
    definitions, or what is or was found on the way may bear on others. Raises as `grade` does.
    """
    from grader.judging.judges import judge_for  # noqa: PLC0415 - as above
    from grader.scoring import scored_alone  # noqa: PLC0415

    told = [each for each in before.exercises if each.id in moved]
    exercises = [each for each in exercises_named(assignment, options.only) if each.id in moved]
    if (
        not all(each.unit for each in exercises)
        or [each.id for each in told] != [each.id for each in exercises]
        or any(each.slips for each in told)
        or (before.stopped or before.contended or before.status == "error")
        or recording.run.plan.absent
    ):
        return None
    seed = assignment.config.seed if options.seed is None else options.seed
    # Their checks read no data set.
    submission = recording.submission(assignment, {})
    with spoken(language_for(recording.notebook, assignment, options.language), assignment.sources):
        results = scored_alone(submission, exercises, judge_for(assignment), seed)
    recording.require_read()
    if results is None or recording.unanswered:
        return None
    return before.with_exercises(results)


@cache
def _verified(name: str, folder: Path | None) -> Located:
    """Return where a data set is, verified once: nothing runs here that could change it."""
    return locate(name, folder=folder)
