"""Drawing cases by Hypothesis, and shrinking those on which a check fails."""

import random
from collections.abc import Callable
from typing import Any, TypeVar, cast

from hypothesis import HealthCheck, Phase, find, given, settings
from hypothesis.errors import NoSuchExample

from grader.cases import CASES, Case

# Where a strategy has fewer cases, or filters nearly all, drawing comes to an end.
TRIES = 20 * CASES
# More bytes than drawing a few small values can use up.
ENTROPY = 4096
# What shrinking may ask beyond the failing case; each costs a fraction of a millisecond.
SHRINKS = 300

C = TypeVar("C", bound=Case)

_QUIET = settings(
    database=None,
    deadline=None,
    report_multiple_bugs=False,
    suppress_health_check=list(HealthCheck),
    phases=[Phase.generate],
)


def sample(kind: type[C], seed: int) -> tuple[C, ...]:
    """Return the cases of `kind` for `seed`, the simplest first."""
    drawn: dict[C, None] = {}

    @_QUIET
    @given(kind.strategy())
    def collect(case: C) -> None:
        drawn.setdefault(case)

    # Left to itself, Hypothesis repeats values on purpose, and takes some from the sources of
    # whatever modules are loaded: a seed would say little. From bytes it draws evenly.
    make = cast("Any", collect).hypothesis.fuzz_one_input
    make(bytes(ENTROPY))
    source = random.Random(seed)  # noqa: S311
    for _ in range(TRIES):
        if len(drawn) == CASES:
            break
        make(source.randbytes(ENTROPY))
    return tuple(drawn)


def simplest(kind: type[C], fails: Callable[[C], bool], seed: int) -> C | None:
    """Return the simplest case found for which `fails`, None where none is found again."""
    limits = settings(_QUIET, max_examples=SHRINKS, phases=[Phase.generate, Phase.shrink])
    try:
        return find(
            kind.strategy(),
            fails,
            settings=limits,
            random=random.Random(seed),  # noqa: S311
        )
    except NoSuchExample:
        return None
