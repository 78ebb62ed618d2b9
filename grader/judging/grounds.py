"""On which cases a check can be asked that builds on others.

A check fails where it does so on one case. Fails it only where a size is as small as it can be,
it is charged once, and what builds on it is asked where it holds.
"""

from collections.abc import Collection, Iterable, Sequence
from itertools import combinations
from typing import Final, TypeVar

from grader.asking.cases import Case
from grader.assignment.model import AnyOf
from grader.i18n import _
from grader.verdicts import Verdict

C = TypeVar("C", bound=Case)

# The cases on which a check does not hold, or was not asked.
Gaps = frozenset[Case]

# On how many cases of ordinary sizes a check has to hold, for others to build on it.
ENOUGH: Final = 3


def is_ordinary(case: Case) -> bool:
    """Whether no size of a case is as small as it can be."""
    return not case.edges()


def suffices(cases: Iterable[Case]) -> bool:
    """Whether there are enough cases of ordinary sizes among `cases`."""
    return sum(map(is_ordinary, cases)) >= ENOUGH


def by_size(failing: Iterable[Case], holding: Sequence[Case]) -> bool:
    """Whether sizes as small as they can be are why a check fails, and so fails nowhere else.

    Then no case on which it holds has the same of them as one on which it fails. Numbers that
    happen to show a fault in small cases alone are not told from that by ordinary sizes.
    """
    fails, holds = ({frozenset(case.edges()) for case in cases} for cases in (failing, holding))
    return suffices(holding) and frozenset() not in fails and fails.isdisjoint(holds)


def outside(kind: type[C], cases: Collection[C], gaps: Gaps) -> tuple[C, ...]:
    """Return those of `cases`, all of one kind, that are not among the `gaps`.

    Where these are gaps among cases of another kind, they are those with the smallest sizes.
    """
    if not gaps:
        return tuple(cases)
    if not any(type(gap) is kind for gap in gaps):
        return tuple(filter(is_ordinary, cases))
    return tuple(case for case in cases if case not in gaps)


def told(failing: Sequence[Case], holding: Sequence[Case]) -> str:
    """Return the sentence that tells with which sizes alone a check fails.

    They are the fewest of which `failing` has one in each case, and `holding` none.
    """
    fine = {edge for case in holding for edge in case.edges()}
    edges = dict.fromkeys(edge for case in failing for edge in case.edges() if edge not in fine)
    for count in range(1, len(edges) + 1):
        for chosen in combinations(edges, count):
            if all(set(chosen).intersection(case.edges()) for case in failing):
                return _sentence(_(" or ").join(chosen))
    return _sentence(_("a size of 1"))


def _sentence(sizes: str) -> str:
    return _("This happens only with {sizes}; otherwise this check passes.", sizes=sizes)


def skipped(groups: Sequence[AnyOf]) -> Verdict:
    """Return the verdict on a check that builds on these, which do not hold."""
    return Verdict("skipped", _("This builds on {names}.", names=names_of(groups)))


def names_of(groups: Sequence[AnyOf]) -> str:
    """Return what checks are called, as a sentence lists them."""
    return ", ".join(
        _(" or ").join(f"`{need.__name__}`" for need in group.checks) for group in groups
    )
