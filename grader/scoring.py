"""Asking and judging: from a submission that has run, or was recorded, to its result."""

import time
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import replace
from functools import cache, partial
from pathlib import Path

from grader import __version__
from grader.assignment.cases import Case, draw
from grader.assignment.handed_out import cell_map
from grader.assignment.mistakes import catalogue
from grader.assignment.model import Assignment, Check, Exercise, exercises_named
from grader.assignment.release_stamp import remark
from grader.datasets import Located, locate
from grader.execution.lacks import missing_modules, needing_newer, python
from grader.execution.plan import plan
from grader.execution.recording import Recording, packed, record, versions
from grader.execution.run import run
from grader.execution.submission import Submission
from grader.execution.supply import Supply, absence
from grader.execution.timing import cell_times
from grader.i18n import _, language, spoken
from grader.judging.answer_key import Publication, publication
from grader.judging.integrity import suspicions
from grader.judging.judge import Simplest, judge, left_pending, smallest_of
from grader.judging.matching import questions, recognised, told_apart
from grader.notebook.cell_map import CellMap
from grader.notebook.reading import Notebook
from grader.options import USUAL, Options, Progress, Stage, language_for
from grader.results.model import (
    AssignmentInfo,
    ExerciseResult,
    MistakeInfo,
    Note,
    Result,
    SubmissionInfo,
)
from grader.sandbox.box import Box
from grader.sandbox.process import Process
from grader.scenario import Subject
from grader.subjects.reference import reference


def scored(
    notebook: Notebook,
    assignment: Assignment,
    exercises: Sequence[Exercise],
    datasets: Mapping[str, Located],
    options: Options,
    box: Box,
    process: Process,
    *,
    absent: Collection[str],
    recorded: bool,
    progress: Progress,
    stage: Stage,
) -> tuple[Result, bytes]:
    """Run `notebook` by `process`, ask what it defines, and return what that comes to.

    With it comes the recording of all that was asked, where it is to be `recorded`. `absent` are
    the data sets that it reads while it runs and that are nowhere to be found. The other
    arguments are those of `grader.grading.grade`, which tells what is raised.
    """
    cells = cell_map(notebook, assignment)
    modules = missing_modules(notebook)
    limits = assignment.config.limits
    planned = replace(
        plan(notebook, cells, assignment, exercises, quick=options.quick),
        cell_seconds=options.cell_seconds or limits.cell_seconds,
        # What whoever calls says of all cells holds for each.
        times={} if options.cell_seconds else cell_times(notebook, cells, assignment),
        total_seconds=options.total_seconds or limits.total_seconds,
        faithful=options.faithful,
        absent=tuple(absent),
    )
    ran = run(
        notebook,
        planned,
        box,
        process=process,
        progress=progress,
        meanwhile=lambda: prepare(exercises, assignment, _seed(assignment, options.seed)),
    )
    ran.lacking, ran.newer, ran.python = modules, needing_newer(notebook), python()
    if recorded:
        record(ran)
    submission = Submission(notebook, cells, ran, assignment, datasets, contended=ran.contended)
    try:
        result = _result(submission, exercises, options.seed, box.confined, stage)
    finally:
        ran.close()
    known = {"partial": bool(options.only), "versions": versions()}
    recording = b""
    if recorded:
        recording = packed(submission, sandbox=box.confined, versions=versions())
    return result.model_copy(update=known), recording


def judged_again(
    recording: Recording, assignment: Assignment, options: Options = USUAL
) -> Result | None:
    """Judge a recorded submission by `assignment` as it is now, without running anything.

    Of the options, only those count that are about judging. None where the checks ask what was not
    asked when it ran, or where its data set was not there and now is: then the notebook is to be
    graded.
    Raises AssignmentError as `grade` does.
    """
    started = time.monotonic()
    exercises = exercises_named(assignment, options.only)
    supply = Supply(assignment.config.datasets, partial(_verified, folder=options.data))
    if any(supply.find(name) is not None for name in recording.run.plan.absent):
        return None
    submission = recording.submission(assignment, supply)
    speech = language_for(recording.notebook, assignment, options.language)
    with spoken(speech, assignment.texts):
        result = _result(submission, exercises, options.seed, recording.sandbox, lambda _text: None)
    if recording.unanswered:
        return None
    seconds = round(time.monotonic() - started, 3)
    known = {
        "seconds": seconds,
        "partial": bool(options.only),
        "versions": dict(recording.versions),
    }
    return result.model_copy(update=known)


@cache
def _verified(name: str, folder: Path | None) -> Located:
    """Return where a data set is, verified once: nothing runs here that could change it."""
    return locate(name, folder=folder)


def _result(
    submission: Submission,
    exercises: Sequence[Exercise],
    seed: int | None,
    sandbox: str,
    stage: Stage,
) -> Result:
    """Return what all that is known of a submission comes to, but for the time that it took."""
    notebook, assignment = submission.notebook, submission.assignment
    asked = _seed(assignment, seed)
    results = [_judged(exercise, submission, asked, stage) for exercise in exercises]
    smells = suspicions(submission, exercises)
    release = remark(notebook, assignment)
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
        cells=submission.run.cells(),
        notes=[
            Note(cell=cell, text=text)
            for cell, text in (*submission.run.notes, *submission.remarks)
        ]
        + [Note(text=release)] * bool(release),
        integrity=[Note(cell=cell, text=text) for cell, text in smells],
        accuracy=submission.measures.get("accuracy"),
        loss=submission.measures.get("loss"),
        curves=submission.curves.values(),
        examples=submission.examples,
        sandbox=sandbox,
        seconds=0.0,
        quick=submission.quick,
        stopped=submission.stopped,
        contended=submission.contended,
        released=assignment.released,
        language=language(),
    )


def _seed(assignment: Assignment, seed: int | None) -> int:
    return assignment.config.seed if seed is None else seed


def _judged(exercise: Exercise, submission: Submission, seed: int, stage: Stage) -> ExerciseResult:
    """Judge an exercise, under the cells that count and, where others define it anew, under them.

    The better counts: whoever plays on below the graded cells loses nothing, and who mends there
    what was wrong above has mended it.
    """
    stage(_(exercise.title))
    if exercise.whole and submission.run.plan.absent:
        # Whatever its cells came to without their data tells nothing of the student's work.
        return left_pending(exercise, absence(submission.run.plan.absent[0]).message)
    attempts = submission.cells.attempts(exercise.names)
    first = _attempted(exercise, submission, attempts[0], seed)
    if exercise.whole or len(attempts) == 1:
        return first
    best = first
    for cells in attempts[1:]:
        if best.score < best.max_score:
            other = _attempted(exercise, submission, cells, seed)
            best = max(best, other, key=lambda each: (each.score, each.pending))
    _tell_choice(exercise, submission, best.cell)
    return best


def _attempted(
    exercise: Exercise, submission: Submission, cells: CellMap, seed: int
) -> ExerciseResult:
    """Judge an exercise as `cells` define what it asks about."""
    submission.turn_to(exercise)
    student = submission.student(exercise.names, cells)
    judge_it = _by_recordings if submission.assignment.released else _by_reference
    result = judge_it(exercise, submission.assignment, student, submission, seed)
    place = submission.places.get(exercise.id, cells.ready(exercise.names))
    return result.model_copy(update={"cell": place})


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
    submission.remarks.append((cell, text))


def prepare(exercises: Sequence[Exercise], assignment: Assignment, seed: int) -> None:
    """Draw the questions that every submission is asked.

    Raises AssignmentError where the assignment cannot be used.
    """
    drawn = publication(assignment.answers).drawn if assignment.released else draw
    for exercise in exercises:
        # They come with their cases, which are kept.
        questions(exercise, seed, drawn)


def judged_alone(exercise: Exercise, assignment: Assignment, student: Subject) -> ExerciseResult:
    """Judge an exercise that is about definitions alone, without a submission.

    Raises AssignmentError where the assignment cannot be used.
    """
    judge_it = _by_recordings if assignment.released else _by_reference
    return judge_it(exercise, assignment, student, None, assignment.config.seed)


def _by_reference(
    exercise: Exercise,
    assignment: Assignment,
    student: Subject,
    submission: Submission | None,
    seed: int,
) -> ExerciseResult:
    def answers() -> Subject:
        return reference(assignment.reference, exercise.names)

    right = answers() if exercise.takes("reference") else None
    result = judge(
        exercise,
        student=student,
        reference=right,
        submission=submission,
        seed=seed,
        right=answers,
    )
    if not exercise.unit:
        return result
    mistake = recognised(
        exercise,
        result,
        student=student,
        reference=right,
        notebook=assignment.reference,
        mistakes=catalogue(assignment).of(exercise.id),
        seed=seed,
    )
    return result if mistake is None else _called(result, mistake.info)


def _by_recordings(
    exercise: Exercise,
    assignment: Assignment,
    student: Subject,
    submission: Submission | None,
    seed: int,
) -> ExerciseResult:
    """Judge by the public questions, from small to large, and the answers recorded to them."""
    return judged_by(publication(assignment.answers), exercise, student, submission, seed)


def judged_by(
    known: Publication,
    exercise: Exercise,
    student: Subject,
    submission: Submission | None = None,
    seed: int = 0,
) -> ExerciseResult:
    """Judge an exercise as a released folder with the recorded answers `known` does."""

    def judged_with(simplest: Simplest) -> ExerciseResult:
        return judge(
            exercise,
            student=student,
            reference=known.reference(exercise.id),
            submission=submission,
            seed=seed,
            cases=known.drawn,
            simplest=simplest,
            released=True,
        )

    smallest = smallest_of(known.drawn)
    result = judged_with(smallest)
    if not exercise.unit:
        return result
    asked = known.asked(exercise.id, questions(exercise, seed, known.drawn))
    mistake = told_apart(result, student, asked, known.known(exercise.id))
    if mistake is None:
        return result
    examples = mistake.examples(exercise)

    def as_officially(check: Check, fails: Callable[[Case], bool], seed: int) -> Case | None:
        example = examples.get(check.id)
        if example is not None and fails(example):
            return example
        return smallest(check, fails, seed)

    return _called(judged_with(as_officially), mistake.info)


def _called(result: ExerciseResult, mistake: MistakeInfo) -> ExerciseResult:
    """Return a result with a mistake in the student's language; its checks keep its own name."""
    translated = MistakeInfo(
        name=_(mistake.name), explanation=_(mistake.explanation), hint=_(mistake.hint)
    )
    return result.called(mistake).model_copy(update={"mistake": translated})
