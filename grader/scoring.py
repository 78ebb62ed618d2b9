"""From a submission that has run, or was recorded, to its result."""

from collections.abc import Sequence
from dataclasses import replace

from grader import __version__
from grader.assignment.model import Exercise
from grader.assignment.release_stamp import remark
from grader.execution.absences import written
from grader.execution.submission import Submission
from grader.execution.supply import absence
from grader.i18n import _, language
from grader.judging.integrity import suspicions
from grader.judging.judge import left_pending
from grader.judging.judges import Judge
from grader.mending.consequences import spared
from grader.mending.marks import followed_through
from grader.notebook.cell_map import CellMap
from grader.options import Stage
from grader.results.model import AssignmentInfo, ExerciseResult, Note, Result, SubmissionInfo


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
    results = [_best(exercise, submission, judge, seed, stage) for exercise in exercises]
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


def _best(
    exercise: Exercise, submission: Submission, judge: Judge, seed: int, stage: Stage
) -> ExerciseResult:
    """Judge an exercise under the cells that count and, where others define it anew, under them.

    The better counts: whoever plays on below the graded cells loses nothing, and who mends there
    what was wrong above has mended it.
    """
    stage(_(exercise.title))
    if exercise.whole and submission.run.plan.absent:
        # Whatever its cells came to without their data tells nothing of the student's work.
        return left_pending(exercise, absence(submission.run.plan.absent[0]).message)
    attempts = submission.cells.attempts(exercise.names)
    best = _attempted(exercise, submission, attempts[0], judge, seed)
    if exercise.whole or len(attempts) == 1:
        return best
    for cells in attempts[1:]:
        if best.score < best.max_score:
            other = _attempted(exercise, submission, cells, judge, seed)
            best = max(best, other, key=lambda each: (each.score, each.pending))
    _tell_choice(exercise, submission, best.cell)
    return best


def _attempted(
    exercise: Exercise, submission: Submission, cells: CellMap, judge: Judge, seed: int
) -> ExerciseResult:
    """Judge an exercise as `cells` define what it asks about."""
    asked = submission.within(exercise)
    student = asked.student(exercise.names, cells, judge.plenty(exercise))
    result = judge.judge(exercise, student, asked, seed)
    result = followed_through(result, exercise, submission, cells, judge, seed)
    place = submission.places.get(exercise.id, cells.ready(exercise.names))
    if place is None:
        place = written(exercise.names, submission.notebook, cells)
    return replace(result, cell=place)


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
