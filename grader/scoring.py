"""From a submission that has run, or was recorded, to its result."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

from grader import __version__
from grader.assignment.model import Exercise
from grader.assignment.release_stamp import remark
from grader.execution.absences import written
from grader.execution.submission import Findings, Submission
from grader.execution.supply import absence
from grader.i18n import _, language
from grader.judging.integrity import suspicions
from grader.judging.judge import left_pending
from grader.judging.judges import Judge
from grader.mending.consequences import spared
from grader.mending.guessing import apart
from grader.mending.marks import followed_through
from grader.notebook.cell_map import CellMap
from grader.options import Stage
from grader.results.model import AssignmentInfo, ExerciseResult, Note, Result, SubmissionInfo
from grader.subjects.student import Student

# What a check that does not pass comes to, where nobody has to look at it.
_LOST: Final = ("failed", "skipped")


def scored(
    submission: Submission,
    exercises: Sequence[Exercise],
    judge: Judge,
    seed: int,
    *,
    sandbox: str,
    stage: Stage = lambda _text: None,
) -> Result:
    """Return what a submission comes to, but for the time that it took.

    `seed` is what the questions are drawn from, `sandbox` says how it was confined. `stage` hears
    of each exercise. Raises AssignmentError where the assignment cannot be used.
    """
    notebook, assignment, run = submission.notebook, submission.assignment, submission.run
    found = submission.findings
    # Before anything is tried of any: what was tried may have learnt what is to be answered.
    judged = [_attempts(exercise, submission, judge, seed, stage) for exercise in exercises]
    results = [
        _best(exercise, attempts, submission, judge, seed)
        for exercise, attempts in zip(exercises, judged, strict=True)
    ]
    results = spared(results, exercises, submission, judge, seed)
    smells = suspicions(submission, exercises)
    release = remark(notebook, assignment)
    remarks = [*run.notes, *found.remarks, *([(None, release)] if release else ())]
    return Result.of(
        grader_version=__version__,
        submission=SubmissionInfo(
            name=notebook.name,
            path=str(notebook.path),
            sha256=notebook.sha256,
            sources=notebook.sources,
        ),
        assignment=AssignmentInfo(
            name=assignment.name,
            title=_(assignment.config.title),
            version=assignment.config.version,
        ),
        exercises=results,
        cells=run.cells(),
        notes=[Note(cell=cell, text=text) for cell, text in remarks],
        integrity=[Note(cell=cell, text=text) for cell, text in smells],
        measures=found.measures,
        curves=found.curves.values(),
        examples=found.examples,
        sandbox=sandbox,
        seconds=0.0,
        quick=submission.quick,
        stopped=found.stopped,
        contended=found.contended,
        released=assignment.released,
        language=language(),
    )


def scored_alone(
    submission: Submission, exercises: Sequence[Exercise], judge: Judge, seed: int
) -> list[ExerciseResult] | None:
    """Return what exercises about definitions come to, as `scored` would.

    None where anything that was found on the way may bear on others, or is told beside the verdicts
    of these. Raises what `scored` does.
    """
    results = [
        _best(exercise, _attempts(exercise, submission, judge, seed), submission, judge, seed)
        for exercise in exercises
    ]
    alone = submission.findings == Findings() and not any(each.slips for each in results)
    return results if alone else None


@dataclass(frozen=True)
class _Attempt:
    """An exercise as `cells` define what it asks about, and what that came to as it stands.

    `asked` are the seeds of the questions that were put to it.
    """

    cells: CellMap
    result: ExerciseResult
    asked: tuple[int, ...]


def _attempts(
    exercise: Exercise,
    submission: Submission,
    judge: Judge,
    seed: int,
    stage: Stage = lambda _text: None,
) -> list[_Attempt]:
    """Judge an exercise under the cells that count and, where others define it anew, under them.

    Whoever plays on below the graded cells loses nothing, and who mends there what was wrong above
    has mended it.
    """
    stage(_(exercise.title))
    if exercise.whole and submission.run.plan.absent:
        # Whatever its cells came to without their data tells nothing of the student's work.
        left = left_pending(exercise, absence(submission.run.plan.absent[0]).message)
        return [_Attempt(submission.cells, left, ())]
    attempts: list[_Attempt] = []
    for number, cells in enumerate(submission.cells.attempts(exercise.names)):
        asked = (seed, apart(seed, exercise.id, -number)) if number and exercise.unit else (seed,)
        result = _judged(exercise, submission, cells, judge, asked)
        attempts.append(_Attempt(cells, result, asked))
        if exercise.whole or result.score >= result.max_score:
            break
    return attempts


def _judged(
    exercise: Exercise,
    submission: Submission,
    cells: CellMap,
    judge: Judge,
    seeds: Sequence[int],
) -> ExerciseResult:
    """Judge an exercise as `cells` define what it asks about.

    What passes with questions drawn from the first of `seeds` has to pass with those from others.
    """
    seed, *others = seeds
    asked = submission.within(exercise)

    def student() -> Student:
        return asked.student(exercise.names, cells, judge.plenty(exercise))

    result = judge.judge(exercise, student(), asked, seed)
    for other in others if any(check.points for check in result.checks) else ():
        # What another definition was asked before may have been kept for this one.
        anew = {check.id: check for check in judge.points(exercise, student(), other).checks}
        result = result.with_checks(
            anew[check.id] if check.points and anew[check.id].status in _LOST else check
            for check in result.checks
        )
    place = submission.places.get(exercise.id, cells.ready(exercise.names))
    if place is None:
        place = written(exercise.names, submission.notebook, cells)
    return replace(result, cell=place)


def _best(
    exercise: Exercise,
    attempts: Sequence[_Attempt],
    submission: Submission,
    judge: Judge,
    seed: int,
) -> ExerciseResult:
    """Return the result of the attempt that is best once its slips are followed through."""
    if exercise.whole or attempts[-1].result.score >= attempts[-1].result.max_score:
        results = [each.result for each in attempts]
    else:
        results = []
        seeds = [seed, *(each for attempt in attempts for each in attempt.asked[1:])]
        for number, each in enumerate(attempts, start=1):
            seeds.append(apart(seed, exercise.id, number))
            results.append(
                followed_through(each.result, exercise, submission, each.cells, judge, seeds)
            )
    best = max(results, key=lambda each: (each.score, each.pending))
    if len(submission.cells.attempts(exercise.names)) > 1 and not exercise.whole:
        _tell_choice(exercise, submission, best.cell)
    return best


def _tell_choice(exercise: Exercise, submission: Submission, cell: int | None) -> None:
    """Remark which of several definitions was judged: the one at the end of `cell`."""
    usual = submission.cells.counting(exercise.names).ready(exercise.names)
    if cell is None or usual is None:
        return
    text = _(
        "{title}: judged as it is defined by the end of this cell. Cells below those of the "
        "assignment define it anew, which costs nothing.",
        title=_(exercise.title),
    )
    if cell < usual:
        text = _(
            "{title}: judged as it is defined by the end of this cell. A cell below holds it once "
            "more, still to be written, and what follows there goes by that one: delete it.",
            title=_(exercise.title),
        )
    elif cell > usual:
        text = _(
            "{title}: judged as it is defined by the end of this cell, below those of the "
            "assignment, because it does better there.",
            title=_(exercise.title),
        )
    submission.findings.remarks.append((cell, text))
