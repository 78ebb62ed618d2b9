"""The exercise `relu`: the layer max(x, 0) and its gradient."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Final, Self

import numpy as np
from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy

from grader.assignment import Exercise
from grader.cases import Case, Subject, question
from grader.checks.compare import agrees, array, close, differing, same_shape, unchanged
from grader.checks.differences import gradient, perturbations
from grader.evidence import Item
from grader.scenario import Call, Make, Scenario, Step
from grader.verdicts import CheckFailed, answer

from .linear import EXTRA_ROWS

relu = Exercise("relu", "The ReLU layer", points=20, names=("ReLU",))

# Differences must not reach across the kink: the inputs keep a distance of 1/2 from it.
STEP: Final = 0.125


@dataclass(frozen=True)
class ReLUCase(Case):
    """An input and an upstream gradient of one shape.

    Each number of the input is 0 or at least 1/2 away from it.
    """

    shape: tuple[int, ...]
    dtype: str
    zeros: bool
    seed: int

    @classmethod
    def strategy(cls) -> SearchStrategy[Self]:
        """Return how cases are drawn: matrices."""
        return cls._of(st.tuples(st.integers(1, 5), st.integers(1, 5)))

    @classmethod
    def _of(cls, shapes: SearchStrategy[tuple[int, ...]]) -> SearchStrategy[Self]:
        return st.builds(
            cls,
            shape=shapes,
            dtype=st.sampled_from(["float64", "float32"]),
            zeros=st.booleans(),
            seed=st.integers(0, 2**16),
        )

    @cached_property
    def x(self) -> np.ndarray:
        """The input."""
        return self._input(0)

    @cached_property
    def other_x(self) -> np.ndarray:
        """Another input."""
        return self._input(1)

    def _input(self, which: int) -> np.ndarray:
        random = np.random.default_rng([self.seed, which])
        values = random.choice([1.0, -1.0, 2.0, -2.0, 0.5, -0.5], size=self.shape)
        if self.zeros:
            values[random.random(self.shape) < 0.2] = 0.0
        return np.asarray(values, self.dtype)

    @cached_property
    def upstream(self) -> np.ndarray:
        """The gradient that arrives from above, with both signs."""
        random = np.random.default_rng([self.seed, 2])
        return random.choice([1.0, -1.0, 2.0, -2.0, 3.0], size=self.shape)

    def inputs(self) -> Sequence[Item]:
        """Return both arrays."""
        return [Item.of("x", self.x), Item.of("grad", self.upstream)]

    @question
    def once(self) -> Scenario:
        """One forward and one backward pass."""
        return Scenario(Make("relu", "ReLU"), *self._pass(self.x))

    @question
    def twice(self) -> Scenario:
        """A pass after one with another input."""
        return Scenario(
            Make("relu", "ReLU"), *self._pass(self.other_x, "_first"), *self._pass(self.x)
        )

    def _pass(self, x: np.ndarray, name: str = "") -> list[Step]:
        return [
            Call(f"y{name}", "relu", "forward", [x]),
            Call(f"grad_x{name}", "relu", "backward", [self.upstream]),
        ]

    def varied(self) -> Scenario:
        """Return forward passes with each element of x moved a little, y0, y1, ..."""
        moved = perturbations(self.x, STEP)
        calls = [Call(f"y{i}", "relu", "forward", [x]) for i, x in enumerate(moved)]
        return Scenario(Make("relu", "ReLU"), *calls)


class ShapeCase(ReLUCase):
    """An input of one to four dimensions."""

    @classmethod
    def strategy(cls) -> SearchStrategy[Self]:
        """Return how cases are drawn."""
        return cls._of(st.lists(st.integers(1, 4), min_size=1, max_size=4).map(tuple))


def require_values(student: Subject, reference: Subject, case: ReLUCase) -> None:
    """Require that `forward` returns what the reference does."""
    close(
        array(student.answer(case.once), "y", what="What `forward` returned"),
        array(reference.answer(case.once), "y"),
        what="y",
        terms=1,
        magnitude=np.abs(case.x),
        hint="What becomes of a negative number, and what of a positive one?",
    )


@relu.check(points=6)
def values(student: Subject, reference: Subject, case: ReLUCase) -> None:
    """`forward` returns max(x, 0), element by element."""
    require_values(student, reference, case)


def own_gradient(student: Subject, case: ReLUCase) -> np.ndarray | None:
    """Return the gradient by finite differences of the student's own forward, None without one."""
    transcript = student.answer(case.varied())
    if transcript.failure is not None:
        return None
    outputs = [array(transcript, f"y{index}") for index in range(4 * case.x.size)]
    if any(output.shape != case.shape for output in outputs):
        return None
    found = gradient(outputs, case.upstream, case.shape, STEP)
    return found if np.any(found) and np.all(np.isfinite(found)) else None


def settled(got: np.ndarray, case: ReLUCase) -> np.ndarray:
    """Return `got` with 0 where x is 0 and the gradient is a right one there.

    At the kink every number from 0 to the upstream gradient is a subgradient.
    """
    share = np.divide(got, case.upstream)
    free = (case.x == 0) & (share >= 0) & (share <= 1)
    return np.where(free, 0.0, got)


@relu.check(points=7)
def gradient_values(student: Subject, reference: Subject, case: ReLUCase) -> None:
    """`backward` passes the upstream gradient on where x was positive, and nothing elsewhere."""
    got = array(student.answer(case.once), "grad_x", what="What `backward` returned")
    same_shape(got, case.shape, what="What `backward` returned")
    got = settled(got, case)
    expected = settled(array(reference.answer(case.once), "grad_x"), case)
    size = np.abs(case.upstream)
    if agrees(got, expected, terms=1, magnitude=size):
        return
    own = own_gradient(student, case)
    if own is not None and agrees(got, settled(own, case), terms=50, magnitude=8 * size):
        return
    raise CheckFailed(
        "What `backward` returned has wrong values.",
        differing("grad_x", got, expected),
        "Which of the two arrays, x or the upstream gradient, should decide what is open?",
    )


@relu.check(points=2, needs=values)
def any_shape(student: Subject, reference: Subject, case: ShapeCase) -> None:
    """`forward` works for arrays of any number of dimensions."""
    require_values(student, reference, case)


@relu.check(points=2, needs=gradient_values)
def second_call(student: Subject, case: ReLUCase) -> None:
    """A second pass uses the newer input."""
    close(
        array(student.answer(case.twice), "grad_x", what="What `backward` returned"),
        array(student.answer(case.once), "grad_x"),
        what="What `backward` returned after a second pass",
        terms=1,
        magnitude=np.abs(case.upstream),
        hint="What is left over from the first pass?",
    )


@relu.check(points=2, needs=values)
def arguments_unchanged(student: Subject, case: ReLUCase) -> None:
    """`forward` and `backward` leave the arrays that they are given as they were."""
    unchanged(student.answer(case.once), {"y": "x", "grad_x": "grad"})


@relu.check(points=1, needs=values)
def vectorised(student: Subject) -> None:
    """The layer handles an array as a whole, without a Python loop over its elements."""
    work = [_work(student, rows) for rows in (8, 8 + EXTRA_ROWS)]
    if work[1] - work[0] >= EXTRA_ROWS:
        raise CheckFailed(
            f"The values are right, but the work grows with every row: {work[0]} instructions "
            f"for 8 rows, {work[1]} for {8 + EXTRA_ROWS}.",
            hint="Which operation handles all elements at once?",
        )


def _work(student: Subject, rows: int) -> int:
    x = np.random.default_rng(rows).standard_normal((rows, 3))
    transcript = student.answer(
        Scenario(Make("relu", "ReLU"), Call("y", "relu", "forward", [x], counted=True))
    )
    return answer(transcript, "y").work or 0
