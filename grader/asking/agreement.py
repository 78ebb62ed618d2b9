"""Comparing any two values: where they first differ, and how far two right answers may lie apart.

Nobody writes a tolerance. It is estimated from the reference itself: from what it answers where
each number that it is handed is disturbed by a single rounding, and where they are handed in single
precision. Two ways to compute the same differ by a small multiple of that, since a backward stable
method answers exactly for inputs that are disturbed by a few roundings (N. J. Higham, Accuracy and
Stability of Numerical Algorithms, 2nd ed., SIAM 2002, section 1.5). One of them may pass through
numbers as large as what it is handed where the reference does not, as a logarithm of a sum of
exponentials does: a rounding of the largest of these is allowed in any case.
"""

import math
from collections.abc import Callable, Iterable, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, fields, replace
from types import UnionType
from typing import Any, Final

import numpy as np

from grader.agent.values import (
    Failure,
    Frame,
    Index,
    Masked,
    Member,
    Missing,
    MultiIndex,
    Record,
    Series,
    Tagged,
    Tensor,
)
from grader.i18n import _
from grader.results.evidence import Evidence, Item, Worst

# Of float32, in which a right solution may compute.
UNIT_ROUNDOFF: Final = float(np.finfo(np.float32).eps) / 2
SMALLEST_NORMAL: Final = float(np.finfo(np.float32).tiny)
# How many times further than a single rounding moves the reference a right answer may lie. Sums of
# a hundred terms and the few steps before and after them stay below; a mistake is off by a good
# part of the answer.
SAFETY: Final = 64
# Elements that happen not to move are judged by those that do, so far.
SHARED: Final = 1e-2

_NUMBERS: Final = "biufc"


@dataclass(frozen=True)
class CompareOptions:
    """How two values are compared where nothing is estimated, or differently.

    `rtol` and `atol` replace the estimate. With `shape` "broadcast", axes of length 1 are free.
    Without `order`, sequences are compared as multisets are.
    """

    rtol: float | None = None
    atol: float | None = None
    shape: str = "exact"
    order: bool = True
    exact: bool = False


@dataclass(frozen=True)
class Difference:
    """Where two values first differ: `path` leads to the place, such as "[0].W".

    `sentence` says how, after the name of what is compared. It is `sized` where only an example
    whose sizes differ tells it.
    """

    sentence: str
    got: Any
    expected: Any
    path: str = ""
    sized: bool = False

    def message(self, what: str) -> str:
        """Return the sentence about `what`, a name in backticks."""
        return f"{_placed(what, self.path)} {self.sentence}"

    def evidence(self, name: str) -> Evidence:
        """Return what a report shows of it, under `name`."""
        name = f"{name}{self.path}"
        if self.sized and isinstance(self.expected, np.ndarray):
            return Evidence(
                expected=Item.shaped(name, self.expected.shape), got=Item.of(name, self.got)
            )
        evidence = Evidence(expected=Item.of(name, self.expected), got=Item.of(name, self.got))
        worst = _worst(self.got, self.expected)
        return evidence if worst is None else replace(evidence, worst=worst)


def _placed(what: str, path: str) -> str:
    if what.startswith("`"):
        return f"{what[:-1]}{path}`"
    return _("{what}, at `{path}`,", what=what, path=path) if path else what


def _worst(got: Any, expected: Any) -> Worst | None:
    if not (isinstance(got, np.ndarray) and isinstance(expected, np.ndarray)):
        return None
    kinds = got.dtype.kind + expected.dtype.kind
    if got.shape != expected.shape or not got.size or not set(kinds) <= set("biuf"):
        return None
    apart = _apart(got.astype(np.float64), expected.astype(np.float64))
    index = np.unravel_index(int(np.argmax(apart)), got.shape)
    return Worst.of(tuple(int(i) for i in index), float(expected[index]), float(got[index]))


def difference(
    got: Any,
    expected: Any,
    others: Sequence[Any] = (),
    *,
    options: CompareOptions | None = None,
    exact: bool = False,
    handed: float = 0.0,
) -> Difference | None:
    """Return where `got` first differs from what is `expected`, None for nowhere.

    `others` are what the reference came to from disturbed inputs, and `handed` the largest number
    that it was given. Where it is `exact`, numbers have to be equal.
    """
    options = options or CompareOptions(exact=exact)
    return _Comparing(options, handed).values(got, expected, list(others), "")


_Compare = Callable[[Any, Any, list[Any], str], Difference | None]


class _Comparing:
    def __init__(self, options: CompareOptions, handed: float) -> None:
        self.options = options
        self.handed = handed

    def values(self, got: Any, expected: Any, others: list[Any], path: str) -> Difference | None:
        """Return the first difference at `path` or below it."""
        if expected is None or got is None:
            return None if expected is got else self._kind(got, expected, path)
        if _is_number(expected):
            return self._numbers(got, expected, others, path)
        for kinds, compare in self._ways:
            if isinstance(expected, kinds):
                return compare(got, expected, others, path)
        if type(got) is not type(expected):
            return self._kind(got, expected, path)
        return None if got == expected else self._unequal(got, expected, path)

    @property
    def _ways(self) -> tuple[tuple[type | UnionType, _Compare], ...]:
        """How values of each kind are compared."""
        return (
            (np.ndarray, self._arrays),
            (list | tuple, self._sequences),
            (dict, self._dictionaries),
            (AbstractSet, self._sets),
            (Tensor, self._tensors),
            (Frame | Series, self._tables),
            (Index | MultiIndex, lambda got, right, _others, path: self._labels(got, right, path)),
            (Record, self._objects),
            (Member | Failure, self._named),
            (Tagged, self._fields),
        )

    def _kind(self, got: Any, expected: Any, path: str) -> Difference:
        if got is None:
            return Difference(_("is None."), got, expected, path)
        sentence = _("is {got}, expected {expected}.", got=kind_of(got), expected=kind_of(expected))
        return Difference(sentence, got, expected, path)

    def _unequal(self, got: Any, expected: Any, path: str) -> Difference:
        sentence = _("is {got}, expected {expected}.", got=_short(got), expected=_short(expected))
        return Difference(sentence, got, expected, path)

    def _numbers(self, got: Any, expected: Any, others: list[Any], path: str) -> Difference | None:
        # A tensor without axes is a number where one is expected.
        got = got.array if isinstance(got, Tensor) else got
        if self.options.shape == "broadcast" and isinstance(got, np.ndarray) and got.size == 1:
            got = got.reshape(())
        if not _is_number(got) or _is_truth(got) != _is_truth(expected):
            return self._kind(got, expected, path)
        whole = [_whole(each) for each in (got, expected)]
        if self._estimated and None not in whole:
            same = whole[0] == whole[1]
        else:
            mine, right = np.asarray(_finite(got)), np.asarray(_finite(expected))
            spread = [np.asarray(_finite(each)) for each in others if _is_number(each)]
            same = self._agree(mine, right, spread)
        return None if same else self._unequal(np.asarray(got)[()], np.asarray(expected)[()], path)

    def _arrays(
        self, got: Any, expected: Any, others: list[Any], path: str, *, axes: bool = True
    ) -> Difference | None:
        # An array without axes is a number.
        if not isinstance(got, np.ndarray) or (axes and got.ndim == 0 != expected.ndim):
            return self._kind(got, expected, path)
        if got.shape != expected.shape:
            if self.options.shape != "broadcast" or _long(got) != _long(expected):
                sentence = _(
                    "has the shape {shape}, expected {expected}.",
                    shape=got.shape,
                    expected=expected.shape,
                )
                return Difference(sentence, got, expected, path, sized=True)
            got = got.reshape(expected.shape)
        if _is_truth(got) != _is_truth(expected):
            sentence = _(
                "holds {got}, expected {expected}.", got=got.dtype, expected=expected.dtype
            )
            return Difference(sentence, got, expected, path)
        numeric = got.dtype.kind in _NUMBERS and expected.dtype.kind in _NUMBERS
        if not numeric:
            equal = got.dtype.kind == expected.dtype.kind and _same_items(got, expected)
            return None if equal else self._wrong(got, expected, path)
        spread = [
            each
            for each in others
            if isinstance(each, np.ndarray)
            and each.shape == expected.shape
            and each.dtype.kind in _NUMBERS
        ]
        if not self.options.order:
            got, expected = np.sort(got, axis=None), np.sort(expected, axis=None)
            spread = [np.sort(each, axis=None) for each in spread]
        return None if self._agree(got, expected, spread) else self._wrong(got, expected, path)

    def _tensors(
        self, got: Any, expected: Tensor, others: list[Any], path: str
    ) -> Difference | None:
        if not isinstance(got, Tensor):
            return self._kind(got, expected, path)
        # How many bits a number has is no more looked at than in an array, what kind it is of is.
        if _kind_of_dtype(got) != _kind_of_dtype(expected):
            sentence = _(
                "has the dtype {got}, expected {expected}.", got=got.dtype, expected=expected.dtype
            )
            return Difference(sentence, got, expected, path)
        spread = [each.array for each in others if isinstance(each, Tensor)]
        return self._arrays(got.array, expected.array, spread, path, axes=False)

    def _wrong(self, got: Any, expected: Any, path: str) -> Difference:
        return Difference(_("has the right shape, but wrong values."), got, expected, path)

    @property
    def _estimated(self) -> bool:
        """Whether nobody has said how far answers may lie apart."""
        return self.options.rtol is None and self.options.atol is None

    def _agree(self, got: np.ndarray, expected: np.ndarray, spread: list[np.ndarray]) -> bool:
        return not np.any(self._off(got, expected, spread))

    def _off(self, got: np.ndarray, expected: np.ndarray, spread: list[np.ndarray]) -> np.ndarray:
        """Return which elements of two arrays of numbers, of one shape, do not agree."""
        if self._estimated and got.dtype.kind in "biu" and expected.dtype.kind in "biu":
            # As floats, large ones are equal to their neighbours.
            return np.asarray(got != expected)
        bound = self._bound(expected, spread)
        return np.asarray(~(_apart(_wide(got), _wide(expected)) <= bound))

    def _bound(self, expected: np.ndarray, spread: list[np.ndarray]) -> np.ndarray:
        options = self.options
        if options.rtol is not None or options.atol is not None:
            return np.asarray(
                (options.atol or 0.0) + (options.rtol or 0.0) * np.abs(_wide(expected))
            )
        if options.exact:
            return np.zeros(expected.shape)
        if expected.dtype.kind in "biu":
            # A rounding that turns one label into another says nothing of how far these are apart.
            return tolerance(expected, ())
        return tolerance(expected, spread, self.handed)

    def _sequences(
        self, got: Any, expected: Any, others: list[Any], path: str
    ) -> Difference | None:
        # A tuple and a list unpack alike.
        if not isinstance(got, list | tuple):
            return self._kind(got, expected, path)
        if len(got) != len(expected):
            sentence = _(
                "has {got} items, expected {expected}.", got=len(got), expected=len(expected)
            )
            return Difference(sentence, got, expected, path)
        if not self.options.order:
            return self._unordered(got, expected, path)
        alike = [each for each in others if isinstance(each, list | tuple)]
        alike = [each for each in alike if len(each) == len(expected)]
        for index, (mine, right) in enumerate(zip(got, expected, strict=True)):
            spread = [each[index] for each in alike]
            found = self.values(mine, right, spread, f"{path}[{index}]")
            if found is not None:
                return found
        return None

    def _unordered(self, got: Any, expected: Any, path: str) -> Difference | None:
        left = list(got)
        for right in expected:
            place = next((i for i, mine in enumerate(left) if self._same(mine, right)), None)
            if place is None:
                sentence = _("does not hold {item}.", item=_short(right))
                return Difference(sentence, got, expected, path)
            del left[place]
        return None

    def _same(self, mine: Any, right: Any) -> bool:
        return self.values(mine, right, [], "") is None

    def _dictionaries(
        self, got: Any, expected: Any, others: list[Any], path: str
    ) -> Difference | None:
        if not isinstance(got, dict):
            return self._kind(got, expected, path)
        for key in expected:
            if key not in got:
                return Difference(_("has no key {key}.", key=repr(key)), got, expected, path)
        extra = next((key for key in got if key not in expected), None)
        if len(got) > len(expected):
            sentence = _("has the key {key}, which it should not have.", key=repr(extra))
            return Difference(sentence, got, expected, path)
        for key, right in expected.items():
            spread = [each[key] for each in others if isinstance(each, dict) and key in each]
            found = self.values(got[key], right, spread, f"{path}[{key!r}]")
            if found is not None:
                return found
        return None

    def _sets(self, got: Any, expected: Any, _others: list[Any], path: str) -> Difference | None:
        if not isinstance(got, AbstractSet):
            return self._kind(got, expected, path)
        missing, extra = _sorted(expected - got), _sorted(got - expected)
        if missing:
            sentence = _("does not hold {item}.", item=_short(missing[0]))
            return Difference(sentence, got, expected, path)
        if extra:
            sentence = _("holds {item}, which it should not.", item=_short(extra[0]))
            return Difference(sentence, got, expected, path)
        return None

    def _tables(self, got: Any, expected: Any, others: list[Any], path: str) -> Difference | None:
        """Compare frames, or series: columns and rows by their labels, then column by column.

        What an index or a series is called does not count, and no dtype as long as the values do
        not tell it: a text is no number, whatever holds it, and what is missing is missing.
        """
        if type(got) is not type(expected):
            return self._kind(got, expected, path)
        if isinstance(expected, Frame):
            mine, right = got.columns.labels(), expected.columns.labels()
            found = _columns(mine, right, order=self.options.order)
            if found:
                return Difference(found, got, expected, path)
        if not self.options.order:
            return self._rows(got, expected, path)
        found_rows = self._labels(got.index, expected.index, path, of=(got, expected))
        if found_rows is not None:
            return found_rows
        alike = [each for each in others if type(each) is type(expected)]
        alike = [each for each in alike if len(each.index) == len(expected.index)]
        if isinstance(expected, Series):
            return self._column(got, expected, alike, path)
        for place, name in enumerate(right):
            spread = [_series(each, place) for each in alike if each.columns.labels() == right]
            columns = _series(got, place), _series(expected, place)
            found_value = self._column(*columns, spread, f"{path}[{name!r}]")
            if found_value is not None:
                return found_value
        return None

    def _rows(self, got: Any, expected: Any, path: str) -> Difference | None:
        """Compare the rows of two tables in any order, whatever their labels are."""
        if isinstance(expected, Series):
            return self._sequences(_items(got.values), _items(expected.values), [], path)
        places = [got.columns.labels().index(name) for name in expected.columns.labels()]
        mine = list(zip(*(_items(got.values[place]) for place in places), strict=True))
        right = list(zip(*map(_items, expected.values), strict=True))
        return self._sequences(mine, right, [], path)

    def _labels(
        self, got: Any, expected: Any, path: str, of: tuple[Any, Any] | None = None
    ) -> Difference | None:
        """Compare two indexes, those `of` two tables where such are given."""
        if not isinstance(got, Index | MultiIndex):
            return self._kind(got, expected, path)
        mine, right = got.labels(), expected.labels()
        if len(mine) == len(right) and all(map(self._same, mine, right)):
            return None
        one, other = of or (got, expected)
        numbered = all(isinstance(each, int) for each in (*mine, *right))
        if not numbered:
            for label in right:
                if label not in mine:
                    return Difference(_("has no row {label}.", label=repr(label)), one, other, path)
            for label in mine:
                if label not in right:
                    sentence = _("has a row {label}, which it should not.", label=repr(label))
                    return Difference(sentence, one, other, path)
        elif len(mine) != len(right):
            sentence = _("has {got} rows, expected {expected}.", got=len(mine), expected=len(right))
            return Difference(sentence, one, other, path)
        sentence = _(
            "has its rows labelled {got}, in this order, expected {expected}.",
            got=_short(mine),
            expected=_short(right),
        )
        return Difference(sentence, one, other, path)

    def _column(
        self, got: Series, expected: Series, others: list[Series], path: str
    ) -> Difference | None:
        rows = expected.index.labels() if expected.index is not None else []
        mine, right = _items(got.values), _items(expected.values)
        if _are_numbers(got.values) and _are_numbers(expected.values):
            spread = [each.values for each in others if _are_numbers(each.values)]
            off = np.flatnonzero(self._off(got.values, expected.values, spread))  # type: ignore[arg-type]
            differing = [int(place) for place in off]
        else:
            # Column by column so far: numbers among objects are compared one by one.
            differing = [
                place
                for place, pair in enumerate(zip(mine, right, strict=True))
                if not self._same(*pair)
            ]
        if not differing:
            return None
        place = differing[0]
        sentence = _(
            "is {got} in the row {row}, expected {expected}.",
            got=_cell(mine[place]),
            row=repr(rows[place]),
            expected=_cell(right[place]),
        )
        return Difference(sentence, got, expected, path)

    def _objects(
        self, got: Any, expected: Record, others: list[Any], path: str
    ) -> Difference | None:
        """Compare what objects hold, by the names of their attributes."""
        if not isinstance(got, Record) or got.type_name != expected.type_name:
            return self._kind(got, expected, path)
        alike = [each.fields for each in others if isinstance(each, Record)]
        for name, right in expected.fields.items():
            if name not in got.fields:
                sentence = _("has no attribute {name}.", name=f"`{name}`")
                return Difference(sentence, got, expected, path)
            spread = [each[name] for each in alike if name in each]
            found = self.values(got.fields[name], right, spread, f"{path}.{name}")
            if found is not None:
                return found
        return None

    def _named(self, got: Any, expected: Any, _others: list[Any], path: str) -> Difference | None:
        """Compare members and exceptions: how one is worded is nobody else's affair."""
        same = type(got) is type(expected) and _identity(got) == _identity(expected)
        if same and isinstance(expected, Member) and not expected.name:
            # Flags that are combined are what they are by their values.
            return self.values(got.value, expected.value, [], f"{path}.value")
        return None if same else self._unequal(got, expected, path)

    def _fields(self, got: Any, expected: Any, others: list[Any], path: str) -> Difference | None:
        if type(got) is not type(expected):
            return self._kind(got, expected, path)
        alike = [each for each in others if type(each) is type(expected)]
        for field in fields(expected):
            name = field.name
            spread = [getattr(each, name) for each in alike]
            mine, right = getattr(got, name), getattr(expected, name)
            found = self.values(mine, right, spread, f"{path}.{name}")
            if found is not None:
                return found
        return None


def _identity(value: Member | Failure) -> tuple[str, str]:
    return value.type_name, (value.name or "") if isinstance(value, Member) else ""


def _columns(mine: list[Any], right: list[Any], *, order: bool) -> str:
    """Return what is wrong with the names of columns, "" for nothing."""
    for name in right:
        if name not in mine:
            return _("has no column {name}.", name=repr(name))
    for name in mine:
        if name not in right:
            return _("has the column {name}, which it should not have.", name=repr(name))
    if mine != right and (order or len(mine) != len(right)):
        return _("has the columns {got}, expected {expected}.", got=mine, expected=right)
    return ""


def _series(frame: Frame, place: int) -> Series:
    return Series(
        frame.values[place], frame.dtypes[place], frame.index, frame.columns.labels()[place]
    )


def _are_numbers(values: object) -> bool:
    return isinstance(values, np.ndarray) and values.dtype.kind in "iufc"


def _items(values: np.ndarray | Masked) -> list[Any]:
    """Return the values of a column, None for those that are missing."""
    if isinstance(values, Masked):
        pairs = zip(values.data.tolist(), values.mask.tolist(), strict=True)
        return [None if hidden else each for each, hidden in pairs]
    return [None if _is_missing(each) else each for each in values.tolist()]


def _is_missing(value: object) -> bool:
    if isinstance(value, Missing):
        return True
    return isinstance(value, float | complex) and value != value  # noqa: PLR0124 - NaN is not itself


def _cell(value: object) -> str:
    return _("missing") if value is None else _short(value)


def tolerance(
    expected: np.ndarray, spread: Iterable[np.ndarray], handed: float = 0.0
) -> np.ndarray:
    """Return how far right answers may lie from the `expected` ones, element by element.

    `spread` are what the reference answers from inputs that are disturbed by single roundings, and
    `handed` is the largest number in these. The result has the shape of `expected`.
    """
    right = _wide(expected)
    moved = np.zeros(right.shape)
    for each in spread:
        apart = _apart(_wide(each), right)
        moved = np.maximum(moved, np.where(np.isfinite(apart), apart, 0.0))
    if moved.size:
        moved = np.maximum(moved, SHARED * np.max(moved))
    magnitude = np.where(np.isfinite(right), np.abs(right), 0.0)
    least = max(UNIT_ROUNDOFF * handed, SMALLEST_NORMAL)
    return np.asarray(np.maximum(SAFETY * (moved + UNIT_ROUNDOFF * magnitude), least))


def _wide(array: np.ndarray) -> np.ndarray:
    return array.astype(np.complex128 if array.dtype.kind == "c" else np.float64)


def _apart(one: np.ndarray, other: np.ndarray) -> np.ndarray:
    """Return how far apart two arrays are: 0 where both are the same NaN or infinity."""
    with np.errstate(invalid="ignore", over="ignore"):
        apart = np.abs(one - other)
    same = (one == other) | (np.isnan(one) & np.isnan(other))
    return np.where(same, 0.0, np.where(np.isnan(apart), math.inf, apart))


def _is_number(value: Any) -> bool:
    if isinstance(value, np.ndarray):
        return value.ndim == 0 and value.dtype.kind in _NUMBERS
    return isinstance(value, bool | int | float | complex)


def _kind_of_dtype(tensor: Tensor) -> str:
    kind = tensor.array.dtype.kind
    return "i" if kind == "u" else kind


def _is_truth(value: Any) -> bool:
    return isinstance(value, bool) or (isinstance(value, np.ndarray) and value.dtype.kind == "b")


def _same_items(one: np.ndarray, other: np.ndarray) -> bool:
    try:
        missing = (one != one) & (other != other)  # noqa: PLR0124 - NaN and NaT equal nothing
        return bool(np.all((one == other) | missing))
    # Months and seconds, and elements that have no one truth.
    except (TypeError, ValueError):
        return False


def _whole(number: Any) -> int | None:
    """Return an integer as one of Python's, None for any other number."""
    if isinstance(number, np.ndarray):
        return int(number) if number.dtype.kind in "iub" else None
    return number if isinstance(number, int) else None


def _finite(number: Any) -> Any:
    """Return a number as numpy can compute with it: an infinity where it is too large."""
    if not isinstance(number, int) or number.bit_length() <= 64:
        return number
    try:
        return float(number)
    except OverflowError:
        return math.inf if number > 0 else -math.inf


def _long(array: np.ndarray) -> list[int]:
    return [size for size in array.shape if size != 1]


def _sorted(values: AbstractSet[Any]) -> list[Any]:
    return sorted(values, key=repr)


def kind_of(value: Any) -> str:
    """Return what kind of value it is, in words."""
    if value is None:
        return "None"
    if isinstance(value, Tensor):
        return _("a tensor of torch")
    type_name = getattr(value, "type_name", None)
    if isinstance(type_name, str):
        return _("a {type}", type=type_name.removeprefix("builtins.").removeprefix("__main__."))
    if _is_truth(value) and np.ndim(value) == 0:
        return _("a truth value")
    if _is_number(value):
        return _("a number")
    if isinstance(value, np.ndarray):
        return _("an array of the shape {shape}", shape=value.shape)
    return _("a {type}", type=type(value).__name__)


def _short(value: Any) -> str:
    if isinstance(value, np.generic):
        value = value.item()
    if isinstance(value, Tensor):
        value = value.array.tolist()
    if isinstance(value, float):
        return f"{value:.6g}"
    text = repr(value)
    return text if len(text) <= 100 else f"{text[:100]}…"
