"""What searching for a mend promises of the time that it takes."""

import itertools
import time
from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import Any, cast

from grader.assignment.model import Exercise
from grader.mending.definitions import Definitions
from grader.mending.search import Asked, found
from grader.results.model import ExerciseResult
from grader.scenario import Call, Patience, Scenario, Transcript, Value
from tests.mending.test_edits import LAYER, definition

QUESTION = Scenario(Call("y", "Affine", args=[1]))
CHECK = SimpleNamespace(id="slow", case=None)


@dataclass
class Restless:
    """Answers something else each time."""

    numbers: Any = field(default_factory=itertools.count)

    def answer(self, scenario: Scenario) -> Transcript:
        """Return the next number."""
        return Transcript(scenario, tuple(Value(next(self.numbers)) for _step in scenario.steps))


class Slow:
    """A judge that computes for long with whatever is answered, and finds it wrong."""

    asked_for = 0

    def asked(self, *_of: object) -> tuple[Scenario, ...]:
        """Return what is asked."""
        return (QUESTION,)

    def right(self, _exercise: object) -> Restless:
        """Return what answers otherwise than whoever is judged."""
        return Restless()

    def passes(self, _exercise: object, _check: object, _case: object, student: Restless) -> bool:
        """Take a tenth of a second of the processor."""
        self.asked_for += 1
        student.answer(QUESTION)
        end = time.thread_time() + 0.1
        while time.thread_time() < end:
            pass
        return False


def test_judging_what_is_tried_takes_the_time_that_there_is_for_it() -> None:
    """A check that computes for seconds with each answer is not performed for 1,500 edits."""
    judge, result = Slow(), SimpleNamespace(checks=[SimpleNamespace(id="slow", status="failed")])
    asked = Asked(
        cast(Exercise, SimpleNamespace(checks=[CHECK])),
        cast(Any, judge),
        seed=0,
        names=frozenset(),
        subject=Restless,
        failed=frozenset({"slow"}),
        patience=Patience(0.5),
    )
    assert found(asked, Definitions((definition(LAYER),)), cast(ExerciseResult, result)) == ()
    assert 2 <= judge.asked_for <= 10
