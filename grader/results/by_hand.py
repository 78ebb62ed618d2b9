"""Points that a person gives to checks, and how they count in a result."""

from collections.abc import Iterable, Mapping
from typing import Annotated

from pydantic import Field

from grader.results.evidence import Model
from grader.results.model import CheckResult, ExerciseResult, Result, SubmissionInfo
from grader.text import Name, Text


class Given(Model):
    """The points that a person gave to one check of the notebook with these digests."""

    sha256: str
    sources: str | None = None
    exercise: Name
    check: Name
    points: Annotated[float, Field(ge=0, multiple_of=0.5, allow_inf_nan=False)]
    comment: Text = ""

    def belongs_to(self, notebook: SubmissionInfo) -> bool:
        """Whether they were given to this notebook, also where it was only saved again."""
        same = self.sources is not None and self.sources == notebook.sources
        return same or self.sha256 == notebook.sha256


def with_points(result: Result, given: Iterable[Given]) -> Result:
    """Return the result with the points that were given to what waits for a person in it.

    What was given to another version of the notebook, or to a check that has been judged by now,
    is left out.
    """
    points = {
        (each.exercise, each.check): each for each in given if each.belongs_to(result.submission)
    }
    exercises = tuple(_exercise(each, points) for each in result.exercises)
    if exercises == result.exercises:
        return result
    sums = {
        "score": sum(each.score for each in exercises),
        "pending": sum(each.pending for each in exercises),
    }
    return result.model_copy(update={"exercises": exercises, **sums})


def _exercise(exercise: ExerciseResult, points: Mapping[tuple[str, str], Given]) -> ExerciseResult:
    checks = [
        _counted(check, points[exercise.id, check.id])
        if check.status == "review" and (exercise.id, check.id) in points
        else check
        for check in exercise.checks
    ]
    return ExerciseResult.of(
        id=exercise.id,
        title=exercise.title,
        checks=checks,
        mistake=exercise.mistake,
        cell=exercise.cell,
        slips=exercise.slips,
    )


def _counted(check: CheckResult, given: Given) -> CheckResult:
    all_of_them = given.points == check.max_points
    told = f"Read by a person: {given.points:g} of {check.max_points:g} points."
    return check.model_copy(
        update={
            "status": "passed" if all_of_them else "failed",
            "points": given.points,
            "message": f"{told} {given.comment}".strip(),
        }
    )
