"""What fails only where a size is 1 is charged once, and said so; the rest is asked where it holds.

A list where an array belongs is charged once, too: its numbers are asked all the same.
"""

from pathlib import Path

import pytest

from grader.results.model import ExerciseResult
from tests.grading import check, graded
from tests.notebooks import SLOW, edited, submission

OUTPUT = "return x @ self.W + self.b"
SUM = "self.grad_b = grad.sum(axis=0)"
ASSERTED = """\
self.grad_b = np.squeeze(np.sum(grad, axis=0))
        assert self.grad_b.shape == (self.out_channels,)"""
# A second slip, for one row.
ONE_ROW = "self.grad_W = self.x.T @ grad if len(grad) > 1 else 0 * self.x.T @ grad"


def linear(folder: Path, *changes: tuple[str, str]) -> ExerciseResult:
    """Return what a notebook comes to whose `Linear` is the reference's, changed."""
    path = submission(folder, {"linear": edited("linear", *changes)}, drop=SLOW)
    (result,) = graded(path, "linear").exercises
    return result


def lost(result: ExerciseResult) -> dict[str, str]:
    """Return the message of each check that has not passed."""
    return {each.id: each.message for each in result.checks if each.status != "passed"}


def test_an_exception_for_one_output_costs_what_asks_whether_it_runs(tmp_path: Path) -> None:
    """All else is asked where `backward` runs, and the message says where it does not."""
    assert lost(linear(tmp_path, (SUM, ASSERTED))) == {
        "backward_runs": "`backward` raised AssertionError. This happens only with one output; "
        "otherwise this check passes."
    }


def test_a_shape_that_is_wrong_for_one_row_costs_the_shape(tmp_path: Path) -> None:
    """With two rows it is right: so is all that builds on it."""
    result = linear(tmp_path, (OUTPUT, "return np.squeeze(x @ self.W) + self.b"))
    assert lost(result) == {
        "forward_shape": "What `forward` returned has the shape (3,), expected (1, 3). This "
        "happens only with one row or one output; otherwise this check passes."
    }
    assert result.mistake is not None
    assert result.mistake.name == "outputs squeezed"


def test_what_fails_at_another_size_of_one_is_charged_too(tmp_path: Path) -> None:
    """The cases on which `backward` runs are asked all of them, also those of one row."""
    found = lost(linear(tmp_path, (SUM, ASSERTED), ("self.grad_W = self.x.T @ grad", ONE_ROW)))
    assert set(found) >= {"backward_runs", "weight_gradient_direction"}
    assert "one row;" in found["weight_gradient_direction"]
    assert "input_gradient" not in found


@pytest.mark.parametrize(
    "ends",
    ["if len(grad) > 1: raise ValueError", "if len(grad) != len(self.W): raise ValueError"],
)
def test_what_fails_at_ordinary_sizes_leaves_what_was_stored(tmp_path: Path, ends: str) -> None:
    """A `backward` that runs for one row, or for a square, does not run: it is so far asked."""
    result = linear(tmp_path, (SUM, f"{SUM}\n        {ends}"))
    assert check_of(result, "backward_runs") == "`backward` raised ValueError."
    assert set(lost(result)) == {
        *("backward_runs", "input_gradient", "input_gradient_before_update", "update"),
        *("learning_rate_used", "arguments_unchanged", "vectorised"),
    }
    assert result.score == 22


def check_of(result: ExerciseResult, name: str) -> str:
    """Return the message of a check that has not passed."""
    return lost(result)[name]


@pytest.mark.parametrize(
    ("returned", "name"),
    [
        ("(x @ self.W + self.b).tolist()", "a list instead of an array"),
        ("tuple(x @ self.W + self.b)", None),
    ],
)
def test_a_list_instead_of_an_array_costs_the_shape(
    tmp_path: Path, returned: str, name: str | None
) -> None:
    """The notebook's next line raises; the numbers in the list are right."""
    result = linear(tmp_path, (OUTPUT, f"return {returned}"))
    kind = "tuple" if "tuple" in returned else "list"
    assert lost(result) == {
        "forward_shape": f"What `forward` returned is a {kind}; the next lines need a numpy array."
    }
    assert (result.mistake and result.mistake.name) == name
    evidence = next(each.evidence for each in result.checks if each.id == "forward_shape")
    assert evidence is not None
    assert evidence.cell is not None
    assert evidence.cell.splitlines()[-1] == ("print(type(y))  # expected <class 'numpy.ndarray'>")


def test_a_list_of_gradients_is_charged_once(tmp_path: Path) -> None:
    """What `backward` returns goes to the layer before, and what it keeps has a shape."""
    returned = linear(tmp_path, ("return self.grad\n", "return self.grad.tolist()\n"))
    assert set(lost(returned)) == {"backward_runs"}
    kept = "self.grad_b = list(self.grad_b)\n        return self.grad\n"
    assert set(lost(linear(tmp_path, ("return self.grad\n", kept)))) == {"bias_gradient"}


def test_a_list_out_of_relu_is_charged_once(tmp_path: Path) -> None:
    """In `forward` and in `backward`."""
    for old in ("np.maximum(input, 0)", "grad * self.is_open"):
        path = submission(tmp_path, {"relu": edited("relu", (old, f"({old}).tolist()"))}, drop=SLOW)
        result = graded(path, "relu")
        assert result.score == 18
        assert "is a list" in check(result, "relu", "any_shape").message


def test_what_forward_returns_instead_of_numbers_is_charged_once(tmp_path: Path) -> None:
    """A pair costs what `forward` is asked, and not the layer's memory of its latest input."""
    found = lost(linear(tmp_path, (OUTPUT, f"{OUTPUT}, x")))
    assert "forward_shape" in found
    assert "second_call" not in found
