"""Notebooks by somebody who knew the student notebook, and neither the checks nor the reference."""

from pathlib import Path

import pytest

from grader.results import Result
from tests.grading import UNIT, graded

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
