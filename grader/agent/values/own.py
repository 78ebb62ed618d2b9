"""What stands for objects of the classes that a notebook defines, and of Python's own."""

import builtins
import keyword
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from .base import Tagged, fields_of, is_text, require


def _identifiers(names: object) -> bool:
    return (
        type(names) is tuple
        and all(
            type(each) is str and each.isidentifier() and not keyword.iskeyword(each)
            for each in names
        )
        and len(set(names)) == len(names)
    )


class Named(tuple[Any, ...]):
    """A named tuple: a tuple whose items can also be read by name.

    `type_name` is its class, `names` are the names of the items.
    """

    type_name: str
    names: tuple[str, ...]

    def __new__(
        cls, items: Sequence[object] = (), type_name: str = "", names: tuple[str, ...] = ()
    ) -> "Named":
        """Return the tuple. Raises ValueError where there are other names than items."""
        made = super().__new__(cls, items)
        require(type_name == "" or _named(type_name), "a named tuple's class has no name")
        require(
            not names or (_identifiers(names) and len(names) == len(made)),
            "a named tuple has as many names as items, all of them Python's, none twice",
        )
        made.__dict__.update(type_name=type_name, names=names)
        return made

    def __getattr__(self, name: str) -> Any:
        """Return the item of that name. Raises AttributeError."""
        if name not in self.__dict__.get("names", ()):
            raise AttributeError(f"there is no {name!r} in a {self.__dict__.get('type_name', '')}")
        return self[self.names.index(name)]

    def __repr__(self) -> str:
        """Return it as Python shows a named tuple."""
        if not self.names:
            return tuple.__repr__(self)
        pairs = ", ".join(f"{n}={v!r}" for n, v in zip(self.names, self, strict=True))
        return f"{self.type_name}({pairs})"


@dataclass(frozen=True, slots=True, eq=False)
class Record(Tagged):
    """An object of a dataclass: the name of its class, and its `fields` in their order."""

    type_name: str
    fields: Mapping[str, Any]

    def __post_init__(self) -> None:
        """Check the fields. Raises ValueError."""
        require(_named(self.type_name), "a record's class has no name")
        require(
            type(self.fields) is dict and _identifiers(tuple(self.fields)),
            "a record's fields are a dictionary by the names of Python's that they have",
        )

    def __hash__(self) -> int:
        """Return a hash. Raises TypeError where a field has none."""
        return hash((self.type_name, *self.fields.items()))

    def __getitem__(self, name: str) -> Any:
        """Return a field. Raises KeyError."""
        return self.fields[name]


@dataclass(frozen=True, slots=True, eq=False)
class Member(Tagged):
    """A member of an enumeration: the names of class and member, and its value.

    Flags that are combined and have no name of their own have None for one.
    """

    type_name: str
    name: str | None
    value: Any

    def __post_init__(self) -> None:
        """Check the names. Raises ValueError."""
        require(_named(self.type_name), "a member's class has no name")
        require(self.name is None or _named(self.name), "a member's name is no text")


@dataclass(frozen=True, slots=True, eq=False)
class Failure(Tagged):
    """An exception as a value: the name of its class, those of its bases, and its message.

    `bases` go from the nearest to "BaseException", so that `"ValueError" in failure.bases` tells
    whether the class derives from ValueError (the class itself is not among them).
    """

    type_name: str
    bases: tuple[str, ...] = ("Exception", "BaseException")
    message: str = ""

    def __post_init__(self) -> None:
        """Check the fields. Raises ValueError."""
        require(
            _named(self.type_name)
            and type(self.bases) is tuple
            and all(map(_named, self.bases))
            and is_text(self.message),
            "an exception is the name of its class, those of its bases, and a message",
        )

    def exception(self) -> BaseException:
        """Return an exception: of Python's own class of that name, or the nearest such base."""
        for name in (self.type_name, *self.bases):
            kind = getattr(builtins, name, None)
            if isinstance(kind, type) and issubclass(kind, Exception):
                # It shows itself as its key would be shown.
                key = self.message[1:-1]
                keyed = issubclass(kind, KeyError) and repr(key) == self.message
                try:
                    return kind(key if keyed else self.message)
                # UnicodeDecodeError takes five arguments.
                except TypeError:
                    continue
        return Exception(self.message)


def _named(value: object) -> bool:
    # Reports tell it within a sentence.
    return type(value) is str and 0 < len(value) <= 200 and value.isprintable()


def parts(value: Any) -> list[Any]:
    """Return the fields of a value of one of our own classes, in their order."""
    if type(value) is Named:
        return [value.type_name, value.names, tuple(value)]
    return fields_of(value)


def rebuilt(value: Any, fields: Iterable[Any]) -> Any:
    """Return a value of the same class with other fields, in the order of `parts`.

    Raises ValueError (TypeError) where no such value has them.
    """
    if type(value) is Named:
        type_name, names, items = fields
        return Named(items, type_name, names)
    return type(value)(*fields)


KINDS: Final = (Record, Member, Failure)
