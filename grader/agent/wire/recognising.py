"""Recognising what has contents to be told: named tuples, members, records, libraries' objects.

A library's are looked for only where its module is imported already; no code of a student's is
called, but for the message of an exception.
"""

import dataclasses
import enum
from collections.abc import Callable
from typing import Any, Final, NamedTuple

from .. import looking, values
from ..values import Failure, Member, Named, Record, numpy_masked, scipy_sparse

# A record that holds more than this, or itself, is a structure to work with and no plain value.
MOST_OF_A_RECORD: Final = 2_000
MOST_LETTERS: Final = 2_000
MOST_BASES: Final = 20

_FIELD: Final = dataclasses.__dict__["_FIELD"]


class Shown(NamedTuple):
    """What `make` returns is an object's contents, of up to `most` values, None for any number.

    It raises what the object's library does. Its arrays may share memory with the object.
    """

    make: Callable[[], Any]
    most: int | None = None


def recognised(value: Any, kind: type) -> Shown | None:
    """Return what is to be told of a value of this class, None where nothing is known of it."""
    if issubclass(kind, tuple):
        names = _item_names(value, kind)
        return None if names is None else Shown(lambda: _named_tuple(value, kind, names))
    if issubclass(kind, enum.Enum):
        return Shown(lambda: _member(value, kind), MOST_OF_A_RECORD)
    if issubclass(kind, BaseException):
        return Shown(lambda: _failure(value, kind))
    make = values.recognised(value, kind)
    if make is not None:
        return Shown(make)
    fields = looking.of_class(kind, "__dataclass_fields__")
    if type(fields) is dict and not issubclass(kind, list | set | frozenset | str | bytes):
        return Shown(lambda: _record(value, kind, fields), MOST_OF_A_RECORD)
    return None


def is_dictionary(kind: type) -> bool:
    """Whether objects of a class are dictionaries, and not one that a library makes of them."""
    return kind is dict or (issubclass(kind, dict) and not scipy_sparse.is_sparse(kind))


def masked(value: Any, kind: type) -> Shown | None:
    """Return what is to be told of a masked array, None for an array without a masked value."""
    make = numpy_masked.recognised(value, kind)
    return None if make is None else Shown(make)


def _item_names(value: Any, kind: type) -> tuple[str, ...] | None:
    """Return the names of a named tuple's items, None for any other tuple."""
    if kind is tuple:
        return None
    names = looking.of_class(kind, "_fields")
    if type(names) is not tuple or not all(type(each) is str for each in names):
        return None
    return names if names and len(names) == tuple.__len__(value) else None


def _named_tuple(value: Any, kind: type, names: tuple[str, ...]) -> Any:
    items = tuple.__getitem__(value, slice(None))
    try:
        return Named(items, looking.name(kind), names)
    # Python renames some items to what is no name for others.
    except ValueError:
        return items


def _member(value: Any, kind: type) -> Member:
    name, held = looking.own(value, "_name_"), looking.own(value, "_value_")
    if held is looking.ABSENT:
        raise ValueError("a member has no value")
    return Member(looking.name(kind), name, held)


def _failure(value: BaseException, kind: type) -> Failure:
    try:
        message = str.__str__(str(value))[:MOST_LETTERS]
    # It is the exception's own code, and may raise anything.
    except BaseException:  # noqa: BLE001
        message = ""
    bases = [looking.name(base)[:200] for base in looking.bases(kind)[1:] if base is not object]
    return Failure(looking.name(kind)[:200], tuple(bases[:MOST_BASES]), message)


def _record(value: Any, kind: type, fields: dict[Any, Any]) -> Record:
    names = [name for name, each in fields.items() if looking.own(each, "_field_type") is _FIELD]
    held = {name: looking.own(value, name) for name in names}
    if any(each is looking.ABSENT for each in held.values()):
        raise ValueError("a field of a record is unset, or has to be computed")
    return Record(looking.name(kind), held)
