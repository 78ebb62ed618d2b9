"""Judging: every check of an exercise, asked of the transcripts, comes to a verdict."""

import logging
import traceback
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from grader.asking.cases import draw
from grader.assignment.model import Check, CheckFunction, Exercise
from grader.errors import AssignmentError
from grader.execution.submission import Findings
from grader.faults import tell_of_fault
from grader.i18n import _
from grader.judging.attempts import left_for_later, once
from grader.judging.bench import Bench, Cases, Examples, Simplest, shrunk, unheard
from grader.judging.grounds import Gaps, names_of, skipped
from grader.judging.rounds import Found, over_cases
from grader.judging.soundness import Right
from grader.results.model import CheckResult, ExerciseResult
from grader.scenario import Subject
from grader.verdicts import AfterSubmission, Verdict

log = logging.getLogger(__name__)


def judge(
    exercise: Exercise,
    *,
    student: Subject,
    reference: Subject | None,
    submission: Any,
    seed: int,
    right: Callable[[], Subject | None] | None = None,
    shrinking: bool = True,
    cases: Cases = draw,
    simplest: Simplest = shrunk,
    examples: Examples = unheard,
    released: bool = False,
) -> ExerciseResult:
    """Judge all checks of `exercise`, in the order of their declaration.

    `reference` may be None where no check takes it; `right` then gives it where a check breaks or
    fails, to tell a fault of the check's from one of the answer's. Without `shrinking`, the example
    of a check that fails is the first on which it does, not the smallest. `cases` is where
    questions come from, `simplest` where the smallest does; `examples` hears of the cases that are
    shown. Where the assignment is `released`, checks that are not public are left for after the
    submission.
    """
    available = {
        "student": student,
        "reference": None if reference is None else Right(reference),
        "submission": submission,
        "right": right or (lambda: reference),
    }
    # Only what asks about definitions has a reference that is soon made.
    provable = exercise.unit or reference is not None
    bench = Bench(available, seed, shrinking, cases, simplest, examples, released, provable)
    came: dict[CheckFunction, _Came] = {}
    for check in exercise.checks:
        came[check.function] = _judged(check, came, bench)
    results = [each.result for each in came.values()]
    return ExerciseResult.of(id=exercise.id, title=_(exercise.title), checks=results)


def left_pending(exercise: Exercise, message: str) -> ExerciseResult:
    """Return the result of an exercise none of whose checks can be judged here."""
    results = [_result(check, Verdict("review", message)) for check in exercise.checks]
    return ExerciseResult.of(id=exercise.id, title=_(exercise.title), checks=results)


@dataclass(frozen=True)
class _Came:
    """What a check came to, and where it does not hold; None where nothing can build on it."""

    result: CheckResult
    gaps: Gaps | None


def _judged(check: Check, came: Mapping[CheckFunction, _Came], bench: Bench) -> _Came:
    try:
        verdict, gaps = _found(check, came, bench)
        if verdict.builds_on:
            results = [each.result for each in came.values()]
            named = [each for each in results if each.id == verdict.builds_on]
            verdict = _waiting(f"`{verdict.builds_on}`", named) or verdict
        return _Came(_result(check, verdict), gaps)
    except AssignmentError as error:
        tell_of_fault(log, "the assignment is at fault in the check %s", check.id)
        _note(bench, _("The assignment is at fault: {told}", told=error))
        told = _(
            "The assignment is at fault here ({told}). You are not, and it costs you nothing; "
            "please tell the staff.",
            told=error,
        )
        return _Came(_result(check, Verdict("error", told)), None)
    except Exception as error:  # noqa: BLE001 - the log tells of it
        tell_of_fault(log, "the check %s failed to judge", check.id)
        told = "".join(traceback.format_exception_only(error)).strip()
        # What a student answers can be made for it.
        note = _(
            "The check `{check}` broke on what was answered ({told}).",
            check=check.id,
            told=told,
        )
        _note(bench, note)
        failure = Verdict(
            "error",
            _(
                "The grader failed to judge this ({told}). It is not your fault and costs you "
                "nothing; please tell the staff.",
                told=told,
            ),
        )
        return _Came(_result(check, failure), None)


def _note(bench: Bench, note: str) -> None:
    """Note something for the instructor with the submission that it was met on."""
    findings: Findings | None = getattr(bench.available.get("submission"), "findings", None)
    if findings is not None:
        findings.suspicions.append((None, note))


def _found(check: Check, came: Mapping[CheckFunction, _Came], bench: Bench) -> Found:
    if bench.released and not check.public:
        return left_for_later(AfterSubmission()), None
    blocked = _blocked(check, came)
    if blocked is not None:
        return blocked, None
    gaps = _gaps(check, came)
    if check.case is not None:
        return over_cases(check, check.case, bench, gaps)
    verdict = once(check, bench.available)
    bench.require_sound(check, None, verdict)
    return verdict, gaps if verdict.ground or verdict.status == "passed" else None


def _blocked(check: Check, came: Mapping[CheckFunction, _Came]) -> Verdict | None:
    """Return the verdict on a check whose dependencies are not met, None where they are."""
    for group in check.needs:
        needed = [came[need] for need in group.checks]
        if any(each.gaps is not None for each in needed):
            continue
        results = [each.result for each in needed]
        return _waiting(names_of((group,)), results) or skipped((group,))
    return None


def _waiting(names: str, needed: Sequence[CheckResult]) -> Verdict | None:
    """Return the verdict on what builds on checks of these names that wait, None for none."""
    if any(each.after_submission for each in needed):
        later = _("This builds on {names}, which is checked after submission.", names=names)
        return left_for_later(AfterSubmission(later))
    if {each.status for each in needed} & {"review", "error"}:
        return Verdict("review", _("This builds on {names}, which is pending.", names=names))
    return None


def _gaps(check: Check, came: Mapping[CheckFunction, _Came]) -> Gaps:
    """Return where the dependencies of a check are not met."""
    gaps: Gaps = frozenset()
    for group in check.needs:
        known = [came[need].gaps for need in group.checks]
        gaps |= frozenset.intersection(*(each for each in known if each is not None))
    return gaps


def _result(check: Check, verdict: Verdict) -> CheckResult:
    return CheckResult(
        id=check.id,
        title=_(check.title),
        status=verdict.status,
        points=check.points if verdict.status == "passed" else 0,
        max_points=check.points,
        message=verdict.message,
        evidence=verdict.evidence,
        hint=verdict.hint,
        feedback=check.feedback,
        after_submission=verdict.after_submission,
    )
