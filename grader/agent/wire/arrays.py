"""Arrays of numbers, texts, bytes and moments: the dtypes that may travel, and the bytes of them.

What is allowed by name is little-endian and says how large an element is, and nothing else. Arrays
of several fields and of objects are trees of other values: `writing` and `reading` have them.
"""

import math
import re
from functools import lru_cache
from typing import Any, Final

import numpy as np

from .limits import Budget, WireError

_NAMES: Final = (
    *("bool", "int8", "int16", "int32", "int64", "uint8", "uint16", "uint32", "uint64"),
    *("float16", "float32", "float64"),
)
DTYPES: Final = {np.dtype(name).str: np.dtype(name) for name in _NAMES}

MAX_DIMENSIONS: Final = 16

# Elements of texts and bytes have a length, moments a unit; all have an end.
_SIZED: Final = re.compile(
    r"<c8|<c16|<U[1-9]\d{0,6}|\|S[1-9]\d{0,6}"
    r"|<[mM]8(\[([1-9]\d{0,4})?(Y|M|W|D|h|m|s|ms|us|ns|ps|fs|as)\])?",
    re.ASCII,
)
_LARGEST_LETTER: Final = 0x10FFFF


@lru_cache(maxsize=256)
def _sized(name: str) -> np.dtype | None:
    """Return one of the dtypes whose names say more than a kind, None for any other."""
    if not _SIZED.fullmatch(name):
        return None
    dtype = np.dtype(name)
    # There are several names of some; one of them is enough.
    return dtype if dtype.str == name else None


def wire_dtype(dtype: np.dtype) -> np.dtype | None:
    """Return the dtype that elements of `dtype` travel as, None where they cannot."""
    little = dtype.newbyteorder("<") if dtype.byteorder == ">" else dtype
    if little.str in DTYPES:
        return little
    if dtype.kind in "US" and not dtype.itemsize:
        return np.dtype(f"<{dtype.kind}1") if dtype.kind == "U" else np.dtype("|S1")
    # A dtype may have fields and yet be named as one that has none.
    if dtype.fields is not None or dtype.subdtype is not None:
        return None
    return _sized(little.str)


def array_tree(
    array: np.ndarray, dtype: np.dtype, buffers: list[bytes], budget: Budget
) -> list[object]:
    """Return the tree of an array that travels as `dtype`; its bytes go to `buffers`."""
    budget.array(array.size * dtype.itemsize)
    flags = array.flags
    layout = "C" if flags.c_contiguous else "F" if flags.f_contiguous else "S"
    same = array if array.dtype is dtype else array.astype(dtype, copy=False)
    data = same.tobytes("F" if layout == "F" else "C")
    buffers.append(data)
    return ["a", dtype.str, list(array.shape), layout, bool(flags.writeable)]


def require_shape(shape: object) -> None:
    """Raise WireError where a forged shape is none."""
    if not isinstance(shape, list) or len(shape) > MAX_DIMENSIONS:
        raise WireError("an array's shape is malformed")
    if not all(type(size) is int and 0 <= size < 2**48 for size in shape):
        raise WireError("an array's shape is malformed")


def array_header(rest: list[object]) -> tuple[np.dtype, list[int], str, bool, int]:
    """Return dtype, shape, layout, writability and bytes of a tree's array. Raises WireError."""
    if len(rest) != 4:
        raise WireError("an array is malformed")
    name, shape, layout, writeable = rest
    dtype = (DTYPES.get(name) or _sized(name)) if isinstance(name, str) else None
    if dtype is None or layout not in ("C", "F", "S") or not isinstance(writeable, bool):
        raise WireError("an array's dtype or layout is not allowed")
    require_shape(shape)
    sizes: Any = shape
    return dtype, sizes, str(layout), writeable, math.prod(sizes) * dtype.itemsize


def made(data: Any, dtype: np.dtype, shape: list[int], layout: str, writeable: bool) -> np.ndarray:
    """Return the array of these bytes. Raises WireError where they are no text."""
    order: Any = "F" if layout == "F" else "C"
    array = np.ndarray(shape, dtype, bytearray(data), order=order)
    if dtype.kind == "U" and array.size:
        letters = np.frombuffer(data, np.dtype("<u4"))
        if letters.max() > _LARGEST_LETTER:
            raise WireError("an array of texts holds what is no letter")
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
