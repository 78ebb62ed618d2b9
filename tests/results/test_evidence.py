"""Values as evidence: whole where they are small, else as much as can be shown."""

import json
import math
from typing import Any

import numpy as np
import pytest

from grader import models
from grader.models import UnfitError
from grader.results.evidence import Item


def test_a_small_array_is_kept_whole() -> None:
    """Up to 64 elements are nested lists, and what JSON cannot say is a word."""
    item = Item.of("x", np.array([[1, np.nan, 2.5], [np.inf, -np.inf, 0]], np.float32))
    assert item.value == ((1.0, "nan", 2.5), ("inf", "-inf", 0.0))
    assert (item.shape, item.dtype, item.summary) == ((2, 3), "float32", None)
    assert Item.of("x", np.zeros((8, 8))).value == ((0.0,) * 8,) * 8


def test_a_large_array_is_summarised() -> None:
    """Of more than 64 elements only shape, dtype and a summary of the finite ones are kept."""
    array = np.arange(65, dtype=np.float64)
    array[64] = np.nan
    item = Item.of("x", array)
    assert (item.value, item.shape, item.dtype) == (None, (65,), "float64")
    assert item.summary is not None
    assert (item.summary.min, item.summary.max, item.summary.non_finite) == (0, 63, 1)
    assert item.summary.mean == pytest.approx(31.5)


def test_an_array_without_a_finite_number_is_summarised() -> None:
    """A large array of NaN alone has a summary that says so."""
    summary = Item.of("x", np.full(100, np.nan)).summary
    assert summary is not None
    assert (summary.min, summary.mean, summary.non_finite) == ("nan", "nan", 100)


def test_an_empty_array_is_its_shape() -> None:
    """No number of empty rows makes a result large."""
    item = Item.of("x", np.zeros((10**6, 0)))
    assert (item.value, item.summary, item.shape) == (None, None, (10**6, 0))


@pytest.mark.parametrize(
    ("value", "kept"),
    [
        (None, None),
        (True, True),
        (3, 3),
        (math.nan, "nan"),
        ("a\x1b[0mb", "ab"),
        ([1, [2.5, "x"]], (1, (2.5, "x"))),
        (np.float64(0.5), 0.5),
    ],
)
def test_plain_values_are_kept(value: object, kept: object) -> None:
    """Scalars, text and short lists are shown as they are."""
    assert Item.of("x", value).value == kept


def test_a_huge_integer_is_told_by_its_size() -> None:
    """An integer that Python itself will not print is no reason to fail."""
    assert Item.of("x", 10**5000).value == "an integer of 16610 bits"


@pytest.mark.parametrize("value", [list(range(65)), [[]] * 65, {"a": 1}, {1, 2}])
def test_anything_else_is_short_text(value: object) -> None:
    """Long lists and other objects become text of a bounded length."""
    kept = Item.of("x", value).value
    assert isinstance(kept, str)
    assert len(kept) < 300


def test_deep_lists_are_short_text() -> None:
    """A list nested a thousand times over is no reason to fail."""
    deep: list[Any] = []
    for _ in range(1000):
        deep = [deep]
    assert isinstance(Item.of("x", deep).value, str)


@pytest.mark.parametrize(
    "fields",
    [
        {"value": [1, 2], "shape": [3]},
        {"value": [[1], [2, 3]], "shape": [2, 2]},
        {"value": 1, "shape": [1]},
        {"value": 1, "summary": {"min": 0, "max": 1, "mean": 1, "non_finite": 0}},
    ],
)
def test_an_item_that_contradicts_itself_is_refused(fields: dict[str, Any]) -> None:
    """A value has the shape that is told of it, and no summary besides."""
    with pytest.raises(UnfitError):
        models.loads(Item, json.dumps({"name": "x", **fields}))
