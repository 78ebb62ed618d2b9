"""A tiny exercise for the tests: students define `double`, which doubles a number."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Self

import numpy as np
from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy

from grader.asking.cases import Case, question
from grader.assignment.model import Exercise
from grader.checks.compare import array
from grader.judging.judge import judge
from grader.results.evidence import Item
from grader.results.model import CheckResult, ExerciseResult
from grader.scenario import Call, Scenario, Subject
from grader.subjects.reference import Reference
from grader.verdicts import CheckFailed


@dataclass(frozen=True)
class Number(Case):
    """A number to be doubled."""

    n: int

    @classmethod
    def strategy(cls) -> SearchStrategy[Self]:
        """Return how numbers are drawn."""
        return st.builds(cls, st.integers(0, 1000))

    def inputs(self) -> Sequence[Item]:
        """Return the number."""
        return [Item.of("n", self.n)]

    @question
    def doubled(self) -> Scenario:
        """Ask for twice the number."""
        return Scenario(Call("y", "double", args=[self.n]))


def right(n: int) -> int:
    """Return twice the number."""
    return 2 * n


def right_array(n: int) -> np.float64:
    """Return twice the number, as numpy has it."""
    return np.float64(2 * n)


def doubles(student: Subject, reference: Subject, case: Number) -> None:
    """`double` returns twice the number."""
    got = array(student.answer(case.doubled), "y")
    if got != array(reference.answer(case.doubled), "y"):
        raise CheckFailed(f"double({case.n}) is {got:g}.", hint="Twice?")


def exercise(*checks: Callable[..., None]) -> Exercise:
    """Return an exercise of independent checks worth two points each."""
    made = Exercise("exercise", "An exercise", points=2 * len(checks))
    for check in checks:
        made.check(points=2)(check)
    return made


def judged(
    of: Exercise,
    double: Callable[[int], object] = right,
    *,
    seed: int = 1,
    solution: Callable[[int], object] = right,
) -> ExerciseResult:
    """Judge a student whose function is `double`, beside a reference whose is `solution`."""
    student, reference = (Reference({"double": each}) for each in (double, solution))
    return judge(of, student=student, reference=reference, submission="all of it", seed=seed)


def verdict(check: Callable[..., None], double: Callable[[int], object] = right) -> CheckResult:
    """Return the result of one check of such a student."""
    (found,) = judged(exercise(check), double).checks
    return found
