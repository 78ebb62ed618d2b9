"""Telling whether a cell changed the numbers that a name of the notebook leads to.

A trained network is an object that holds arrays somewhere below it: in attributes, lists and
dictionaries, in objects that these hold. After each cell a digest of them is compared with the
one before. What is told is a claim of the notebook's own process: it decides which states are
kept, and nothing else.
"""

import hashlib
import struct
import sys
from collections import deque
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from types import FunctionType, MethodType
from typing import Any

import numpy as np

MOST_OBJECTS = 20_000
"""Objects that are looked at below one name; the layers of a network are far fewer."""

MOST_BYTES = 2**20
"""Bytes of one array that are looked at, spread over it. A step of training moves nearly all."""

MOST_BYTES_IN_ALL = 2**24
"""Bytes that are looked at below one name."""

_SEQUENCES = (list, tuple, set, frozenset, deque)
_NUMBERS = (bool, int, float, complex, np.generic)


class Watch:
    """Remembers what `names` lead to in `namespace`, from one call of `changed` to the next."""

    def __init__(self, namespace: Mapping[str, Any], names: Sequence[str]) -> None:
        self._namespace = namespace
        self._names = tuple(names)
        self._seen: dict[str, bytes] = {}

    def changed(self) -> bool:
        """Return whether one of the names leads to other numbers than when this was last called.

        A name that is gone has not changed. Raises nothing that a notebook's own objects raise.
        """
        found = False
        for name in self._names:
            if name not in self._namespace:
                continue
            digest = fingerprint(self._namespace[name])
            found = found or self._seen.get(name) != digest
            self._seen[name] = digest
        return found


def fingerprint(root: Any) -> bytes:
    """Return a digest of the numbers that an object leads to, and of what kinds hold them."""
    digest = hashlib.blake2b(digest_size=16)
    left = MOST_BYTES_IN_ALL
    for found in below(root):
        content = b"?"
        # A notebook's objects may do anything when they are looked at.
        with suppress(Exception):
            content = _content(found)
        if len(content) <= left:
            digest.update(struct.pack("!I", len(content)))
            digest.update(content)
            left -= len(content)
    return digest.digest()


def below(root: Any) -> Iterator[Any]:
    """Yield an object and what it leads to, each once, in an order that stays the same."""
    pending, seen = [root], {id(root)}
    while pending:
        found = pending.pop()
        yield found
        held: list[Any] = []
        with suppress(Exception):
            held = list(_held(found))
        for each in reversed(held):
            # Numbers are told with what holds them.
            if isinstance(each, (str, bytes, *_NUMBERS)) or each is None or id(each) in seen:
                continue
            if len(seen) < MOST_OBJECTS:
                seen.add(id(each))
                pending.append(each)


def _held(found: Any) -> Iterable[Any]:
    """Return what an object holds. Types and modules are everybody's, and lead everywhere."""
    if isinstance(found, np.ndarray):
        return found.ravel()[:MOST_OBJECTS].tolist() if found.dtype == object else ()
    if _is_tensor(found) or isinstance(found, (type, type(sys))):
        return ()
    if isinstance(found, dict):
        return list(found.values())[:MOST_OBJECTS]
    if isinstance(found, _SEQUENCES):
        return list(found)[:MOST_OBJECTS]
    if isinstance(found, MethodType):
        return (found.__self__, found.__func__)
    if isinstance(found, FunctionType):
        cells = found.__closure__ or ()
        return [cell.cell_contents for cell in cells]
    return [*getattr(found, "__dict__", {}).values(), *_slots(found)]


def _slots(found: Any) -> Iterator[Any]:
    for kind in type(found).__mro__:
        slots = kind.__dict__.get("__slots__", ())
        for name in (slots,) if isinstance(slots, str) else slots:
            if name not in ("__dict__", "__weakref__") and hasattr(found, name):
                yield getattr(found, name)


def _content(found: Any) -> bytes:
    """Return the numbers that an object holds itself, and of what kind it is."""
    kind = type(found).__name__.encode()
    if _is_tensor(found):
        found = found.detach().cpu().numpy()
    if isinstance(found, np.ndarray):
        if found.dtype == object:
            return kind
        form = f"{found.dtype.str}{found.shape}".encode()
        return kind + form + _sample(np.asarray(found)).tobytes()
    numbers = [each for each in _held(found) if isinstance(each, _NUMBERS)]
    return kind + repr(numbers).encode() if numbers else kind


def _sample(array: np.ndarray) -> np.ndarray:
    """Return an array, or where it is large some of it, evenly spread."""
    times = -(-array.nbytes // MOST_BYTES)
    if times <= 1:
        return array
    if array.flags.c_contiguous:
        return array.reshape(-1)[::times]
    step = int(np.ceil(times ** (1 / array.ndim)))
    return array[(slice(None, None, step),) * array.ndim]


def _is_tensor(found: Any) -> bool:
    torch = sys.modules.get("torch")
    return torch is not None and isinstance(found, getattr(torch, "Tensor", ()))
