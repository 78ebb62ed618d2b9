"""Sparse matrices and arrays of scipy."""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

import numpy as np

from .. import looking
from .base import Make, OfLibrary, all_of, is_text, require

# By the number of dimensions; more than two go with COO alone.
_FORMATS: Final[Mapping[int, tuple[str, ...]]] = {
    2: ("bsr", "coo", "csc", "csr", "dia", "dok", "lil"),
    1: ("coo", "csr", "dok"),
}
# Formats need room for every row, and one of them for every column of each diagonal.
MOST_ROWS: Final = 2**20
MOST_DENSE: Final = 2**26


@dataclass(frozen=True, slots=True, eq=False)
class Sparse(OfLibrary):
    """A sparse matrix, or array, of scipy.

    `data` are the values that it holds, (n,), and `places` where they stand, int64
    (dimensions, n): in the order of rows, none twice. `format` is scipy's name ("csr"); `matrix`
    tells matrices from arrays, which multiply otherwise.
    """

    called = "scipy.sparse array"

    data: np.ndarray
    places: np.ndarray
    shape: tuple[int, ...]
    format: str = "csr"
    matrix: bool = False

    def __post_init__(self) -> None:
        """Check the fields. Raises ValueError."""
        shape, places, data = self.shape, self.places, self.data
        require(
            type(shape) is tuple
            and 0 < len(shape) <= 8
            and all(type(each) is int and 0 <= each <= MOST_ROWS for each in shape),
            f"a sparse array has up to 8 dimensions of up to {MOST_ROWS}",
        )
        require(
            type(data) is np.ndarray
            and data.dtype.kind in "biufc"
            and data.dtype.itemsize <= 16
            and data.ndim == 1
            and type(places) is np.ndarray
            and places.dtype == np.int64
            and places.shape == (len(shape), len(data)),
            "the contents of a sparse array are its values and the places of them",
        )
        require(
            type(self.matrix) is bool
            and is_text(self.format)
            and self.format in _FORMATS.get(len(shape), ("coo",))
            and (len(shape) == 2 or not self.matrix),
            "scipy has no such format",
        )
        ends = np.array(shape, np.int64)[:, None]
        require(bool(((places >= 0) & (places < ends)).all()), "a place lies outside")
        require(_ascending(places), "the places are in no order, or not distinct")
        if self.format == "dia" and len(shape) == 2:
            diagonals = len(np.unique(places[1] - places[0]))
            require(diagonals * shape[1] <= MOST_DENSE, "the diagonals take too much memory")

    def scipy(self) -> Any:
        """Return the matrix or array. Imports scipy."""
        from scipy import sparse  # noqa: PLC0415 - only where it is asked for

        kind = sparse.coo_matrix if self.matrix else sparse.coo_array
        made = kind((self.data.copy(), tuple(self.places.copy())), shape=self.shape)
        return made.asformat(self.format)

    made = scipy

    def numpy(self) -> np.ndarray:
        """Return the whole array. Raises ValueError where it is over 512 MiB."""
        if math.prod(self.shape) > MOST_DENSE:
            raise ValueError(f"an array of shape {self.shape} takes too much memory")
        whole = np.zeros(self.shape, self.data.dtype)
        whole[tuple(self.places)] = self.data
        return whole


def _ascending(places: np.ndarray) -> bool:
    """Whether the columns of an array ascend as words in a dictionary do, none twice."""
    steps = np.sign(np.diff(places, axis=1))
    first = (steps != 0).argmax(axis=0)
    return bool((steps[first, np.arange(steps.shape[1])] > 0).all())


def recognised(value: Any, kind: type) -> Make | None:
    """Return what makes our own value of a sparse matrix or array, None for anything else."""
    return (lambda: _sparse(value, kind)) if is_sparse(kind) and all_of(kind, "scipy") else None


def is_sparse(kind: type) -> bool:
    """Whether a class is one of scipy's sparse ones, or derived from one."""
    found = (looking.loaded("scipy.sparse", base) for base in ("spmatrix", "sparray"))
    return any(each is not looking.ABSENT and issubclass(kind, each) for each in found)


def _sparse(value: Any, kind: type) -> Sparse:
    held = value.tocoo(copy=True)
    held.sum_duplicates()
    places = np.vstack([np.asarray(each, np.int64) for each in getattr(held, "coords", ())])
    order = np.lexsort(places[::-1])
    matrix = issubclass(kind, looking.loaded("scipy.sparse", "spmatrix"))
    shape = tuple(int(size) for size in held.shape)
    return Sparse(
        np.asarray(held.data)[order], places[:, order].copy(), shape, value.format, matrix
    )


KINDS: Final = (Sparse,)
