"""Reading: what a tree of JSON and the bytes beside it stand for, strictly."""

import math
from collections import Counter
from collections.abc import Hashable, Iterable, Iterator
from typing import Any, Final

import numpy as np

from ..looking import in_one_line
from ..values import KINDS, Described, Named, Ref
from . import scalars
from .arrays import array_header, made, require_shape
from .limits import Budget, WireError

# Who can choose so many keys of one hash has chosen them, and every look-up goes through them all.
MOST_OF_A_HASH: Final = 64


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
            if not self.budget.limits.refs:
                raise WireError("an answer refers to an object of a question")
            return Ref(tree[1][:200])
        if tag == "a":
            return self._array(tree[1:])
        if tag == "t":
            return tuple(self._items(tree, depth + 1))
        if tag == "d":
            return dict(self._pairs(tree[1:], depth + 1))
        if tag in ("f", "x") and len(tree) == 2 and isinstance(tree[1], str):
            return self._named(tag, tree[1])
        if isinstance(tag, str):
            return self._rare(tag, tree, depth + 1)
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
        return Described(in_one_line(text[:200]))

    def _rare(self, tag: str, tree: list[object], depth: int) -> Any:
        if tag in ("bytes", "bytearray"):
            return self._bytes(tag, tree[1:])
        if tag == "objects":
            return self._objects(tree, depth)
        make = scalars.READ.get(tag)
        if make is not None:
            return make(*self._items(tree, depth))
        items = self._items(tree, depth)
        if tag in ("set", "frozenset"):
            return _distinct(set if tag == "set" else frozenset, items)
        if tag == "dict":
            return _dictionary(items)
        if tag == "slice" and len(items) == 3:
            return slice(*items)
        if tag == "fields" and len(items) == 4:
            return self._structured(*items)
        if tag == "v" and items:
            return _object(*items)
        raise WireError("a value has an unknown tag")

    def _taken(self, size: int) -> memoryview:
        """Return the next bytes behind the tree."""
        self.budget.array(size)
        if self.position + size > len(self.payload):
            raise WireError("an array is longer than the message that carries it")
        data = self.payload[self.position : self.position + size]
        self.position += size
        return data

    def _array(self, rest: list[object]) -> np.ndarray:
        dtype, shape, layout, writeable, size = array_header(rest)
        return made(self._taken(size), dtype, shape, layout, writeable)

    def _bytes(self, tag: str, rest: list[object]) -> bytes | bytearray:
        if len(rest) != 1 or type(rest[0]) is not int or rest[0] < 0:
            raise WireError("bytes are malformed")
        data = self._taken(rest[0])
        return bytes(data) if tag == "bytes" else bytearray(data)

    def _objects(self, tree: list[object], depth: int) -> np.ndarray:
        if len(tree) < 3:
            raise WireError("an array is malformed")
        shape, writeable = tree[1:3]
        require_shape(shape)
        sizes: Any = shape
        # The tag and the two terms make room for one more than what the items are.
        items = self._items(tree[2:], depth)
        if math.prod(sizes) != len(items) or not isinstance(writeable, bool):
            raise WireError("an array is malformed")
        array = np.empty(len(items), object)
        for place, item in enumerate(items):
            array[place] = item
        array = array.reshape(sizes)
        array.flags.writeable = writeable
        return array

    def _structured(self, names: Any, ndim: Any, columns: Any, writeable: Any) -> np.ndarray:
        if not (
            type(names) is tuple
            and names
            and all(type(each) is str and each for each in names)
            and type(ndim) is int
            and type(columns) is tuple
            and len(columns) == len(names)
            and all(type(each) is np.ndarray and each.ndim >= ndim >= 0 for each in columns)
            and isinstance(writeable, bool)
        ):
            raise WireError("an array of fields is malformed")
        # The first dimensions of a column are the array's own, the others those of the field.
        shape = columns[0].shape[:ndim]
        if any(each.shape[:ndim] != shape or each.dtype.hasobject for each in columns):
            raise WireError("the fields of an array do not fit each other")
        self.budget.array(sum(each.nbytes for each in columns))
        fields = [
            (name, each.dtype, each.shape[ndim:]) for name, each in zip(names, columns, strict=True)
        ]
        array = np.empty(shape, fields)
        if math.prod(shape) * array.dtype.itemsize != sum(each.nbytes for each in columns):
            raise WireError("the fields of an array do not fit each other")
        for name, each in zip(names, columns, strict=True):
            array[name] = each
        array.flags.writeable = writeable
        return array


def _require_spread(keys: Iterable[Hashable]) -> None:
    """Raise WireError where many have one hash, TypeError where one has none."""
    hashes = Counter(map(hash, keys))
    if hashes and max(hashes.values()) > MOST_OF_A_HASH:
        raise WireError("keys were chosen to be looked up slowly")


def _distinct(kind: Any, items: list[Any]) -> Any:
    _require_spread(items)
    made = kind(items)
    if len(made) != len(items):
        raise WireError("a set holds a value twice")
    return made


def _dictionary(items: list[Any]) -> dict[Any, Any]:
    keys, values = items[::2], items[1::2]
    _require_spread(keys)
    made = dict(zip(keys, values, strict=True))
    if len(made) != len(keys):
        raise WireError("a dictionary holds a key twice")
    return made


def _object(name: Any, *fields: Any) -> Any:
    """Return the value of one of our own classes, which check what they are given."""
    if name == "Named" and len(fields) == 3:
        type_name, names, items = fields
        if type(items) is tuple and type(names) is tuple:
            return Named(items, type_name, names)
    kind = KINDS.get(name) if type(name) is str else None
    if kind is None or len(fields) != len(kind.__dataclass_fields__):  # type: ignore[attr-defined]
        raise WireError("a value is of an unknown class")
    return kind(*fields)
