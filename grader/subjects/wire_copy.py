"""Passing values as messages do, without writing a message.

A subject in the grader's own process is asked, and answers, in what the wire makes of values, so
that it can be compared with a student's process. Most values are small and plain: these are
copied. The others are encoded and decoded.
"""

import math
from typing import Any, Final

import numpy as np

from grader.agent.wire import DTYPES, MAX_DIMENSIONS, Ref, decode, encode, strided

# Together they are within every limit of a message.
_MOST_VALUES: Final = 1000
_MOST_DEPTH: Final = 16
_MOST_BYTES: Final = 2**18
_MOST_LETTERS: Final = 200

_DTYPES: Final = frozenset(DTYPES.values())


class _NotSmallError(Exception):
    """A value is large, or of a kind that is better left to the wire."""


def passed(value: object) -> Any:
    """Return what `decode(encode(value))` does. Raises WireError where that does."""
    try:
        return _Copying().copy(value, 0)
    except _NotSmallError:
        return decode(encode(value))


class _Copying:
    """Copies one message's values."""

    def __init__(self) -> None:
        self._left = _MOST_VALUES

    def copy(self, value: Any, depth: int) -> Any:
        """Return the value as it arrives. Raises _NotSmallError."""
        kind = type(value)
        if kind is str:
            return _text(value)
        if value is None or kind is bool:
            return value
        if kind is list or kind is tuple:
            self._take(len(value), depth)
            copy, depth = self.copy, depth + 1
            copies = [_text(each) if type(each) is str else copy(each, depth) for each in value]
            return copies if kind is list else tuple(copies)
        if kind is np.ndarray:
            return _array(value)
        if kind is int and -(2**63) <= value < 2**63:
            return value
        if kind is float:
            return value if math.isfinite(value) else float(repr(value))
        if kind is Ref:
            _key(value.name)
            return value
        if kind is dict:
            self._take(len(value), depth)
            return {_key(key): self.copy(each, depth + 1) for key, each in value.items()}
        raise _NotSmallError

    def _take(self, count: int, depth: int) -> None:
        self._left -= count
        if self._left < 0 or depth > _MOST_DEPTH:
            raise _NotSmallError


def _text(text: str) -> str:
    # Halves of a letter may come together on the way.
    if len(text) <= _MOST_LETTERS and text.isascii():
        return text
    raise _NotSmallError


def _key(key: object) -> str:
    if type(key) is str:
        return _text(key)
    raise _NotSmallError


def _array(array: np.ndarray) -> np.ndarray:
    if array.dtype not in _DTYPES or array.ndim > MAX_DIMENSIONS or array.nbytes > _MOST_BYTES:
        raise _NotSmallError
    flags = array.flags
    if flags.c_contiguous or flags.f_contiguous:
        # What arrives is a view: nobody can change its size.
        arrived = array.copy("C" if flags.c_contiguous else "F")[...]
    else:
        arrived = strided(array)
    if not flags.writeable:
        arrived.flags.writeable = False
    return arrived
