"""What judging promises where the assignment is at fault: it is named, and no student pays."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Self

import numpy as np
import pytest
from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy

from grader.asking.cases import Case, draw, question
from grader.checks.compare import array
from grader.judging.judge import judge
from grader.results.evidence import Item
from grader.results.model import CheckResult
from grader.scenario import (
    Call,
    Define,
    Operate,
    Raised,
    Run,
    Scenario,
    Subject,
    Transcript,
    Use,
    Value,
)
from grader.subjects.reference import Reference
from grader.subjects.student import Student, Terms
from grader.verdicts import CheckFailed, answer
from tests.doubling import Number, doubles, exercise, right

Double = Callable[[int], object]


def raising(n: int) -> int:
    """Raise for whatever it is given."""
    raise ValueError("never learnt")


def result(
    check: Callable[..., None],
    *,
    student: Double | Subject = right,
    reference: Double = right,
    submission: Any = None,
) -> CheckResult:
    """Return what a check comes to on a student's `double`, beside a reference's."""
    asked: Subject = Reference({"double": student}) if callable(student) else student
    made = exercise(check)
    made.names = ("double",)
    found = judge(
        made,
        student=asked,
        reference=Reference({"double": reference}),
        submission=submission,
        seed=1,
    )
    (only,) = found.checks
    return only


def require_fault(found: CheckResult, *told: str) -> None:
    """Require that the assignment is said to be at fault, in these words."""
    assert found.status == "error", found.message
    assert (found.points, found.pending) == (0, 2)
    for part in told:
        assert part in found.message


def test_a_reference_that_raises_costs_nobody_a_point() -> None:
    """Where a check reads what the reference never gave, the check, the case and why are told."""
    found = result(doubles, reference=raising)
    require_fault(found, "`doubles`", "Number(n=0)", "ValueError: never learnt", "reference")


def test_a_reference_that_raises_is_told_where_the_submission_is_asked_too() -> None:
    """A check that takes the submission cannot be tried on the reference, and is told the same."""

    def whole(student: Subject, reference: Subject, submission: object, case: Number) -> None:
        """Ask about it as a whole."""
        doubles(student, reference, case)

    require_fault(result(whole, reference=raising), "`whole`", "never learnt")


def test_a_reference_may_raise_what_a_check_expects() -> None:
    """An exception of the reference's is an answer like others, for whoever asks for it."""

    def raises_alike(student: Subject, reference: Subject, case: Number) -> None:
        """`double` raises what it should."""
        mine, theirs = (each.answer(case.doubled).outcome("y") for each in (student, reference))
        if not (isinstance(mine, Raised) and mine == theirs):
            raise CheckFailed("It raises nothing.")

    assert result(raises_alike, student=raising, reference=raising).status == "passed"
    assert result(raises_alike, reference=raising).status == "failed"


def test_a_reference_that_does_not_pass_its_own_check_costs_nobody_a_point() -> None:
    """What a student is charged for and the reference, too, is the assignment's fault."""
    found = result(doubles, reference=lambda n: {"twice": 2 * n})
    require_fault(found, "the reference itself does not pass `doubles` on `Number(n=0)`")


def test_what_breaks_on_the_reference_is_no_failure_of_a_student_s() -> None:
    """A check that fails a student and breaks on right answers says nothing of the student."""

    def hasty(student: Subject, case: Number) -> None:
        """`double` returns twice the number."""
        if array(student.answer(case.doubled), "y") != 2 * case.n:
            raise CheckFailed("wrong")
        raise LookupError("not written yet")

    require_fault(result(hasty, student=lambda n: n + 1), "`hasty`", "not written yet")


def test_a_check_without_a_case_is_tried_on_the_reference_too() -> None:
    """A single question is judged like one of many."""

    def once(student: Subject) -> None:
        """`double` returns five for two."""
        if array(student.answer(Scenario(Call("y", "double", args=[2]))), "y") != 5:
            raise CheckFailed("wrong")

    require_fault(result(once), "the reference itself does not pass `once`")


@dataclass(frozen=True)
class Odd(Case):
    """A number, the reference's answer to most of which is wrong."""

    n: int

    @classmethod
    def strategy(cls) -> SearchStrategy[Self]:
        """Return how numbers are drawn."""
        return st.builds(cls, st.integers(0, 10**6))

    def inputs(self) -> Sequence[Item]:
        """Return the number."""
        return [Item.of("n", self.n)]

    @question
    def doubled(self) -> Scenario:
        """Ask for twice the number."""
        return Scenario(Call("y", "double", args=[self.n]))


def test_an_example_that_the_reference_fails_is_not_shown() -> None:
    """Where only shrinking meets what the reference fails, the verdict and its case stand."""
    drawn = {case.n for case in draw(Odd, 1)}
    least = min(drawn - {0})

    def odd(student: Subject, case: Odd) -> None:
        """`double` returns twice the number."""
        if array(student.answer(case.doubled), "y") != 2 * case.n:
            raise CheckFailed(f"wrong of {case.n}")

    found = result(
        odd,
        student=lambda n: 2 * n if n == 0 else 1,
        reference=lambda n: 2 * n if n in drawn else -1,
    )
    assert found.status == "failed"
    assert int(found.message.split()[-1]) >= least


class Process:
    """A process that must not be asked what it cannot perform."""

    received = 0

    def ask(self, scenarios: Sequence[Scenario], **_how: object) -> Iterator[Transcript]:
        """Answer what can be asked."""
        for scenario in scenarios:
            assert scenario.plain == Asked(0).defined.plain
            yield Transcript(scenario, (Value(None), Value(4)))

    def reset(self) -> None:
        """Hold nothing."""

    close = reset


@dataclass(frozen=True)
class Asked(Case):
    """One question that is no number."""

    which: int

    @classmethod
    def strategy(cls) -> SearchStrategy[Self]:
        """Return the only one."""
        return st.builds(cls, st.just(0))

    def inputs(self) -> Sequence[Item]:
        """Return the number."""
        return [Item.of("n", self.which)]

    @question
    def ran(self) -> Scenario:
        """Ask for cells to be run."""
        return Scenario(Use("f", "double"), Run(["1 / 0"]), Call("y", "f", args=[2]))

    @question
    def frobnicated(self) -> Scenario:
        """Ask for what no operator does."""
        return Scenario(Operate("y", "frobnicate", [2]))

    @question
    def defined(self) -> Scenario:
        """Hand out a helper that cannot be defined."""
        return Scenario(Define("helper", "1 / 0"), Call("y", "double", args=[2]))


def test_a_step_that_the_reference_cannot_perform_is_the_assignment_s_fault() -> None:
    """Cells are run in live notebooks alone: who asks the reference for it charges no student."""

    def runs(reference: Subject, case: Asked) -> None:
        """Ask the reference to run cells."""
        answer(reference.answer(case.ran), "y")

    require_fault(result(runs), "`runs`", "Running your cells again", "'run'")


@pytest.mark.parametrize("name", ["ran", "frobnicated"])
def test_a_step_that_a_student_s_process_cannot_perform_is_the_assignment_s_fault(
    name: str,
) -> None:
    """Nobody's code is asked such a question, let alone charged for it."""

    def asks(student: Subject, submission: object, case: Asked) -> None:
        """Ask for what cannot be done."""
        answer(student.answer(getattr(case, name)), "y")

    found = result(asks, student=Student(Process(), Terms(60), unable=(Run,)))
    require_fault(found, "`asks`", "no notebook can be asked that here")


def test_a_helper_that_cannot_be_defined_is_the_assignment_s_fault() -> None:
    """The source of a helper is the instructor's, whoever executes it."""

    def helped(student: Subject, case: Asked) -> None:
        """Ask with a helper."""
        answer(student.answer(case.defined), "y")

    require_fault(result(helped), "`helped`", "ZeroDivisionError")


def test_what_only_a_live_notebook_can_tell_is_not_tried_on_the_reference() -> None:
    """A student who fails what the reference cannot be asked has failed."""

    class Live:
        def answer(self, scenario: Scenario) -> Any:
            return Reference({"double": raising}).answer(Scenario(Call("y", "double", args=[2])))

    def runs(student: Subject, case: Asked) -> None:
        """Run the student's cells."""
        answer(student.answer(case.ran), "y")

    found = result(runs, student=Live())
    assert (found.status, "never learnt" in found.message) == ("failed", True)


def test_a_wrong_answer_is_a_student_s_all_the_same() -> None:
    """Where the reference passes, whoever fails has failed, on the smallest case."""
    found = result(doubles, student=np.float64)
    assert found.status == "failed"
    assert found.message == "double(1) is 1."
