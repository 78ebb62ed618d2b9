"""Values like a given one: what an assert could have named in its place.

By its type: empty, one item, more items, ties, negative and large numbers, none that is whole,
another case. Numbers and texts that the solution itself names are among them: what is done at a
limit, and not beyond it, only that limit shows.
"""

from collections.abc import Callable, Iterator, Sequence
from functools import singledispatch
from itertools import zip_longest
from typing import Any, Final

import numpy as np

# Items of a sequence that are replaced one by one.
_MOST_ITEMS: Final = 4
# Items that are tried in a sequence of one.
_MOST_ALONE: Final = 6
_HALF: Final = 0.5
_LARGE: Final = 100

Constants = Sequence[int | float | str]


def likenesses(value: object, constants: Constants = ()) -> list[Any]:
    """Return values of the same type as `value`, or nearly so, the most telling first.

    `constants` are numbers and texts that the solution names. Nothing is like what is no plain
    value.
    """
    return [each for each in _like(value, constants) if not _same(each, value)]


def resized(value: object, size: int, former: int) -> Any:
    """Return a value of which each axis of the length `former` has another `size`.

    Items are left out at the end, or come again from the beginning. What has no such axis stays.
    """
    if isinstance(value, np.ndarray):
        array: np.ndarray = value
        for axis, length in enumerate(value.shape):
            if length == former and length:
                array = array.take(np.arange(size) % length, axis=axis)
        return array
    if isinstance(value, list | tuple):
        items = [resized(each, size, former) for each in value]
        if len(value) == former and value:
            items = [items[place % former] for place in range(size)]
        return type(value)(items)
    return value


def lengths(value: object) -> set[int]:
    """Return the lengths of the axes of an array, a list or a tuple."""
    if isinstance(value, np.ndarray):
        return set(value.shape)
    if isinstance(value, list | tuple):
        return {len(value)}.union(*map(lengths, value))
    return set()


def _same(one: object, other: object) -> bool:
    return type(one) is type(other) and repr(one) == repr(other)


@singledispatch
def _like(_value: Any, _constants: Constants) -> Iterator[Any]:
    yield from ()


@_like.register
def _truth(value: bool, _constants: Constants) -> Iterator[Any]:
    yield not value


@_like.register
def _whole(value: int, constants: Constants) -> Iterator[Any]:
    yield from (0, 1, -1, 2, value + 1, value - 1, -value)
    for each in constants:
        if isinstance(each, int):
            yield from (each, each + 1, each - 1)
    yield from (3, 2 * value, 5, 10, value + _HALF, -value - 1, _LARGE)


@_like.register
def _real(value: float, constants: Constants) -> Iterator[Any]:
    yield from (0.0, 1.0, -value, -1.0, value + _HALF, _HALF, value / 2)
    for each in constants:
        if not isinstance(each, str):
            yield from (float(each), each + _HALF, each - _HALF)
    yield from (2.0, -2.5, 1.25, float(_LARGE))


@_like.register
def _text(value: str, constants: Constants) -> Iterator[Any]:
    yield from ("", value[:1], value.upper(), value.lower(), value[::-1], 2 * value)
    yield from (each for each in constants if isinstance(each, str))
    yield from (value.swapcase(), value[1:], value[:-1], f" {value}", f"{value} ", "a", "aa", "ab")
    yield from (value.title(), f"{value}!", "0", "-1")
    yield from (value + each for each in constants if isinstance(each, str))


@_like.register(list)
@_like.register(tuple)
def _sequence(value: Any, constants: Constants) -> Iterator[Any]:
    kind: Callable[[Any], Any] = type(value)
    items = list(value)
    for each in ([], items[:1], items[::-1], items[:1] * 2, items[:1] * len(items)):
        yield kind(each)
    yield from map(kind, (items[:2], [*items, *items[:1]], [*items, *items[-1:]], items[1:]))
    yield from map(kind, (items[:-1], 2 * items))
    for item in items[:1]:
        yield from (kind([each]) for each in likenesses(item, constants)[:_MOST_ALONE])
    if all(isinstance(item, int | float) for item in items):
        yield kind([-item for item in items])
    each_item = [likenesses(item, constants) for item in items[:_MOST_ITEMS]]
    # One item after the other, so that the last has its turn, too.
    for several in zip_longest(*each_item):
        for place, item in enumerate(several):
            if item is not None:
                yield kind([*items[:place], item, *items[place + 1 :]])


@_like.register(set)
@_like.register(frozenset)
def _set(value: Any, constants: Constants) -> Iterator[Any]:
    items = sorted(value, key=repr)
    yield from (type(value)(each) for each in ([], items[:1], items[1:]))
    for item in items[:1]:
        yield from (value | {each} for each in likenesses(item, constants))


@_like.register
def _dictionary(value: dict, constants: Constants) -> Iterator[Any]:  # type: ignore[type-arg]
    keys = list(value)[:_MOST_ITEMS]
    yield {}
    yield from ({name: value[name] for name in value if name != key} for key in keys)
    yield from ({key: value[key]} for key in keys)
    yield dict(reversed(value.items()))
    for several in zip_longest(*(likenesses(value[key], constants) for key in keys)):
        for key, each in zip(keys, several, strict=True):
            if each is not None:
                yield {**value, key: each}


@_like.register
def _array(value: np.ndarray, constants: Constants) -> Iterator[Any]:
    if not value.ndim or not value.size or value.dtype.kind not in "biuf":
        return
    if value.dtype.kind == "b":
        yield from (~value, np.zeros_like(value), np.ones_like(value), value[:1], value[:0])
        return
    yield from (value[:1], np.zeros_like(value), np.full_like(value, value.flat[0]), value[::-1])
    yield from (value[:0], value[:2], np.concatenate([value, value[:1]]))
    if value.dtype.kind != "u":
        yield -value
    if value.dtype.kind == "f":
        yield from (value + _HALF, value / 2, value * _LARGE)
    if value.ndim > 1:
        yield from (value.T, value[:, :1], value[:, ::-1], np.concatenate([value, value[:, :1]], 1))
        yield _with(value, (..., 0), 0)
    first, last = (0,) * value.ndim, (-1,) * value.ndim
    for number in [0, 1, -1, -_LARGE, *(each for each in constants if not isinstance(each, str))]:
        if value.dtype.kind == "f" or (isinstance(number, int) and _fits(number, value.dtype)):
            yield from (_with(value, first, number), np.full_like(value, number))
            yield _with(value, last, number)


def _fits(number: int, dtype: "np.dtype[Any]") -> bool:
    limits = np.iinfo(dtype)
    return int(limits.min) <= number <= int(limits.max)


def _with(value: np.ndarray, place: tuple[Any, ...], number: float) -> np.ndarray:
    changed = value.copy()
    changed[place] = number
    return changed
