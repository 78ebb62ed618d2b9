"""What differences promise: gradients as exact as their order of error says."""

from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from grader.checks.differences import STEP, gradient, numerical_gradient, perturbations

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
    for step in (STEP, 1e-2, 8.0):
        error = ROUNDING * max(1, 1 / step)
        found = numerical_gradient(lambda v: v @ w + b, x, up, step)
        np.testing.assert_allclose(found, up @ w.T, rtol=0, atol=error)
        found = numerical_gradient(lambda v: x @ v + b, w, up, step)
        np.testing.assert_allclose(found, x.T @ up, rtol=0, atol=error)
        found = numerical_gradient(lambda v: x @ w + v, b, up, step)
        np.testing.assert_allclose(found, up.sum(axis=0), rtol=0, atol=error)


@given(SEEDS, SHAPES)
def test_a_polynomial_of_degree_four_has_its_exact_gradient(
    seed: int, shape: tuple[int, ...]
) -> None:
    """The extrapolation leaves out only what a fifth derivative makes."""
    x, up = drawn(seed, shape, shape)
    found = numerical_gradient(lambda v: v**4 - 3 * v**3 + v, x, up)
    np.testing.assert_allclose(found, up * (4 * x**3 - 9 * x**2 + 1), rtol=0, atol=100 * ROUNDING)


@given(SEEDS, SHAPES, st.sampled_from([0.5, 0.1, 0.02]))
def test_the_error_falls_with_the_fourth_power_of_the_step(
    seed: int, shape: tuple[int, ...], step: float
) -> None:
    """A function whose fifth derivative is at most 1 is off by at most h**4 / 30 and rounding."""
    x, up = drawn(seed, shape, shape)
    found = numerical_gradient(np.sin, x, up, step)
    bound = np.abs(up) * step**4 / 30 * 1.1 + ROUNDING / step
    assert np.all(np.abs(found - up * np.cos(x)) <= bound)


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

    np.testing.assert_allclose(numerical_gradient(forward, x, up), up @ w.T, rtol=0, atol=1e-5)


def test_relu_is_exact_away_from_its_kink() -> None:
    """With twice the step below the distance to 0 nothing reaches across it."""
    x = np.array([[0.5, -0.5], [2.0, -1.0]])
    up = np.array([[3.0, -1.0], [-2.0, 5.0]])
    found = numerical_gradient(lambda v: np.maximum(v, 0), x, up, 0.125)
    np.testing.assert_allclose(found, up * (x > 0), rtol=0, atol=ROUNDING)


def test_perturbations_move_one_element_at_a_time() -> None:
    """Four moves an element, in C order, on arrays of their own."""
    x = np.array([[1, 2], [3, 4]], dtype=np.int32, order="F")
    moved = perturbations(x, 0.5)
    assert len(moved) == 16
    assert all(each.dtype == np.float64 and each.flags.writeable for each in moved)
    assert [tuple(np.argwhere(each != x)[0]) for each in moved[::4]] == [*np.ndindex(2, 2)]
    assert [each[0, 0] for each in moved[:4]] == [1.5, 0.5, 2.0, 0.0]
    np.testing.assert_array_equal(x, [[1, 2], [3, 4]])


def test_an_empty_array_has_an_empty_gradient() -> None:
    """No element, no move, and a gradient of the same shape."""
    empty = np.zeros((0, 3))
    assert perturbations(empty) == []
    assert gradient([], np.zeros((0, 2)), (0, 3)).shape == (0, 3)


@pytest.mark.parametrize("odd", [np.inf, -np.inf, np.nan, 1.7e308])
def test_answers_that_are_not_finite_make_gradients_that_are_not(odd: float) -> None:
    """A function without finite values has no gradient, and nobody is warned of that."""
    found = numerical_gradient(lambda v: v * 0 + odd, np.ones((2, 2)), np.full((2, 2), -3.0))
    assert not np.any(np.isfinite(found))
