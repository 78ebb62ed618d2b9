"""How a `collate_fn` puts a batch together, where that is stacking and a change of type."""

import sys
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from .transform import LEVELS, Levels, as_array

# What transforms divide levels by; 1 for those that only change the type.
DIVISORS = (255, 256, 1)


@dataclass(frozen=True)
class Part:
    """One of a batch's arrays, of the images or of the labels; `tensor` says whose kind it is.

    `table` is what becomes of a level; for labels, only its type counts. `divisor` is what a level
    is to be divided by for the same, if there is such a number: that is three times faster.
    """

    images: bool
    tensor: bool
    table: np.ndarray
    divisor: np.generic | None = None

    def make(self, rows: np.ndarray, labels: np.ndarray) -> Any:
        """Return the array, fresh, for images of grey levels and their labels, int64."""
        if self.divisor is not None:
            made = np.divide(rows, self.divisor, dtype=self.table.dtype)
        elif self.images:
            # A level cannot be out of bounds.
            made = np.take(self.table, rows, mode="clip")
        else:
            made = labels.astype(self.table.dtype)
        return sys.modules["torch"].from_numpy(made).clone() if self.tensor else made


@dataclass(frozen=True)
class Assembly:
    """How a batch is put together: its container and its parts."""

    container: type
    parts: tuple[Part, ...]

    def make(self, rows: np.ndarray, labels: np.ndarray) -> Any:
        """Return the batch of these images, uint8 (n, ...) in the shape of samples, and labels."""
        return self.container(part.make(rows, labels) for part in self.parts)


def assembly(batch: Any, count: int, levels: Levels) -> Assembly | None:
    """Return how `batch`, of `count` samples, may have been put together, None for no idea."""
    if type(batch) not in (tuple, list) or not batch:
        return None
    parts = [_part(each, count, levels) for each in batch]
    known = [part for part in parts if part is not None]
    return Assembly(type(batch), tuple(known)) if len(known) == len(parts) else None


def _part(value: Any, count: int, levels: Levels) -> Part | None:
    array = as_array(value)
    if array is None or array.dtype.kind not in "iufb":
        return None
    tensor = array is not value
    if array.shape == (count, *levels.shape) and levels.shape:
        with np.errstate(all="ignore"):
            table = levels.table.astype(array.dtype)
        return Part(True, tensor, table, _divisor(table))
    if array.shape == (count,):
        return Part(False, tensor, np.empty(0, array.dtype))
    return None


def _divisor(table: np.ndarray) -> np.generic | None:
    """Return what levels are divided by, every one to the last bit; None where by nothing."""
    if table.dtype.kind != "f":
        return None
    levels = np.arange(LEVELS, dtype=np.uint8)
    number: np.generic
    for number in np.array(DIVISORS, table.dtype):
        if np.divide(levels, number, dtype=table.dtype).tobytes() == table.tobytes():
            return number
    return None


def same(mine: Any, theirs: Any) -> bool:
    """Whether two batches cannot be told apart: types, shapes, layout and every bit."""
    if type(mine) is not type(theirs) or len(mine) != len(theirs):
        return False
    return all(_alike(a, b) for a, b in zip(mine, theirs, strict=True))


def _alike(mine: Any, theirs: Any) -> bool:
    if type(mine) is not type(theirs):
        return False
    a, b = as_array(mine), as_array(theirs)
    if a is None or b is None:
        return False
    kinds: Sequence[Any] = [
        (x.dtype, x.shape, x.strides, x.flags.writeable, x.flags.aligned) for x in (a, b)
    ]
    return kinds[0] == kinds[1] and a.tobytes() == b.tobytes()
