"""Judging: every check of an exercise, asked of the transcripts, comes to a verdict."""

import contextlib
import logging
import re
import traceback
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Final, TypeVar

from grader.asking.cases import Case, draw, shrink
from grader.asking.diagnosis import Diagnosis, listening, silence
from grader.assignment.model import AnyOf, Check, CheckFunction, Exercise, arguments
from grader.errors import AssignmentError, GraderError
from grader.execution.submission import Findings
from grader.faults import tell_of_fault
from grader.i18n import _, marked
from grader.judging.about import code_asked, judged
from grader.judging.grounds import Gaps, by_size, is_ordinary, outside, suffices, told
from grader.judging.reproducer import written
from grader.judging.soundness import Right, holds_for_right_answers, located, require_sound
from grader.results.evidence import Evidence, Item
from grader.results.model import CheckResult, ExerciseResult
from grader.scenario import Outcome, Raised, Scenario, Subject, Transcript
from grader.verdicts import AfterSubmission, BuildsOn, CheckFailed, Judged, NeedsReview, Verdict

log = logging.getLogger(__name__)

Help = TypeVar("Help")

UNREADABLE: Final = marked(
    "What your code answered cannot be compared with anything: it is of another kind or shape than "
    "a right answer. Print it, its type and its shape."
)

# Returns the cases of a class for a seed.
Cases = Callable[[type[Case], int], tuple[Case, ...]]
# Returns the simplest case found for a check that fulfils a condition, for a seed.
Simplest = Callable[[Check, Callable[[Case], bool], int], Case | None]
# Hears which check failed on which case, the one that its example shows.
Examples = Callable[[Check, Case], None]


def _unheard(_check: Check, _case: Case) -> None:
    """Hear of an example that nobody asked for."""


def shrunk(check: Check, fails: Callable[[Case], bool], seed: int) -> Case | None:
    """Return the simplest case found by shrinking what a check is asked about."""
    return None if check.case is None else shrink(check.case, fails, seed)


def smallest_of(cases: Cases) -> Simplest:
    """Return what finds the first of `cases` on which a check fails: from small to large."""

    def simplest(check: Check, fails: Callable[[Case], bool], seed: int) -> Case | None:
        return None if check.case is None else next(filter(fails, cases(check.case, seed)), None)

    return simplest


@dataclass(frozen=True)
class _Bench:
    """What checks are given, where their questions come from, and whether to shrink examples."""

    available: Mapping[str, Any]
    seed: int
    shrinking: bool
    cases: Cases
    simplest: Simplest
    examples: Examples
    released: bool
    provable: bool

    def require_sound(self, check: Check, case: Case | None, verdict: Verdict) -> None:
        """Raise AssignmentError where the reference, too, does not pass what a student failed."""
        if self.provable and verdict.status == "failed":
            require_sound(check, self.available, case)


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
    examples: Examples = _unheard,
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
    bench = _Bench(available, seed, shrinking, cases, simplest, examples, released, provable)
    came: dict[CheckFunction, _Came] = {}
    for check in exercise.checks:
        came[check.function] = _judged(check, came, bench)
    results = [each.result for each in came.values()]
    return ExerciseResult.of(id=exercise.id, title=_(exercise.title), checks=results)


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


def left_pending(exercise: Exercise, message: str) -> ExerciseResult:
    """Return the result of an exercise none of whose checks can be judged here."""
    results = [_result(check, Verdict("review", message)) for check in exercise.checks]
    return ExerciseResult.of(id=exercise.id, title=_(exercise.title), checks=results)


@dataclass(frozen=True)
class _Came:
    """What a check came to, and where it does not hold; None where nothing can build on it."""

    result: CheckResult
    gaps: Gaps | None


# A verdict, with the gaps that it leaves.
_Found = tuple[Verdict, Gaps | None]


def _judged(check: Check, came: Mapping[CheckFunction, _Came], bench: _Bench) -> _Came:
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


def _note(bench: _Bench, note: str) -> None:
    """Note something for the instructor with the submission that it was met on."""
    findings: Findings | None = getattr(bench.available.get("submission"), "findings", None)
    if findings is not None:
        findings.suspicions.append((None, note))


def _found(check: Check, came: Mapping[CheckFunction, _Came], bench: _Bench) -> _Found:
    if bench.released and not check.public:
        return _after(AfterSubmission()), None
    blocked = _blocked(check, came)
    if blocked is not None:
        return blocked, None
    gaps = _gaps(check, came)
    if check.case is not None:
        return _over_cases(check, check.case, bench, gaps)
    verdict = _once(check, bench.available)
    bench.require_sound(check, None, verdict)
    return verdict, gaps if verdict.ground or verdict.status == "passed" else None


def _blocked(check: Check, came: Mapping[CheckFunction, _Came]) -> Verdict | None:
    """Return the verdict on a check whose dependencies are not met, None where they are."""
    for group in check.needs:
        needed = [came[need] for need in group.checks]
        if any(each.gaps is not None for each in needed):
            continue
        results = [each.result for each in needed]
        return _waiting(_names((group,)), results) or _skipped((group,))
    return None


def _waiting(names: str, needed: Sequence[CheckResult]) -> Verdict | None:
    """Return the verdict on what builds on checks of these names that wait, None for none."""
    if any(each.after_submission for each in needed):
        later = _("This builds on {names}, which is checked after submission.", names=names)
        return _after(AfterSubmission(later))
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


def _skipped(groups: Sequence[AnyOf]) -> Verdict:
    return Verdict("skipped", _("This builds on {names}.", names=_names(groups)))


def _names(groups: Sequence[AnyOf]) -> str:
    return ", ".join(
        _(" or ").join(f"`{need.__name__}`" for need in group.checks) for group in groups
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
class _Asking:
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


def _once(check: Check, available: Mapping[str, Any], case: Case | None = None) -> Verdict:
    """Return the verdict of one call of a check, on `case` where it takes one."""
    verdict, asking = _attempt(check, available, case)
    return _with_evidence(verdict, case, asking)


def _with_evidence(verdict: Verdict, case: Case | None, asking: _Asking) -> Verdict:
    if verdict.status != "failed":
        return verdict
    return replace(verdict, evidence=_evidence(verdict, case, asking))


def _attempt(
    check: Check, available: Mapping[str, Any], case: Case | None
) -> tuple[Verdict, _Asking]:
    """Return what a check itself says, and what it asked the student."""
    student = _Asking(available["student"])
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
        return _after(later), student
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


def _after(later: AfterSubmission) -> Verdict:
    return Verdict("review", _(later.message), after_submission=True)


def _evidence(failed: Verdict, case: Case | None, asking: _Asking) -> Evidence | None:
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


@dataclass
class _Round:
    """What a check has come to on the cases that it was asked of.

    `first` is the failure that is told, `undecided` what only others can tell. It is `failing`
    where nothing can build on it, and `holding` where that can; all that failed are `failed`, all
    that passed `passed`. `unreached` are those on which what it asks was not reached, as the
    verdict `skipped` says.
    """

    first: tuple[Case, Verdict] | None = None
    undecided: Verdict | None = None
    skipped: Verdict | None = None
    failing: list[Case] = field(default_factory=list)
    holding: list[Case] = field(default_factory=list)
    failed: list[Case] = field(default_factory=list)
    passed: list[Case] = field(default_factory=list)
    unreached: list[Case] = field(default_factory=list)

    def note(self, case: Case, verdict: Verdict, asking: _Asking) -> bool:
        """Note the verdict on a case; return whether that on the others matters no more."""
        if verdict.status == "passed" or verdict.ground:
            self.holding.append(case)
        if verdict.status == "passed":
            self.passed.append(case)
        if verdict.status == "failed":
            self.failed.append(case)
            if self.first is None or (self.first[1].ground and not verdict.ground):
                self.first = case, _with_evidence(verdict, case, asking)
            if not verdict.ground:
                self.failing.append(case)
            return not verdict.ground and is_ordinary(case)
        if verdict.after_submission:
            # Another case may show what is wrong with no more than what was recorded.
            self.undecided = self.undecided or verdict
        elif verdict.status == "skipped":
            self.skipped = self.skipped or verdict
            self.unreached.append(case)
            return is_ordinary(case)
        elif verdict.status != "passed":
            self.undecided = verdict
            return self.first is None
        return False

    @property
    def blocked(self) -> Verdict | None:
        """That what it asks was not reached, where more than the sizes of some cases is why."""
        if self.skipped is None or by_size(self.unreached, self.passed):
            return None
        return self.skipped

    @property
    def fails(self) -> bool:
        """Whether it fails, and not at edges alone of what is else not reached."""
        at_edges = not any(map(is_ordinary, self.failed))
        return self.first is not None and not (at_edges and self.blocked is not None)

    @property
    def leaves_ground(self) -> bool:
        """Whether it fails nowhere but at edges, or in a way that others need not mind."""
        if self.undecided is not None or self.blocked is not None:
            return False
        return not self.failing or by_size(self.failing, self.holding)

    @property
    def ground(self) -> list[Case]:
        """The cases on which others can build on it: not those of sizes that make it fail."""
        return self.passed if by_size(self.failed, self.passed) else self.holding

    @property
    def where_alone(self) -> str:
        """The sentence that tells with which sizes alone it fails, "" where it is not that."""
        if not self.leaves_ground:
            return ""
        if self.failing:
            return told(self.failing, self.holding)
        return told(self.failed, self.passed) if by_size(self.failed, self.passed) else ""


def _over_cases(check: Check, kind: type[Case], bench: _Bench, gaps: Gaps) -> _Found:
    """Ask a check of each case outside the gaps; it fails where it does so on one."""
    drawn = bench.cases(kind, bench.seed)
    _prefetch(check, drawn, bench.available)
    cases = outside(kind, drawn, gaps)
    if gaps and not suffices(cases):
        return _skipped(check.needs), None
    over = _Round()
    for case in cases:
        verdict, asking = _attempt(check, bench.available, case)
        bench.require_sound(check, case, verdict)
        if over.note(case, verdict, asking):
            break
    left = gaps.union(drawn).difference(over.ground) if over.leaves_ground else None
    if over.first is None or not over.fails:
        return over.undecided or over.blocked or Verdict("passed"), left
    verdict = over.first[1]
    if bench.shrinking:
        verdict = _smallest(check, *over.first, bench, gaps, cases)
    if over.where_alone:
        verdict = replace(verdict, message=f"{verdict.message} {over.where_alone}")
    return verdict, left


def _prefetch(check: Check, cases: tuple[Case, ...], available: Mapping[str, Any]) -> None:
    """Ask everything that the cases will want to know in one go, where the subject can."""
    ask = getattr(available["student"], "prefetch", None)
    if ask is None:
        return
    asked = list(asked_by(check, cases, available["reference"]))
    try:
        ask(asked)
    except GraderError:
        raise
    except Exception:  # noqa: BLE001 - the log tells of it
        # What cannot be asked at once is asked one by one, where it costs whom it is due to.
        tell_of_fault(log, "%s cannot be asked all at once", check.id)


def asked_by(check: Check, cases: Iterable[Case], reference: Subject | None) -> Iterator[Scenario]:
    """Yield what a check will ask on `cases`, as far as that is known beforehand."""
    for case in cases:
        yield from case.questions()
        if check.asks is not None and reference is not None:
            # What was not recorded is found out when it is asked.
            with contextlib.suppress(AfterSubmission):
                yield from check.asks(case, reference)


# Failing cases that a diagnosis has to hold on.
CONFIRMED: Final = 2


def _seen(check: Check, case: Case, bench: _Bench) -> tuple[Verdict, Diagnosis | None]:
    """Return the verdict on a case, and what its error was found to look like, if anything."""
    with listening() as heard:
        verdict = _attempt(check, bench.available, case)[0]
    return verdict, heard[-1] if heard else None


def _in_common(check: Check, cases: Iterable[Case], bench: _Bench) -> Diagnosis | None:
    """Return what an error looks like wherever a check fails, None where each example tells other.

    What is told of one number is true of many errors: two cases have to agree, and none of ordinary
    sizes may contradict.
    """
    ordinary: list[Diagnosis | None] = []
    looks: list[Diagnosis | None] = []
    for case in cases:
        verdict, look = _seen(check, case, bench)
        if verdict.status != "failed":
            continue
        looks.append(look)
        if is_ordinary(case):
            ordinary.append(look)
        # What two have contradicted, no further one makes true.
        if len(ordinary) >= CONFIRMED and not _causes(ordinary):
            return None
    looks = ordinary if len(ordinary) >= CONFIRMED else looks
    causes = _causes(looks) if len(looks) >= CONFIRMED else frozenset()
    named = {name for kind, name in causes if name and kind != "by"}
    # A number is what is left where no size explains all examples: then none is told.
    fit = [
        each
        for look in looks
        for each in _readings(look)
        if not each.causes.isdisjoint(causes) and (each.names & named if named else not each.names)
    ]
    return min(fit, key=lambda each: len(each.names), default=None)


def _causes(looks: Iterable[Diagnosis | None]) -> frozenset[tuple[str, str]]:
    """Return what may be behind all of these, each read in any of the ways it can be."""
    readings = ((each.causes for each in _readings(look)) for look in looks)
    return frozenset.intersection(*(frozenset().union(*causes) for causes in readings))


def _readings(look: Diagnosis | None) -> tuple[Diagnosis, ...]:
    return () if look is None else (look, *look.others)


def _is_like(look: Diagnosis, common: Diagnosis) -> bool:
    """Whether an example looks like what examples have in common."""
    return look.kind == common.kind and not look.causes.isdisjoint(common.causes)


def _smallest(
    check: Check, case: Case, verdict: Verdict, bench: _Bench, gaps: Gaps, others: Sequence[Case]
) -> Verdict:
    """Return the verdict on the simplest case that fails.

    `case` has failed with `verdict`: that stands where no simpler case can be judged. Where the
    verdict is about sizes, the simplest case is taken whose sizes can be told apart. Where what
    the check needs has `gaps`, nothing is known of other cases at an edge. What the error looks
    like is told where the `others` that were drawn agree.
    """
    common = _in_common(check, others, bench)
    look = _seen(check, case, bench)[1] if common is not None else None
    if common is None or look is None or not _is_like(look, common):
        with silence():
            verdict = _once(check, bench.available, case)
    with silence() if common is None else contextlib.nullcontext():
        return _simplest(check, case, verdict, bench, gaps, common)


def _simplest(
    check: Check,
    case: Case,
    verdict: Verdict,
    bench: _Bench,
    gaps: Gaps,
    common: Diagnosis | None,
) -> Verdict:
    def fails(other: Case, ground: bool = verdict.ground) -> bool:
        if gaps and not is_ordinary(other):
            return False
        judged, look = _seen(check, other, bench)
        if common is not None and not (look is not None and _is_like(look, common)):
            return False
        return judged.status == "failed" and judged.ground == ground

    def tells(other: Case) -> bool:
        return other.sizes_differ() and fails(other)

    try:
        for wanted in (fails, tells):
            simpler = bench.simplest(check, wanted, bench.seed)
            if simpler is not None:
                simplest = _once(check, bench.available, simpler)
                bench.require_sound(check, simpler, simplest)
                case, verdict = simpler, simplest
            if not verdict.sized:
                break
    except Exception:  # noqa: BLE001 - the log tells of it
        tell_of_fault(log, "a failing %s could not be shrunk", type(case).__name__)
    bench.examples(check, case)
    return verdict


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
