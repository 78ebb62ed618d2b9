"""The networks that `benchmarks.luck` trains: right ones, broken ones, and ones in between."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Final

from grader.assignment.mistakes import Alteration
from grader.checks.training.recipe import Recipe
from reference.nn_from_scratch.training import PAIRED, recipe

STEP_W: Final = "self.W = self.W - self.learning_rate * self.grad_W"
STEP_B: Final = "self.b = self.b - self.learning_rate * self.grad_b"
GRAD_W: Final = "self.grad_W = self.x.T @ grad"
GRAD_B: Final = "self.grad_b = grad.sum(axis=0)"
FORWARD: Final = "return x @ self.W + self.b"
BACK: Final = "self.grad = grad @ self.W.T\n\n"
RELU: Final = "return np.maximum(input, 0)"
MASK: Final = "return grad * self.is_open"


@dataclass(frozen=True)
class Network:
    """The reference with `changes` in its layers, trained by `recipe`."""

    changes: tuple[tuple[str, str], ...] = ()
    recipe: Recipe = field(default=PAIRED)

    @property
    def as_handed_out(self) -> bool:
        """Whether its layers alone are not the assignment's."""
        return self.recipe is PAIRED

    @property
    def alteration(self) -> Alteration:
        """The changes, to be made to the reference."""
        return Alteration(name="network", exercise="training", changes=self.changes)


RIGHT: Final = "the reference"

# Right solutions: none of them may fail.
RIGHT_NETWORKS: Final[Mapping[str, Network]] = {
    RIGHT: Network(),
    "layers that compute in float32": Network(
        (
            ("self.x = x\n", "self.x = x = np.asarray(x, np.float32)\n"),
            (FORWARD, "return x @ self.W.astype(np.float32) + self.b.astype(np.float32)"),
        )
    ),
    "gradients summed in another order": Network(
        ((GRAD_W, "self.grad_W = np.einsum('bi,bo->io', self.x[::-1], grad[::-1])"),)
    ),
    "another architecture: 784-64-10": Network(recipe=recipe(sizes=(784, 64, 10))),
    "another initialisation: 0.05 instead of 0.01": Network(recipe=recipe(scale=0.05)),
    "another number of epochs: 15": Network(recipe=replace(PAIRED, epochs=15)),
}

# Layers that are wrong, in a training as it was handed out.
WRONG_LAYERS: Final[Mapping[str, Network]] = {
    "gradients averaged": Network(
        ((GRAD_W, GRAD_W + " / len(grad)"), (GRAD_B, "self.grad_b = grad.mean(axis=0)"))
    ),
    "the gradient of W averaged": Network(((GRAD_W, GRAD_W + " / len(grad)"),)),
    "the learning rate halved": Network(((STEP_W, STEP_W + " / 2"), (STEP_B, STEP_B + " / 2"))),
    "the learning rate divided by 10": Network(
        ((STEP_W, STEP_W + " / 10"), (STEP_B, STEP_B + " / 10"))
    ),
    "W never updated": Network(((STEP_W, "pass"),)),
    "the gradient taken after the update": Network(
        (
            (BACK, "\n"),
            ("return self.grad\n", "self.grad = grad @ self.W.T\n        return self.grad\n"),
        )
    ),
    "gradients accumulated": Network(
        ((GRAD_W, "self.grad_W = self.x.T @ grad + (0 if self.grad_W is None else self.grad_W)"),)
    ),
    "the gradient's sign alone": Network(
        ((STEP_W, STEP_W.replace("self.grad_W", "0.01 * np.sign(self.grad_W)")),)
    ),
    "ReLU lets every gradient through": Network(((MASK, "return grad"),)),
    "ReLU masked by the gradient": Network(((MASK, "return grad * (grad > 0)"),)),
    "ReLU lets nothing through": Network(((MASK, "return 0 * grad"),)),
}

# Layers with a fault that costs hardly any accuracy: their own exercise is where it is charged.
NEARLY_RIGHT: Final[Mapping[str, Network]] = {
    "no bias added": Network(((FORWARD, "return x @ self.W"),)),
    "b never updated": Network(((STEP_B, "pass"),)),
    "the gradient of b averaged": Network(((GRAD_B, "self.grad_b = grad.mean(axis=0)"),)),
}

# A training that was changed for the worse, with right layers.
WRONG_TRAININGS: Final[Mapping[str, Network]] = {
    "one epoch": Network(recipe=replace(PAIRED, epochs=1)),
    "two epochs": Network(recipe=replace(PAIRED, epochs=2)),
    "five epochs": Network(recipe=replace(PAIRED, epochs=5)),
    "learning rate 0.01": Network(recipe=recipe(rate=0.01)),
    "batches of 256": Network(recipe=replace(PAIRED, batch=256)),
    "no hidden layer": Network(recipe=recipe(sizes=(784, 10))),
}

NETWORKS: Final[Mapping[str, Network]] = {
    **RIGHT_NETWORKS,
    **WRONG_LAYERS,
    **NEARLY_RIGHT,
    **WRONG_TRAININGS,
}
