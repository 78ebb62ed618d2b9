"""What the tolerance promises: it covers every right evaluation and still tells a mistake."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from grader.checks.tolerance import SAFETY, UNIT_ROUNDOFF, gamma, tolerance

SEEDS = st.integers(0, 2**32 - 1)
# Up to the inputs of a network on images, and sizes of numbers that a course meets.
TERMS = st.integers(1, 784)
SCALES = st.sampled_from([1e-25, 1e-15, 1e-3, 1.0, 255.0, 1e6, 1e12])


def products(seed: int, terms: int, scale: float) -> tuple[np.ndarray, np.ndarray]:
    """Return factors x (4, terms) and w (terms, 3) of mixed signs and sizes."""
    random = np.random.default_rng(seed)
    x = scale * random.standard_normal((4, terms)) * 10.0 ** random.integers(-3, 1, (4, terms))
    return x, random.standard_normal((terms, 3))


def in_turn(x: np.ndarray, w: np.ndarray) -> np.ndarray:
    """Return x @ w, each sum taken term by term: the order with the largest error."""
    total = np.zeros((len(x), w.shape[1]), x.dtype)
    for term in range(x.shape[1]):
        total = total + x[:, term, None] * w[None, term]
    return total


@given(SEEDS, TERMS, SCALES)
def test_every_order_and_precision_of_a_product_is_within_the_tolerance(
    seed: int, terms: int, scale: float
) -> None:
    """Two matrix products of the same numbers agree, in float32 or 64, in whatever order."""
    x, w = products(seed, terms, scale)
    order = np.random.default_rng(seed + 1).permutation(terms)
    small = x.astype(np.float32), w.astype(np.float32)
    answers = [
        x @ w,
        small[0] @ small[1],
        in_turn(*small),
        in_turn(small[0][:, order], small[1][order]),
        in_turn(small[0][:, ::-1], small[1][::-1]),
        # float32 data with float64 weights, as a loader and a layer meet.
        x.astype(np.float32) @ w,
        (x @ w).astype(np.float32),
    ]
    bound = tolerance(terms, np.abs(x) @ np.abs(w))
    for one in answers:
        for other in answers:
            assert np.all(np.abs(one.astype(np.float64) - other) <= bound)


@given(SEEDS, TERMS, SCALES)
def test_an_error_of_a_thousandth_is_told(seed: int, terms: int, scale: float) -> None:
    """An answer off by 1e-3 of its terms' sizes is outside the tolerance, for any size."""
    x, w = products(seed, terms, scale)
    magnitude = np.abs(x) @ np.abs(w)
    assert np.all(1e-3 * magnitude > tolerance(terms, magnitude))


@given(SEEDS, st.integers(1, 784), st.sampled_from([1e-3, 1.0, 1e6]))
def test_a_sum_without_its_smallest_typical_term_is_told(
    seed: int, terms: int, scale: float
) -> None:
    """A sum that leaves out one of `terms` like terms is off by more than the tolerance."""
    values = scale * np.random.default_rng(seed).uniform(0.5, 2, terms)
    assert np.min(values) > tolerance(terms, values.sum())


@pytest.mark.parametrize("terms", [1, 10, 784])
def test_the_tolerance_is_the_documented_bound(terms: int) -> None:
    """Two evaluations, Higham's gamma for the sum and two roundings more, and the headroom."""
    n = terms + 2
    exact = 2 * SAFETY * n * 2.0**-24 / (1 - n * 2.0**-24)
    assert pytest.approx(2.0**-24) == UNIT_ROUNDOFF
    assert tolerance(terms, 1.0) == pytest.approx(exact)
    assert gamma(terms) == pytest.approx(terms * 2.0**-24, rel=1e-3)


def test_the_tolerance_has_the_shape_of_the_magnitude() -> None:
    """One bound for all elements, or one for each, whatever the sign of the magnitude."""
    assert tolerance(3, 1.0).shape == ()
    bounds = tolerance(3, np.array([[1.0, -2.0, 0.0]]))
    assert bounds.shape == (1, 3)
    assert bounds[0, 1] == 2 * bounds[0, 0] > bounds[0, 2] > 0


def test_what_float32_cannot_hold_is_not_told_apart() -> None:
    """Below the smallest normal float32 two answers agree, above it they do not."""
    tiny = float(np.finfo(np.float32).tiny)
    assert tolerance(1, 0.0) == tiny
    assert tolerance(1, 1e-30) < 1e-33
