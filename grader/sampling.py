"""Drawing cases by Hypothesis, and shrinking those on which a check fails.

Hypothesis is slow to import, and not all checks draw: each function that needs it imports it.
"""

import random
from collections.abc import Callable
from functools import cache
from typing import TYPE_CHECKING, Any, Final, TypeVar, cast

from grader.cases import Case

if TYPE_CHECKING:
    from hypothesis import settings

# Enough that every value of every small field is met with many of the others'.
CASES: Final = 30
# Where a strategy has fewer cases, or filters nearly all, drawing comes to an end.
TRIES: Final = 20 * CASES
# More bytes than drawing a few small values can use up.
ENTROPY: Final = 4096
# What shrinking may ask beyond the failing case; each costs a fraction of a millisecond.
SHRINKS: Final = 300

C = TypeVar("C", bound=Case)

# Cases build their arrays and scenarios once: all submissions of a course share them.
_DRAWN: Final[dict[tuple[type[Case], int], tuple[Case, ...]]] = {}


def draw(kind: type[C], seed: int) -> tuple[C, ...]:
    """Return the cases of `kind` for `seed`: the same for everyone, the simplest first."""
    if (kind, seed) not in _DRAWN:
        _DRAWN[kind, seed] = _sample(kind, seed)
    return cast("tuple[C, ...]", _DRAWN[kind, seed])


def _sample(kind: type[C], seed: int) -> tuple[C, ...]:
    from hypothesis import given  # noqa: PLC0415

    drawn: dict[C, None] = {}

    @_quiet()
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


def shrink(kind: type[C], fails: Callable[[C], bool], seed: int) -> C | None:
    """Return the simplest case found for which `fails`, None where none is found again."""
    from hypothesis import Phase, find, settings  # noqa: PLC0415
    from hypothesis.errors import NoSuchExample  # noqa: PLC0415

    limits = settings(_quiet(), max_examples=SHRINKS, phases=[Phase.generate, Phase.shrink])
    try:
        return find(
            kind.strategy(),
            fails,
            settings=limits,
            random=random.Random(seed),  # noqa: S311
        )
    except NoSuchExample:
        return None


@cache
def _quiet() -> "settings":
    from hypothesis import HealthCheck, Phase, settings  # noqa: PLC0415

    return settings(
        database=None,
        deadline=None,
        report_multiple_bugs=False,
        suppress_health_check=list(HealthCheck),
        phases=[Phase.generate],
    )
