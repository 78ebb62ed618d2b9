"""Derivatives by central differences, each with an estimate of its own error.

For a function f, a direction d and a step h the central difference

    D(h) = (f(x + h d) - f(x - h d)) / 2h

is off by O(h^2). Richardson's extrapolation takes that away: with the steps h, 2h and 4h

    R(h) = (4 D(h) - D(2h)) / 3        is off by O(h^4),
    S(h) = (16 R(h) - R(2h)) / 15      is off by O(h^6)

(L. F. Richardson, Phil. Trans. R. Soc. A 210, 1911; J. Stoer, R. Bulirsch, Introduction to
Numerical Analysis, section 3.5). What is left is estimated from the answers alone:

- truncation: |S(h) - R(h)|, the difference between two orders of extrapolation;
- rounding: 64 E(h) - 20 E(2h) + E(4h), with E(h) = f(x + h d) - 2 f(x) + f(x - h d), is 0 for
  every polynomial of degree 5. What it comes to is noise, as in the difference tables of J. J.
  More, S. M. Wild (Estimating computational noise, SIAM J. Sci. Comput. 33, 2011). The dtype of
  the answers would not tell: a layer may compute in float32 and return float64;
- kinks: E(h) / h is the slope to the right less the slope to the left. Of a smooth function it
  halves with h; across a kink it does not, and what is left of it when extrapolated to h = 0 is
  what the derivative may be off by. Central differences alone would agree on one half at the
  kink of a ReLU.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Final

import numpy as np

from grader.checks.tolerance import UNIT_ROUNDOFF

# Relative to the largest number of what is varied. Rounding costs the unit roundoff over the
# step; a map that is linear in what is varied knows no truncation and takes a large step best.
STEP: Final = 2.0**-6
LINEAR_STEP: Final = 0.5

# Up to this size each element is varied by itself. Beyond it, so many random directions see every
# element at once: one wrong element shows in each of them.
MOST_ELEMENTS: Final = 64
DIRECTIONS: Final = 8

# A step of few binary digits would round alike at every point, and the noise would not show.
_UNEVEN: Final = float(np.sqrt(0.8))

_MULTIPLES: Final = np.array([1.0, 2.0, 4.0])
_EXTRAPOLATED: Final = np.array([64.0, -20.0, 1.0]) / 45
_NO_QUINTIC: Final = np.array([64.0, -20.0, 1.0])
# The norm of the coefficients that the seven values of f have in 64 E(h) - 20 E(2h) + E(4h), and
# the sum of their absolute values in h S(h).
_NORM: Final = float(np.sqrt(2 * np.sum(_NO_QUINTIC**2) + (2 * np.sum(_NO_QUINTIC)) ** 2))
_GAIN: Final = float(np.sum(np.abs(_EXTRAPOLATED) / _MULTIPLES))

# A smooth function's difference of slopes is h f'' + h^3 f''''/12 + ..., so that what is left of
# it grows eightfold with twice the step; and it is a small part of the slope.
_EIGHTFOLD: Final = (4.0, 16.0)
_SMALL: Final = 0.1
# Where less than this part of the slope is left, nothing but rounding is.
_CLEAN: Final = 1e-3


@dataclass(frozen=True, eq=False)
class Probe:
    """Where a function is asked in order to be differentiated at `at`.

    `directions`, (n, *at.shape), are those of the derivatives; `step` is h, in the units of `at`.
    """

    at: np.ndarray
    directions: np.ndarray
    step: float

    @cached_property
    def points(self) -> list[np.ndarray]:
        """`at`, and for each direction its moves by +h, -h, +2h, -2h, +4h, -4h; all float64."""
        moves = [sign * multiple * self.step for multiple in _MULTIPLES for sign in (1, -1)]
        return [
            self.at.copy(),
            *(self.at + by * direction for direction in self.directions for by in moves),
        ]

    @property
    def elementwise(self) -> bool:
        """Whether each direction is that of one element, in C order."""
        return len(self.directions) == self.at.size and self.at.size <= MOST_ELEMENTS

    def along(self, gradient: np.ndarray) -> np.ndarray:
        """Return the derivatives, (n,), that a gradient of the shape of `at` stands for."""
        if self.elementwise:
            return np.ravel(gradient)
        return np.asarray(self.directions.reshape(-1, self.at.size) @ np.ravel(gradient))


def probe(at: np.ndarray, *, step: float = STEP, seed: int = 0) -> Probe:
    """Return where to ask a function of `at` for its gradient.

    `step` is relative to the largest number in `at`. Arrays of more than `MOST_ELEMENTS` are moved
    along `DIRECTIONS` random directions, drawn from `seed`, whose elements are at least 1/2 so
    that none is missed.
    """
    array = np.array(at, np.float64)
    largest = float(np.max(np.abs(array), initial=0.0))
    size = largest if np.isfinite(largest) and largest > 0 else 1.0
    if array.size <= MOST_ELEMENTS:
        directions = np.eye(array.size).reshape(array.size, *array.shape)
    else:
        random = np.random.default_rng(seed)
        shape = (DIRECTIONS, *array.shape)
        directions = random.uniform(0.5, 1.5, shape) * random.choice([-1.0, 1.0], shape)
    return Probe(array, directions, step * size * _UNEVEN)


@dataclass(frozen=True, eq=False)
class Estimate:
    """Derivatives of sum(upstream * f), (n,), one for each direction of a probe.

    `error` is what they may be off by, `magnitude` the sum of the absolute terms that each is
    made of, `spread` the root of the sum of their squares, `steepest` the sum with the steepest
    slopes seen between any two of the points. A derivative that could not be had is NaN.
    """

    value: np.ndarray
    error: np.ndarray
    magnitude: np.ndarray
    spread: np.ndarray
    steepest: np.ndarray

    @property
    def flat(self) -> bool:
        """Whether no answer depends on what was varied."""
        return not np.any(self.steepest)


def estimate(probed: Probe, outputs: Sequence[np.ndarray], upstream: np.ndarray) -> Estimate:
    """Return the derivatives of sum(upstream * f) at the probe.

    `outputs` are f at the probe's points, in their order, each of the shape of `upstream`. Raises
    ValueError where they are not.
    """
    if len(outputs) != len(probed.points) or any(y.shape != upstream.shape for y in outputs):
        raise ValueError("there must be one output a point, of the shape of the upstream gradient")
    count = len(probed.directions)
    values = np.array([np.ravel(output) for output in outputs], np.float64)
    with np.errstate(all="ignore"):
        return _estimate(
            values[0], values[1:].reshape(count, 3, 2, upstream.size), upstream.ravel(), probed.step
        )


def _estimate(middle: np.ndarray, moved: np.ndarray, upstream: np.ndarray, h: float) -> Estimate:
    """Return the estimate from f at the point, (m,), and around it, (n, 3, 2, m)."""
    steps = h * _MULTIPLES[:, None]
    ahead, behind = moved[:, :, 0], moved[:, :, 1]
    central = (ahead - behind) / (2 * steps)
    right, left = (ahead - middle) / steps, (middle - behind) / steps
    slopes = np.einsum("s,nsm->nm", _EXTRAPOLATED, central)
    truncation = np.abs(slopes - (4 * central[:, 0] - central[:, 1]) / 3)
    steep = np.max(np.maximum(np.abs(right), np.abs(left)), axis=1, initial=0.0)
    jump = _jump(right - left, steep)
    clean = (jump <= _CLEAN * steep) & (steep > 0)
    weights = np.abs(upstream)
    # The roundings of different answers are independent: their squares add up.
    rounding = _GAIN / h * np.sqrt(np.sum((_noise(middle, moved, clean) * weights) ** 2))
    return Estimate(
        value=slopes @ upstream,
        error=(truncation + jump) @ weights + rounding,
        magnitude=np.abs(slopes) @ weights,
        spread=np.sqrt(slopes**2 @ weights**2),
        steepest=steep @ weights,
    )


def _jump(bends: np.ndarray, steep: np.ndarray) -> np.ndarray:
    """Return what a kink may do to the slopes, (n, m); next to nothing where f is smooth."""
    near, far = 2 * bends[:, 0] - bends[:, 1], 2 * bends[:, 1] - bends[:, 2]
    low, high = _EIGHTFOLD
    eightfold = (far * near > 0) & (low * np.abs(near) < np.abs(far))
    eightfold &= np.abs(far) < high * np.abs(near)
    smooth = eightfold & (np.abs(far) <= _SMALL * steep)
    # A kink at three fifths of h looks the same; a quarter of the rest covers what it does.
    return np.asarray(np.where(smooth, np.abs(near) / 4, np.abs(near) + np.abs(far)))


def _noise(middle: np.ndarray, moved: np.ndarray, clean: np.ndarray) -> np.ndarray:
    """Return how noisy each element of f is, (m,), from the `clean` ones among its bends."""
    bends = moved[:, :, 0] - 2 * middle + moved[:, :, 1]
    samples = np.where(clean, np.abs(np.einsum("s,nsm->nm", _NO_QUINTIC, bends)) / _NORM, 0.0)
    scale = np.maximum(np.max(np.abs(moved), axis=(0, 1, 2), initial=0.0), np.abs(middle))
    relative = np.where(clean, samples / scale, 0.0)
    level = np.sqrt(np.sum(relative**2) / max(1, int(np.sum(clean))))
    # Few samples may all be small by chance.
    level = max(2 * float(level), UNIT_ROUNDOFF)
    return np.asarray(np.maximum(np.max(samples, axis=0, initial=0.0), level * scale))


def numerical_gradient(
    function: Callable[[np.ndarray], np.ndarray],
    at: np.ndarray,
    upstream: np.ndarray,
    step: float = STEP,
) -> np.ndarray:
    """Return the gradient of sum(upstream * function(x)) at x = `at`, of the shape of `at`.

    Raises ValueError where `at` has more than `MOST_ELEMENTS`.
    """
    probed = probe(at, step=step)
    if not probed.elementwise:
        raise ValueError(f"an array of {probed.at.size} elements is not differentiated elementwise")
    outputs = [np.asarray(function(point)) for point in probed.points]
    return estimate(probed, outputs, upstream).value.reshape(probed.at.shape)
