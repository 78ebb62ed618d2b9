"""Judging: every check of an exercise, asked of the transcripts, comes to a verdict."""

import logging
import traceback
from collections.abc import Callable, Mapping
from typing import Any

from grader.assignment import AnyOf, Check, CheckFunction, Exercise, arguments
from grader.cases import Case, Subject, draw, shrink
from grader.evidence import Evidence
from grader.results import CheckResult, ExerciseResult
from grader.verdicts import CheckFailed, NeedsReview, Verdict

log = logging.getLogger(__name__)


def judge(
    exercise: Exercise, *, student: Subject, reference: Subject | None, submission: Any, seed: int
) -> ExerciseResult:
    """Judge all checks of `exercise`, in the order of their declaration.

    `reference` may be None where no check takes it.
    """
    available = {"student": student, "reference": reference, "submission": submission}
    results: dict[CheckFunction, CheckResult] = {}
    for check in exercise.checks:
        results[check.function] = _judged(check, results, available, seed)
    return ExerciseResult.of(id=exercise.id, title=exercise.title, checks=results.values())


def _judged(
    check: Check,
    results: Mapping[CheckFunction, CheckResult],
    available: dict[str, Any],
    seed: int,
) -> CheckResult:
    try:
        return _result(check, _blocked(check, results) or _verdict(check, available, seed))
    except Exception as error:
        log.exception("the check %s failed to judge", check.id)
        told = "".join(traceback.format_exception_only(error)).strip()
        return _result(
            check,
            Verdict(
                "error",
                f"The grader failed to judge this ({told}). "
                "It is not your fault and costs you nothing; please tell the staff.",
            ),
        )


def _blocked(check: Check, results: Mapping[CheckFunction, CheckResult]) -> Verdict | None:
    """Return the verdict on a check whose dependencies are not met, None where they are."""
    for group in check.needs:
        statuses = {results[need].status for need in group.checks}
        if "passed" in statuses:
            continue
        if statuses & {"review", "error"}:
            return Verdict("review", "This builds on a check that a person has yet to look at.")
        return Verdict("skipped", f"This builds on {_names(group)}.")
    return None


def _names(group: AnyOf) -> str:
    return " or ".join(f"`{need.__name__}`" for need in group.checks)


def _verdict(check: Check, available: dict[str, Any], seed: int) -> Verdict:
    if check.case is None:
        return _once(check, available)
    return _over_cases(check, check.case, available, seed)


def _once(check: Check, available: dict[str, Any]) -> Verdict:
    try:
        check.function(**arguments(check, available))
    except CheckFailed as failed:
        return Verdict("failed", failed.message, failed.evidence, failed.hint)
    except NeedsReview as review:
        return Verdict("review", review.message, review.evidence)
    return Verdict("passed")


def _over_cases(check: Check, kind: type[Case], available: dict[str, Any], seed: int) -> Verdict:
    def on(case: Case) -> Verdict:
        return _once(check, {**available, "case": case})

    cases = draw(kind, seed)
    _prefetch(available["student"], cases)
    for case in cases:
        verdict = on(case)
        if verdict.status == "failed":
            return _smallest(kind, case, verdict, on, seed)
        if verdict.status != "passed":
            return verdict
    return Verdict("passed")


def _prefetch(subject: Any, cases: tuple[Case, ...]) -> None:
    """Ask everything that the cases will want to know in one go, where the subject can."""
    ask = getattr(subject, "prefetch", None)
    if ask is not None:
        ask([scenario for case in cases for scenario in case.questions()])


def _smallest(
    kind: type[Case], case: Case, verdict: Verdict, on: Callable[[Case], Verdict], seed: int
) -> Verdict:
    """Return the verdict on the simplest case that fails, with the case as its evidence.

    `case` has failed with `verdict`: that stands where no simpler case can be judged.
    """
    try:
        simpler = shrink(kind, lambda case: on(case).status == "failed", seed)
        if simpler is not None:
            case, verdict = simpler, on(simpler)
    except Exception:
        log.exception("a failing %s could not be shrunk", kind.__name__)
    evidence = verdict.evidence or Evidence()
    evidence = evidence.model_copy(update={"inputs": tuple(case.inputs())})
    return Verdict(verdict.status, verdict.message, evidence, verdict.hint)


def _result(check: Check, verdict: Verdict) -> CheckResult:
    return CheckResult(
        id=check.id,
        title=check.title,
        status=verdict.status,
        points=check.points if verdict.status == "passed" else 0,
        max_points=check.points,
        message=verdict.message,
        evidence=verdict.evidence,
        hint=verdict.hint,
    )
