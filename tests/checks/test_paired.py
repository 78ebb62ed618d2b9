"""Where layers that are trained step by step leave the path of the right ones."""

import numpy as np
import pytest

from grader.assignment.mistakes import Alteration
from grader.checks.training.divergence import parting
from grader.checks.training.recipe import FIRST_STEPS, TRAINED
from grader.scenario import Call, Raised, Scenario, Train, Value
from grader.subjects.reference import Reference, cells, performing
from grader.verdicts import CheckFailed
from reference.nn_from_scratch.training import recipe
from tests.notebooks import REFERENCE

SMALL = recipe(sizes=(12, 8, 5))

FORWARD = "return x @ self.W + self.b"
STEP_B = "self.b = self.b - self.learning_rate * self.grad_b"

ELSEWHERE = """
class Linear(Layer):
    def __init__(self, n_in, n_out, learning_rate=0.1):
        self.learning_rate = learning_rate
        self.theta = 0.01 * np.random.default_rng(3).normal(size=(n_in + 1, n_out))
        self.theta[-1] = 0

    W = property(lambda self: self.theta[:-1])
    b = property(lambda self: self.theta[-1])

    def forward(self, x):
        self.x = np.hstack([x, np.ones((len(x), 1))])
        return self.x @ self.theta

    def backward(self, grad):
        before = self.theta
        self.theta = before - self.learning_rate * self.x.T @ grad
        return grad @ before[:-1].T
"""

RIGHT = {
    "the reference": Alteration(name="x", exercise="training"),
    "sums in another order": Alteration(
        name="x",
        exercise="training",
        changes=(("self.x.T @ grad", "np.einsum('bi,bo->io', self.x[::-1], grad[::-1])"),),
    ),
    "weights in float32": Alteration(
        name="x",
        exercise="training",
        changes=(
            (
                "self.x = x\n",
                "self.x, self.W, self.b = x, np.float32(self.W), np.float32(self.b)\n",
            ),
        ),
    ),
    "weights changed in place": Alteration(
        name="x",
        exercise="training",
        changes=((STEP_B, "self.b -= self.learning_rate * self.grad_b"),),
    ),
    "weights kept elsewhere": Alteration(name="x", exercise="training", code=ELSEWHERE),
}

# What is changed, and where that first shows: at which step, and in which parameter if in one.
WRONG = {
    "no bias": (FORWARD, "return x @ self.W", 2, ""),
    "b never moves": (STEP_B, "pass", 1, "`b` of layer 3"),
    "averaged": ("self.x.T @ grad", "self.x.T @ grad / len(grad)", 1, "`W` of layer 3"),
    "the input gradient's factor": ("grad @ self.W.T", "2 * grad @ self.W.T", 1, "`W` of layer 1"),
    "ReLU's gradient": ("grad * self.is_open", "grad", 1, "`W` of layer 1"),
    "accumulated": (
        "self.grad_b = grad.sum(axis=0)",
        "self.grad_b = grad.sum(axis=0) + (0 if self.grad_b is None else self.grad_b)",
        2,
        "`b` of layer 3",
    ),
    "W transposed": (FORWARD, "return x @ self.W[::-1] + self.b", 1, ""),
    "late": (
        STEP_B,
        f"self.n = getattr(self, 'n', 0) + 1\n        {STEP_B} * (self.n <= 60)",
        100,
        "",
    ),
}


def subject(alteration: Alteration = RIGHT["the reference"]) -> Reference:
    """Return who trains the reference's layers, altered."""
    return performing(alteration.applied(cells(REFERENCE, SMALL.names)), alteration.name)


def training(steps: int = FIRST_STEPS) -> Train:
    """Return the first steps of a small training on random images."""
    random = np.random.default_rng(1)
    images = random.integers(0, 256, (3200, 12), np.uint8)
    return SMALL.training(0, images, random.integers(0, 5, 3200), steps)


@pytest.mark.parametrize("name", RIGHT)
def test_right_layers_stay_on_the_path_of_the_reference(name: str) -> None:
    """Another order, precision or place of the weights leads no right solution astray."""
    assert parting(subject(RIGHT[name]), subject(), training()) is None


@pytest.mark.parametrize("name", WRONG)
def test_wrong_layers_are_told_where_they_leave_it(name: str) -> None:
    """The first step that differs is named, and the parameter where one differs first."""
    old, new, step, where = WRONG[name]
    wrong = subject(Alteration(name=name, exercise="training", changes=((old, new),)))
    found = parting(wrong, subject(), training())
    assert found is not None
    assert (found.step, bool(found.parameter)) == (step, bool(where))
    assert where in str(found)
    assert f"for batch {step}" in str(found)
    assert "most of all at `" in str(found)


def test_large_arrays_are_shown_where_they_differ() -> None:
    """What is told of two paths is the place of the largest difference and its neighbours."""
    old, new, *_ = WRONG["averaged"]
    wrong = subject(Alteration(name="x", exercise="training", changes=((old, new),)))
    found = parting(wrong, subject(), training())
    assert found is not None
    assert found.evidence is not None
    assert found.evidence.worst is not None
    for item in (found.evidence.expected, found.evidence.got):
        assert item is not None
        assert item.summary is None
        assert item.value is not None


def test_a_late_parting_is_told_as_exactly_as_it_is_known() -> None:
    """Between two watched steps nobody knows at which it began."""
    old, new, step, _ = WRONG["late"]
    wrong = subject(Alteration(name="x", exercise="training", changes=((old, new),)))
    assert f"They part between batch 51 and batch {step}." in str(
        parting(wrong, subject(), training())
    )


def test_layers_that_did_not_take_their_weights_cannot_be_compared() -> None:
    """Where even the first outputs differ, it is not said that the layers are wrong."""
    stale = ELSEWHERE.replace("self.theta[:-1])", "np.zeros((12, 8)))")
    found = parting(
        subject(Alteration(name="x", exercise="training", code=stale)), subject(), training()
    )
    assert found is not None
    assert found.unpaired


def test_layers_that_raise_are_quoted() -> None:
    """What a layer raises while it is trained is told to the student."""
    raising = Alteration(name="x", exercise="training", changes=((FORWARD, "return x @ x"),))
    with pytest.raises(CheckFailed, match="your layers fail: ValueError"):
        parting(subject(raising), subject(), training())


def test_a_training_that_explodes_ends_at_once() -> None:
    """Nothing comes back from outputs that are not finite, so no more steps are taken."""
    step = "self.learning_rate * self.grad_W"
    exploding = Alteration(
        name="x", exercise="training", changes=((f"self.W - {step}", "self.W * np.inf"),)
    )
    outcome = subject(exploding).answer(Scenario(training())).outcomes[0]
    assert isinstance(outcome, Value)
    assert outcome.value["steps"] == 2
    assert parting(subject(exploding), subject(), training()) is not None


def test_what_was_trained_can_be_asked() -> None:
    """The trained layers answer a later step of the scenario, and better than before."""
    train = training(20)
    rows = np.asarray(train.inputs, np.float32) / 255
    answers = []
    for order in (np.asarray(train.order)[:0], train.order):
        short = Train(**{**{n: getattr(train, n) for n in train.__slots__}, "order": order})
        scenario = Scenario(short, Call("logits", TRAINED, "forward", [rows]))
        outcome = subject().answer(scenario).outcomes[1]
        assert isinstance(outcome, Value)
        answers.append(outcome.value)
    assert answers[0].shape == answers[1].shape == (len(rows), 5)
    assert not np.allclose(answers[0], answers[1])


def test_a_layer_that_is_not_there_is_named() -> None:
    """A notebook without one of the classes answers with the name of what is missing."""
    (outcome,) = Reference({}).answer(Scenario(training(1))).outcomes
    assert isinstance(outcome, Raised)
    assert "Linear" in outcome.message


def test_the_same_seed_gives_the_same_training() -> None:
    """Everything about a training follows from its seed."""
    random = np.random.default_rng(1)
    images, labels = random.integers(0, 256, (320, 12), np.uint8), random.integers(0, 5, 320)
    first, again, other = (Scenario(SMALL.training(seed, images, labels)).key for seed in (1, 1, 2))
    assert first == again != other


def test_each_epoch_goes_through_all_images_in_whole_batches() -> None:
    """Every image comes once an epoch, except those that fill no batch."""
    order = SMALL.order(0, 100)
    assert order.shape == (SMALL.epochs * 3, 32)
    for epoch in order.reshape(SMALL.epochs, -1):
        assert len(set(epoch.tolist())) == 96
