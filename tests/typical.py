"""Typical mistakes, each with what a fair teaching assistant would give for it."""

from dataclasses import dataclass, field

from tests.notebooks import edited

LINEAR, RELU = "linear", "relu"


@dataclass(frozen=True)
class Typical:
    """A mistake: the cells it replaces and the points of linear, relu and training it leaves."""

    name: str
    cells: dict[str, str]
    points: tuple[float, float, float]
    hinted: str = field(default="")


def _linear(*changes: tuple[str, str]) -> dict[str, str]:
    return {LINEAR: edited(LINEAR, *changes)}


STEP_W = "self.W = self.W - self.learning_rate * self.grad_W"
STEP_B = "self.b = self.b - self.learning_rate * self.grad_b"
KEEP_GRAD = "self.grad = grad @ self.W.T\n\n        "

TYPICAL = [
    Typical("no bias", _linear(("x @ self.W + self.b", "x @ self.W")), (37, 20, 20)),
    Typical(
        "averaged gradients",
        _linear(
            ("self.x.T @ grad", "self.x.T @ grad / len(grad)"), ("grad.sum(axis", "grad.mean(axis")
        ),
        (35, 20, 20),
        "batch",
    ),
    Typical(
        "gradient after the update",
        _linear(
            (KEEP_GRAD, ""),
            ("return self.grad\n", "self.grad = grad @ self.W.T\n        return self.grad\n"),
        ),
        (37, 20, 20),
        "When does",
    ),
    Typical(
        "returns the upstream gradient",
        _linear(("grad @ self.W.T", "grad")),
        (36, 20, 20),
        "these two shapes",
    ),
    Typical("no update", _linear((STEP_W, "pass"), (STEP_B, "pass")), (34, 20, 0)),
    Typical(
        "ascent",
        _linear(
            ("self.W - self.learning", "self.W + self.learning"), ("self.b - self", "self.b + self")
        ),
        (36, 20, 20),
    ),
    Typical("keepdims", _linear(("sum(axis=0)", "sum(axis=0, keepdims=True)")), (38, 20, 20)),
    Typical(
        "learning rate fixed",
        _linear(("self.learning_rate * self.grad", "0.1 * self.grad")),
        (38, 20, 20),
    ),
    Typical(
        "Python loops",
        _linear(("x @ self.W + self.b", "np.array([row @ self.W + self.b for row in x])")),
        (38, 20, 20),
        "all rows at once",
    ),
    Typical(
        "no backward",
        {LINEAR: edited(LINEAR).split("    def backward")[0]},
        (9, 20, 0),
    ),
    Typical(
        "ReLU masked by the gradient",
        {RELU: edited(RELU, ("grad * self.is_open", "grad * (grad > 0)"))},
        (40, 18, 20),
    ),
    Typical(
        "in-place ReLU",
        {
            RELU: edited(
                RELU, ("return np.maximum(input, 0)", "input[input < 0] = 0\n        return input")
            )
        },
        (40, 18, 20),
        "still need it",
    ),
]
