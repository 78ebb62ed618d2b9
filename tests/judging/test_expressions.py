"""Values are written so that Python makes the same of them."""

import datetime as dt
import math
from decimal import Decimal
from fractions import Fraction
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from grader.judging.expressions import UnwritableError, expression

KNOWN = {"np": np, "datetime": dt, "Decimal": Decimal, "Fraction": Fraction}


def read(value: object) -> Any:
    """Return what Python makes of how a value is written."""
    return eval(expression(value), KNOWN)  # noqa: S307 - ours


plain = st.recursive(
    st.one_of(
        *(st.none(), st.booleans(), st.integers(-(2**200), 2**200), st.text(max_size=5)),
        *(st.floats(allow_nan=False), st.binary(max_size=3), st.fractions()),
        *(st.complex_numbers(allow_nan=False), st.dates(), st.decimals(allow_nan=False)),
    ),
    lambda inner: st.one_of(
        *(st.lists(inner, max_size=3), st.tuples(inner), st.tuples(inner, inner)),
        st.dictionaries(st.text(max_size=3) | st.integers(), inner, max_size=3),
    ),
    max_leaves=6,
)


@given(plain)
def test_plain_values_are_read_back(value: object) -> None:
    """Also infinities, large integers and whatever is nested."""
    assert read(value) == value


@pytest.mark.parametrize(
    "value", [{1, 2}, set(), frozenset({"a"}), frozenset(), range(1, 9, 2), slice(1, None)]
)
def test_sets_and_ranges_are_read_back(value: object) -> None:
    """With their own class, also where they are empty."""
    assert read(value) == value
    assert type(read(value)) is type(value)


@pytest.mark.parametrize(
    "array",
    [
        np.array([1.0, np.inf, -np.inf, np.nan]),
        np.array([[1, 2]], dtype="uint8"),
        np.zeros((0, 3), dtype="float32"),
        np.array([-0.0]),
        np.array([1 + 2j]),
        np.array(["a", "bc"]),
        np.array(["2020-01-02", "NaT"], dtype="datetime64[D]"),
        np.array([3], dtype="timedelta64[s]"),
        np.array(2.5),
    ],
)
def test_arrays_are_read_back_anywhere(array: np.ndarray) -> None:
    """By themselves and within a dictionary, with type, shape and elements."""
    for found in (read(array), read({"a": [array]})["a"][0]):
        assert (found.dtype, found.shape) == (array.dtype, array.shape)
        assert found.tobytes() == array.tobytes() or np.isnan(array).any()


def test_no_number_is_written_as_numpy_does() -> None:
    """A cell that has them imports numpy."""
    assert expression([math.nan, -math.inf]) == "[np.nan, -np.inf]"


@pytest.mark.parametrize(
    "value",
    [np.ones(65), "a" * 3000, 10**9000, object(), [np.ones(65)]],
    ids=["array", "text", "number", "object", "list"],
)
def test_what_nobody_would_read_is_not_written(value: object) -> None:
    """Nor what has no expression."""
    with pytest.raises(UnwritableError):
        expression(value)
