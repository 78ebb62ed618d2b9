"""The tolerance that nobody writes, against known right and wrong solutions."""

from collections.abc import Callable
from functools import cache
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from grader import Exercise, floats, integers, result, sizes
from grader.asking.agreement import difference, tolerance
from grader.assignment.loading import load
from grader.assignment.mistakes import Alteration, catalogue
from grader.assignment.model import Assignment
from grader.judging.judge import judge
from grader.subjects.reference import Reference, altered, reference
from tests.notebooks import ROOT

ORDINARY = ("integers", "normal", "tiny")


def softmax(exercise: Exercise) -> None:
    """Compare both functions, logits far out included."""

    @exercise.compare(1)
    def values(
        code: Any, logits: Any = floats("n", "k", kinds=ORDINARY), far: Any = integers(high=2)
    ) -> Any:
        """Return probabilities."""
        rows = np.arange(len(logits))[:, None]
        return code.softmax(logits + (0.0, 1000.0 * rows, -2000.0 * logits)[far])

    @exercise.compare(1)
    def gradient(
        code: Any,
        p: Any = floats("n", "k", low=0.1, high=1),
        grad: Any = floats("n", "k", kinds=ORDINARY),
    ) -> Any:
        """Return the gradient."""
        return code.grad_softmax(p / p.sum(1, keepdims=True), grad)


def cross_entropy(exercise: Exercise) -> None:
    """Compare both functions, logits far out included."""

    @exercise.compare(result(1, shape="broadcast"))
    def loss(
        code: Any,
        logits: Any = floats("n", "k", kinds=ORDINARY),
        labels: Any = integers("n", below="k"),
        far: Any = integers(high=2),
    ) -> Any:
        """Return the loss."""
        rows = np.arange(len(logits))[:, None]
        return code.cross_entropy(logits + (0.0, 1000.0 * rows, -2000.0 * logits)[far], labels)

    @exercise.compare(1)
    def gradient(
        code: Any,
        p: Any = floats("n", "k", low=0.1, high=1),
        labels: Any = integers("n", below="k"),
    ) -> Any:
        """Return the gradient."""
        return code.grad_cross_entropy(p / p.sum(1, keepdims=True), labels)


def linear(exercise: Exercise) -> None:
    """Compare one pass and its step."""

    @exercise.compare(y=1, back=1, grad_W=1, grad_b=1, W=1, b=1)
    def passes(
        code: Any,
        x: Any = floats("batch", "n_in"),
        W: Any = floats("n_in", "n_out"),
        b: Any = floats("n_out"),
        grad: Any = floats("batch", "n_out"),
        n_in: Any = sizes(),
        n_out: Any = sizes(),
    ) -> Any:
        """Return what a pass leaves behind."""
        layer = code.Linear(n_in, n_out, 0.5)
        layer.W, layer.b = W, b
        y, back = layer.forward(x), layer.backward(grad)
        return {
            "y": y,
            "back": back,
            "grad_W": layer.grad_W,
            "grad_b": layer.grad_b,
            "W": layer.W,
            "b": layer.b,
        }


def relu(exercise: Exercise) -> None:
    """Compare one pass, away from the kink, where several slopes are right."""

    @exercise.compare(y=1, back=1)
    def passes(
        code: Any,
        x: Any = floats("n", "k", kinds=("integers", "normal", "large", "tiny")),
        grad: Any = floats("n", "k"),
    ) -> Any:
        """Return what a pass returns."""
        layer = code.ReLU()
        return {"y": layer.forward(x), "back": layer.backward(grad)}


DECLARED: dict[str, tuple[str, Callable[[Exercise], None]]] = {
    "softmax": ("stable_numerics", softmax),
    "cross_entropy": ("stable_numerics", cross_entropy),
    "linear": ("nn_from_scratch", linear),
    "relu": ("nn_from_scratch", relu),
}

# What one comparison of plain passes cannot be fair to: weights that cannot be set.
ELSEWHERE = {"an enlarged matrix shown as W and b"}


@cache
def loaded(name: str) -> Assignment:
    """Return an assignment with its solution."""
    return load(ROOT / "reference" / name)


@cache
def declared(exercise: str) -> Exercise:
    """Return the exercise with plain comparisons alone."""
    made = Exercise(exercise, exercise, 1, names_of(exercise))
    DECLARED[exercise][1](made)
    return made


def names_of(exercise: str) -> tuple[str, ...]:
    """Return what the notebook must define for an exercise."""
    assignment = loaded(DECLARED[exercise][0])
    return next(each.names for each in assignment.exercises if each.id == exercise)


def lost(exercise: str, alteration: Alteration) -> list[str]:
    """Return the results that an altered solution has wrong, with what is told of each."""
    assignment, names = loaded(DECLARED[exercise][0]), names_of(exercise)
    found = judge(
        declared(exercise),
        student=altered(assignment.reference, names, alteration),
        reference=reference(assignment.reference, names),
        submission=None,
        seed=7,
        shrinking=False,
    )
    return [f"{each.id}: {each.message}" for each in found.checks if each.status != "passed"]


RIGHT = [
    (exercise, variant)
    for exercise, (name, _) in DECLARED.items()
    for variant in catalogue(loaded(name)).variants
    if variant.exercise == exercise and variant.name not in ELSEWHERE
]


@pytest.mark.parametrize(
    ("exercise", "variant"), RIGHT, ids=[f"{name}: {each.name}" for name, each in RIGHT]
)
def test_no_right_solution_is_further_off_than_the_estimate(
    exercise: str, variant: Alteration
) -> None:
    """In float32, in another order, by another formula."""
    assert lost(exercise, variant) == []


@pytest.mark.parametrize(
    ("exercise", "least"), [("softmax", 19), ("cross_entropy", 26), ("relu", 71)]
)
def test_wrong_values_are_noticed(exercise: str, least: int) -> None:
    """Of the known mistakes all those that a single pass without an array of zeros shows."""
    mistakes = catalogue(loaded(DECLARED[exercise][0])).of(exercise)
    noticed = [each.name for each in mistakes if lost(exercise, each)]
    assert len(noticed) >= least, sorted({each.name for each in mistakes} - set(noticed))


NUMBERS = st.lists(st.floats(-1e6, 1e6), min_size=1, max_size=6).map(np.array)


@given(NUMBERS, st.floats(0, 1e3))
def test_the_estimate_grows_with_what_disturbances_move(expected: np.ndarray, by: float) -> None:
    """And is at least a rounding of what is expected, and never zero."""
    least, more = tolerance(expected, []), tolerance(expected, [expected + by])
    assert np.all(least > 0)
    assert np.all(more >= least)
    assert np.all(more >= by)
    assert difference(expected.astype(np.float32), expected, [expected]) is None


@pytest.mark.parametrize(
    ("answer", "status"),
    [
        ("np.argmin(away, axis=1)", "passed"),
        ("np.argmin(away, axis=1).astype(float)", "passed"),
        ("2 - np.argmin(away[:, ::-1], axis=1)", "failed"),
        ("(2 - np.argmin(away[:, ::-1], axis=1)).astype(float)", "failed"),
        ("np.full(len(x), 0.5)", "failed"),
    ],
)
def test_a_label_is_right_or_wrong_whatever_its_dtype(answer: str, status: str) -> None:
    """Where two places are equally near, a rounding makes another label: that is no tolerance."""
    exercise = Exercise("nearest", "Nearest", points=1)

    @exercise.compare(1)
    def labels(code: Any, x: Any = floats("n", kinds=("integers",))) -> Any:
        """Return which of three places is nearest, the first of two."""
        return code.nearest(x, np.stack([x - 1, x + 1, x + 9], axis=1))

    written = "import numpy as np\ndef nearest(x, places):\n    away = abs(places - x[:, None])\n"
    right, student = (
        Reference(_defined(f"{written}    return {each}"))
        for each in ("np.argmin(away, axis=1)", answer)
    )
    (found,) = judge(
        exercise, student=student, reference=right, submission=None, seed=1, shrinking=False
    ).checks
    assert found.status == status, found.message


def _defined(source: str) -> dict[str, Any]:
    namespace: dict[str, Any] = {}
    exec(source, namespace)  # noqa: S102 - of our own
    return namespace
