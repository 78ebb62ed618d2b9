"""The lines of the reference that mistakes and variants change, and short ways to declare them."""

from collections.abc import Callable
from typing import Final

from grader import Mistake, Variant

# softmax and grad_softmax.
POWERS: Final = "exponentials = np.exp(logits - logits.max(axis=1, keepdims=True))"
SHARES: Final = "return exponentials / exponentials.sum(axis=1, keepdims=True)"
TOTAL: Final = "total = (grad * probabilities).sum(axis=1, keepdims=True)"
PRODUCT: Final = "return probabilities * (grad - total)"

# cross_entropy and grad_cross_entropy.
LARGEST: Final = "largest = logits.max(axis=1)"
SHIFTED: Final = "exponentials = np.exp(logits - largest[:, None])"
LOSSES: Final = "largest + np.log(exponentials.sum(axis=1)) - logits[examples, labels]"
LOSS: Final = f"return np.mean({LOSSES})"
COPY: Final = "gradient = probabilities.copy()"
MINUS_ONE: Final = "gradient[np.arange(len(labels)), labels] -= 1"
DIVIDED: Final = "return gradient / len(labels)"

# Sigmoid.
SMALL: Final = "small = np.exp(-np.abs(x))"
LOGISTIC: Final = "self.y = np.where(x >= 0, 1, small) / (1 + small)"
SIGMOID_BACK: Final = "return grad * self.y * (1 - self.y)"

# Tanh.
HYPERBOLIC: Final = "self.y = np.tanh(x)"
TANH_BACK: Final = "return grad * (1 - self.y**2)"

# Dropout.
START: Final = "self.training = True"
ONES: Final = "self.factors = np.ones(x.shape)"
PASSED: Final = "return x.copy()"
KEPT: Final = "kept = np.random.random_sample(x.shape) >= self.rate"
FACTORS: Final = "self.factors = kept / (1 - self.rate)"
SCALED: Final = "return x * self.factors"
DROPOUT_BACK: Final = "return grad * self.factors"

Change = tuple[str, str]


def lines(*statements: str, deep: int = 1) -> str:
    """Return statements, one a line, in the indentation of a function, or of a method (2)."""
    return ("\n" + 4 * deep * " ").join(statements)


def method(*statements: str) -> str:
    """Return statements, one a line, in the indentation of a method's body."""
    return lines(*statements, deep=2)


def mistakes_of(exercise: str) -> Callable[..., Mistake]:
    """Return a short way to declare a mistake in an exercise: its name, texts and changes."""

    def declare(name: str, explanation: str, hint: str, *changes: Change) -> Mistake:
        return Mistake(
            name=name, exercise=exercise, changes=changes, explanation=explanation, hint=hint
        )

    return declare


def variants_of(exercise: str) -> Callable[..., Variant]:
    """Return a short way to declare an unusual right solution: its name and changes."""

    def declare(name: str, *changes: Change) -> Variant:
        return Variant(name=name, exercise=exercise, changes=changes)

    return declare
