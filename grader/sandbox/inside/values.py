"""What messages consist of, and how much of it one may hold."""

from dataclasses import dataclass, replace
from typing import Final

import numpy as np

_NAMES: Final = (
    *("bool", "int8", "int16", "int32", "int64", "uint8", "uint16", "uint32", "uint64"),
    *("float16", "float32", "float64"),
)
DTYPES: Final = {np.dtype(name).str: np.dtype(name) for name in _NAMES}

MAX_DIMENSIONS: Final = 16


class WireError(ValueError):
    """A message that is not in the format, or is over a limit."""


@dataclass(frozen=True, slots=True)
class Limits:
    """How large a message may be.

    `json_bytes` and `array_bytes` count what is on the wire, `depth` how deep values are nested,
    `nodes` how many there are.
    """

    json_bytes: int = 8 * 2**20
    array_bytes: int = 512 * 2**20
    depth: int = 24
    nodes: int = 200_000


DEFAULT_LIMITS: Final = Limits()

# An answer has to be kept by a grader that may hold thousands of them. This is room for every
# number of 10,000 images, twice.
ANSWER_LIMITS: Final = Limits(array_bytes=64 * 2**20)


def answer_limits(array_bytes: int) -> Limits:
    """Return the limits of an answer whose arrays may have so many bytes together."""
    return replace(ANSWER_LIMITS, array_bytes=array_bytes)


@dataclass(frozen=True, slots=True)
class Ref:
    """Stands for an object that an earlier step of the same scenario made."""

    name: str


@dataclass(frozen=True, slots=True)
class Described:
    """Stands for a value that is no plain data: only the name of its type travels."""

    type_name: str


class Budget:
    """Counts the nodes and the array bytes of one message against its limits."""

    def __init__(self, limits: Limits) -> None:
        self.limits = limits
        self.nodes = limits.nodes
        self.array_bytes = limits.array_bytes

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
