"""Gradients by central differences.

For a function f and a step h the central difference D(h) = (f(x + h) - f(x - h)) / 2h is off by
O(h^2); Richardson's extrapolation (4 D(h) - D(2h)) / 3 is off by O(h^4). A layer may compute in
float32 whatever it returns, so the steps are large; for a map that is linear in what is varied
every step gives the exact answer but for rounding, and large ones give it best.
"""

from collections.abc import Callable, Sequence

import numpy as np

STEP = 0.5


def perturbations(array: np.ndarray, step: float = STEP) -> list[np.ndarray]:
    """Return `array` with each element in turn moved by +h, -h, +2h, -2h, in C order."""
    moved = []
    for index in np.ndindex(array.shape):
        for by in (step, -step, 2 * step, -2 * step):
            other = np.array(array, np.float64)
            other[index] += by
            moved.append(other)
    return moved


def gradient(
    outputs: Sequence[np.ndarray],
    upstream: np.ndarray,
    shape: tuple[int, ...],
    step: float = STEP,
) -> np.ndarray:
    """Return the gradient of sum(upstream * f), of shape `shape`.

    `outputs` are f at the `perturbations` of its argument, in their order. Where they are not
    finite, or too large to be summed, nor is the gradient.
    """
    with np.errstate(over="ignore", invalid="ignore"):
        values = np.array([float(np.sum(upstream * output)) for output in outputs]).reshape(-1, 4)
        near = (values[:, 0] - values[:, 1]) / (2 * step)
        far = (values[:, 2] - values[:, 3]) / (4 * step)
        return np.asarray((4 * near - far) / 3).reshape(shape)


def numerical_gradient(
    function: Callable[[np.ndarray], np.ndarray],
    at: np.ndarray,
    upstream: np.ndarray,
    step: float = STEP,
) -> np.ndarray:
    """Return the gradient of sum(upstream * function(x)) at x = `at`, of the shape of `at`."""
    outputs = [function(moved) for moved in perturbations(at, step)]
    return gradient(outputs, upstream, at.shape, step)
