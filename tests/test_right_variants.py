"""Unusual right solutions lose nothing.

They are judged in the test's own process, by the same checks: what a kernel adds is tested
elsewhere.
"""

from functools import cache
from typing import Any

import numpy as np
import pytest

from grader.judging.judge import judge
from grader.subjects.reference import Reference, reference
from tests.grading import nn_from_scratch

LINEAR = """
class Linear:
    def __init__(self, in_channels, out_channels, learning_rate=0.1):
        self.W = np.random.randn(in_channels, out_channels) * 0.01
        self.b = np.zeros(out_channels)
        self.learning_rate = learning_rate
        self.grad_W = self.grad_b = self.grad = None

    def forward(self, x):
        self.x = x
        return x @ self.W + self.b

    def backward(self, grad):
        self.grad_W = self.x.T @ grad
        self.grad_b = grad.sum(0)
        self.grad = grad @ self.W.T
        self.W -= self.learning_rate * self.grad_W
        self.b -= self.learning_rate * self.grad_b
        return self.grad
"""

PRODUCT, WEIGHTS, BIAS, INPUT, KEPT = (
    "x @ self.W + self.b",
    "self.x.T @ grad\n",
    "grad.sum(0)",
    "grad @ self.W.T",
    "self.x = x\n",
)

# What is replaced by what in the layer above, which is itself one of the variants.
LINEARS: dict[str, list[tuple[str, str]]] = {
    "steps in place": [],
    "einsum": [
        (PRODUCT, "np.einsum('bi,io->bo', x, self.W) + self.b"),
        (WEIGHTS, "np.einsum('bi,bo->io', self.x, grad)\n"),
    ],
    "float32 throughout": [
        (KEPT, "self.x = x = x.astype(np.float32)\n"),
        (PRODUCT, "x @ self.W.astype(np.float32) + self.b.astype(np.float32)"),
        (WEIGHTS, "self.x.T @ grad.astype(np.float32)\n"),
    ],
    "float32 inside, float64 outside": [
        (PRODUCT, "(x.astype(np.float32) @ self.W.astype(np.float32)).astype(float) + self.b"),
    ],
    "columns": [
        (PRODUCT, "(self.W.T @ x.T + self.b[:, None]).T"),
        (INPUT, "(self.W @ grad.T).T"),
    ],
    "an augmented matrix": [
        (KEPT, "self.x = np.hstack([x, np.ones((len(x), 1))])\n"),
        (PRODUCT, "self.x @ np.vstack([self.W, self.b])"),
        (WEIGHTS, "(self.x.T @ grad)[:-1]\n"),
        (BIAS, "(self.x.T @ grad)[-1]"),
    ],
    "a product with ones": [(BIAS, "np.dot(np.ones(len(grad)), grad)")],
    "a copied cache": [(KEPT, "self.x = x.copy()\n")],
    "tensordot": [
        (PRODUCT, "np.tensordot(x, self.W, 1) + self.b"),
        (WEIGHTS, "np.tensordot(self.x, grad, (0, 0))\n"),
    ],
    "outer products, summed": [(WEIGHTS, "(self.x[:, :, None] * grad[:, None, :]).sum(0)\n")],
    "a cache cleared after use": [("return self.grad", "self.x = None\n        return self.grad")],
    "a buffer": [
        (PRODUCT, "np.add(np.dot(x, self.W), self.b, out=np.empty((len(x), self.b.size)))"),
    ],
    "a tiled bias": [(PRODUCT, "x.dot(self.W) + np.tile(self.b, (len(x), 1))")],
    "prints and warnings": [
        (KEPT, "self.x = x\n        print(x)\n        import warnings; warnings.warn('w')\n"),
    ],
    "new arrays at each step": [
        ("self.W -= ", "self.W = self.W - "),
        ("self.b -= ", "self.b = self.b - "),
    ],
    "attributes by name": [
        (
            "self.W -= self.learning_rate * self.grad_W\n",
            "setattr(self, 'W', getattr(self, 'W') - self.learning_rate * self.grad_W)\n",
        ),
    ],
    "asserts about shapes": [(KEPT, "assert x.ndim == 2\n        self.x = x\n")],
    "a closure": [
        (KEPT, "self.gradient = lambda grad: x.T @ grad\n"),
        (WEIGHTS, "self.gradient(grad)\n"),
    ],
    "reduce": [(BIAS, "np.add.reduce(grad, axis=0)")],
    "gradients divided and multiplied again": [(BIAS, "grad.mean(0) * len(grad)")],
}

# The body of forward, which keeps what backward needs, and what backward returns.
RELUS = {
    "at least zero": ("self.m = x >= 0\n        return x * self.m", "g * self.m"),
    "one half at the kink": (
        "self.x = x\n        return np.maximum(0, x)",
        "g * np.heaviside(self.x, 0.5)",
    ),
    "absolute values": (
        "self.x = x\n        return (x + np.abs(x)) / 2",
        "np.where(self.x > 0, g, 0)",
    ),
    "a copy, written to": (
        "y = x.copy()\n        y[y < 0] = 0\n        self.y = y\n        return y",
        "np.where(self.y > 0, g.copy(), 0)",
    ),
    "clip": ("self.x = x\n        return x.clip(0)", "g * (self.x > 0).astype(int)"),
    "signs of the outputs": (
        "self.y = np.maximum(x, 0)\n        return self.y",
        "g * np.sign(self.y)",
    ),
    "float32": (
        "self.x = x.astype(np.float32)\n        return np.maximum(self.x, 0)",
        "g.astype(np.float32) * (self.x > 0)",
    ),
    "a float mask, used once": (
        "self.masks = [np.where(x > 0, 1.0, 0.0)]\n        return x * self.masks[0]",
        "g * self.masks.pop()",
    ),
    "fmax": ("self.x = x\n        return np.fmax(x, 0.0)", "np.multiply(g, self.x > 0)"),
    "flattened and shaped again": (
        "self.x = x\n        return np.maximum(x.ravel(), 0).reshape(x.shape)",
        "(g.ravel() * (self.x.ravel() > 0)).reshape(g.shape)",
    ),
}

RELU = """
class ReLU:
    def forward(self, x):
        {forward}

    def backward(self, g):
        return {backward}
"""


@cache
def the_reference() -> Reference:
    """Return the reference's layers."""
    return reference(nn_from_scratch().reference, ["Linear", "ReLU"])


def lost(exercise: int, source: str) -> list[tuple[str, str]]:
    """Return the checks of an exercise that the layer in `source` does not pass, and why not."""
    assignment = nn_from_scratch()
    namespace: dict[str, Any] = {"np": np}
    exec(source, namespace)  # noqa: S102 - a solution of our own
    result = judge(
        assignment.exercises[exercise],
        student=Reference(namespace),
        reference=the_reference(),
        submission=None,
        seed=assignment.config.seed,
    )
    return [(check.id, check.message) for check in result.checks if check.status != "passed"]


@pytest.mark.parametrize("name", LINEARS)
@pytest.mark.filterwarnings("ignore:w")
def test_a_right_linear_loses_nothing(name: str) -> None:
    """However it is written, a right `Linear` passes every check."""
    source = LINEAR
    for old, new in LINEARS[name]:
        assert old in source
        source = source.replace(old, new)
    assert lost(0, source) == []


@pytest.mark.parametrize("name", RELUS)
def test_a_right_relu_loses_nothing(name: str) -> None:
    """However it is written, a right `ReLU` passes every check."""
    forward, backward = RELUS[name]
    assert lost(1, RELU.format(forward=forward, backward=backward)) == []


WRONG_LINEARS = {
    "transposed weights": ("self.x.T @ grad\n", "(grad.T @ self.x).T * 2\n"),
    "the mean over the outputs": (BIAS, "grad.mean()"),
    "a bias twice": (PRODUCT, "x @ self.W + 2 * self.b"),
    "a tenth of the step": (
        "self.learning_rate * self.grad_W",
        "0.1 * self.learning_rate * self.grad_W",
    ),
    "gradients that accumulate": (
        "self.grad_W = self.x.T @ grad",
        "self.grad_W = self.x.T @ grad + (0 if self.grad_W is None else self.grad_W)",
    ),
    "the first input, kept": (KEPT, "self.x = getattr(self, 'x', x)\n"),
    "a shared cache": (KEPT, "Linear.x = x[:1]\n"),
    "an absolute input": (PRODUCT, "np.abs(x) @ self.W + self.b"),
    "an input gradient without W": (INPUT, "grad @ np.ones_like(self.W.T)"),
    "an upstream changed in place": (BIAS, "grad.sum(0)\n        grad *= 1.0 + 1e-3"),
}


@pytest.mark.parametrize("name", WRONG_LINEARS)
def test_a_wrong_linear_loses_something(name: str) -> None:
    """A mistake in one place of `Linear` is noticed."""
    old, new = WRONG_LINEARS[name]
    assert old in LINEAR
    assert lost(0, LINEAR.replace(old, new)) != []
