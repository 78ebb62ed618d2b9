"""A check asked of all its cases: whether it fails, and on which others can build."""

import contextlib
import logging
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from grader.asking.cases import Case
from grader.assignment.model import Check
from grader.errors import GraderError
from grader.faults import tell_of_fault
from grader.judging.attempts import Asking, attempt, with_evidence
from grader.judging.bench import Bench
from grader.judging.examples import smallest
from grader.judging.grounds import Gaps, by_size, is_ordinary, outside, skipped, suffices, told
from grader.scenario import Scenario, Subject
from grader.verdicts import AfterSubmission, Verdict

log = logging.getLogger(__name__)

# A verdict, with the gaps that it leaves.
Found = tuple[Verdict, Gaps | None]


def over_cases(check: Check, kind: type[Case], bench: Bench, gaps: Gaps) -> Found:
    """Ask a check of each case outside the gaps; it fails where it does so on one."""
    drawn = bench.cases(kind, bench.seed)
    _prefetch(check, drawn, bench.available)
    cases = outside(kind, drawn, gaps)
    if gaps and not suffices(cases):
        return skipped(check.needs), None
    over = _Round()
    for case in cases:
        verdict, asking = attempt(check, bench.available, case)
        bench.require_sound(check, case, verdict)
        if over.note(case, verdict, asking):
            break
    left = gaps.union(drawn).difference(over.ground) if over.leaves_ground else None
    if over.first is None or not over.fails:
        return over.undecided or over.blocked or Verdict("passed"), left
    verdict = over.first[1]
    if bench.shrinking:
        verdict = smallest(check, *over.first, bench, gaps, cases)
    if over.where_alone:
        verdict = replace(verdict, message=f"{verdict.message} {over.where_alone}")
    return verdict, left


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

    def note(self, case: Case, verdict: Verdict, asking: Asking) -> bool:
        """Note the verdict on a case; return whether that on the others matters no more."""
        if verdict.status == "passed" or verdict.ground:
            self.holding.append(case)
        if verdict.status == "passed":
            self.passed.append(case)
        if verdict.status == "failed":
            self.failed.append(case)
            if self.first is None or (self.first[1].ground and not verdict.ground):
                self.first = case, with_evidence(verdict, case, asking)
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
