"""Points that a person gives to checks, and how they count in a result."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from grader.i18n import _, _n, spoken
from grader.models import Model
from grader.results.model import CheckResult, ExerciseResult, Points, Result, SubmissionInfo
from grader.text import Name, Text


@dataclass(frozen=True, slots=True, kw_only=True)
class Given(Model):
    """The points that a person gave to one check of the notebook with these digests.

    They count where the check waits for a person, with `judged` also in the place of what it came
    to. With `void`, the check gives everybody its points, whatever `points` says.
    """

    sha256: str
    sources: str | None = None
    exercise: Name
    check: Name
    points: Points
    comment: Text = ""
    judged: bool = False
    void: bool = False

    def belongs_to(self, notebook: SubmissionInfo) -> bool:
        """Whether they were given to this notebook, also where it was only saved again."""
        same = self.sources is not None and self.sources == notebook.sources
        return same or self.sha256 == notebook.sha256


def with_points(result: Result, given: Iterable[Given]) -> Result:
    """Return the result with the points that a person gave; of two for a check the last counts.

    What was given to another version of the notebook is left out, and so is what was given to a
    check that waited then and has been judged by now.
    """
    by_check = {
        (each.exercise, each.check): each for each in given if each.belongs_to(result.submission)
    }
    with spoken(result.language):
        exercises = tuple(_exercise(each, by_check) for each in result.exercises)
    if exercises == result.exercises:
        return result
    return replace(
        result,
        exercises=exercises,
        score=sum(each.score for each in exercises),
        pending=sum(each.pending for each in exercises),
    )


def _exercise(exercise: ExerciseResult, given: Mapping[tuple[str, str], Given]) -> ExerciseResult:
    checks = [_counted(each, given.get((exercise.id, each.id))) for each in exercise.checks]
    failed = any(each.status == "failed" for each in checks)
    named = {} if failed else {"mistake": None, "other_mistake": None}
    return exercise.with_checks(checks, **named)


def _counted(check: CheckResult, given: Given | None) -> CheckResult:
    if given is None or not (check.status == "review" or given.judged or given.void):
        return check
    most = check.max_points
    # The check may have been worth more when they were given.
    reached = most if given.void else min(given.points, most)
    update: dict[str, Any] = {
        "status": "passed" if reached == most else "failed",
        "points": reached,
        "comment": f"{_told(check, given, reached)} {given.comment}".strip(),
        "after_submission": False,
        "follows": False,
    }
    if check.status == "review":
        update |= {"message": ""}
    elif reached == most:
        # What was wrong with it is no matter any more.
        update |= {"message": "", "evidence": None, "mistake": None, "hint": None}
    return replace(check, **update)


def _told(check: CheckResult, given: Given, reached: float) -> str:
    if given.void:
        return _("This check is not counted: everybody gets its points.")
    most, told = check.max_points, f"{reached:g}"
    if check.status == "review":
        return _n(
            "Read by a person: {reached} of {number} point.",
            "Read by a person: {reached} of {number} points.",
            most,
            reached=told,
        )
    return _n(
        "Changed by a person: {reached} of {number} point.",
        "Changed by a person: {reached} of {number} points.",
        most,
        reached=told,
    )
