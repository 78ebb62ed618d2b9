"""What differences promise: gradients as exact as their order of error says."""

from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from grader.checks.finite_differences import (
    DIRECTIONS,
    LINEAR_STEP,
    MOST_ELEMENTS,
    STEP,
    estimate,
    numerical_gradient,
    probe,
)

SHAPES = st.lists(st.integers(1, 4), min_size=0, max_size=3).map(tuple)
SEEDS = st.integers(0, 2**32 - 1)
ROUNDING = 1e-12


def drawn(seed: int, *shapes: tuple[int, ...]) -> list[np.ndarray]:
    """Return an array of each shape, with numbers of size 1."""
    random = np.random.default_rng(seed)
    return [random.uniform(-2, 2, shape) for shape in shapes]


@given(SEEDS, st.integers(1, 5), st.integers(1, 5), st.integers(1, 5))
def test_a_linear_map_has_its_exact_gradients(seed: int, rows: int, n_in: int, n_out: int) -> None:
    """For y = x @ W + b each gradient is right but for rounding, whatever the step."""
    x, w, b, up = drawn(seed, (rows, n_in), (n_in, n_out), (n_out,), (rows, n_out))
    for step in (STEP, LINEAR_STEP, 8.0):
        error = 10 * ROUNDING * max(step, 1 / step)
        found = numerical_gradient(lambda v: v @ w + b, x, up, step)
        np.testing.assert_allclose(found, up @ w.T, rtol=0, atol=error)
        found = numerical_gradient(lambda v: x @ v + b, w, up, step)
        np.testing.assert_allclose(found, x.T @ up, rtol=0, atol=error)
        found = numerical_gradient(lambda v: x @ w + v, b, up, step)
        np.testing.assert_allclose(found, up.sum(axis=0), rtol=0, atol=error)


@given(SEEDS, SHAPES)
def test_a_polynomial_of_degree_six_has_its_exact_gradient(
    seed: int, shape: tuple[int, ...]
) -> None:
    """The extrapolation leaves out only what a seventh derivative makes."""
    x, up = drawn(seed, shape, shape)
    found = numerical_gradient(lambda v: v**6 - 3 * v**3 + v, x, up)
    np.testing.assert_allclose(found, up * (6 * x**5 - 9 * x**2 + 1), rtol=0, atol=1e-9)


@given(SEEDS, SHAPES, st.sampled_from([0.25, 0.1, 0.02]))
def test_the_error_falls_with_the_sixth_power_of_the_step(
    seed: int, shape: tuple[int, ...], step: float
) -> None:
    """A function whose seventh derivative is at most 1 is off by at most 64 h**6 / 5040."""
    x, up = drawn(seed, shape, shape)
    h = probe(x, step=step).step
    found = numerical_gradient(np.sin, x, up, step)
    bound = np.abs(up) * 64 * h**6 / 5040 * 1.1 + ROUNDING / h
    assert np.all(np.abs(found - up * np.cos(x)) <= bound)


MAPS: dict[str, Callable[[np.ndarray], np.ndarray]] = {
    "linear": lambda v: 3 * v - 1,
    "polynomial": lambda v: v**5 - v**2,
    "sine": lambda v: np.sin(3 * v),
    "exponential": np.exp,
    "tanh in float32": lambda v: np.tanh(v.astype(np.float32)),
    "linear, in float32, returned as float64": lambda v: (
        (v.astype(np.float32) * np.float32(1 / 3)).astype(np.float64) + 0.1
    ),
}
SLOPES: dict[str, Callable[[np.ndarray], np.ndarray]] = {
    "linear": lambda v: np.full(v.shape, 3.0),
    "polynomial": lambda v: 5 * v**4 - 2 * v,
    "sine": lambda v: 3 * np.cos(3 * v),
    "exponential": np.exp,
    "tanh in float32": lambda v: 1 - np.tanh(v) ** 2,
    "linear, in float32, returned as float64": lambda v: np.full(v.shape, 1 / 3),
}


@pytest.mark.parametrize("name", MAPS)
@given(SEEDS, SHAPES)
def test_the_estimated_error_covers_the_error(name: str, seed: int, shape: tuple[int, ...]) -> None:
    """Whatever the map and the precision, ten estimates are more than the derivative is off by."""
    x, up = drawn(seed, shape, shape)
    probed = probe(x)
    found = estimate(probed, [MAPS[name](point) for point in probed.points], up)
    off = np.abs(found.value - probed.along(up * SLOPES[name](x)))
    assert np.all(off <= 10 * found.error + 1e-12)


@pytest.mark.parametrize("name", MAPS)
def test_the_estimated_error_is_small_where_the_map_is_smooth(name: str) -> None:
    """The estimate is no excuse: a thousandth of the slope, for these numbers of size 1."""
    x, up = drawn(3, (3, 4), (3, 4))
    probed = probe(x)
    found = estimate(probed, [MAPS[name](point) for point in probed.points], up)
    assert np.all(found.error <= 1e-3 * np.maximum(found.steepest, 1e-2))


@given(st.floats(-5, 5), st.floats(0.1, 10), st.booleans())
def test_a_kink_within_reach_makes_the_estimated_error_large(
    place: float, slope: float, right: bool
) -> None:
    """However the kink lies between the points, the estimate covers both of its slopes."""
    x, up = np.array([1.0]), np.array([1.0])
    probed = probe(x)
    kink = 1.0 + place * probed.step * (1 if right else -1)
    outputs = [slope * np.maximum(point - kink, 0) for point in probed.points]
    found = estimate(probed, outputs, up)
    truth = slope * (kink < 1.0)
    assert abs(found.value[0] - truth) <= 10 * found.error[0] + 1e-12
    if abs(place) < 1:
        assert found.error[0] > 0.1 * slope


def cross_entropy(labels: np.ndarray) -> Callable[[np.ndarray], np.ndarray]:
    """Return the softmax cross-entropy of logits (batch, classes) as a function of them."""

    def loss(logits: np.ndarray) -> np.ndarray:
        total = np.log(np.exp(logits).sum(axis=1))
        return np.asarray(total - logits[np.arange(len(labels)), labels])

    return loss


@given(SEEDS)
def test_a_loss_has_its_gradient(seed: int) -> None:
    """Softmax cross-entropy is differentiated to 1e-9 with a step of 1e-2."""
    logits, up = drawn(seed, (4, 5), (4,))
    labels = np.random.default_rng(seed).integers(0, 5, 4)
    found = numerical_gradient(cross_entropy(labels), logits, up, 1e-2)
    softmax = np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True)
    right = up[:, None] * (softmax - np.eye(5)[labels])
    np.testing.assert_allclose(found, right, rtol=0, atol=1e-9)


@given(SEEDS)
def test_a_layer_that_computes_in_float32_is_differentiated_well(seed: int) -> None:
    """The steps are large: rounding to float32 inside costs no more than 1e-5."""
    x, w, up = drawn(seed, (3, 4), (4, 2), (3, 2))

    def forward(v: np.ndarray) -> np.ndarray:
        return (v.astype(np.float32) @ w.astype(np.float32)).astype(np.float64)

    found = numerical_gradient(forward, x, up, LINEAR_STEP)
    np.testing.assert_allclose(found, up @ w.T, rtol=0, atol=1e-5)


def test_relu_is_exact_away_from_its_kink() -> None:
    """With four times the step below the distance to 0 nothing reaches across it."""
    x = np.array([[0.5, -0.5], [2.0, -1.0]])
    up = np.array([[3.0, -1.0], [-2.0, 5.0]])
    found = numerical_gradient(lambda v: np.maximum(v, 0), x, up, 0.0625)
    np.testing.assert_allclose(found, up * (x > 0), rtol=0, atol=ROUNDING)


def test_a_probe_moves_one_element_at_a_time() -> None:
    """The point itself, then six moves an element, in C order, on arrays of their own."""
    x = np.array([[1, 2], [3, 4]], dtype=np.int32, order="F")
    probed = probe(x, step=0.5)
    first, *moved = probed.points
    np.testing.assert_array_equal(first, x)
    assert probed.elementwise
    assert len(moved) == 24
    assert all(each.dtype == np.float64 and each.flags.writeable for each in probed.points)
    assert [tuple(np.argwhere(each != x)[0]) for each in moved[::6]] == [*np.ndindex(2, 2)]
    moves = np.array([each[0, 0] - 1 for each in moved[:6]]) / probed.step
    np.testing.assert_allclose(moves, [1, -1, 2, -2, 4, -4])
    np.testing.assert_array_equal(x, [[1, 2], [3, 4]])


@pytest.mark.parametrize("size", [1e-30, 1e-3, 1.0, 1e6, 1e200])
def test_the_step_is_relative_to_the_numbers(size: float) -> None:
    """Tiny and huge arrays are moved by a like part of themselves."""
    assert 0.4 < probe(np.array([size, -size / 2]), step=0.5).step / size <= 0.5


@pytest.mark.parametrize("at", [np.zeros(2), np.array([np.nan, 1.0]), np.array([np.inf])])
def test_an_array_without_a_size_is_moved_all_the_same(at: np.ndarray) -> None:
    """Zeros and what is not finite are moved as numbers of size 1."""
    assert 0 < probe(at).step <= STEP


def test_a_large_array_is_moved_along_random_directions() -> None:
    """Eight directions that reach every element, the same for the same seed."""
    large = np.ones((13, 5))
    assert large.size > MOST_ELEMENTS
    probed = probe(large, seed=1)
    assert not probed.elementwise
    assert len(probed.points) == 1 + 6 * DIRECTIONS
    assert np.all(np.abs(probed.directions) >= 0.5)
    assert np.array_equal(probed.directions, probe(large, seed=1).directions)
    assert not np.array_equal(probed.directions, probe(large, seed=2).directions)
    with pytest.raises(ValueError, match="65 elements"):
        numerical_gradient(np.abs, large, large)


def test_outputs_of_another_shape_than_the_upstream_are_refused() -> None:
    """(3, 1) is not (1, 3), and each point has its output."""
    probed, up = probe(np.ones(2)), np.ones((1, 3))
    with pytest.raises(ValueError, match="one output a point"):
        estimate(probed, [np.ones((3, 1)) for _ in probed.points], up)
    with pytest.raises(ValueError, match="one output a point"):
        estimate(probed, [up], up)


def test_an_empty_array_has_an_empty_gradient() -> None:
    """No element, no move, and a gradient of the same shape."""
    empty = np.zeros((0, 3))
    assert len(probe(empty).points) == 1
    assert numerical_gradient(lambda v: v[:, :2], empty, np.zeros((0, 2))).shape == (0, 3)


@pytest.mark.parametrize("odd", [np.inf, -np.inf, np.nan])
def test_answers_that_are_not_finite_make_gradients_that_are_not(odd: float) -> None:
    """A function without finite values has no gradient, and nobody is warned of that."""
    found = numerical_gradient(lambda v: v * 0 + odd, np.ones((2, 2)), np.full((2, 2), -3.0))
    assert not np.any(np.isfinite(found))
