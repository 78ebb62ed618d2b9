"""How large a message may be, and what is left of that while it is written or read."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Final


class WireError(ValueError):
    """A message that is not in the format, or is over a limit."""


class UnsendableError(TypeError):
    """A question holds what has no plain form; the message is the name of its type."""


@dataclass(frozen=True, slots=True)
class Limits:
    """How large a message may be.

    `json_bytes` and `array_bytes` count what is on the wire, `depth` how deep values are nested,
    `nodes` how many there are. Only where `refs` says so it refers to objects of a question.
    """

    json_bytes: int = 8 * 2**20
    array_bytes: int = 512 * 2**20
    depth: int = 24
    nodes: int = 200_000
    refs: bool = True


DEFAULT_LIMITS: Final = Limits()

# An answer has to be kept by a grader that may hold thousands of them. This is room for every
# number of 10,000 images, twice. What is handed on from it must name no object of another's.
ANSWER_LIMITS: Final = Limits(array_bytes=64 * 2**20, refs=False)


def answer_limits(array_bytes: int) -> Limits:
    """Return the limits of an answer whose arrays may have so many bytes together."""
    return replace(ANSWER_LIMITS, array_bytes=array_bytes)


class Budget:
    """Counts the nodes and the array bytes of one message against its limits."""

    def __init__(self, limits: Limits) -> None:
        self.limits = limits
        self.nodes = limits.nodes
        self.array_bytes = limits.array_bytes
        self._wasted = 0

    @contextmanager
    def attempt(self, most: int | None = None) -> Iterator[None]:
        """Let what is taken inside be given back where it raises.

        It may be `most` values, all that are left where None. What all attempts together have taken
        in vain is bounded: the last ones may find nothing left.
        """
        nodes, array_bytes = self.nodes, self.array_bytes
        allowed = nodes if most is None else min(nodes, most)
        self.nodes = max(0, min(allowed, self.limits.nodes - self._wasted))
        given = self.nodes
        try:
            yield
        except BaseException:
            self._wasted += given - max(self.nodes, 0)
            self.nodes, self.array_bytes = nodes, array_bytes
            raise
        self.nodes = nodes - (given - self.nodes)

    def node(self, depth: int, count: int = 1) -> None:
        """Take `count` values at this depth. Raises WireError where there are none left."""
        self.nodes -= count
        if self.nodes < 0 or (count and depth > self.limits.depth):
            raise WireError(
                f"a message has over {self.limits.nodes} values or is nested over "
                f"{self.limits.depth} deep"
            )

    def array(self, size: int) -> None:
        """Take so many bytes of arrays. Raises WireError where there are none left."""
        self.array_bytes -= size
        if self.array_bytes < 0:
            raise WireError(f"the arrays of a message are over {self.limits.array_bytes} bytes")
