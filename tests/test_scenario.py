"""Scenarios as values: what they hold is what they are known by."""

import numpy as np
import pytest

from grader.scenario import Amend, Call, Get, Make, Scenario

ASKED = Scenario(
    Make("layer", "Linear", [3, 2]),
    Call("y", "layer", "forward", [np.arange(6.0).reshape(2, 3)]),
    Get("W", "layer", "W"),
)


@pytest.mark.parametrize("asked", [ASKED, Scenario()])
def test_what_is_put_before_a_scenario_makes_the_scenario_that_it_says(asked: Scenario) -> None:
    """It has the steps, the message and the key of one that was written so at once."""
    step = Amend('class Linear:\n    pass  # l, ["l",')
    later, whole = asked.after(step), Scenario(step, *asked.steps)
    assert later.steps == whole.steps
    assert later.frame == whole.frame
    assert later.key == whole.key != asked.key


def test_a_scenario_that_cannot_be_sent_says_so_when_it_is_put_behind_another_step() -> None:
    """The author reads which step holds what has no plain form."""
    with pytest.raises(Exception, match="Step 1 of a question, Call, holds a"):
        _ = Scenario(Call("y", "layer", "forward", [object()])).after(Amend("")).key
