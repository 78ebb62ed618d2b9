"""Whether students are told at home what official grading tells: asked of every known mistake."""

from collections.abc import Mapping
from pathlib import Path

from grader.assignment.mistakes import catalogue
from grader.assignment.model import ANSWERS, PUBLIC, Assignment, Exercise
from grader.authoring.release.record_answers import recorded, up_to_date
from grader.judging.answer_key import Publication, publication
from grader.judging.judges import ByAnswerKey, judged_alone
from grader.results.model import CheckResult, ExerciseResult
from grader.subjects.reference import cells, performing, unseeded

# Where releases are written if nothing else is said, beside the folder of the references.
RELEASES = "assignments"


def told_here(assignment: Assignment) -> Mapping[tuple[str, str], str]:
    """Return what a released folder tells of each known mistake otherwise than official grading.

    By the ids of exercises and the names of mistakes; "" where all that public checks tell is the
    same: verdicts, sentences, hints, examples and the mistake's name. What a mistake that answers
    at random answered is not compared.
    """
    known = catalogue(assignment)
    units = [each for each in assignment.exercises if each.unit and known.of(each.id)]
    found: dict[tuple[str, str], str] = {}
    if not units:
        return found
    answers = _answers(assignment)
    for exercise in units:
        sources = cells(assignment.reference, exercise.names)
        for mistake in known.of(exercise.id):
            altered = mistake.applied(sources)
            what = f"{mistake.name!r}"
            unseeded()
            official = judged_alone(exercise, assignment, performing(altered, what))
            unseeded()
            student = performing(altered, what)
            here = ByAnswerKey(answers).judge(exercise, student, None, seed=0)
            found[exercise.id, mistake.name] = _difference(exercise, official, here)
    return found


def _answers(assignment: Assignment) -> Publication:
    """Return the answers that are released, recorded anew where they are not in step."""
    folder = Path(assignment.folder).resolve().parent.parent / RELEASES / assignment.name
    path = folder / PUBLIC / ANSWERS
    return publication(path) if up_to_date(path, assignment) else recorded(assignment)


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
