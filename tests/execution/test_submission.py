"""What is found out of a submission once, and remembered."""

from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from grader import CheckFailed, Scenario, Submission, once
from grader.scenario import StandIn


def a_submission() -> Any:
    """Return what `once` knows of a submission."""
    return SimpleNamespace(remembered={})


def test_a_thing_is_found_out_once_for_each_of_its_arguments() -> None:
    """Other steps, told apart by what they hold, are another thing; equal ones are not."""
    asked: list[Any] = []

    @once
    def look(_submission: Submission, training: tuple[int, ...], steps: Scenario) -> int:
        asked.append((training, steps))
        return len(asked)

    def logs(*numbers: float) -> Scenario:
        return Scenario(StandIn("logs", "value", np.array(numbers)))

    submission = a_submission()
    assert [look(submission, (1,), logs(1, 2)), look(submission, (1,), logs(1, 2))] == [1, 1]
    assert look(submission, (1,), logs(1, 3)) == 2
    assert look(submission, (2,), logs(1, 2)) == 3
    assert look(a_submission(), (1,), logs(1, 2)) == 4


def test_a_verdict_that_was_raised_is_raised_again() -> None:
    """Whoever wants to know the same is told the same, and nobody is asked anew."""
    asked: list[int] = []

    @once
    def look(_submission: Submission, cell: int) -> None:
        asked.append(cell)
        raise CheckFailed("no")

    submission = a_submission()
    for _again in range(2):
        with pytest.raises(CheckFailed, match="no"):
            look(submission, 3)
    assert asked == [3]
