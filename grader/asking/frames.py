"""Frames and series in plain checks: as pandas has them where a check computes, else as data.

pandas is imported only where a check is given a frame, or computes with one. Where the machine
lacks it, what came back stays data.
"""

import sys
from collections.abc import Mapping, Sequence
from typing import Any, Final

from grader.agent.values import Frame, Index, MultiIndex, Series

_CLASSES: Final = ("DataFrame", "Series", "Index")


def as_pandas(value: Any) -> Any:
    """Return `value` with the frames, series and indexes in it as pandas has them."""
    if isinstance(value, Frame | Series | Index | MultiIndex):
        try:
            return value.pandas()
        except ImportError:
            return value
    if type(value) in (list, tuple):
        return type(value)(map(as_pandas, value))
    return {key: as_pandas(each) for key, each in value.items()} if type(value) is dict else value


def is_pandas(value: object) -> bool:
    """Whether a value is a frame, a series or an index of pandas."""
    pandas = sys.modules.get("pandas")
    return pandas is not None and isinstance(value, tuple(getattr(pandas, k) for k in _CLASSES))


def table(columns: Mapping[str, Sequence[Any]], real: Sequence[str]) -> Any:
    """Return a frame of these columns, of which the `real` ones are of float64.

    None is a missing value.
    """
    import pandas as pd  # noqa: PLC0415 - only where a check draws a frame

    filled = {name: pd.Series(column, dtype=_dtype(column)) for name, column in columns.items()}
    wide = {name: column.astype("float64") for name, column in filled.items() if name in real}
    return pd.DataFrame({**filled, **wide})


def _dtype(column: Sequence[Any]) -> Any:
    """Return the dtype of a column, None where pandas is to tell it from what it holds."""
    return None if any(each is not None for each in column) else object
