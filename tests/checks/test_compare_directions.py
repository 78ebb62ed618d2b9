"""What comparing directions promises: any length but zero is right, any other direction wrong."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from grader.checks.compare import factor, proportional
from tests.comparing import EXPECTED, failure


@given(st.integers(1, 6), st.floats(-1e6, 1e6).filter(lambda by: abs(by) > 1e-3))
def test_a_direction_is_right_whatever_the_length(seed: int, by: float) -> None:
    """Any multiple but zero is proportional, and axes of length 1 are free."""
    expected = np.random.default_rng(seed).standard_normal((3, 1, 2))
    for shape in [(3, 1, 2), (3, 2), (1, 3, 2, 1)]:
        got = (by * expected).reshape(shape)
        proportional(got, expected, what="grad", terms=3, magnitude=np.abs(expected))
    assert factor(by * expected, expected) == pytest.approx(by)


@pytest.mark.parametrize(
    "got",
    [
        np.zeros((2, 3)),
        np.ones((2, 3)),
        np.abs(EXPECTED),
        EXPECTED + np.array([[0.01, 0, 0], [0, 0, 0]]),
        EXPECTED.T.reshape(2, 3),
        np.full((2, 3), 1.7e308),
        np.sign(EXPECTED) * 1.7e308,
        np.sign(EXPECTED) * np.inf,
        np.full((2, 3), np.nan),
        1e-12 * np.ones((2, 3)),
        5e-324 * np.sign(EXPECTED),
    ],
)
def test_another_direction_is_wrong(got: np.ndarray) -> None:
    """Zero, other signs, a little off, too large to be multiplied, too small to show."""
    failed = failure(proportional, got, EXPECTED, what="grad", terms=3, magnitude=5.0, hint="?")
    assert failed.message == "grad does not point in the right direction."
    assert failed.hint == "?"


@pytest.mark.parametrize("shape", [(6,), (3, 2), (6, 1), (2, 3, 2), (0, 3)])
def test_a_direction_has_its_shape(shape: tuple[int, ...]) -> None:
    """Only axes of length 1 are free: a flat or a transposed gradient is none."""
    got = np.resize(EXPECTED, shape)
    failed = failure(proportional, got, EXPECTED, what="grad", terms=3, magnitude=5.0)
    assert failed.message == f"grad has the shape {shape}, expected (2, 3)."


def test_a_zero_gradient_is_right_only_where_zero_is_expected() -> None:
    """Of zero every number is a multiple, and only zero agrees."""
    nothing = np.zeros((2, 3))
    proportional(nothing, nothing, what="grad", terms=3, magnitude=1.0)
    failure(proportional, EXPECTED, nothing, what="grad", terms=3, magnitude=1.0)
