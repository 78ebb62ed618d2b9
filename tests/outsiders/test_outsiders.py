"""Notebooks by somebody who knew the student notebook, and neither the checks nor the reference."""

from pathlib import Path

import pytest

from grader.results.model import Result
from tests.grading import UNIT, check, graded

HERE = Path(__file__).parent


def lost(result: Result) -> dict[str, float]:
    """Return the points that each check took."""
    return {
        f"{exercise.id}.{check.id}": check.max_points - check.points
        for exercise in result.exercises
        for check in exercise.checks
        if check.points < check.max_points
    }


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        # Weights in a dict behind descriptors, one tensordot for all gradients, steps in place.
        ("unusual_right", {}),
        # W and b as views of one array, `backward` hung on to the class in a cell of its own, a
        # ReLU of another name that is open by the sign, so also at 0 but not at -0.
        ("unusual_right_views", {}),
        # The first input of a shape kept for ever, a ReLU that takes two axes for granted.
        ("subtly_wrong_memory", {"linear.second_call": 2, "relu.any_shape": 2}),
        # The bias averaged, the input gradient after the step, zeros written into the upstream.
        (
            "subtly_wrong",
            {
                "linear.bias_gradient": 2,
                "linear.input_gradient_before_update": 3,
                "relu.arguments_unchanged": 2,
            },
        ),
    ],
)
def test_an_outsider_gets_what_is_fair(name: str, expected: dict[str, float]) -> None:
    """What is unusual costs nothing, and each mistake is charged by one check."""
    assert lost(graded(HERE / f"{name}.ipynb", *UNIT)) == expected


def test_what_is_left_over_is_told_and_shown() -> None:
    """The cell makes both passes, of which the first is what the second still holds."""
    told = check(graded(HERE / "subtly_wrong_memory.ipynb", *UNIT), "linear", "second_call")
    assert told.message == "grad_W after a second pass is that of the batch before."
    assert told.evidence is not None
    assert told.evidence.cell is not None
    assert told.evidence.cell.count("layer.forward(") == 2
