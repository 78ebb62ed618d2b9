"""A name that the notebook does not define: the cell that failed is told, or a name like it."""

from pathlib import Path

import pytest

from grader.results.model import CheckResult
from tests.grading import graded
from tests.notebooks import SLOW, edited, submission

BROKEN = ("self.grad_b = grad.sum(axis=0)", "self.grad_b = grad.sum(axis=0")


def first_failed(path: Path, exercise: str) -> CheckResult:
    """Return the first check of an exercise that failed."""
    result = graded(path, exercise)
    return next(each for each in result.exercises[0].checks if each.status == "failed")


def test_a_syntax_error_is_told_where_its_class_is_asked_for(tmp_path: Path) -> None:
    """The error and its line, in the exercise that needs the cell."""
    path = submission(tmp_path, {"linear": edited("linear", BROKEN)}, drop=SLOW)
    check = first_failed(path, "linear")
    assert check.message.startswith("The notebook defines no `Linear`: the cell `class Linear(Lay")
    assert "where it is written, ended with SyntaxError: '(' was never closed (line " in (
        check.message
    )
    assert check.evidence is not None
    assert check.evidence.text == "self.grad_b = grad.sum(axis=0"


def test_an_error_before_the_class_is_told_with_its_line(tmp_path: Path) -> None:
    """A cell that ends before it defines what is asked for."""
    path = submission(tmp_path, {"relu": "width = 1 + 'a'\n\nclass ReLU(Layer):\n    pass"})
    check = first_failed(path, "relu")
    assert "`ReLU`: the cell `width = 1 + 'a'`, where it is written, ended with TypeError: " in (
        check.message
    )
    assert check.evidence is not None
    assert check.evidence.text == "width = 1 + 'a'"


def test_an_error_in_the_training_s_cell_is_told_for_the_network(tmp_path: Path) -> None:
    """The exercises about `network` quote the error of the cell that should bind it."""
    changed = edited("train-loop", ("Linear(784, 40)", "Linear(784)"))
    path = submission(tmp_path, {"train-loop": changed})
    check = first_failed(path, "training")
    assert (
        "`network`: the cell `network = Sequential([`, where it is written, ended with TypeE"
        in (check.message)
    )
    assert check.evidence is not None
    assert check.evidence.text == "Linear(784),"


@pytest.mark.parametrize("named", ["LinearLayer", "linear", "MyLinear"])
def test_a_class_of_nearly_that_name_is_named(tmp_path: Path, named: str) -> None:
    """It is asked for by the name in the notebook."""
    changed = edited("linear", ("class Linear(", f"class {named}("))
    path = submission(tmp_path, {"linear": changed}, drop=(*SLOW, "linear-check"))
    check = first_failed(path, "linear")
    assert check.message == f"The notebook defines no `Linear`, but there is `{named}`."


def test_a_name_that_is_nowhere_is_told_plainly(tmp_path: Path) -> None:
    """Nothing is made up where nothing is like it."""
    path = submission(tmp_path, drop=(*SLOW, "linear", "linear-check"))
    assert first_failed(path, "linear").message == "The notebook defines no `Linear`."
