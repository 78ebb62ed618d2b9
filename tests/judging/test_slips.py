"""A slip costs what it breaks, once, and the first words about it lead to its line."""

from functools import cache

import numpy as np
import pytest

from grader import Variant
from grader.assignment.loading import load
from grader.assignment.mistakes import catalogue
from grader.assignment.model import Assignment
from grader.judging.judge import judge
from grader.judging.matching import recognised
from grader.results.model import CheckResult, ExerciseResult
from grader.subjects.reference import altered, reference
from tests.notebooks import ROOT

KEEP = "self.x = x"
OUTPUT = "return x @ self.W + self.b"
OF_W, OF_B, OF_X = (
    "self.grad_W = self.x.T @ grad",
    "self.grad_b = grad.sum(axis=0)",
    "self.grad = grad @ self.W.T",
)
STEP_W = "self.W = self.W - self.learning_rate * self.grad_W"
STEP_B = "self.b = self.b - self.learning_rate * self.grad_b"

Change = tuple[str, str]


@cache
def assignment(name: str) -> Assignment:
    """Return one of the project's assignments."""
    return load(ROOT / "reference" / name)


def judged(name: str, exercise_id: str, *changes: Change, code: str = "") -> ExerciseResult:
    """Judge the reference of an assignment with a slip in it."""
    of = assignment(name)
    (exercise,) = (each for each in of.exercises if each.id == exercise_id)
    slip = Variant(name=f"{changes} {code}", exercise=exercise_id, changes=changes, code=code)
    student = altered(of.reference, exercise.names, slip)
    right = reference(of.reference, exercise.names)
    seed = of.config.seed
    result = judge(exercise, student=student, reference=right, submission=None, seed=seed)
    known = recognised(
        exercise,
        result,
        student=student,
        reference=right,
        notebook=of.reference,
        mistakes=catalogue(of).of(exercise_id),
        seed=seed,
    )
    return result if known is None else result.called(known.info)


def linear(*changes: Change, code: str = "") -> ExerciseResult:
    """Judge the layer of the first assignment with a slip in it."""
    return judged("nn_from_scratch", "linear", *changes, code=code)


def relu(code: str) -> ExerciseResult:
    """Judge another `ReLU`."""
    return judged("nn_from_scratch", "relu", code=code)


def loss(code: str) -> ExerciseResult:
    """Judge other functions for the cross-entropy."""
    return judged("stable_numerics", "cross_entropy", code=code)


def lost(result: ExerciseResult) -> dict[str, float]:
    """Return the points that each check cost."""
    return {
        each.id: each.max_points - each.points for each in result.checks if each.status != "passed"
    }


def told(result: ExerciseResult, name: str) -> CheckResult:
    """Return a check that has failed."""
    (found,) = (each for each in result.checks if each.id == name)
    assert found.status == "failed", found
    return found


def test_what_was_stored_before_backward_raised_is_judged() -> None:
    """The gradients that stand before the line are right; the first words name what there is."""
    result = linear((STEP_W, "self.W = self.W - self.lr * self.grad_W"))
    assert "weight_gradient" not in lost(result)
    assert "bias_gradient" not in lost(result)
    assert "second_call" not in lost(result)
    failed = [each.id for each in result.checks if each.status == "failed"]
    assert failed == ["backward_runs"]
    raised = told(result, "backward_runs")
    assert "has no attribute 'lr'" in raised.message
    assert "`learning_rate`" in str(raised.hint)


def test_backward_is_asked_where_forward_raised() -> None:
    """What it needs was kept before the line that raised."""
    result = linear((OUTPUT, "return x @ self.W + slef.b"))
    assert set(lost(result)) == {
        *("forward_shape", "forward_weights", "forward_bias", "arguments_unchanged", "vectorised"),
    }
    assert "`self`" in str(told(result, "forward_shape").hint)


def test_a_backward_that_lacks_what_forward_did_not_keep_is_charged_once() -> None:
    """What `backward` raises is then no news: it is skipped."""
    result = linear((KEEP, "raise ValueError('not yet')"))
    assert [each.id for each in result.checks if each.status == "failed"] == ["forward_shape"]


def test_methods_that_are_not_entered_are_told_both() -> None:
    """Each lacks its `self`."""
    result = linear(
        (
            'def forward(self, x):\n        """Return the outputs',
            'def forward(x):\n        """Return the outputs',
        ),
        (
            'def backward(self, grad):\n        """Learn from',
            'def backward(grad):\n        """Learn from',
        ),
    )
    for name in ("forward_shape", "backward_runs"):
        assert "Is `self` the first parameter" in str(told(result, name).hint)


def test_forward_without_return_costs_forward_alone() -> None:
    """All that asks for no output is asked."""
    result = linear((OUTPUT, "y = x @ self.W + self.b"))
    assert set(lost(result)) == {"forward_shape", "forward_weights", "forward_bias"}
    cell = told(result, "forward_shape").evidence
    assert cell is not None
    assert "y = layer.forward(x)" in str(cell.cell)


@pytest.mark.parametrize("summed", ["np.sum(grad)", "np.sum(grad).reshape(1)"])
def test_a_step_by_a_gradient_of_another_shape_is_charged_once(summed: str) -> None:
    """The step is right by the layer's own gradient."""
    result = linear((OF_B, f"self.grad_b = {summed}"))
    assert lost(result) == {"bias_gradient_direction": 2, "bias_gradient": 2}
    message = told(result, "bias_gradient_direction").message
    assert message == "`grad_b` is the sum over everything."


def test_weights_the_other_way_round_are_charged_once() -> None:
    """All else is judged with them as the layer keeps them."""
    result = linear(
        ("size=(in_channels, out_channels)", "size=(out_channels, in_channels)"),
        (OUTPUT, "return x @ self.W.T + self.b"),
        (OF_W, "self.grad_W = grad.T @ self.x"),
        (OF_X, "self.grad = grad @ self.W"),
    )
    assert lost(result) == {"forward_weights": 4}
    assert "(out_channels, in_channels)" in told(result, "forward_weights").message


RENAMED = """
class Linear(Layer):
    def __init__(self, in_channels, out_channels, learning_rate=0.1):
        self.step = learning_rate
        self.kernel = 0.01 * np.random.normal(size=(in_channels, out_channels))
        self.offset = np.zeros(out_channels)

    def forward(self, x):
        self.kept = x
        return x @ self.kernel + self.offset

    def backward(self, grad):
        gradient = GRADIENT
        back = grad @ self.kernel.T
        self.kernel -= self.step * gradient
        self.offset -= self.step * grad.sum(axis=0)
        return back
"""


def test_other_names_for_the_weights_are_charged_once() -> None:
    """That setting `W` changes nothing is told, and that no gradients are kept; no more."""
    result = linear(code=RENAMED.replace("GRADIENT", "self.kept.T @ grad"))
    assert lost(result) == {"forward_weights": 4, "weight_gradient": 3, "bias_gradient": 2}
    message = told(result, "forward_weights").message
    assert "Setting `layer.W` changes nothing: your layer computes with `kernel`." in message


def test_other_names_excuse_no_wrong_gradient() -> None:
    """A layer of other names is judged by where it moves."""
    result = linear(code=RENAMED.replace("GRADIENT", "-(self.kept.T @ grad)"))
    assert "update" in lost(result)
    assert "forward_bias" not in lost(result)


def test_a_gradient_times_the_output_is_told_on_an_example_that_shows_it() -> None:
    """Of one number it would be any multiple, and of an output of 0 nothing at all."""
    result = linear(
        (OUTPUT, "self.y = x @ self.W + self.b\n        return self.y"),
        (OF_W, "grad = grad * self.y\n        self.grad_W = self.x.T @ grad"),
    )
    failed = told(result, "weight_gradient_direction")
    assert "multiplied by the output" in failed.message
    assert failed.evidence is not None
    assert failed.evidence.got is not None
    assert np.any(np.array(failed.evidence.got.value))
    assert "grad_x = layer.backward(grad)" in str(failed.evidence.cell)
    assert "update" not in lost(result)


SQUARE_ROOT = """
class ReLU(Layer):
    def forward(self, input):
        self.is_open = input > 0
        return np.sqrt(np.maximum(input, 0))

    def backward(self, grad):
        return grad * self.is_open
"""


def test_a_factor_is_told_only_where_two_examples_agree() -> None:
    """The root of one number is some part of it, and of the next another."""
    failed = told(relu(SQUARE_ROOT), "values")
    assert failed.message == "y has the right shape, but wrong values."
    doubled = told(relu(SQUARE_ROOT.replace("np.sqrt", "2 * ")), "values")
    assert doubled.message == "y points the right way, but is 2 times what it should be."


def test_truth_values_are_called_by_their_name() -> None:
    """They are no numbers that are some times too small."""
    failed = told(
        relu(SQUARE_ROOT.replace("np.sqrt(np.maximum(input, 0))", "2 * input > 0")), "values"
    )
    assert failed.message == "y is an array of truth values (bool), not of numbers."
    assert failed.evidence is not None
    assert failed.evidence.got is not None
    assert failed.evidence.got.dtype == "bool"


@pytest.mark.parametrize("spelt", ["backwards", "backwrad"])
def test_a_method_of_nearly_the_right_name_is_told(spelt: str) -> None:
    """The one that answers is inherited; no known mistake is named."""
    source = SQUARE_ROOT.replace("np.sqrt", "").replace("def backward", f"def {spelt}")
    result = relu(source)
    assert result.mistake is None
    failed = told(result, "gradient_values")
    assert failed.message.startswith("Your `ReLU` has no `backward` of its own")
    assert f"`{spelt}`" in str(failed.hint)
    assert failed.evidence is not None
    assert failed.evidence.cell == 'print("backward" in vars(ReLU))  # expected True'


def test_a_method_inside_another_is_told() -> None:
    """It is defined anew in each `forward`, and nobody calls it."""
    body = "return x @ self.W + self.b\n\n        def inner(self, grad):\n            return grad"
    result = linear((OUTPUT, body), ("def backward(self, grad):", "def backwrd_(self, grad):"))
    failed = told(result, "backward_runs")
    assert "has no `backward` of its own" in failed.message


def test_a_none_in_a_step_is_told_and_nothing_else_named() -> None:
    """The gradient that was never computed is None where the step needs it."""
    result = linear((OF_B, "pass"))
    assert result.mistake is None
    assert "Something in this line is None" in str(told(result, "backward_runs").hint)


def test_a_method_of_numpy_that_is_not_there_is_told_with_the_one_that_is() -> None:
    """What exists instead is listed."""
    result = linear((OF_B, "self.grad_b = grad.sums(axis=0)"))
    assert "`sum`" in str(told(result, "backward_runs").hint)
    assert "weight_gradient" not in lost(result)


LOSS = """
def cross_entropy(logits, labels):
    rows = np.arange(len(logits))
    top = logits.max(axis=1, keepdims=True)
    logs = logits - top - np.log(np.exp(logits - top).sum(axis=1, keepdims=True))
    return -np.mean(logs[rows, labels])

def grad_cross_entropy(probabilities, labels):
    grads = probabilities.copy()
    grads[np.arange(len(labels)), labels] -= 1
    return grads / len(labels)
"""


def test_the_loss_of_this_file_is_right() -> None:
    """What the tests below change is what they are about."""
    assert lost(loss(LOSS)) == {}


def test_the_gradient_of_a_sum_is_none_of_the_mean() -> None:
    """It is asked also of whoever sums in both functions, and of what it is the multiple."""
    summed = LOSS.replace("np.mean", "np.sum").replace("grads / len(labels)", "grads")
    result = loss(summed)
    assert lost(result) == {"mean_of_batch": 4, "gradient": 4}
    assert told(result, "gradient").message.endswith("2 is the batch size.")


@pytest.mark.parametrize(
    ("probability", "told_of"),
    [
        ("np.clip(np.exp(logs[rows, labels]), 1e-9, 1)", "clipped at about 1e-09"),
        ("np.exp(logs[rows, labels]) + 1e-9", "about 1e-09 is added"),
    ],
)
def test_a_bounded_loss_is_told_by_how_it_is_bounded(probability: str, told_of: str) -> None:
    """Clipping and adding give the same largest loss, and not the same a little below it."""
    result = loss(LOSS.replace("-np.mean(logs[rows, labels])", f"-np.mean(np.log({probability}))"))
    assert told_of in told(result, "large_logits").message


def test_a_scalar_is_no_multiple_of_another_by_one_example() -> None:
    """A loss of one class counted wrongly is told as the wrong number, not as some times it."""
    result = loss(LOSS.replace("logs[rows, labels]", "logs[rows, labels] ** 2"))
    message = told(result, "one_example").message
    assert message == "What `cross_entropy` returned is not the right number."


def test_a_largest_logit_that_is_not_counted_again_is_told_beside_another_slip() -> None:
    """Two slips at once have no name of the catalogue; each is told by what it does."""
    slip = LOSS.replace("logits - top - np.log", "logits - np.log").replace(".copy()", "")
    result = loss(slip)
    assert "largest logit of each row" in told(result, "one_example").message
    assert "in place" in told(result, "arguments_unchanged").message


def test_labels_of_the_wrong_axis_are_charged_once() -> None:
    """Large logits are asked of one example: which of a batch count is another question."""
    assert lost(loss(LOSS.replace("logs[rows, labels]", "logs[:, labels]"))) == {"mean_of_batch": 4}


def test_numbers_of_an_example_can_be_read() -> None:
    """No number of a cell has more than eight digits."""
    result = loss(LOSS.replace("grads / len(labels)", "grads * len(labels)"))
    cell = told(result, "gradient").evidence
    assert cell is not None
    digits = str(cell.cell).replace("[", " ").replace("]", " ").split()
    assert max(len(each.strip(",-").replace("0.", "")) for each in digits if "0." in each) <= 9


DROPOUT = """
class Dropout:
    def __init__(self, rate):
        self.rate, self.training = rate, True

    def forward(self, x):
        if not self.training:
            self.mask = 1
            return x
        self.mask = DRAWN / (1 - self.rate)
        return x * self.mask

    def backward(self, grad):
        return grad * self.mask
"""


@pytest.mark.parametrize(
    "drawn",
    [
        "(np.random.rand(x.shape[-1]) >= self.rate)",
        "np.random.binomial(1, 1 - self.rate, x.shape[-1])",
        "(np.random.uniform(size=x.shape[-1]) > self.rate)",
    ],
)
def test_one_mask_for_each_column_costs_the_same_however_it_is_drawn(drawn: str) -> None:
    """The rate is measured by as many draws as there are independent ones."""
    result = judged("stable_numerics", "dropout", code=DROPOUT.replace("DRAWN", drawn))
    assert lost(result) == {"drawn_anew": 2}


def test_only_what_was_asked_stands_beside_the_cell() -> None:
    """A layer that was made with the rate 0 is shown with no other."""
    drawn = "(np.random.rand(*x.shape) < self.rate)"
    result = judged("stable_numerics", "dropout", code=DROPOUT.replace("DRAWN", drawn))
    evidence = told(result, "rate_zero").evidence
    assert evidence is not None
    assert "Dropout(0.0)" in str(evidence.cell)
    assert [each.name for each in evidence.inputs] == ["x"]


AVERAGED = "return np.mean(largest + np.log(exponentials.sum(axis=1)) - logits[examples, labels])"
SHIFTED = "exponentials = np.exp(logits - largest[:, None])"
# Slips of the second assignment, and the checks that they fail.
WHATEVER_IS_DRAWN = [
    ("cross_entropy", (AVERAGED, AVERAGED.replace("mean", "max")), ["mean_of_batch"]),
    (
        "cross_entropy",
        ("examples = np.arange(len(labels))", "examples = -np.arange(len(labels))"),
        ["mean_of_batch"],
    ),
    (
        "cross_entropy",
        (SHIFTED, SHIFTED.replace("[:, None]", "")),
        ["mean_of_batch", "vectorised"],
    ),
    (
        "tanh",
        ("self.y = np.tanh(x)", "self.y = np.tan(x)"),
        ["values", "large_inputs", "arguments_unchanged", "vectorised"],
    ),
]


@pytest.mark.parametrize(("exercise", "change", "failed"), WHATEVER_IS_DRAWN, ids=str)
def test_what_a_slip_costs_hangs_on_no_seed(
    exercise: str, change: Change, failed: list[str]
) -> None:
    """Whatever numbers and sizes are drawn, a slip fails the same checks."""
    of = assignment("stable_numerics")
    (about,) = (each for each in of.exercises if each.id == exercise)
    slip = Variant(name=str(change), exercise=exercise, changes=(change,))
    student = altered(of.reference, about.names, slip)
    right = reference(of.reference, about.names)
    for seed in range(5):
        result = judge(about, student=student, reference=right, submission=None, seed=seed)
        assert [each.id for each in result.checks if each.status != "passed"] == failed


def test_weights_whose_squares_are_no_numbers_are_large() -> None:
    """A layer that starts with them is told so."""
    result = linear(("0.01 * np.random.normal(", "1e200 * np.random.normal("))
    assert "are large" in told(result, "start").message
