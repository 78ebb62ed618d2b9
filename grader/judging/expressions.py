"""Values as Python that a person can read, and that makes the same value where it is pasted.

`expression` knows what crosses between the grader and a notebook. A kind of value more is one more
function, registered for its class, and a line of `IMPORTS` for the names that it writes. The kinds
that the wire has in its table `IMPORTED` are written as Python does.
"""

import datetime as dt
import math
from collections.abc import Callable, Mapping
from functools import singledispatch
from typing import Any, Final

import numpy as np

from grader.agent.wire.scalars import IMPORTED

# A cell is to be read: an array of more elements tells a person nothing, nor does a long text.
MOST_ELEMENTS: Final = 64
MOST_LETTERS: Final = 2_000

# What has to stand at the head of a cell that uses a name.
IMPORTS: Final[Mapping[str, str]] = {
    "np": "import numpy as np",
    "islice": "from itertools import islice",
    "random": "import random",
    "datetime": "import datetime",
    **{each.name: f"from {each.module} import {each.name}" for each in IMPORTED},
}

Write = Callable[[Any], str]


class UnwritableError(Exception):
    """A value is too large to be read, or has no expression."""


def expression(value: object, write: Write | None = None) -> str:
    """Return a Python expression for `value`, short enough to be read.

    `write` is how the items of containers are written, by default as `value` is. Raises
    UnwritableError where there is none.
    """
    text = _written(value, write or expression)
    if len(text) > MOST_LETTERS:
        raise UnwritableError
    return text


@singledispatch
def _written(value: Any, _write: Write) -> str:
    if any(type(value) is each.loaded for each in IMPORTED):
        return repr(value)
    raise UnwritableError(type(value).__name__)


_AS_PYTHON_DOES: Final[tuple[type, ...]] = (
    *(type(None), bool, str, bytes, range, slice),
    *(dt.date, dt.time, dt.datetime, dt.timedelta),
)
for _kind in _AS_PYTHON_DOES:
    _written.register(_kind, lambda value, _write: repr(value))


@_written.register
def _integer(value: int, _write: Write) -> str:
    # Python refuses to write very long integers.
    if value.bit_length() > 4 * MOST_LETTERS:
        raise UnwritableError
    return repr(value)


@_written.register
def _real(value: float, _write: Write) -> str:
    if math.isnan(value):
        return "np.nan"
    if math.isinf(value):
        return "np.inf" if value > 0 else "-np.inf"
    return float.__repr__(value)


@_written.register
def _complex(value: complex, write: Write) -> str:
    parts = (value.real, value.imag)
    plain = all(map(math.isfinite, parts)) and math.copysign(1, value.real) > 0
    return repr(value) if plain and value.real else f"complex({', '.join(map(write, parts))})"


@_written.register
def _list(value: list, write: Write) -> str:  # type: ignore[type-arg]
    return f"[{', '.join(map(write, value))}]"


@_written.register
def _tuple(value: tuple, write: Write) -> str:  # type: ignore[type-arg]
    return f"({', '.join(map(write, value))}{',' if len(value) == 1 else ''})"


@_written.register
def _dictionary(value: dict, write: Write) -> str:  # type: ignore[type-arg]
    return "{" + ", ".join(f"{write(key)}: {write(each)}" for key, each in value.items()) + "}"


@_written.register
def _set(value: set, write: Write) -> str:  # type: ignore[type-arg]
    return "{" + ", ".join(sorted(map(write, value))) + "}" if value else "set()"


@_written.register
def _frozenset(value: frozenset, write: Write) -> str:  # type: ignore[type-arg]
    return f"frozenset({_set(set(value), write) if value else ''})"


@_written.register
def _scalar(value: np.generic, _write: Write) -> str:
    if value.dtype.kind not in "biufc":
        raise UnwritableError(str(value.dtype))
    name = "bool_" if value.dtype == np.bool_ else value.dtype.name
    return f"np.{name}({expression(value.item())})"


@_written.register
def _array(value: np.ndarray, _write: Write) -> str:
    if value.size > MOST_ELEMENTS or value.dtype.kind not in "biufcUSmM":
        raise UnwritableError
    dtype = "" if value.dtype in (np.float64, np.int64) else f', dtype="{_named(value.dtype)}"'
    if not value.size:
        return f'np.empty({value.shape}, dtype="{_named(value.dtype)}")'
    if value.dtype == np.float64 and not np.any(value) and not np.any(np.signbit(value)):
        return f"np.zeros({value.shape if value.ndim != 1 else value.size})"
    order = ', order="F"' if value.ndim > 1 and not value.flags.c_contiguous else ""
    return f"np.array({expression(_items(value))}{dtype}{order})"


def _items(array: np.ndarray) -> object:
    """Return the elements as nested lists of what numpy reads them from."""
    if array.dtype.kind == "M":
        return array.astype(str).tolist()
    return (array.astype(np.int64) if array.dtype.kind == "m" else array).tolist()


def _named(dtype: np.dtype) -> str:
    return dtype.str if dtype.kind in "US" else str(dtype)
