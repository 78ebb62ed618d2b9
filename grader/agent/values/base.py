"""What all values have in common that stand for what is no plain data."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, ClassVar, Final

import numpy as np

from .. import looking

Make = Callable[[], Any]

# Numbers that are converted before they are counted.
MOST_CONVERTED: Final = 2**26

_PYTHONS: Final = frozenset({"builtins", "abc", "typing", "collections"})


@dataclass(frozen=True, slots=True)
class Ref:
    """Stands for an object that an earlier step of the same scenario made."""

    name: str


@dataclass(frozen=True, slots=True)
class Described:
    """Stands for a value that is no plain data: only the name of its type travels."""

    type_name: str


class Tagged:
    """The base of what stands for an object that is no plain data."""

    __slots__ = ()

    def __eq__(self, other: object) -> bool:
        """Whether the other is of this type and has the same fields, NaNs being the same."""
        if type(self) is not type(other):
            return False
        return all(map(alike, fields_of(self), fields_of(other)))

    def __hash__(self) -> int:
        """Return a hash. Raises TypeError where a field has none, as an array."""
        return hash((type(self).__name__, *fields_of(self)))


class OfLibrary(Tagged):
    """The base of what stands for an object of a library, which calls its class `called`."""

    __slots__ = ()
    called: ClassVar[str] = ""

    @property
    def type_name(self) -> str:
        """What the library calls the object's class."""
        return self.called or type(self).__name__

    def made(self) -> Any:
        """Return the library's object. Imports the library."""
        raise NotImplementedError


def fields_of(value: Any) -> list[Any]:
    """Return the fields of a value, in their order."""
    return [getattr(value, name) for name in type(value).__dataclass_fields__]


def alike(one: Any, other: Any) -> bool:
    """Whether two plain values are the same in type and content, NaNs included."""
    if type(one) is not type(other):
        return False
    if isinstance(one, np.ndarray):
        same = one.dtype == other.dtype and one.shape == other.shape
        if same and one.dtype.kind in "fcmM":
            return np.array_equal(one, other, equal_nan=True)
        if same and one.dtype.kind == "O":
            return all(map(alike, one.flat, other.flat))
        return bool(same and one.tobytes() == other.tobytes())
    if isinstance(one, list | tuple):
        return len(one) == len(other) and all(map(alike, one, other))
    if isinstance(one, dict):
        return alike([*one], [*other]) and alike([*one.values()], [*other.values()])
    return bool(one == other or (one != one and other != other))  # noqa: PLR0124


def require(sound: object, message: str) -> None:
    """Raise ValueError where something is not sound."""
    if not sound:
        raise ValueError(message)


def is_text(value: object) -> bool:
    """Whether a value is a text, of no class derived from that."""
    return type(value) is str


def all_of(kind: type, library: str) -> bool:
    """Whether a class and all of its bases are of this library, or Python's own."""
    packages = {looking.module(base).partition(".")[0] for base in looking.bases(kind)}
    return packages <= {library, *_PYTHONS}
