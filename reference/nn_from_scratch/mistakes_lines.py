"""The lines of the reference that mistakes and variants change, and short ways to declare them."""

from typing import Final

from grader import Mistake, Variant

# Linear, from top to bottom.
RATE: Final = "self.learning_rate = learning_rate"
START_W: Final = "self.W = 0.01 * np.random.normal(size=(in_channels, out_channels))"
START_B: Final = "self.b = np.zeros(out_channels)"
KEEP: Final = "self.x = x"
OUTPUT: Final = "return x @ self.W + self.b"
PRODUCT: Final = "x @ self.W + self.b"
GRADIENT_W: Final = "self.grad_W = self.x.T @ grad"
GRADIENT_B: Final = "self.grad_b = grad.sum(axis=0)"
GRADIENT_X: Final = "self.grad = grad @ self.W.T"
STEP_W: Final = "self.W = self.W - self.learning_rate * self.grad_W"
STEP_B: Final = "self.b = self.b - self.learning_rate * self.grad_b"
RETURN: Final = "return self.grad\n"

# ReLU.
MASK: Final = "self.is_open = input > 0"
VALUES: Final = "return np.maximum(input, 0)"
PASSED: Final = "return grad * self.is_open"

Change = tuple[str, str]


def lines(*statements: str) -> str:
    """Return statements, one a line, in the indentation of a method's body."""
    return "\n        ".join(statements)


def linear(name: str, *changes: Change, explanation: str, hint: str) -> Mistake:
    """Return a mistake in `Linear`."""
    return Mistake(
        name=name, exercise="linear", changes=changes, explanation=explanation, hint=hint
    )


def relu(name: str, *changes: Change, explanation: str, hint: str) -> Mistake:
    """Return a mistake in `ReLU`."""
    return Mistake(name=name, exercise="relu", changes=changes, explanation=explanation, hint=hint)


def right_linear(name: str, *changes: Change) -> Variant:
    """Return an unusual right `Linear`."""
    return Variant(name=name, exercise="linear", changes=changes)


def right_relu(name: str, *changes: Change) -> Variant:
    """Return an unusual right `ReLU`."""
    return Variant(name=name, exercise="relu", changes=changes)
