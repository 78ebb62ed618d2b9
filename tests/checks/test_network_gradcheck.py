"""Layers in a chain: each gradient is that of the chain's own outputs."""

import numpy as np
import pytest

from grader.assignment.mistakes import Alteration
from grader.checks.finite_differences import numerical_gradient
from grader.checks.network_gradcheck import wrong_together
from grader.checks.training.metrics import loss_gradient
from grader.scenario import Scenario, Transcript
from grader.subjects.reference import Reference, cells, performing
from grader.verdicts import CheckFailed
from reference.nn_from_scratch.mistakes import variants
from reference.nn_from_scratch.training import small_network
from tests.checks.test_paired import ELSEWHERE
from tests.notebooks import REFERENCE

NAMES = ("Linear", "ReLU")

# Right one by one: both use one global name for something else.
SHARED = """
scale = 1.0
_Linear, _ReLU = Linear, ReLU

class Linear(_Linear):
    def backward(self, grad):
        return _Linear.backward(self, grad * scale)

class ReLU(_ReLU):
    def forward(self, input):
        global scale
        scale = np.abs(input).max()
        return _ReLU.forward(self, input / scale) * scale
"""


def layers(*changes: tuple[str, str], code: str = "") -> Reference:
    """Return the layers of the reference with something changed."""
    altered = Alteration(name="x", exercise="training", changes=changes, code=code)
    return performing(altered.applied(cells(REFERENCE, NAMES)), "x")


def found(student: Reference) -> CheckFailed | None:
    """Return what is wrong with a student's layers together."""
    return wrong_together(student, layers(), small_network)


@pytest.mark.parametrize(
    "changes",
    [
        (),
        (("self.x = x\n", "self.x = x = np.float32(x)\n"),),
        (("input > 0", "input >= 0"),),
    ],
    ids=["the reference", "float32", "open at zero"],
)
def test_right_layers_are_right_together(changes: tuple[tuple[str, str], ...]) -> None:
    """Whatever they compute in, and whichever side of the kink they take."""
    assert found(layers(*changes)) is None


# All of them would take minutes.
SOME = variants[::9]


@pytest.mark.parametrize("variant", SOME, ids=lambda variant: variant.name)
def test_a_right_variant_is_right_in_a_chain(variant: Alteration) -> None:
    """An unusual layer among the reference's others loses nothing."""
    own = {"linear": "Linear", "relu": "ReLU"}[variant.exercise]
    altered = variant.applied(cells(REFERENCE, [own]))
    others = [each for each in cells(REFERENCE, NAMES) if each not in cells(REFERENCE, [own])]
    assert found(performing([*altered, *others], variant.name)) is None


def test_weights_kept_elsewhere_are_taken_as_they_are() -> None:
    """Where setting W does nothing, the layers are asked with what they hold after an update."""
    assert found(layers(code=STORED)) is None
    wrong = found(layers(code=STORED.replace("* before[:-1]", "* 2 * before[:-1]")))
    assert wrong is not None
    assert "`W` of layer 1, `Linear(3, 4)`" in wrong.message


def test_weights_of_another_shape_are_computed_with_by_nobody() -> None:
    """What a layer shows takes no more of the grader's memory than the message that shows it."""
    shown = "return np.zeros((4000, 1, *self.theta[:-1].shape))"
    asked: list[Scenario] = []

    class Right(Reference):
        """Notes what it is asked."""

        def answer(self, scenario: Scenario) -> Transcript:
            asked.append(scenario)
            return super().answer(scenario)

    right = Right(layers()._namespace)
    wrong_together(layers(code=STORED), right, small_network)
    honest = len(asked)
    code = STORED.replace("return self.theta[:-1].copy()", shown)
    assert code != STORED
    assert wrong_together(layers(code=code), right, small_network) is None
    assert honest == 2
    assert len(asked) == honest + 1


STORED = (
    ELSEWHERE.replace("W = property", "W_ = property")
    .replace(
        "return grad @ before[:-1].T",
        "self.grad_W, self.grad_b = self.x[:, :-1].T @ grad, grad.sum(axis=0)\n"
        "        return grad @ (1 * before[:-1]).T",
    )
    .replace(
        "    W_ = property(lambda self: self.theta[:-1])",
        """\
    @property
    def W(self):
        return self.theta[:-1].copy()

    @W.setter
    def W(self, value):
        pass
""",
    )
    .replace(
        "    b = property(lambda self: self.theta[-1])",
        """\
    @property
    def b(self):
        return self.theta[-1].copy()

    @b.setter
    def b(self, value):
        pass
""",
    )
)


def test_layers_that_are_wrong_only_together_are_told_where() -> None:
    """The parameter, the place and both numbers are told, with a cell that shows it."""
    wrong = found(layers(code=SHARED))
    assert wrong is not None
    assert "gradient of the loss with respect to `W` of layer 3, `Linear(4, 2)`" in wrong.message
    assert wrong.hint is not None
    assert wrong.evidence is not None
    assert wrong.evidence.worst is not None
    assert wrong.evidence.cell is not None
    printed: list[np.ndarray] = []
    namespace: dict[str, object] = {}
    for source in cells(REFERENCE, NAMES):
        exec(source, namespace)  # noqa: S102 - ours
    exec(SHARED, namespace)  # noqa: S102 - ours
    exec(wrong.evidence.cell, {**namespace, "print": printed.append})  # noqa: S102 - ours
    assert printed[-1][wrong.evidence.worst.index] == pytest.approx(wrong.evidence.worst.got)


def test_a_chain_that_raises_is_told() -> None:
    """What a layer raises is the verdict."""
    wrong = found(layers(("return grad * self.is_open", "raise ValueError('no')")))
    assert wrong is not None
    assert wrong.message == "`backward` raised ValueError: no."


def test_the_gradient_of_the_loss_is_that_of_the_loss() -> None:
    """It agrees with differences of the mean cross-entropy."""
    random = np.random.default_rng(0)
    logits, labels = random.normal(size=(4, 3)), np.array([0, 2, 1, 1])

    def loss(at: np.ndarray) -> np.ndarray:
        each = np.log(np.exp(at).sum(axis=1)) - at[np.arange(4), labels]
        return np.array([each.mean()])

    numerical = numerical_gradient(loss, logits, np.ones(1))
    np.testing.assert_allclose(loss_gradient(logits, labels), numerical, atol=1e-7)
