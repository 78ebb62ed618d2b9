"""Whether being asked changed anything that a candidate defined.

Where nothing did, each check comes to the same whatever was asked before it, so that one of them
can be judged again alone. What cannot be looked through counts as changed.
"""

import pickle
import random
import sys
import types
from collections.abc import Iterator, Mapping
from hashlib import blake2b
from typing import Any, Final

import numpy as np

# What honest solutions define is a fraction of this.
MOST_LOOKS: Final = 20_000
_PLAIN: Final = (type(None), bool, int, float, complex, str, bytes)
_OWN: Final = "__main__"
# Of a class, what Python makes itself.
_NO_STATE: Final = frozenset({"__dict__", "__weakref__", "__doc__", "__module__"})


class _Unknown(Exception):  # noqa: N818 - it is no error
    """Something cannot be looked through."""


def state(namespace: Mapping[str, Any]) -> str | None:
    """Return a digest of all that a namespace holds and of how random numbers go on.

    None where something in it cannot be looked through. Two that are equal stand for equal
    contents; the same contents may have two where it holds objects of libraries.
    """
    looked = _Look()
    try:
        for name, value in namespace.items():
            if name != "__builtins__":
                looked.at((name, value))
        looked.at(random.getstate())
        looked.at(np.random.get_state())
        looked.at(sorted(np.geterr().items()))
        if "torch" in sys.modules:
            looked.at(bytes(sys.modules["torch"].random.get_rng_state().numpy()))
    except Exception:  # noqa: BLE001 - looking calls code of the candidate's own
        return None
    return looked.digest.hexdigest()


class _Look:
    """Looks through values, each object once."""

    def __init__(self) -> None:
        self.digest = blake2b(digest_size=16)
        self._met: dict[int, int] = {}
        # What is looked at must not make room for another at its place.
        self._held: list[Any] = []

    def at(self, value: Any) -> None:
        """Take a value in."""
        if isinstance(value, _PLAIN) and type(value) in _PLAIN:
            self._say(type(value).__name__, repr(value))
            return
        if id(value) in self._met:
            self._say("again", str(self._met[id(value)]))
            return
        if len(self._met) >= MOST_LOOKS:
            raise _Unknown
        self._met[id(value)] = len(self._met)
        self._held.append(value)
        self._say(type(value).__module__, type(value).__qualname__)
        for each in _parts(value):
            self.at(each)
        self._say("end")

    def _say(self, *words: str) -> None:
        for word in words:
            told = word.encode("utf-8", "surrogatepass")
            self.digest.update(len(told).to_bytes(8, "big") + told)


def _parts(value: Any) -> Iterator[Any]:  # noqa: PLR0912 - one branch a kind
    """Yield what a value consists of."""
    kind = type(value)
    if isinstance(value, types.ModuleType):
        yield value.__name__
    elif isinstance(value, type):
        yield f"{value.__module__}.{value.__qualname__}"
        if value.__module__ == _OWN:
            yield from ([*each] for each in vars(value).items() if each[0] not in _NO_STATE)
            yield list(value.__bases__)
    elif kind is types.FunctionType:
        yield f"{value.__module__}.{value.__qualname__}"
        if value.__module__ == _OWN:
            yield value.__code__.co_code
            yield [value.__defaults__, value.__kwdefaults__, vars(value)]
            yield [each.cell_contents for each in value.__closure__ or ()]
    elif kind in (staticmethod, classmethod):
        yield value.__func__
    elif kind is property:
        yield [value.fget, value.fset, value.fdel]
    elif kind in (list, tuple):
        yield from value
    elif kind is dict:
        yield from ([*each] for each in value.items())
    elif kind in (set, frozenset):
        yield sorted(map(repr, value))
    elif kind.__module__ == _OWN:
        if not _is_simple(kind):
            raise _Unknown
        yield vars(value)
    else:
        yield pickle.dumps(value, protocol=5)


def _is_simple(kind: type) -> bool:
    """Whether all that an object holds is in its `__dict__`."""
    own = [each for each in kind.__mro__ if each is not object]
    return all(each.__module__ == _OWN and "__slots__" not in vars(each) for each in own)
