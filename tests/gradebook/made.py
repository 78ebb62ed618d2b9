"""Results that no notebook was run for."""

from grader.results.model import (
    AssignmentInfo,
    CheckResult,
    ExerciseResult,
    Result,
    SubmissionInfo,
)


def result(name: str, sha256: str, *points: float) -> Result:
    """Return a result whose exercise `one` has checks `first`, `second` and so on, of 5 points."""
    ids = ("first", "second", "third")
    checks = [
        CheckResult(
            id=id_,
            title=f"The {id_}.",
            status="passed" if given == 5 else "failed",
            points=given,
            max_points=5,
        )
        for id_, given in zip(ids, points, strict=False)
    ]
    return Result.of(
        submission=SubmissionInfo(name=name, path=f"{name}.ipynb", sha256=sha256),
        assignment=AssignmentInfo(name="tiny", title="Tiny", version="1"),
        exercises=[ExerciseResult.of(id="one", title="One", checks=checks)],
        sandbox="none",
        seconds=1.0,
    )
