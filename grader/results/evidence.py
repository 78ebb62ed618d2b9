"""What a report shows of the values behind a verdict: plain data, bounded in size."""

import math
import re
import reprlib
from collections.abc import Sequence
from dataclasses import dataclass
from numbers import Real
from typing import Annotated, Any, Literal, Self

import numpy as np
from annotated_types import Ge
from typing_extensions import TypeAliasType

from grader.agent.values import (
    Failure,
    Frame,
    Index,
    Masked,
    Member,
    Missing,
    Picture,
    Record,
    Series,
    Sparse,
    Tensor,
)
from grader.i18n import _
from grader.models import FINITE, Model, UnfitError, Whole
from grader.text import Line, Text, bounded

# Arrays and lists with more elements than this are summarised.
_MOST_ELEMENTS = 64
_MOST_NESTING = 8
_MOST_BITS = 64
_MOST_SHOWN = 8
# What numpy calls its types of real numbers and of truth values.
_NUMBERS = re.compile(r"bool|u?int\d+|float\d+")


# JSON has no word for these three; `float(number)` understands what stands for them.
_WORDS = ("nan", "inf", "-inf")


def _number(value: Any) -> Any:
    """Return a number, or the word for one that is not finite."""
    if isinstance(value, str) and value in _WORDS:
        return value
    if isinstance(value, bool) or not isinstance(value, Real):
        raise UnfitError(f"{value!r:.60} is no number")
    number = float(value)
    return number if math.isfinite(number) else str(number)


def _shown(value: Any, nesting: int = 0) -> Any:
    """Return a value that can be shown as it is kept."""
    if value is None or isinstance(value, bool):
        return value
    if isinstance(value, str):
        return bounded(value)
    if isinstance(value, int):
        return int(value)
    if isinstance(value, list | tuple) and nesting <= _MOST_NESTING:
        return tuple(_shown(each, nesting + 1) for each in value)
    return _number(value)


Finite = Annotated[float, FINITE]
Number = Annotated[Finite | Literal["nan", "inf", "-inf"], Whole(_number)]
Value = TypeAliasType("Value", bool | int | Number | Text | "tuple[Value, ...]" | None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Summary(Model):
    """What is told of an array too large to show, over its finite elements."""

    min: Number
    max: Number
    mean: Number
    non_finite: Annotated[int, Ge(0)] = 0
    """How many elements are not finite and left out of the others."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Item(Model):
    """A named value, as far as it can be shown."""

    name: Line
    value: Annotated[Value, Whole(_shown)] = None
    """Numbers, text and nested lists; null where only a summary is kept."""
    shape: tuple[Annotated[int, Ge(0)], ...] | None = None
    """The shape of an array, null for anything else."""
    dtype: Line | None = None
    """The numpy name of an array's element type, null where any will do and for anything else."""
    summary: Summary | None = None

    @property
    def is_of_numbers(self) -> bool:
        """Whether it shows an array of real numbers or of truth values, which text cannot make."""
        return self.shape is not None and (
            self.dtype is None or _NUMBERS.fullmatch(self.dtype) is not None
        )

    @classmethod
    def of(cls, name: str, value: object) -> Self:
        """Return `value` under `name`.

        A numpy array or scalar of up to 64 elements is kept whole, of a larger
        one its shape, dtype and summary, and so are the numbers of a tensor or
        a column. A list is kept up to that size; a longer list and any other
        object is kept as abbreviated text.
        """
        if isinstance(value, np.ndarray | np.generic):
            return cls._of_array(name, np.asarray(value))
        if isinstance(value, Tensor):
            return cls._of_array(name, value.array)
        if isinstance(value, Series | Index):
            return cls._of_array(name, _unmasked(value.values))
        if isinstance(value, Masked):
            return cls._of_array(name, _unmasked(value))
        return cls(name=name, value=_plain(value))

    @classmethod
    def shaped(cls, name: str, shape: Sequence[int]) -> Self:
        """Return an array of which only the `shape` is told."""
        return cls(name=name, shape=tuple(int(size) for size in shape))

    @classmethod
    def _of_array(cls, name: str, array: np.ndarray) -> Self:
        fields: dict[str, Any] = {"shape": array.shape, "dtype": str(array.dtype)}
        if 0 < array.size <= _MOST_ELEMENTS and array.ndim <= _MOST_NESTING:
            fields["value"] = _plain(_leaves(array).tolist())
        elif array.size and array.dtype.kind in "biuf":
            fields["summary"] = _summary(array)
        return cls(name=name, **fields)

    def require_sound(self) -> None:
        """Raise ValueError where the value contradicts what is told of it."""
        if self.summary is not None and self.value is not None:
            raise ValueError("an item has a value or a summary, not both")
        if self.value is not None and self.shape is not None and not _fits(self.value, self.shape):
            raise ValueError(f"the value does not have the shape {self.shape}")


def _plain(value: object) -> Value:
    """Return scalars and short nested sequences as they are, anything else as short text."""
    if value is None or isinstance(value, bool | str):
        return value
    if isinstance(value, int):
        bits = value.bit_length()
        return value if bits <= _MOST_BITS else _("an integer of {bits} bits", bits=bits)
    if isinstance(value, float | np.floating):
        return float(value)
    if isinstance(value, list | tuple) and _elements(value) <= _MOST_ELEMENTS:
        return tuple(_plain(element) for element in value)
    return _short(value)


def _short(value: object) -> str:
    """Return one line that says what a value is."""
    match value:
        case Frame(values=values, index=index) if len(values) * len(index or ()) <= _MOST_ELEMENTS:
            return _written(value)
        case Frame(columns=columns, index=index):
            names = reprlib.repr(columns.labels())
            return _(
                "a table of {rows} rows with the columns {names}",
                rows=len(index or ()),
                names=names,
            )
        case Sparse(data=data, shape=shape):
            return _(
                "a sparse array of shape {shape} that holds {count} values",
                shape=shape,
                count=len(data),
            )
        case Picture(array=array, mode=mode):
            height, width = array.shape[:2]
            return _(
                "an image of {width} × {height} pixels ({mode})",
                width=width,
                height=height,
                mode=mode,
            )
        case Tensor(array=array, dtype=dtype):
            return f"tensor({reprlib.repr(array.tolist())}, {dtype})"
        case Member(type_name=type_name, name=name):
            return f"{type_name}.{name}"
        case Failure(type_name=type_name, message=message):
            return f"{type_name}({message!r})"
        case Record(type_name=type_name, fields=fields):
            pairs = (
                f"{name}={reprlib.repr(each)}" for name, each in [*fields.items()][:_MOST_SHOWN]
            )
            return f"{type_name}({', '.join(pairs)})"
        case Missing(name=name):
            return name
    return reprlib.repr(value)


def _written(frame: Frame) -> str:
    """Return a small table as what makes one like it."""
    columns = [
        f"{label!r}: {_unmasked(values).tolist()!r}"
        for label, values in zip(frame.columns.labels(), frame.values, strict=True)
    ]
    labels = frame.index.labels() if frame.index is not None else []
    index = "" if labels == list(range(len(labels))) else f", index={labels!r}"
    return f"pd.DataFrame({{{', '.join(columns)}}}{index})"


def _unmasked(values: np.ndarray | Masked) -> np.ndarray:
    """Return values with a sign where one is masked."""
    if not isinstance(values, Masked):
        return values
    shown = values.data.astype(object)
    shown[values.mask] = "--"
    return shown


def _leaves(array: np.ndarray) -> np.ndarray:
    """Return an array whose elements are scalars of Python's, or texts."""
    if array.dtype.kind in "mM":
        return array.astype(str)
    if array.dtype.kind not in "OV":
        return array
    leaves = np.empty(array.size, object)
    for place, each in enumerate(array.reshape(-1).tolist()):
        plain = _plain(each)
        leaves[place] = reprlib.repr(each) if isinstance(plain, tuple) else plain
    return leaves.reshape(array.shape)


def _elements(value: object, nesting: int = 0) -> float:
    """Return how many scalars and empty lists there are, infinity for too deep a nesting."""
    if not isinstance(value, list | tuple):
        return 1
    if nesting >= _MOST_NESTING:
        return math.inf
    return max(1, sum(_elements(element, nesting + 1) for element in value))


def _summary(array: np.ndarray) -> dict[str, object]:
    numbers = array.astype(np.float64)
    finite = numbers[np.isfinite(numbers)]
    # Dividing first: the sum of large numbers need not be finite.
    measures = (finite.min(), finite.max(), np.sum(finite / finite.size)) if finite.size else ()
    lowest, highest, mean = map(float, measures or (math.nan,) * 3)
    left_out = numbers.size - finite.size
    return {"min": lowest, "max": highest, "mean": mean, "non_finite": left_out}


def _fits(value: object, shape: tuple[int, ...]) -> bool:
    if not shape:
        return not isinstance(value, tuple)
    if not isinstance(value, tuple) or len(value) != shape[0]:
        return False
    return all(_fits(element, shape[1:]) for element in value)


@dataclass(frozen=True, slots=True, kw_only=True)
class Worst(Model):
    """The element of an answer that is furthest from what was expected."""

    index: tuple[Annotated[int, Ge(0)], ...]
    """Its place in the array, counted from 0; empty for a scalar."""
    expected: Number
    got: Number

    @classmethod
    def of(cls, index: Sequence[int], expected: float, got: float) -> Self:
        """Return the element at `index`; the numbers may be numpy's, and not finite."""
        places = tuple(int(place) for place in index)
        return cls(index=places, expected=float(expected), got=float(got))


@dataclass(frozen=True, slots=True, kw_only=True)
class Code(Model):
    """Which of the student's own code a verdict is about."""

    name: Line
    """The class or function, as the notebook names it."""
    method: Line = ""
    """The method of that class, "" for a function."""
    line: Line = ""
    """The line that raised an exception, without its indentation; "" where none did."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence(Model):
    """The smallest example on which a check failed."""

    inputs: tuple[Item, ...] = ()
    expected: Item | None = None
    got: Item | None = None
    worst: Worst | None = None
    text: Text | None = None
    """Something else to show, such as a line of a traceback or of the source."""
    code: Code | None = None
    cell: Text | None = None
    """The source of a cell that asks the same again, to paste below one's own code."""
