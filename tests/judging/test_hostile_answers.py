"""What the assignment's checks promise of hostile answers: a verdict, and never a fault of theirs.

A process that runs student code may answer whatever the wire can carry. A check that broke on it
would leave its points open instead of taking them.
"""

import random
from collections.abc import Callable
from contextlib import suppress
from copy import deepcopy
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from grader import models
from grader.agent.wire import WireError
from grader.assignment.loading import load
from grader.assignment.model import Exercise
from grader.judging.judge import judge
from grader.judging.matching import alike
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
    from_answer,
)
from grader.subjects.reference import Reference, reference
from reference.nn_from_scratch.linear import linear
from reference.nn_from_scratch.relu import relu
from tests.notebooks import REFERENCE, ROOT

HUGE = 1.7e308
ODD: list[object] = [
    *(None, True, 3, -(2**63), 0.5, np.nan, np.inf, HUGE, "1.0", "", [], {}, (), [[1], [1, 2]]),
    *({"y": [1]}, [None], ["1"], [{}], Ref("y"), Described("torch.Tensor"), [Described("x")]),
    *(np.zeros(()), np.zeros(0), np.zeros((0, 3)), np.zeros((0, 2**40), np.uint8)),
    np.zeros((0, 2**47, 2**15), np.uint8),
    *(np.ones((1,) * 16), np.array([2**64 - 1], np.uint64), np.array([np.inf], np.float16)),
    *([np.ones(2), np.ones(3)], [np.ones(2)] * 2, np.full((3, 2), np.nan), np.full(7, True)),
]


STABLE = ROOT / "reference" / "stable_numerics"
UNITS: list[Exercise] = [
    linear,
    relu,
    *(each for each in load(STABLE).exercises if each.unit),
]


def right(exercise: Exercise) -> Reference:
    """Return the reference of an exercise."""
    own = exercise.id in ("linear", "relu")
    return reference(REFERENCE if own else STABLE / "solution.ipynb", exercise.names)


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

    def __init__(self, exercise: Exercise, seed: int, share: float) -> None:
        self.exercise = exercise
        self.seed = seed
        self.share = share

    def answer(self, scenario: Scenario) -> Transcript:
        """Return a transcript of the right form and of anybody's contents."""
        chosen = random.Random(f"{self.seed} {kind(scenario)}")  # noqa: S311
        source = random.Random(f"{self.seed} {scenario.key}")  # noqa: S311
        outcomes: list[Outcome] = []
        for each in right(self.exercise).answer(scenario).outcomes:
            if chosen.random() < self.share and isinstance(each, Value):
                outcomes.append(_another(each, source))
            else:
                outcomes.append(each)
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
@pytest.mark.parametrize("exercise", UNITS, ids=lambda exercise: exercise.id)
@pytest.mark.parametrize("seed", range(4))
def test_no_answer_breaks_a_check(exercise: Exercise, seed: int, share: float) -> None:
    """Whatever is answered to however many of the questions, each check says what it is worth."""
    student = Hostile(exercise, seed, share)
    subject = right(exercise)
    result = judge(exercise, student=student, reference=subject, submission=None, seed=7)
    faults = {check.id: check.message for check in result.checks if check.status == "error"}
    assert not faults
    assert result.pending == 0
    models.dumps(result)


def test_the_right_answers_get_all_points() -> None:
    """The same questions, answered by the reference, pass every check."""
    for exercise in UNITS:
        subject = right(exercise)
        result = judge(exercise, student=subject, reference=subject, submission=None, seed=7)
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
    subject = right(linear)
    result = judge(linear, student=student, reference=subject, submission=None, seed=7)
    statuses = {check.id: check.status for check in result.checks}
    assert statuses["forward_weights"] == "passed"
    assert statuses["forward_bias"] == "failed"
    assert "error" not in statuses.values()


def test_what_cannot_be_compared_changes_no_verdict_beside_it() -> None:
    """Rows of different lengths in one answer do not turn a wrong other one into our failure."""

    class Linear:
        def __init__(self, n_in: int, n_out: int, rate: float) -> None:
            self.W, self.b = np.ones((n_in, n_out)), np.zeros(n_out)

        def forward(self, x: np.ndarray) -> object:
            return [[1.0], [1.0, 2.0]] if self.b.any() else np.zeros((len(x), self.W.shape[1]))

    student = Reference({"Linear": Linear})
    result = judge(linear, student=student, reference=right(linear), submission=None, seed=7)
    statuses = {check.id: check.status for check in result.checks}
    assert statuses["forward_weights"] == "failed"
    assert "error" not in statuses.values()


NESTED = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**63), 2**63 - 1)
    | st.text(max_size=9)
    | st.sampled_from(ODD),
    lambda inner: st.lists(inner, max_size=5) | st.dictionaries(st.text(max_size=3), inner),
    max_leaves=12,
)


@given(NESTED | st.lists(NESTED, min_size=1).map(lambda rest: ["value", *rest]))
def test_reading_an_outcome_is_total(answer: object) -> None:
    """What is no outcome is refused as such, and breaks nobody who reads it."""
    with suppress(WireError):
        assert isinstance(from_answer(answer), Value | Raised)
    read = from_answer(["value", answer, [], None])
    assert isinstance(read, Value)
    assert read.value is answer


@given(NESTED, NESTED)
def test_any_two_answers_can_be_compared(one: object, other: object) -> None:
    """Whether two transcripts are alike is told of any two, and an answer is like its copy."""
    scenario = Scenario(Make("x", "X"))
    first, second = (Transcript(scenario, (Value(each),)) for each in (one, other))
    assert alike(first, Transcript(scenario, (Value(deepcopy(one)),)))
    assert isinstance(alike(first, second), bool)
