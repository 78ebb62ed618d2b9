"""Whose fault it is that a check fails: what the reference cannot answer is no student's.

What the reference raises may be just what a check expects. Only whoever reads a value that it never
gave, or charges a student for what the reference itself is charged for, shows that the assignment
is at fault.
"""

import logging
import reprlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any, Final

from grader.asking.cases import Case
from grader.assignment.model import Check, arguments
from grader.errors import AssignmentError
from grader.faults import tell_of_fault
from grader.scenario import LIVE, Raised, Scenario, Subject, Transcript
from grader.verdicts import AfterSubmission, CheckFailed, NeedsReview

log = logging.getLogger(__name__)

NO_ANSWER: Final = "the reference gives no answer"
# Of a case, what fits into a sentence.
_SHORT: Final = reprlib.Repr()
_SHORT.maxother = 200


@dataclass(frozen=True)
class Right:
    """The reference as checks are given it: nobody is charged for what it raises."""

    subject: Subject

    def answer(self, scenario: Scenario) -> Transcript:
        """Return its transcript, in which whatever is raised is marked as the assignment's."""
        transcript = self.subject.answer(scenario)
        told = (
            replace(each, fault=NO_ANSWER) if isinstance(each, Raised) else each
            for each in transcript.outcomes
        )
        return Transcript(scenario, tuple(told))


class _UntoldError(Exception):
    """Whether a check holds for right answers cannot be found out."""


@dataclass(frozen=True)
class _Standing:
    """The reference where a student is asked, as far as no live notebook is needed."""

    subject: Subject

    def answer(self, scenario: Scenario) -> Transcript:
        """Return its transcript. Raises _UntoldError where it cannot be asked."""
        if any(isinstance(step, LIVE) for step in scenario.steps):
            raise _UntoldError
        return self.subject.answer(scenario)


def holds_for_right_answers(check: Check, available: Mapping[str, Any], case: Case | None) -> bool:
    """Whether a check is known to pass where the student answers as the reference does."""
    error = _of_right_answers(check, available, case)
    if error is not None and not isinstance(error, _UntoldError):
        tell_of_fault(log, "the check %s breaks on right answers, too", check.id, error=error)
    return error is None


def require_sound(check: Check, available: Mapping[str, Any], case: Case | None) -> None:
    """Raise AssignmentError where the reference does not pass a check that a student failed.

    It names the check and the case. Nothing is raised where that cannot be told.
    """
    error = _of_right_answers(check, available, case)
    if error is None or isinstance(error, _UntoldError | NeedsReview | AfterSubmission):
        return
    told = error.message if isinstance(error, CheckFailed) else f"{type(error).__name__}: {error}"
    raise AssignmentError(f"the reference itself does not pass `{_where(check, case)}`: {told}")


def located(error: AssignmentError, check: Check, case: Case | None) -> AssignmentError:
    """Return a fault that was met in a check, with that and the case."""
    return AssignmentError(f"in `{_where(check, case)}`: {error}")


def _where(check: Check, case: Case | None) -> str:
    return check.id if case is None else f"{check.id}` on `{_SHORT.repr(case)}"


def _of_right_answers(
    check: Check, available: Mapping[str, Any], case: Case | None
) -> Exception | None:
    """Return what a check raises on the reference's answers, None where it passes.

    Only of a check that asks nobody but the two can that be told.
    """
    if "student" not in check.parameters or "submission" in check.parameters:
        return _UntoldError()
    given: Callable[[], Subject | None] = available["right"]
    try:
        right = given()
    except Exception:  # noqa: BLE001 - the log tells of it
        tell_of_fault(log, "there is nobody who answers %s rightly", check.id)
        return _UntoldError()
    if right is None:
        return _UntoldError()
    asked = {**available, "student": _Standing(right), "reference": Right(right), "case": case}
    try:
        check.function(**arguments(check, asked))
    except Exception as error:  # noqa: BLE001 - whatever it is, it is told
        return error
    return None
