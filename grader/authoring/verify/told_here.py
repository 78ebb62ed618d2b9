"""Whether students are told at home what official grading tells: asked of every known mistake."""

from collections.abc import Sequence
from pathlib import Path

from grader.assignment.mistakes import Mistake
from grader.assignment.model import ANSWERS, PUBLIC, Assignment, Exercise
from grader.authoring.release.kept_answers import kept_answers
from grader.authoring.release.record_answers import up_to_date
from grader.judging.answer_key import Publication
from grader.judging.judges import ByAnswerKey, ByReference
from grader.results.model import CheckResult, ExerciseResult
from grader.subjects.reference import cells, performing, unseeded

# Where releases are written if nothing else is said, beside the folder of the references.
RELEASES = "assignments"


def told_otherwise(
    assignment: Assignment,
    exercise: Exercise,
    mistake: Mistake,
    called: Sequence[Mistake],
    released: Publication,
) -> str:
    """Return what a released folder tells of a known mistake otherwise than official grading.

    "" where all that public checks tell is the same: verdicts, sentences, hints, examples and the
    mistake's name. Official grading has `called` it that. What a mistake that answers at random
    answered is not compared. `released` are the folder's answers. Raises AssignmentError where the
    mistake cannot be run.
    """
    altered = mistake.applied(cells(assignment.reference, exercise.names))
    what = f"{mistake.name!r}"
    seed = assignment.config.seed
    unseeded()
    judge = ByReference(assignment)
    official = judge.judged(exercise, performing(altered, what), None, seed)
    official = judge.called(exercise, official, called, seed)
    unseeded()
    here = ByAnswerKey(released).judge(exercise, performing(altered, what), None, seed=0)
    return _difference(exercise, official, here)


def answers(assignment: Assignment) -> bytes:
    """Return the answers that are released, or as they would be where they are not in step."""
    folder = Path(assignment.folder).resolve().parent.parent / RELEASES / assignment.name
    path = folder / PUBLIC / ANSWERS
    return path.read_bytes() if up_to_date(path, assignment) else kept_answers(assignment)


def _difference(exercise: Exercise, official: ExerciseResult, here: ExerciseResult) -> str:
    """Return what is told otherwise, "" for nothing."""
    names = [each.mistake.name if each.mistake else "nothing" for each in (official, here)]
    if names[0] != names[1]:
        return f"it is called {names[1]}, officially {names[0]}"
    for check, one, other in zip(exercise.checks, official.checks, here.checks, strict=True):
        if not check.public:
            continue
        if one.status != other.status:
            return f"{check.id} is {other.status}, officially {one.status}"
        if _told(one) != _told(other):
            return f"{check.id} tells it otherwise, or by another example"
    return ""


def _told(check: CheckResult) -> tuple[object, ...]:
    evidence = check.evidence
    example = None if evidence is None else (evidence.inputs, evidence.expected)
    return check.message, check.hint, example
