"""Cases: the inputs of a check, drawn once for everyone and shrunk where a check fails.

A case class says how its cases are drawn (`strategy`, a Hypothesis strategy over a few small
numbers; arrays are made from a seed) and which scenarios it puts to a subject (its methods marked
`@question`). All checks about the same case class share its cases and their transcripts.
"""

from collections.abc import Callable, Sequence
from functools import cache
from typing import TYPE_CHECKING, Any, Protocol, Self

from grader.evidence import Item
from grader.scenario import Scenario, Transcript

if TYPE_CHECKING:
    from hypothesis.strategies import SearchStrategy


class Subject(Protocol):
    """Whoever can turn a scenario into a transcript."""

    def answer(self, scenario: Scenario) -> Transcript:
        """Return what came back for `scenario`."""
        ...


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
