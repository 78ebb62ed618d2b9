"""Holding what an answer was when it came: what is changed later is another answer's affair."""

from typing import Any, Final

import numpy as np

from . import looking
from .values import KINDS, Described, Named, Ref, parts, rebuilt
from .wire.limits import ANSWER_LIMITS, Budget, WireError
from .wire.recognising import Shown, is_dictionary, masked, recognised
from .wire.writing import python_scalar

# What does not change. By identity: the hash of a class is its metaclass's affair.
_FIXED: Final = frozenset(
    map(
        id,
        (
            *(type(None), bool, int, float, complex, str, bytes, range, slice, type(...)),
            *(Ref, Described),
        ),
    )
)
_TAGGED: Final = frozenset(map(id, KINDS.values()))


def held(value: Any) -> Any:
    """Return what `value` is now, as far as it is data, sharing nothing that can be changed.

    Lists and the like are copied, with all that is in them; arrays are plain copies, as an array's
    class may be the student's own, and so what its methods do. What objects of libraries hold is
    told by our own values. Anything else is returned as it is, as is what is over the limits of an
    answer, which it then is where it is sent.
    """
    kind = type(value)
    if id(kind) in _FIXED:
        return value
    if kind is np.ndarray and not value.dtype.hasobject:
        return value.copy() if value.nbytes <= ANSWER_LIMITS.array_bytes else value
    try:
        return _Holding().held(value, 0)
    # A key of a class of the student's own may not want to be one again.
    except Exception:  # noqa: BLE001
        return value


class _Holding:
    """Copies one answer."""

    def __init__(self) -> None:
        self.budget = Budget(ANSWER_LIMITS)
        self.trying = False
        # Arrays that are in it twice are copied once.
        self.arrays: dict[int, tuple[Any, np.ndarray]] = {}

    def held(self, value: Any, depth: int) -> Any:
        """Return a copy. Raises WireError where it is over a limit."""
        kind = type(value)
        if id(kind) in _FIXED:
            return value
        if issubclass(kind, np.ndarray):
            return self._array(value, kind, depth)
        if is_dictionary(kind):
            items = looking.items(value, kind)
            self.budget.node(depth, len(items))
            return {key: self.held(each, depth + 1) for key, each in items}
        if kind is list or kind is tuple:
            self.budget.node(depth, len(value))
            depth += 1
            copies = [
                each if id(type(each)) in _FIXED else self.held(each, depth) for each in value
            ]
            return copies if kind is list else tuple(copies)
        if issubclass(kind, np.generic):
            return np.asarray(value).copy() if issubclass(kind, np.void) else value
        if id(kind) in _TAGGED or kind is Named:
            return rebuilt(value, [self.held(each, depth + 1) for each in parts(value)])
        shown = recognised(value, kind)
        return (
            self._derived(value, kind, depth) if shown is None else self._told(value, shown, depth)
        )

    def _array(self, value: Any, kind: type, depth: int) -> Any:
        known = self.arrays.get(id(value))
        if known is not None:
            return known[1]
        shown = masked(value, kind)
        if shown is not None:
            return self._told(value, shown, depth)
        plain = np.ndarray.view(value, np.ndarray)
        self.budget.array(plain.nbytes)
        copy = plain.copy()
        if copy.dtype.kind == "O":
            self.budget.node(depth, copy.size)
            flat = copy.reshape(-1)
            for place, each in enumerate(flat.tolist()):
                flat[place] = self.held(python_scalar(each), depth + 1)
        # As long as it is there, no other array has its identity.
        self.arrays[id(value)] = value, copy
        return copy

    def _told(self, value: Any, shown: Shown, depth: int) -> Any:
        """Return what an object holds, itself where that is not known, or too much."""
        try:
            contents = shown.make()
        # What a library makes of an object that was tampered with.
        except Exception:  # noqa: BLE001
            return value
        if self.trying:
            return self.held(contents, depth)
        self.trying = True
        try:
            with self.budget.attempt(shown.most):
                return self.held(contents, depth)
        except WireError:
            return value
        finally:
            self.trying = False

    def _derived(self, value: Any, kind: type, depth: int) -> Any:
        """Return a copy of an object of a class derived from Python's containers."""
        for base in (list, tuple):
            if issubclass(kind, base):
                return self.held(base.__getitem__(value, slice(None)), depth)
        if issubclass(kind, set):
            self.budget.node(depth, set.__len__(value))
            return set.copy(value)
        return bytearray(value) if kind is bytearray else value
