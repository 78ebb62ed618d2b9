"""What the assignment's checks promise of hostile answers: a verdict, and never a fault of theirs.

A process that runs student code may answer whatever the wire can carry. A check that broke on it
would leave its points open instead of taking them.
"""

import random
from collections.abc import Callable
from dataclasses import replace
from functools import cache

import numpy as np
import pytest

from grader.assignment import Exercise
from grader.judging import judge
from grader.scenario import (
    Described,
    Make,
    Outcome,
    Raised,
    Ref,
    Scenario,
    Set,
    Stopped,
    Transcript,
    Value,
)
from grader.subjects.reference import Reference, reference
from reference.nn_from_scratch.linear import linear
from reference.nn_from_scratch.relu import relu
from tests.notebooks import REFERENCE

HUGE = 1.7e308
ODD: list[object] = [
    *(None, True, 3, -(2**63), 0.5, np.nan, np.inf, HUGE, "1.0", "", [], {}, (), [[1], [1, 2]]),
    *({"y": [1]}, [None], ["1"], [{}], Ref("y"), Described("torch.Tensor"), [Described("x")]),
    *(np.zeros(()), np.zeros(0), np.zeros((0, 3)), np.zeros((0, 2**40), np.uint8)),
    np.zeros((0, 2**47, 2**15), np.uint8),
    *(np.ones((1,) * 16), np.array([2**64 - 1], np.uint64), np.array([np.inf], np.float16)),
    *([np.ones(2), np.ones(3)], [np.ones(2)] * 2, np.full((3, 2), np.nan), np.full(7, True)),
]


@cache
def right() -> Reference:
    """Return the reference of both layers."""
    return reference(REFERENCE, ("Linear", "ReLU"))


def kind(scenario: Scenario) -> str:
    """Return the same text for all cases' questions of one kind."""
    told = []
    for step in scenario.steps[:20]:
        zero = isinstance(step, Set) and not np.any(np.asarray(step.value))
        rate = step.args[2:] if isinstance(step, Make) else ()
        told.append((step.do, getattr(step, "result", ""), zero, rate))
    return str(told)


class Hostile:
    """Answers as the reference does, but for a share of the steps of each kind of question.

    What they answer instead depends on the question alone: twice asked, it is the same.
    """

    def __init__(self, seed: int, share: float) -> None:
        self.seed = seed
        self.share = share

    def answer(self, scenario: Scenario) -> Transcript:
        """Return a transcript of the right form and of anybody's contents."""
        chosen = random.Random(f"{self.seed} {kind(scenario)}")  # noqa: S311
        source = random.Random(f"{self.seed} {scenario.key}")  # noqa: S311
        outcomes: list[Outcome] = []
        for outcome in right().answer(scenario).outcomes:
            if chosen.random() < self.share and isinstance(outcome, Value):
                outcomes.append(_another(outcome, source))
            else:
                outcomes.append(outcome)
            if not isinstance(outcomes[-1], Value):
                break
        return Transcript(scenario, tuple(outcomes))


def _another(outcome: Value, source: random.Random) -> Outcome:
    if source.random() < 0.1:
        ends: list[Outcome] = [Raised("E", "\x1b[2J\ud800", "x" * 300), Stopped("no answer")]
        return source.choice(ends)
    if source.random() < 0.2:
        return replace(outcome, work=source.choice([None, 0, -1, 2**63 - 1]))
    if isinstance(outcome.value, np.ndarray) and source.random() < 0.7:
        return replace(outcome, value=_altered(outcome.value, source))
    return replace(outcome, value=source.choice(ODD))


def _altered(array: np.ndarray, source: random.Random) -> np.ndarray:
    """Return something like `array`, in shape or in its numbers."""
    altered = np.array(array, np.float64)
    if altered.size and source.random() < 0.5:
        numbers = [0.0, -0.0, np.nan, np.inf, -np.inf, HUGE, -HUGE, 5e-324, 1.0]
        altered.flat[source.randrange(altered.size)] = source.choice(numbers)
        return altered * source.choice([1, 1, -1, 1e-9, 1e300 if abs(altered).max() < 1e7 else 1])
    ways = [
        altered.T,
        altered.ravel(),
        altered[None],
        altered[..., None],
        altered[:1],
        altered[..., :-1],
        np.concatenate([altered, altered]),
        altered.astype(np.float16),
        altered > 0,
        altered.astype(np.int8),
    ]
    return source.choice(ways)


@pytest.mark.filterwarnings("ignore:overflow encountered in cast:RuntimeWarning")
@pytest.mark.filterwarnings("ignore:invalid value encountered in cast:RuntimeWarning")
@pytest.mark.parametrize("share", [1.0, 0.2, 0.05])
@pytest.mark.parametrize("exercise", [linear, relu], ids=["linear", "relu"])
@pytest.mark.parametrize("seed", range(8))
def test_no_answer_breaks_a_check(exercise: Exercise, seed: int, share: float) -> None:
    """Whatever is answered to however many of the questions, each check says what it is worth."""
    student = Hostile(seed, share)
    result = judge(exercise, student=student, reference=right(), submission=None, seed=7)
    faults = {check.id: check.message for check in result.checks if check.status == "error"}
    assert not faults
    assert result.pending == 0
    result.model_dump_json()


def test_the_right_answers_get_all_points() -> None:
    """The same questions, answered by the reference, pass every check."""
    for exercise in (linear, relu):
        result = judge(exercise, student=right(), reference=right(), submission=None, seed=7)
        assert result.score == result.max_score


ODD_SHAPES: list[Callable[[np.ndarray], object]] = [
    lambda y: y.T,
    lambda y: y.ravel(),
    lambda y: y[None],
    lambda y: y[:, :1],
    lambda y: y[..., None],
    lambda y: np.concatenate([y, y]),
    lambda y: y[:0],
]


@pytest.mark.parametrize("odd", ODD_SHAPES)
def test_a_shape_that_depends_on_the_bias_fails_the_check_of_the_bias(
    odd: Callable[[np.ndarray], object],
) -> None:
    """Two answers of one layer are compared only where they have one shape."""

    class Linear:
        def __init__(self, n_in: int, n_out: int, rate: float) -> None:
            self.W, self.b = np.zeros((n_in, n_out)), np.zeros(n_out)

        def forward(self, x: np.ndarray) -> object:
            y = x @ self.W + self.b
            return odd(y) if self.b.any() else y

    student = Reference({"Linear": Linear})
    result = judge(linear, student=student, reference=right(), submission=None, seed=7)
    statuses = {check.id: check.status for check in result.checks}
    assert statuses["forward_weights"] == "passed"
    assert statuses["forward_bias"] == "failed"
    assert "error" not in statuses.values()
