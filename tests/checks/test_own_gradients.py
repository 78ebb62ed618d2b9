"""The gradient of a wrong forward pass: it counts where it takes the gradient of something."""

from functools import cache
from typing import Any

import numpy as np
import pytest

from grader.assignment.loading import load
from grader.assignment.model import Assignment
from grader.checks.finite_differences import probe
from grader.checks.gradcheck import bends, differ, elsewhere
from grader.judging.judge import judge
from grader.subjects.reference import Reference, reference
from tests.notebooks import ROOT


@cache
def assignment(name: str) -> Assignment:
    """Return an assignment of the project's."""
    return load(ROOT / "reference" / name)


def passed(name: str, exercise: str, source: str) -> set[str]:
    """Return which checks of an exercise pass for what `source` defines."""
    namespace: dict[str, Any] = {"np": np}
    exec(source, namespace)  # noqa: S102
    (asked,) = (each for each in assignment(name).exercises if each.id == exercise)
    result = judge(
        asked,
        student=Reference(namespace),
        reference=reference(assignment(name).reference, asked.names),
        submission=None,
        seed=3,
        shrinking=False,
    )
    return {check.id for check in result.checks if check.status == "passed"}


HANDS_ON = """
class {name}:
    def forward(self, x):
        return x.copy()

    def backward(self, grad):
        return grad.copy()
"""
SOFTMAX = """
def softmax(logits):
    return {forward}

def grad_softmax(probabilities, grad):
    return {backward}
"""
LOSS = """
def cross_entropy(logits, labels):
    return {forward}

def grad_cross_entropy(probabilities, labels):
    return {backward}
"""
ADDS = """
class Linear:
    def __init__(self, in_channels, out_channels, learning_rate=0.1):
        self.W = 0.01 * np.random.normal(size=(in_channels, out_channels))
        self.b, self.rate = np.zeros(out_channels), learning_rate
        self.grad_W = self.grad_b = None

    def forward(self, x):
        self.x = x
        return x.sum(axis=1, keepdims=True) + self.W.sum(axis=0) + self.b

    def backward(self, grad):
        self.grad_b = grad.sum(axis=0)
        self.grad_W = np.tile(self.grad_b, (len(self.W), 1))
        self.W, self.b = self.W - self.rate * self.grad_W, self.b - self.rate * self.grad_b
        return np.tile(grad.sum(axis=1, keepdims=True), (1, len(self.W)))
"""
EASY = {
    "relu": ("nn_from_scratch", "relu", HANDS_ON.format(name="ReLU")),
    "sigmoid": ("stable_numerics", "sigmoid", HANDS_ON.format(name="Sigmoid")),
    "tanh": ("stable_numerics", "tanh", HANDS_ON.format(name="Tanh")),
    "softmax": (
        "stable_numerics",
        "softmax",
        SOFTMAX.format(forward="logits * 1.0", backward="grad * 1.0"),
    ),
    "a weighted softmax": (
        "stable_numerics",
        "softmax",
        SOFTMAX.format(
            forward="logits * np.arange(1.0, 1 + logits.shape[1])",
            backward="grad * np.arange(1.0, 1 + grad.shape[1])",
        ),
    ),
    "cross_entropy": (
        "stable_numerics",
        "cross_entropy",
        LOSS.format(forward="logits.sum(dtype=float)", backward="np.ones(probabilities.shape)"),
    ),
    "linear": ("nn_from_scratch", "linear", ADDS),
}
GRADIENTS = {
    *("gradient", "gradient_direction", "gradient_values"),
    *("weight_gradient", "weight_gradient_direction"),
    *("input_gradient", "input_gradient_before_update"),
}


@pytest.mark.parametrize("easy", EASY)
def test_the_gradient_of_a_linear_map_counts_for_no_other(easy: str) -> None:
    """Whoever hands an input on, and the gradient too, has no point for that gradient."""
    assert not passed(*EASY[easy]) & GRADIENTS


LEAKY = """
class ReLU:
    def forward(self, x):
        self.slope = np.where(x > 0, 1.0, 0.1)
        return x * self.slope

    def backward(self, grad):
        return grad * self.slope
"""
POWER = """
class Sigmoid:
    def forward(self, x):
        self.y = np.exp(np.asarray(x, float))
        return self.y.copy()

    def backward(self, grad):
        return grad * self.y
"""
MOVED = (
    ADDS.partition("    def forward")[0]
    + """
    def forward(self, x):
        self.x = x + 0.7
        return self.x @ (self.W + 0.7) + self.b

    def backward(self, grad):
        self.grad_b, self.grad_W = grad.sum(axis=0), self.x.T @ grad
        grad_x = grad @ (self.W + 0.7).T
        self.W, self.b = self.W - self.rate * self.grad_W, self.b - self.rate * self.grad_b
        return grad_x
"""
)
OTHER = {
    "a leaky relu": ("nn_from_scratch", "relu", LEAKY, {"gradient_values", "second_call"}),
    "no sigmoid": ("stable_numerics", "sigmoid", POWER, {"gradient", "latest_input"}),
    "no softmax": (
        "stable_numerics",
        "softmax",
        SOFTMAX.format(forward="np.exp(logits)", backward="grad * probabilities"),
        {"gradient"},
    ),
    "no mean of the losses": (
        "stable_numerics",
        "cross_entropy",
        LOSS.format(
            forward="np.log(np.exp(logits).sum(axis=1)).sum()", backward="probabilities * 1.0"
        ),
        {"gradient_direction"},
    ),
    "numbers that are moved": (
        "nn_from_scratch",
        "linear",
        MOVED,
        {"weight_gradient_direction", "input_gradient", "input_gradient_before_update"},
    ),
}


@pytest.mark.parametrize("other", OTHER)
def test_what_is_wrong_in_a_forward_pass_is_charged_there(other: str) -> None:
    """Its own gradient has its points, where that is one to be taken."""
    name, exercise, source, kept = OTHER[other]
    assert kept <= passed(name, exercise, source)


def test_places_have_other_numbers_of_the_other_sign() -> None:
    """None is near 0, where many functions have a kink."""
    first, second = elsewhere((3, 4), 7)
    assert first.shape == second.shape == (3, 4)
    assert np.all(np.abs(first) >= 1)
    assert np.all(first * second < 0)
    assert differ([first, second])
    assert not differ([first, first])


def test_what_is_claimed_elsewhere_has_to_be_right_there() -> None:
    """A gradient that is only another one elsewhere proves nothing."""
    places = [probe(each) for each in elsewhere((2, 3), 1)]
    upstream = np.ones((2, 3))

    def claims(gradient: Any, forward: Any = np.tanh) -> bool:
        return bends(
            lambda place: ([forward(point) for point in place.points], gradient(place.at)),
            places,
            upstream,
        )

    assert claims(lambda x: 1 - np.tanh(x) ** 2)
    assert not claims(lambda x: x)
    assert not claims(lambda x: np.ones(x.shape), lambda x: x)
    assert not bends(lambda _place: None, places, upstream)
    assert not claims(lambda x: x, np.sum)
