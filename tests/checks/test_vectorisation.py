"""What counting promises: a loop over rows is told, and whatever handles all at once is not."""

import re
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from grader.checks.vectorisation import require_vectorised
from grader.scenario import Call, Scenario
from grader.subjects.reference import Reference
from grader.verdicts import CheckFailed

W = np.arange(6.0).reshape(3, 2)


def ask(rows: int) -> Scenario:
    """Return a counted call with as many rows."""
    return Scenario(Call("y", "f", "", [np.ones((rows, 3))], counted=True))


def require(function: Callable[[Any], Any]) -> None:
    """Require that a function of a batch is vectorised."""
    right = Reference({"f": lambda x: x @ W})
    require_vectorised(Reference({"f": function}), right, ask, ["y"], hint="How?")


@pytest.mark.parametrize(
    "function",
    [
        lambda x: x @ W,
        lambda x: np.einsum("bi,io->bo", x, W),
        lambda x: sum(x[:, [i]] * W[i] for i in range(3)),
    ],
)
def test_what_handles_all_rows_at_once_passes(function: Callable[[Any], Any]) -> None:
    """Also with a loop over something other than the rows."""
    require(function)


@pytest.mark.parametrize(
    "function",
    [
        lambda x: np.array([row @ W for row in x]),
        lambda x: np.apply_along_axis(lambda row: row @ W, 1, x),
        lambda x: np.stack([np.dot(x[i], W) for i in range(len(x))]),
    ],
)
def test_a_loop_over_rows_fails(function: Callable[[Any], Any]) -> None:
    """Written out, as a comprehension or a map; the message tells how the work grew."""
    with pytest.raises(CheckFailed) as caught:
        require(function)
    told = caught.value.message
    assert re.search(r"on 64 rows your code does \d times the work of 8", told)
    assert caught.value.hint == "How?"


@pytest.mark.parametrize(
    ("rows", "at_all"), [(8, lambda x: np.zeros((len(x), 2))), (64, lambda x: x[:, :2])]
)
def test_work_that_is_left_undone_is_not_saved(rows: int, at_all: Callable[[Any], Any]) -> None:
    """Whoever loops over few rows, and does nothing with many, fails."""
    with pytest.raises(CheckFailed, match=f"right for 5 rows, and wrong for {rows}"):
        require(lambda x: at_all(x) if len(x) >= rows else np.array([row @ W for row in x]))


def test_what_is_wrong_for_few_rows_is_charged_elsewhere() -> None:
    """Wrong values, of whatever shape, are not what this is about."""
    require(lambda x: x @ W + 1)
    require(lambda x: x @ W * len(x) / 5)
    require(lambda x: x)


def test_what_raises_fails_with_what_it_raised() -> None:
    """No count, no verdict on it."""
    with pytest.raises(CheckFailed, match="ZeroDivisionError"):
        require(lambda x: 1 // 0)
