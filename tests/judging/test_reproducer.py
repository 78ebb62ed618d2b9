"""The cell under a failed check does to the student's own code what the grader did."""

from functools import cache
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from grader.judging.judge import judge
from grader.judging.reproducer import cell
from grader.results.evidence import Evidence, Item
from grader.results.model import CheckResult
from grader.scenario import Call, Get, Make, Raised, Run, Scenario, Set, Transcript, Value
from grader.subjects.reference import Reference, reference
from tests.grading import nn_from_scratch

WRONG = """
import numpy as np

class Linear:
    def __init__(self, in_channels, out_channels, learning_rate=0.1):
        self.W = np.zeros((in_channels, out_channels))
        self.b = np.zeros(out_channels)
        self.learning_rate = learning_rate

    def forward(self, x):
        self.x = x
        return x @ self.W - self.b

    def backward(self, grad):
        self.grad_W = self.x.T @ grad / len(grad)
        self.grad_b = grad.mean(0)
        self.W = self.W - self.learning_rate * self.grad_W
        self.b = self.b - self.learning_rate * self.grad_b
        grad *= 2
        return grad @ self.W.T
"""


@cache
def failed() -> dict[str, CheckResult]:
    """Return the checks that a layer with many mistakes fails."""
    assignment = nn_from_scratch()
    namespace: dict[str, Any] = {}
    exec(WRONG, namespace)  # noqa: S102 - ours
    result = judge(
        assignment.exercises[0],
        student=Reference(namespace),
        reference=reference(assignment.reference, ["Linear"]),
        submission=None,
        seed=assignment.config.seed,
    )
    return {check.id: check for check in result.checks if check.status == "failed"}


def again(scenario: Scenario, evidence: Evidence, message: str) -> str | None:
    """Return the cell for a scenario whose every step gave nothing."""
    outcomes = tuple(Value(None) for _ in scenario.steps)
    found = cell([Transcript(scenario, outcomes)], evidence, message)
    return None if found is None else found.source


def printed(source: str) -> np.ndarray:
    """Return what a cell prints below the layer."""
    told: list[np.ndarray] = []
    exec(WRONG + source, {"print": lambda *shown: told.append(shown[0])})  # noqa: S102 - ours
    return told[-1]


@pytest.mark.parametrize("name", ["weight_gradient", "bias_gradient"])
def test_the_cell_prints_what_the_student_got(name: str) -> None:
    """Pasted below the student's code, it runs, and ends in the value that the report shows."""
    evidence = failed()[name].evidence
    assert evidence is not None
    assert evidence.cell is not None
    assert evidence.got is not None
    got = np.array(evidence.got.value)
    np.testing.assert_allclose(printed(evidence.cell), got, rtol=1e-6)


def test_every_failed_check_of_a_layer_has_a_cell_that_runs() -> None:
    """Each is plain Python that the student's code can be followed by."""
    assert len(failed()) >= 5
    for check in failed().values():
        assert check.evidence is not None, check.id
        assert check.evidence.cell is not None, check.id
        printed(check.evidence.cell)


def test_what_was_expected_stands_beside_it() -> None:
    """A result that the report compares is printed with what it should have been."""
    evidence = failed()["bias_gradient"].evidence
    assert evidence is not None
    assert evidence.cell is not None
    assert evidence.expected is not None
    assert isinstance(evidence.expected.value, tuple)
    assert evidence.cell.endswith(f"print(layer.grad_b)  # expected {[*evidence.expected.value]}")


def test_an_argument_that_was_changed_is_printed() -> None:
    """Where an array of the caller's was written to, that is what the cell shows."""
    scenario = Scenario(
        Make("relu", "ReLU"), Call("y", "relu", "forward", [np.array([[-1.0, 1.0]])])
    )
    evidence = Evidence(inputs=(Item.of("x", np.array([[-1.0, 1.0]])),))
    outcomes = (Value(None), Value(np.zeros((1, 2)), changed=((1, 0),)))
    found = cell([Transcript(scenario, outcomes)], evidence, "`forward` changed `x` in place.")
    assert found is not None
    assert found.source.splitlines()[-1] == "print(x)  # expected [[-1.0, 1.0]]"


def test_a_result_is_read_where_it_is_kept() -> None:
    """What the check read from an attribute is printed from there, and nothing else is read."""
    scenario = Scenario(
        Make("layer", "Linear", [1, 1]),
        Set("layer", "b", np.zeros(1)),
        Get("b", "layer", "b"),
        Get("grad_b", "layer", "grad_b"),
    )
    source = again(scenario, Evidence(), "`grad_b` is None.")
    assert source is not None
    assert source.splitlines()[-3:] == [
        "layer = Linear(1, 1)",
        "layer.b = np.zeros(1)",
        "print(layer.grad_b)  # expected an array",
    ]


def test_the_cell_asks_what_gave_the_value_that_is_shown() -> None:
    """Of all that a check asked, the one is written whose answer the report shows as wrong."""
    question = Scenario(Make("f", "F"), Call("y", "f", "forward", [1.0]))
    other = Scenario(Make("f", "F"), Call("y", "f", "forward", [2.0]))
    asked = [
        Transcript(each, (Value(None), Value(np.array([value]))))
        for each, value in ((question, 1.0), (other, 3.0))
    ]
    evidence = Evidence(expected=Item.of("y", np.array([-0.0])), got=Item.of("y", np.array([3.0])))
    found = cell(asked, evidence, "y is wrong.")
    assert found is not None
    assert found.source == "f = F()\ny = f.forward(2.0)\nprint(y)  # expected [0.0]"


def test_a_wrong_shape_is_printed_beside_the_right_one() -> None:
    """Where only shapes differ, the cell prints the shape."""
    scenario = Scenario(Call("y", "f", args=[1.0]))
    evidence = Evidence(expected=Item.shaped("y", (2,)), got=Item.of("y", np.array([[1.0, 2.0]])))
    asked = [Transcript(scenario, (Value(np.array([[1.0, 2.0]])),))]
    found = cell(asked, evidence, "y has the shape (1, 2), expected (2,).")
    assert found is not None
    assert found.source == "y = f(1.0)\nprint(y.shape)  # expected (2,)"


def test_a_cell_ends_where_the_code_raises() -> None:
    """What raised is the last line, and that nothing should have been raised stands beside it."""
    scenario = Scenario(Call("y", "f", args=[1.0]), Call("z", "g", args=[2.0]))
    asked = [Transcript(scenario, (Raised("ValueError", "no"),))]
    found = cell(asked, Evidence(), "`f` raised ValueError: no.")
    assert found is not None
    assert found.source == "y = f(1.0)  # expected no error"


@pytest.mark.parametrize("matters", [True, False])
def test_an_object_that_makes_no_difference_is_left_out(matters: bool) -> None:
    """The cell makes a second layer only where the answer is another without it."""
    scenario = Scenario(Make("one", "F"), Make("other", "F"), Call("y", "one", "forward", [1.0]))
    wrong, right = Value(np.array(3.0)), Value(np.array(2.0))

    def ask(fewer: Scenario) -> Transcript:
        return Transcript(fewer, (Value(None), right if matters else wrong))

    evidence = Evidence(expected=Item.of("y", np.array(2.0)), got=Item.of("y", np.array(3.0)))
    asked = [Transcript(scenario, (Value(None), Value(None), wrong))]
    found = cell(asked, evidence, "y is wrong.", ask)
    assert found is not None
    assert ("other = F()" in found.source) is matters


def test_a_read_only_argument_is_made_read_only() -> None:
    """A cell about an array that must not be written to makes it so."""
    array = np.array([1.0])
    array.flags.writeable = False
    scenario = Scenario(Call("y", "f", args=[array]))
    asked = [Transcript(scenario, (Raised("ValueError", "read-only"),))]
    found = cell(asked, Evidence(inputs=(Item.of("x", array),)), "`f` writes into `x`.")
    assert found is not None
    assert "x.flags.writeable = False" in found.source


def test_what_nobody_could_paste_has_no_cell() -> None:
    """Neither the notebook's own cells run again nor an array of a page's length."""
    assert again(Scenario(Run(["x = 1"])), Evidence(), "") is None
    large = Scenario(Call("y", "double", args=[np.zeros((20, 20)) + 1]))
    assert again(large, Evidence(), "") is None


@given(
    arrays.arrays(
        st.sampled_from([np.float32, np.float64, np.int64, np.bool_]),
        arrays.array_shapes(max_dims=3, max_side=3),
    ).filter(lambda array: bool(np.all(np.isfinite(array))))
)
def test_arrays_are_written_as_they_are(array: np.ndarray) -> None:
    """Read back by Python, an argument has the same type, shape and elements."""
    source = again(Scenario(Call("y", "f", args=[array])), Evidence(), "")
    assert source is not None
    read: list[np.ndarray] = []
    exec(source, {"f": read.append, "print": lambda _: None})  # noqa: S102 - ours
    assert read[0].dtype == array.dtype
    np.testing.assert_array_equal(read[0], array)
