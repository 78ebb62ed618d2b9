"""Writing: the tree of JSON of a value, and the bytes beside it."""

import json
import math
from typing import Any, Final

import numpy as np

from .. import looking
from ..values import KINDS, Described, Named, Ref, parts
from . import scalars
from .arrays import DTYPES, MAX_DIMENSIONS, array_tree, wire_dtype
from .imported import integer_tree
from .limits import Budget, UnsendableError, WireError
from .recognising import Shown, is_dictionary, masked, recognised

TOO_LARGE: Final = " (too large to be answered with)"

_TAGGED: Final = frozenset(map(id, KINDS.values()))


class Writer:
    """What a message consists of so far.

    Where it has to be `whole`, what has no plain form raises UnsendableError, and its type's name
    stands for it where not.
    """

    __slots__ = ("budget", "buffers", "trying", "whole")

    def __init__(self, budget: Budget, *, whole: bool) -> None:
        self.buffers: list[bytes] = []
        self.budget = budget
        self.whole = whole
        self.trying = False


# Most of a message are texts and references to objects: nothing may be slow about them.
def tree_of(value: object, writer: Writer, depth: int) -> object:
    """Return the JSON of a value; who calls has taken it from the budget."""
    kind = type(value)
    if kind is str or value is None or kind is bool:
        return value
    if kind is list or kind is tuple:
        items: Any = value
        depth += 1
        writer.budget.node(depth, len(items))
        return [
            "l" if kind is list else "t",
            *[each if type(each) is str else tree_of(each, writer, depth) for each in items],
        ]
    if kind is int and -(2**63) <= value < 2**63:  # type: ignore[operator]
        return value
    if kind is float:
        return value if math.isfinite(value) else ["f", repr(value)]  # type: ignore[arg-type]
    if kind is np.ndarray:
        array: Any = value
        dtype = DTYPES.get(array.dtype.str)
        if dtype is not None and array.ndim <= MAX_DIMENSIONS:
            return array_tree(array, dtype, writer.buffers, writer.budget)
    # What only says that it is an array would be asked to make one.
    if issubclass(kind, np.ndarray | np.generic):
        return _array(value, kind, writer, depth)
    if kind is Ref:
        return ["r", value.name]  # type: ignore[attr-defined]
    if is_dictionary(kind):
        return _dictionary(value, kind, writer, depth)
    return _rare(value, kind, writer, depth)


def _rare(value: Any, kind: type, writer: Writer, depth: int) -> object:
    if kind is Described:
        return ["x", value.type_name]
    if id(kind) in _TAGGED or kind is Named:
        return _fields(kind, parts(value), writer, depth)
    shown = recognised(value, kind)
    if shown is not None:
        return _attempted(kind, shown, writer, depth)
    tree = _plain(value, kind, writer, depth)
    return described(kind, writer) if tree is None else tree


def _plain(value: Any, kind: type, writer: Writer, depth: int) -> object:
    """Return the tree of what is Python's own, or of a class derived from that; None for others."""
    if issubclass(kind, tuple):
        return tree_of(tuple.__getitem__(value, slice(None)), writer, depth)
    if issubclass(kind, list):
        return tree_of(list.__getitem__(value, slice(None)), writer, depth)
    if issubclass(kind, set | frozenset):
        return _set(value, kind, writer, depth)
    if issubclass(kind, bytes | bytearray):
        base = bytes if issubclass(kind, bytes) else bytearray
        writer.budget.array(base.__len__(value))
        writer.buffers.append(bytes(base.__getitem__(value, slice(None))))
        return ["bytes" if base is bytes else "bytearray", base.__len__(value)]
    if kind is slice:
        return ["slice", *_trees([value.start, value.stop, value.step], writer, depth + 1)]
    if issubclass(kind, str):
        return str.__str__(value)
    if issubclass(kind, float):
        return scalars.float_tree(float.__float__(value))
    try:
        tree = (
            integer_tree(int.__int__(value))
            if issubclass(kind, int)
            else scalars.written(looking.bases(kind), value)
        )
    # A zone that is not in the tables, or a library's own class that a student has changed.
    except Exception:  # noqa: BLE001
        return None
    _count(tree, writer, depth)
    return tree


def _count(tree: object, writer: Writer, depth: int) -> None:
    """Take from the budget what reading the tree of a scalar will."""
    if isinstance(tree, list):
        writer.budget.node(depth + 1, len(tree) - 1)
        for each in tree:
            _count(each, writer, depth + 1)


def described(kind: type, writer: Writer, more: str = "") -> list[object]:
    """Return the tree of a value of which only the type is told. Raises UnsendableError."""
    name = looking.full_name(kind)[: 200 - len(more)] + more
    if writer.whole:
        raise UnsendableError(name)
    return ["x", name]


def _trees(items: list[Any], writer: Writer, depth: int) -> list[object]:
    writer.budget.node(depth, len(items))
    return [tree_of(each, writer, depth) for each in items]


def _fields(kind: type, fields: list[Any], writer: Writer, depth: int) -> list[object]:
    return ["v", *_trees([kind.__name__, *fields], writer, depth + 1)]


def _attempted(kind: type, shown: Shown, writer: Writer, depth: int) -> object:
    """Return the tree of an object's contents, or what its type is called where they are too much.

    It stays where it is then, as what has no plain form does: it may be one that questions go on
    with and that no check looks at.
    """
    try:
        made = shown.make()
    # What a library makes of an object that was tampered with, or of a kind that is not known here.
    except Exception:  # noqa: BLE001
        return described(kind, writer)
    # What is inside of another counts as that.
    if writer.trying:
        return tree_of(made, writer, depth)
    mark = len(writer.buffers)
    writer.trying = True
    try:
        with writer.budget.attempt(shown.most):
            return tree_of(made, writer, depth)
    except WireError:
        del writer.buffers[mark:]
        return described(kind, writer, "" if shown.most else TOO_LARGE)
    finally:
        writer.trying = False


def _dictionary(value: Any, kind: type, writer: Writer, depth: int) -> object:
    items = looking.items(value, kind)
    depth += 1
    if all(type(key) is str for key, _item in items):
        writer.budget.node(depth, len(items))
        return [
            "d",
            *[part for key, item in items for part in (key, tree_of(item, writer, depth))],
        ]
    writer.budget.node(depth, 2 * len(items))
    tree: list[object] = ["dict"]
    for key, item in items:
        key_tree = tree_of(python_scalar(key), writer, depth)
        if not _names(key_tree):
            return described(kind, writer)
        tree += (key_tree, tree_of(item, writer, depth))
    return tree


def _set(value: Any, kind: type, writer: Writer, depth: int) -> object:
    base: Any = set if issubclass(kind, set) else frozenset
    writer.budget.node(depth + 1, base.__len__(value))
    buffers, found = writer.buffers, []
    try:
        for each in base.__iter__(value):
            writer.buffers = []
            tree = tree_of(python_scalar(each), writer, depth + 1)
            if not _names(tree):
                return described(kind, writer)
            found.append((json.dumps(tree), b"".join(writer.buffers), tree))
    finally:
        writer.buffers = buffers
    # Sets have an order of their own in each process; a question has one name in all of them.
    found.sort(key=lambda each: each[:2])
    buffers += [data for _text, data, _tree in found]
    return [base.__name__, *(tree for _text, _data, tree in found)]


# What can be a key, or in a set: what comes of it has a hash, and is like no other.
_KEYS: Final = frozenset({"f", "int", "bytes", "ellipsis", *scalars.READ})
_OBJECT_KEYS: Final = frozenset({"Member", "Missing", "Named", "Record"})


def _names(tree: object) -> bool:
    """Whether a tree is that of a key."""
    if not isinstance(tree, list):
        return True
    tag, *rest = tree
    if tag == "v":
        # A record's fields stand in a dictionary, behind its class and its own name.
        fields = rest[2][1:] if rest[0] == "Record" else rest[1:]
        return rest[0] in _OBJECT_KEYS and all(map(_names, fields))
    return tag in _KEYS or (tag in ("t", "frozenset") and all(map(_names, rest)))


def python_scalar(value: Any) -> Any:
    """Return Python's own number or text for one of numpy's, and anything else as it is.

    Those that are no more than an array without dimensions could be no key and no item of a set.
    """
    if issubclass(type(value), np.generic) and np.asarray(value).dtype.kind in "biufcUS":
        return np.asarray(value).item()
    return value


def _array(value: Any, kind: type, writer: Writer, depth: int) -> object:
    if kind is not np.ndarray and (shown := masked(value, kind)) is not None:
        return _attempted(kind, shown, writer, depth)
    array = np.asarray(value)
    dtype = wire_dtype(array.dtype)
    if array.ndim <= MAX_DIMENSIONS:
        if dtype is not None:
            return array_tree(array, dtype, writer.buffers, writer.budget)
        if array.dtype.kind == "O" and array.size <= writer.budget.nodes:
            items = [python_scalar(each) for each in array.ravel().tolist()]
            trees = _trees(items, writer, depth + 1)
            return ["objects", list(array.shape), bool(array.flags.writeable), *trees]
        if array.dtype.names:
            return _structured(array, writer, depth)
    return _described_array(array, writer)


def _structured(array: np.ndarray, writer: Writer, depth: int) -> object:
    names: tuple[str, ...] = array.dtype.names or ()
    columns = tuple(array[name] for name in names)
    if any(each.dtype.hasobject or each.ndim > MAX_DIMENSIONS for each in columns):
        return _described_array(array, writer)
    mark = len(writer.buffers)
    parts = [names, array.ndim, columns, bool(array.flags.writeable)]
    tree = ["fields", *_trees(parts, writer, depth + 1)]
    columns_tree: Any = tree[3]
    if any(each[0] == "x" for each in columns_tree[1:]):
        del writer.buffers[mark:]
        return _described_array(array, writer)
    # They are read once as columns, and once as the rows that they make.
    writer.budget.array(sum(each.nbytes for each in columns))
    return tree


def _described_array(array: np.ndarray, writer: Writer) -> list[object]:
    name = f"numpy array of {array.dtype}"[:200]
    if writer.whole:
        raise UnsendableError(name)
    return ["x", name]
