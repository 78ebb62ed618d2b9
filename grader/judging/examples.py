"""Which wrong answer is shown of a check that fails: the simplest, if it looks as the others do."""

import contextlib
import logging
from collections.abc import Iterable, Sequence
from typing import Final

from grader.asking.cases import Case
from grader.asking.diagnosis import Diagnosis, listening, silence
from grader.assignment.model import Check
from grader.faults import tell_of_fault
from grader.judging.attempts import attempt, once
from grader.judging.bench import Bench
from grader.judging.grounds import Gaps, is_ordinary
from grader.verdicts import Verdict

log = logging.getLogger(__name__)

# Failing cases that a diagnosis has to hold on.
CONFIRMED: Final = 2


def smallest(
    check: Check, case: Case, verdict: Verdict, bench: Bench, gaps: Gaps, others: Sequence[Case]
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
            verdict = once(check, bench.available, case)
    with silence() if common is None else contextlib.nullcontext():
        return _simplest(check, case, verdict, bench, gaps, common)


def _simplest(
    check: Check,
    case: Case,
    verdict: Verdict,
    bench: Bench,
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
                simplest = once(check, bench.available, simpler)
                bench.require_sound(check, simpler, simplest)
                case, verdict = simpler, simplest
            if not verdict.sized:
                break
    except Exception:  # noqa: BLE001 - the log tells of it
        tell_of_fault(log, "a failing %s could not be shrunk", type(case).__name__)
    bench.examples(check, case)
    return verdict


def _in_common(check: Check, cases: Iterable[Case], bench: Bench) -> Diagnosis | None:
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


def _seen(check: Check, case: Case, bench: Bench) -> tuple[Verdict, Diagnosis | None]:
    """Return the verdict on a case, and what its error was found to look like, if anything."""
    with listening() as heard:
        verdict = attempt(check, bench.available, case)[0]
    return verdict, heard[-1] if heard else None


def _causes(looks: Iterable[Diagnosis | None]) -> frozenset[tuple[str, str]]:
    """Return what may be behind all of these, each read in any of the ways it can be."""
    readings = ((each.causes for each in _readings(look)) for look in looks)
    return frozenset.intersection(*(frozenset().union(*causes) for causes in readings))


def _readings(look: Diagnosis | None) -> tuple[Diagnosis, ...]:
    return () if look is None else (look, *look.others)


def _is_like(look: Diagnosis, common: Diagnosis) -> bool:
    """Whether an example looks like what examples have in common."""
    return look.kind == common.kind and not look.causes.isdisjoint(common.causes)
