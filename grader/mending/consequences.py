"""What a slip has spoilt in later exercises, such as the training of a network, is given there.

The slip is charged in its own exercise. An exercise about what the notebook made as a whole is
judged once more as if the slip had been mended: checks that pass then have their points.
"""

from collections.abc import Sequence
from dataclasses import replace

from grader.assignment.model import Exercise
from grader.execution.submission import Findings, Submission
from grader.i18n import _
from grader.judging.judges import Judge
from grader.results.model import CheckResult, ExerciseResult


def spared(
    results: Sequence[ExerciseResult],
    exercises: Sequence[Exercise],
    submission: Submission,
    judge: Judge,
    seed: int,
) -> list[ExerciseResult]:
    """Return the `results` of `exercises`, with the points that slips found in others have cost.

    A slip counts where it stands in a result: of several definitions, the better was judged.
    Raises AssignmentError where a check cannot be used.
    """
    mends = submission.findings.mended
    charged = [each for each in results if each.slips and (each.id, each.cell) in mends]
    if not charged or submission.quick:
        return [*results]
    as_if = replace(
        submission,
        mended=tuple(mends[each.id, each.cell] for each in charged),
        remembered={**submission.remembered},
    )
    return [
        _spared(result, exercise, as_if, judge, seed)
        for result, exercise in zip(results, exercises, strict=True)
    ]


def _spared(
    result: ExerciseResult, exercise: Exercise, as_if: Submission, judge: Judge, seed: int
) -> ExerciseResult:
    lost = {check.id for check in result.checks if check.lost}
    if exercise.unit or not lost:
        return result
    # What was found out of the notebook holds, and is told once.
    asked = replace(as_if, findings=Findings()).within(exercise)
    again = judge.judge(exercise, asked.student(exercise.names), asked, seed)
    passed = {check.id for check in again.checks if check.status == "passed"}
    before = {check.id for check in result.checks if check.status == "passed"}
    # Without a look at what the mend comes to it is the same work asked twice; and what passes
    # in one of two ways each time is right in neither.
    if not (asked.findings.as_mended and lost & passed and before <= passed):
        return result
    suspicions = as_if.findings.suspicions
    suspicions += [each for each in asked.findings.suspicions if each not in suspicions]
    return result.with_checks(
        _given(check) if check.id in lost & passed else check for check in result.checks
    )


def _given(check: CheckResult) -> CheckResult:
    told = _(
        "It follows from the slip that was found above and is charged there: with that mended, "
        "your own cells pass this check, so nothing is lost here."
    )
    message = f"{check.message} {told}".strip()
    return replace(check, points=check.max_points, follows=True, message=message)
