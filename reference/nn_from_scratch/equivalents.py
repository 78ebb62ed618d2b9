"""Changes of the reference that are no mistake, and why: no check is to notice them."""

from typing import Final

from grader import Equivalent

_START: Final = "self.W = 0.01 * np.random.normal(size=(in_channels, out_channels))"
_BIAS_START: Final = "self.b = np.zeros(out_channels)"
_STEP: Final = "self.b = self.b - self.learning_rate * self.grad_b"

_OTHER_START: Final = (
    "Any small numbers that differ will do to start from. Whether the network learns from there, "
    "the exercise `training` tells."
)
_ONE_DIMENSION: Final = "An array of one dimension is its own transpose."
_NOT_READ: Final = "Nothing reads it: it is kept for whoever looks at the layer."
_NOT_YET: Final = "A gradient is asked for only after `backward` has set it."

_HEAD: Final = "def __init__(self, in_channels, out_channels, learning_rate=0.1):"

equivalents = [
    Equivalent(
        old=_HEAD,
        new=tuple(_HEAD.replace("0.1", rate) for rate in ("0.2", "-0.1", "0.0")),
        reason=(
            "Questions name the rate: a student may train with another one by default. Whether the "
            "network learns with it, the exercise `training` tells."
        ),
    ),
    Equivalent(
        old=_START,
        new=(
            "self.W = -(0.01 * np.random.normal(size=(in_channels, out_channels)))",
            "self.W = 0.02 * np.random.normal(size=(in_channels, out_channels))",
            "self.W = -0.01 * np.random.normal(size=(in_channels, out_channels))",
        ),
        reason=_OTHER_START,
    ),
    Equivalent(
        old=_START,
        new=(
            "self.W = 0.01 * np.random.normal(size=(self.in_channels, out_channels))",
            "self.W = 0.01 * np.random.normal(size=(in_channels, self.out_channels))",
        ),
        reason="The attribute was set to the same number two lines above.",
    ),
    Equivalent(
        old=_BIAS_START,
        new=("self.b = -np.zeros(out_channels)", "self.b = np.ones(out_channels)"),
        reason=_OTHER_START,
    ),
    Equivalent(
        old=_BIAS_START,
        new=("self.b = np.zeros(self.out_channels)",),
        reason="The attribute was set to the same number above.",
    ),
    Equivalent(old=_BIAS_START, new=("self.b = np.zeros(out_channels).T",), reason=_ONE_DIMENSION),
    Equivalent(old="self.in_channels = in_channels", reason=_NOT_READ),
    Equivalent(old="self.out_channels = out_channels", reason=_NOT_READ),
    Equivalent(old="self.grad_W = None", reason=_NOT_YET),
    Equivalent(old="self.grad_b = None", reason=_NOT_YET),
    Equivalent(old="self.grad = None", reason=_NOT_YET),
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
