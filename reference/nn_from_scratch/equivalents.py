"""Changes of the reference that are no mistake, and why: no check is to notice them."""

from typing import Final

from grader import Equivalent

_STEP: Final = "self.b = self.b - self.learning_rate * self.grad_b"

_ONE_DIMENSION: Final = "An array of one dimension is its own transpose."

equivalents = [
    Equivalent(
        old="return x @ self.W + self.b",
        new=("return self.x @ self.W + self.b",),
        reason="`self.x` was set to x in the line above.",
    ),
    Equivalent(
        old="return x @ self.W + self.b",
        new=("return x @ self.W + self.b.T",),
        reason=_ONE_DIMENSION,
    ),
    Equivalent(
        old="self.grad_b = grad.sum(axis=0)",
        new=("self.grad_b = grad.sum(axis=0).T",),
        reason=_ONE_DIMENSION,
    ),
    Equivalent(
        old=_STEP,
        new=(
            "self.b = (self.b - self.learning_rate * self.grad_b).T",
            "self.b = self.b.T - self.learning_rate * self.grad_b",
            "self.b = self.b - (self.learning_rate * self.grad_b).T",
            "self.b = self.b - self.learning_rate * self.grad_b.T",
        ),
        reason=_ONE_DIMENSION,
    ),
    Equivalent(
        old="self.is_open = input > 0",
        new=("self.is_open = input >= 0",),
        reason="At 0 every number from 0 to the upstream gradient is a subgradient.",
    ),
    Equivalent(
        old="return np.maximum(input, 0)",
        new=("return np.maximum(0, input)",),
        reason="The larger of two numbers is the same in either order.",
    ),
]
