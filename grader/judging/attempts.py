"""One call of a check: what it asks, what it comes to, and the evidence of a failure."""

import logging
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Final, TypeVar

from grader.asking.cases import Case
from grader.assignment.model import Check, arguments
from grader.errors import AssignmentError
from grader.faults import tell_of_fault
from grader.i18n import _, marked
from grader.judging.about import code_asked, judged
from grader.judging.reproducer import written
from grader.judging.soundness import Right, holds_for_right_answers, located
from grader.results.evidence import Evidence, Item
from grader.scenario import Outcome, Raised, Scenario, Subject, Transcript
from grader.verdicts import AfterSubmission, BuildsOn, CheckFailed, Judged, NeedsReview, Verdict

log = logging.getLogger(__name__)

Help = TypeVar("Help")

UNREADABLE: Final = marked(
    "What your code answered cannot be compared with anything: it is of another kind or shape than "
    "a right answer. Print it, its type and its shape."
)


@dataclass(frozen=True, eq=False)
class _Noted(Transcript):
    """A transcript of which it is noted what is read from it."""

    reads: list[Judged]

    def outcome(self, result: str) -> Outcome:
        """Return the outcome of the step whose result has this name."""
        self.reads.append(Judged(self, self.place(result)))
        return super().outcome(result)


@dataclass
class Asking:
    """A student of whom it is noted what a check asks, and what it reads of the answers."""

    student: Subject
    asked: list[Transcript] = field(default_factory=list)
    reads: list[Judged] = field(default_factory=list)

    @property
    def beyond(self) -> bool:
        """Whether something was asked that nobody's process can perform."""
        ends = (each.outcomes[-1] for each in self.asked)
        return any(isinstance(each, Raised) and each.fault for each in ends)

    def answer(self, scenario: Scenario) -> Transcript:
        """Return the student's transcript."""
        transcript = self.student.answer(scenario)
        noted = _Noted(transcript.scenario, transcript.outcomes, self.reads)
        self.asked.append(noted)
        return noted


def passes(check: Check, case: Case | None, *, student: Subject, reference: Subject | None) -> bool:
    """Whether a check alone finds no fault with one case, whatever it needs.

    What it cannot make anything of is a fault, whoever's that is.
    """
    right = None if reference is None else Right(reference)
    available = {"student": student, "reference": right, "submission": None, "case": case}
    try:
        check.function(**arguments(check, available))
    except (NeedsReview, AfterSubmission, BuildsOn):
        return True
    except Exception:  # noqa: BLE001 - an answer may be made for it
        return False
    return True


def once(check: Check, available: Mapping[str, Any], case: Case | None = None) -> Verdict:
    """Return the verdict of one call of a check, on `case` where it takes one."""
    verdict, asking = attempt(check, available, case)
    return with_evidence(verdict, case, asking)


def with_evidence(verdict: Verdict, case: Case | None, asking: Asking) -> Verdict:
    """Return a verdict; one that failed has what it was found by, and a cell to find it again."""
    if verdict.status != "failed":
        return verdict
    return replace(verdict, evidence=_evidence(verdict, case, asking))


def attempt(
    check: Check, available: Mapping[str, Any], case: Case | None
) -> tuple[Verdict, Asking]:
    """Return what a check itself says, and what it asked the student."""
    student = Asking(available["student"])
    try:
        check.function(**arguments(check, {**available, "student": student, "case": case}))
    except CheckFailed as failed:
        return Verdict(
            "failed",
            failed.message,
            failed.evidence,
            failed.hint,
            failed.sized,
            failed.ground,
            about=failed.about,
        ), student
    except NeedsReview as review:
        return Verdict("review", review.message, review.evidence), student
    except AfterSubmission as later:
        return left_for_later(later), student
    except BuildsOn as other:
        told = _("This builds on {names}.", names=f"`{other.name}`")
        return Verdict("skipped", told, builds_on=other.name), student
    except AssignmentError as error:
        # Where nobody's process could perform it, nobody's answer has led there.
        if student.beyond or not holds_for_right_answers(check, available, case):
            raise located(error, check, case) from error
        log.warning("what was answered leads %s astray: %s", check.id, error)
        return Verdict("failed", _(UNREADABLE)), student
    except Exception:
        if not holds_for_right_answers(check, available, case):
            raise
        # What cannot even be read is a wrong answer, whatever it does to who tries.
        log.warning("the check %s cannot read what was answered", check.id, exc_info=True)
        return Verdict("failed", _(UNREADABLE)), student
    return Verdict("passed"), student


def left_for_later(later: AfterSubmission) -> Verdict:
    """Return the verdict on what is checked after submission alone."""
    return Verdict("review", _(later.message), after_submission=True)


def _evidence(failed: Verdict, case: Case | None, asking: Asking) -> Evidence | None:
    """Return the evidence of a failed check, with a cell that asks it again.

    Of its case, what the cell uses is shown.
    """
    evidence = failed.evidence or Evidence()
    if case is not None:
        inputs = tuple(each for each in case.inputs() if not evidence.cell or _in(each, evidence))
        evidence = replace(evidence, inputs=inputs)
    about = _helped(
        lambda: judged(asking.asked, evidence, failed.message, failed.about, asking.reads)
    )
    if about is not None:
        evidence = replace(evidence, code=_helped(lambda: code_asked(about)))
    again = None
    if about is not None and not evidence.cell:
        again = _helped(lambda: written(about, evidence, asking.student.answer))
    if again is not None:
        evidence = replace(evidence, cell=again.source)
        inputs = tuple(
            each
            for each in evidence.inputs
            if each.name in again.used or (each.shape is None and _in(each, evidence))
        )
        evidence = replace(evidence, inputs=inputs)
    return None if evidence == Evidence() else evidence


def _in(item: Item, evidence: Evidence) -> bool:
    """Whether a cell names an input, or has its value."""
    cell = evidence.cell or ""
    words = re.findall(r"[\w.]+", cell)
    return item.name in words or str(item.value) in cell


def _helped(find: Callable[[], Help]) -> Help | None:
    """Return what helps a student with a verdict, which stands all the same without it."""
    try:
        return find()
    except Exception:  # noqa: BLE001 - the log tells of it
        tell_of_fault(log, "no help could be given")
        return None
