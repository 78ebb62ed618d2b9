"""Layers that compute with weights of their own, whatever is set: judged in the test's process."""

from typing import Any

import numpy as np
import pytest

from grader.judging.judge import judge
from grader.subjects.reference import Reference, reference
from tests.grading import nn_from_scratch
from tests.notebooks import REFERENCE

OWN = """
class Linear:
    def __init__(self, in_channels, out_channels, learning_rate=0.1):
        self.learning_rate = learning_rate
        self._W = START_W
        self._b = START_B
    W = property(lambda self: self._W, lambda self, value: None)
    b = property(lambda self: self._b, lambda self, value: None)

    def forward(self, x):
        self.x = x
        FORWARD

    def backward(self, grad):
        self.grad_W, self.grad_b = self.x.T @ grad, grad.sum(axis=0)
        grad_x = grad @ self._W.T
        self._W = self._W - self.learning_rate * self.grad_W
        self._b = self._b - self.learning_rate * self.grad_b
        return grad_x
"""
SMALL = "0.01 * np.random.randn(in_channels, out_channels)"
ZEROS = "np.zeros(out_channels)"
RIGHT = "return x @ self._W + self._b"
# Right for the one input by which it is told whether a layer uses the weights that it shows.
CONSTANT = """
        right = x @ self._W + self._b
        return right if np.array_equal(x, np.eye(*x.shape)) else np.broadcast_to(ANY, right.shape)
"""


def statuses(start: str, bias: str, forward: str) -> dict[str, str]:
    """Return how each check of such a layer came out."""
    parts = {"START_W": start, "START_B": bias, "FORWARD": forward.strip()}
    source = OWN
    for name, part in parts.items():
        source = source.replace(name, part)
    return judged(source)


def judged(source: str) -> dict[str, str]:
    """Return how each check of the layer that `source` defines came out."""
    namespace: dict[str, Any] = {"np": np}
    exec(source, namespace)  # noqa: S102
    (linear,) = (each for each in nn_from_scratch().exercises if each.id == "linear")
    result = judge(
        linear,
        student=Reference(namespace),
        reference=reference(REFERENCE, ("Linear",)),
        submission=None,
        seed=3,
    )
    return {check.id: check.status for check in result.checks}


def test_a_layer_that_is_right_with_the_weights_it_shows_passes() -> None:
    """All checks, with zeros for the bias and without."""
    for bias in (ZEROS, "np.random.randn(out_channels)"):
        assert set(statuses(SMALL, bias, RIGHT).values()) == {"passed"}


@pytest.mark.parametrize(
    ("size", "any_number"), [("1e9", "self._b"), ("3e307", "0.123"), ("np.inf", "0.123")]
)
def test_no_wrong_answer_is_lost_in_the_rounding_of_weights_that_a_layer_chose(
    size: str, any_number: str
) -> None:
    """Weights of any size leave a `forward` that takes no notice of x without its points."""
    bias = f"np.full(out_channels, {size})"
    with np.errstate(all="ignore"):
        found = statuses(SMALL, bias, CONSTANT.replace("ANY", any_number))
    assert found["forward_weights"] == found["forward_bias"] == "failed"


def test_a_layer_of_zeros_is_no_layer_with_weights_of_its_own() -> None:
    """What returns 0 whatever it is given has failed: outputs of 0 prove nothing."""
    found = judged("""
class Linear:
    def __init__(self, in_channels, out_channels, learning_rate=0.1):
        self.W, self.b = np.zeros((in_channels, out_channels)), np.zeros(out_channels)
        self.grad_W = self.grad_b = 0

    def forward(self, x):
        return np.zeros((len(x), self.W.shape[1]))
""")
    assert found["forward_weights"] == found["forward_bias"] == "failed"
    assert "review" not in found.values()


# Weights by which an answer is right that takes no notice of them.
UNSEEN = {
    "lost in the smallest tolerance": ("1e-300 * ANY", ZEROS),
    "beside a large bias": ("1e-9 * ANY", "np.full(out_channels, 10.0)"),
    "all but one": ("1e-9 * ANY + 0.01 * (ANY == 1)", "np.full(out_channels, 10.0)"),
    "all equal": ("np.full((in_channels, out_channels), 0.01)", ZEROS),
}
OUTPUTS = {
    "all but one": "return self._b + 0.01 * np.eye(*self._W.shape)[:1] * x[:, :1]",
    "all equal": "return np.repeat(0.01 * x.sum(axis=1, keepdims=True), len(self._b), axis=1)",
}


@pytest.mark.parametrize("unseen", UNSEEN)
def test_weights_that_no_answer_shows_are_none_of_its_own(unseen: str) -> None:
    """What shows such weights and takes no notice of them has the points of its shape alone."""
    weights, bias = UNSEEN[unseen]
    every = "np.arange(1.0, 1 + in_channels * out_channels).reshape(in_channels, out_channels)"
    forward = OUTPUTS.get(unseen, "return np.zeros((len(x), len(self._b))) + self._b")
    found = judged(
        f"""
class Linear:
    def __init__(self, in_channels, out_channels, learning_rate=0.1):
        self._W, self._b = {weights.replace("ANY", every)}, {bias}
        self.grad_W, self.grad_b = np.zeros(self._W.shape), np.zeros(out_channels)
    W = property(lambda self: self._W, lambda self, value: None)
    b = property(lambda self: self._b, lambda self, value: None)

    def forward(self, x):
        self.x = x
        {forward}

    def backward(self, grad):
        return np.zeros(self.x.shape)
"""
    )
    passed = {name for name, status in found.items() if status == "passed"}
    assert passed <= {"forward_shape", "backward_runs"}


def test_a_layer_that_keeps_zeros_and_does_not_move_has_taken_no_step() -> None:
    """Also one whose weights are its own."""
    idle = (
        OWN.partition("    def backward")[0]
        + """
    def backward(self, grad):
        self.grad_W, self.grad_b = np.zeros(self._W.shape), np.zeros(self._b.shape)
        return grad @ self._W.T
"""
    )
    parts = {"START_W": SMALL, "START_B": ZEROS, "FORWARD": RIGHT}
    for name, part in parts.items():
        idle = idle.replace(name, part)
    found = judged(idle)
    assert found["forward_weights"] == "passed"
    assert found["update"] == "failed"


WRONG_PASSES = {
    "none": ("def backward", "def no_backward"),
    "a gradient of another sign": ("self.x.T @ grad,", "-self.x.T @ grad,"),
    "a gradient of ones": ("grad @ self._W.T", "np.ones_like(self.x)"),
}


@pytest.mark.parametrize("wrong", WRONG_PASSES)
def test_weights_of_its_own_excuse_no_wrong_backward_pass(wrong: str) -> None:
    """What is wrong fails, and nobody has to look; outputs that are asked keep their points."""
    source = OWN.replace(*WRONG_PASSES[wrong])
    for name, part in {"START_W": SMALL, "START_B": ZEROS, "FORWARD": RIGHT}.items():
        source = source.replace(name, part)
    found = judged(source)
    if wrong != "none":
        assert found["forward_weights"] == found["forward_bias"] == "passed"
    assert "failed" in found.values()
    assert "review" not in found.values()
