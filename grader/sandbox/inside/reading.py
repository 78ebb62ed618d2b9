"""Reading the values of a message, strictly: whatever is not in the format is refused."""

import math
from collections.abc import Iterator
from typing import Any

import numpy as np

from .values import DTYPES, MAX_DIMENSIONS, Budget, Described, Ref, WireError


class Reader:
    """Turns a JSON tree and the arrays' bytes into a value, strictly."""

    def __init__(self, payload: memoryview, budget: Budget) -> None:
        self.payload = payload
        self.budget = budget
        self.position = 0

    def value(self, tree: object, depth: int) -> Any:
        """Return the value of a tree; who calls has taken it from the budget."""
        kind = type(tree)
        if kind is str or tree is None or kind is bool:
            return tree
        if kind is list:
            return self._tagged(tree, depth)  # type: ignore[arg-type]
        if kind is int:
            if not -(2**63) <= tree < 2**63:  # type: ignore[operator]
                raise WireError("an integer has over 64 bits")
            return tree
        # JSON has no infinity, but a literal such as 1e999 makes one.
        if kind is float and math.isfinite(tree):  # type: ignore[arg-type]
            return tree
        raise WireError("a number is out of range" if kind is float else "a value has no tag")

    def _tagged(self, tree: list[object], depth: int) -> Any:
        if not tree:
            raise WireError("a value has no tag")
        tag = tree[0]
        if tag == "l":
            return self._items(tree, depth + 1)
        if tag == "r" and len(tree) == 2 and isinstance(tree[1], str):
            return Ref(tree[1][:200])
        if tag == "a":
            return self._array(tree[1:])
        if tag == "t":
            return tuple(self._items(tree, depth + 1))
        if tag == "d":
            return dict(self._pairs(tree[1:], depth + 1))
        if tag in ("f", "x") and len(tree) == 2 and isinstance(tree[1], str):
            return self._named(tag, tree[1])
        raise WireError("a value has an unknown tag")

    def _items(self, tree: list[object], depth: int) -> list[Any]:
        """Return the values that stand behind a tag."""
        self.budget.node(depth, len(tree) - 1)
        value = self.value
        found = [item if type(item) is str else value(item, depth) for item in tree]
        del found[0]
        return found

    def _pairs(self, rest: list[object], depth: int) -> Iterator[tuple[str, Any]]:
        keys, values = rest[::2], rest[1::2]
        if len(keys) != len(values) or len(set(map(str, keys))) != len(keys):
            raise WireError("a dictionary is malformed")
        self.budget.node(depth, len(values))
        for key, item in zip(keys, values, strict=True):
            if not isinstance(key, str):
                raise WireError("a dictionary's key is no string")
            yield key, self.value(item, depth)

    def _named(self, tag: object, text: str) -> Any:
        if tag == "f":
            if text not in ("nan", "inf", "-inf"):
                raise WireError("a float is malformed")
            return float(text)
        return Described(text[:200])

    def _array(self, rest: list[object]) -> np.ndarray:
        if len(rest) != 4:
            raise WireError("an array is malformed")
        name, shape, layout, writeable = rest
        if (
            not (isinstance(name, str) and name in DTYPES)
            or layout not in ("C", "F", "S")
            or not isinstance(writeable, bool)
        ):
            raise WireError("an array's dtype or layout is not allowed")
        if not isinstance(shape, list) or len(shape) > MAX_DIMENSIONS:
            raise WireError("an array's shape is malformed")
        if not all(type(size) is int and 0 <= size < 2**48 for size in shape):
            raise WireError("an array's shape is malformed")
        dtype = DTYPES[name]
        size = math.prod(shape) * dtype.itemsize
        self.budget.array(size)
        if self.position + size > len(self.payload):
            raise WireError("an array is longer than the message that carries it")
        data = self.payload[self.position : self.position + size]
        self.position += size
        order: Any = "F" if layout == "F" else "C"
        array = np.ndarray(shape, dtype, bytearray(data), order=order)
        array = strided(array) if layout == "S" else array
        array.flags.writeable = writeable
        return array


def strided(array: np.ndarray) -> np.ndarray:
    """Return an equal array that is contiguous in neither order, where its shape allows that."""
    if array.ndim == 0:
        return array
    wide = np.zeros((*array.shape[:-1], 2 * array.shape[-1]), array.dtype)
    wide[..., ::2] = array
    return wide[..., ::2]
