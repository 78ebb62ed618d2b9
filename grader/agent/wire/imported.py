"""What a module says of a kind of value whose class lies in a module that few notebooks import."""

import sys
from collections.abc import Callable
from types import ModuleType
from typing import Any, Final, NamedTuple

from .limits import WireError

# Python writes integers of up to 4,300 digits: whoever shows one need not mind.
MAX_BITS: Final = 14_000

Tree = list[object] | None


class Imported(NamedTuple):
    """A kind of value: its class, by `module` and `name`, and what it looks like on the wire.

    `write` is called with the class and a value, which may be of a class derived from it, and
    returns the tree, `tag` before its parts, or None where it is over a bound. It calls nothing of
    a class that is not Python's own. `read` makes the value of the parts. It takes nothing but what
    `write` makes, raises WireError for the rest, and imports the module by itself.

    Values do not change and have a hash: they may be keys. Their `repr` makes one like it where the
    class is imported by its name.
    """

    module: str
    name: str
    tag: str
    write: Callable[[Any, Any], Tree]
    read: Callable[..., Any]

    @property
    def loaded(self) -> Any:
        """The class, None where the module is not imported."""
        found = sys.modules.get(self.module)
        return found.__dict__.get(self.name) if type(found) is ModuleType else None


def integer_tree(value: int) -> object:
    """Return the tree of an integer, None for one over the bound."""
    if -(2**63) <= value < 2**63:
        return value
    return ["int", format(value, "x")] if value.bit_length() <= MAX_BITS else None


def require(sound: object, what: str) -> None:
    """Raise WireError where something is not sound."""
    if not sound:
        raise WireError(f"{what} is malformed")
