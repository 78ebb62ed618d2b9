"""Cases: the inputs of a check, drawn once for everyone and shrunk where a check fails.

A case class says how its cases are drawn (`strategy`, a Hypothesis strategy over a few small
numbers; arrays are made from a seed) and which scenarios it puts to a subject (its methods marked
`@question`). All checks about the same case class share its cases and their transcripts.

Hypothesis is slow to import, and not all checks draw: each function that needs it imports it.
"""

from collections.abc import Callable, Sequence
from functools import cache
from typing import TYPE_CHECKING, Any, Self

from grader.results.evidence import Item
from grader.scenario import Scenario

if TYPE_CHECKING:
    from hypothesis.strategies import SearchStrategy

import random
from typing import TYPE_CHECKING, Final, TypeVar, cast

if TYPE_CHECKING:
    from hypothesis import settings


class question:  # noqa: N801 - reads as a decorator
    """Marks a method of a case that returns a scenario; it is built once a case.

    Read from a case, it is the scenario.
    """

    def __init__(self, build: Callable[[Any], Scenario]) -> None:
        self.build = build
        self.__doc__ = build.__doc__

    def __set_name__(self, owner: type, name: str) -> None:
        self.name = f"_question_{name}"

    def __get__(self, case: Any, owner: type) -> Any:
        if case is None:
            return self
        known = case.__dict__
        if self.name not in known:
            known[self.name] = self.build(case)
        return known[self.name]


class Case:
    """Base of all cases. Subclasses are frozen dataclasses of small values."""

    @classmethod
    def strategy(cls) -> "SearchStrategy[Self]":
        """Return how cases are drawn, simplest first, so that shrinking ends in the simplest."""
        raise NotImplementedError

    def inputs(self) -> Sequence[Item]:
        """Return what a person needs to see to check the case by hand."""
        raise NotImplementedError

    def sizes_differ(self) -> bool:
        """Whether its sizes can be told apart, so that a shape says what it is the shape of."""
        return True

    def edges(self) -> Sequence[str]:
        """Return which of its sizes are as small as they can be, in words: "one row".

        A check that fails only where there are such decides nothing about the other cases: what
        builds on it is asked of those.
        """
        return ()

    def questions(self) -> list[Scenario]:
        """Return every scenario of the case."""
        kind: type = type(self)
        return [getattr(self, name) for name in _question_names(kind)]


@cache
def _question_names(kind: type) -> tuple[str, ...]:
    return tuple(name for name in dir(kind) if isinstance(vars_of(kind, name), question))


def vars_of(kind: type, name: str) -> object:
    """Return what `kind` or a base of it holds under `name`, unbound."""
    return next((vars(base)[name] for base in kind.__mro__ if name in vars(base)), None)


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
