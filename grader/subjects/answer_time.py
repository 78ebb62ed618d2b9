"""How much processor time is plenty for an answer, told by what the reference takes for it."""

from collections.abc import Callable
from typing import Final

from grader.errors import AssignmentError
from grader.scenario import Scenario, Usual

# Seconds that are plenty for any small question: the reference answers one in 76 microseconds.
FLOOR: Final = 1.0
# Loops in Python take hundreds of times as long as numpy does for the same, and longer arithmetic
# ten times: so many times the reference's time are plenty, up to LOOPS_SECONDS.
FACTOR: Final = 1000
LOOPS_SECONDS: Final = 10.0
# Where the reference itself computes for long, loops of that kind would take hours.
FACTOR_OF_LONG: Final = 20


def usual(known: Callable[[Scenario], float], times: Callable[[], int]) -> Usual:
    """Return what tells how many seconds are plenty, by those that the reference takes: `known`.

    Where that raises AssignmentError, a question is taken for a small one. On a machine whose
    processor is slow, the seconds that do not follow from the reference are multiplied by `times`.
    """

    def seconds(scenario: Scenario) -> float:
        try:
            right = known(scenario)
        except AssignmentError:
            # Whoever asks the reference for its answer is told.
            right = 0.0
        loops = min(FACTOR * right, LOOPS_SECONDS * times())
        return max(FLOOR * times(), loops, FACTOR_OF_LONG * right)

    return seconds
