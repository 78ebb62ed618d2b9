"""What judging promises where a check itself has a bug: no student pays, and nothing escapes."""

from collections.abc import Callable, Sequence
from typing import Self

import numpy as np
import pytest
from hypothesis.strategies import SearchStrategy

from grader.asking.cases import draw, question
from grader.results.evidence import Item
from grader.scenario import Scenario, Subject
from grader.verdicts import CheckFailed, answer
from tests.doubling import Number, doubles, exercise, judged, verdict


def faulty(student: Subject, case: Number) -> None:
    """Has a bug."""
    raise KeyError("oops")


def unreading(student: Subject, reference: Subject, case: Number) -> None:
    """Take for granted what is answered."""
    got, right = (answer(each.answer(case.doubled), "y").value for each in (student, reference))
    if float(got) != float(right):
        raise CheckFailed("wrong")


@pytest.mark.parametrize("odd", [lambda n: [n], lambda n: np.ones((2, n)), lambda n: {"y": n}])
def test_an_answer_on_which_a_check_breaks_is_a_wrong_one(odd: Callable[[int], object]) -> None:
    """Where right answers pass, what breaks a check is the student's, and costs its points."""
    result = judged(exercise(unreading), odd)
    assert (result.score, result.pending) == (0, 0)
    assert "of another kind or shape" in result.checks[0].message
    assert judged(exercise(unreading)).score == 2


def test_a_check_without_the_reference_is_tried_on_right_answers_too() -> None:
    """A check that asks the student alone takes the points for what it cannot read."""

    def alone(student: Subject, case: Number) -> None:
        """Take for granted what is answered."""
        if float(answer(student.answer(case.doubled), "y").value) != 2 * case.n:
            raise CheckFailed("wrong")

    assert verdict(alone, lambda n: "two").status == "failed"
    assert verdict(alone).status == "passed"


def unprintable() -> None:
    """Has a bug that cannot be told."""
    raise type("Mute", (Exception,), {"__str__": lambda self: 1 / 0})


def odd() -> None:
    """Tells what is no text."""
    raise CheckFailed(3)  # type: ignore[arg-type]


class Unbuilt(Number):
    """A case whose question cannot be built."""

    @question
    def doubled(self) -> Scenario:
        """Fail."""
        raise ZeroDivisionError


class Undrawn(Number):
    """A case that cannot be drawn."""

    @classmethod
    def strategy(cls) -> SearchStrategy[Self]:
        """Fail."""
        raise LookupError("no strategy")


class Unshown(Number):
    """A case that cannot be shown."""

    def inputs(self) -> Sequence[Item]:
        """Fail."""
        raise LookupError("no inputs")


def unbuilt(student: Subject, case: Unbuilt) -> None:
    """Asks what cannot be built."""
    student.answer(case.doubled)


def undrawn(student: Subject, case: Undrawn) -> None:
    """Asks of what cannot be drawn."""


def unshown(case: Unshown) -> None:
    """Fails on what cannot be shown."""
    raise CheckFailed("wrong")


@pytest.mark.parametrize("check", [faulty, unprintable, odd, unbuilt, undrawn, unshown])
def test_a_bug_in_a_check_is_the_graders_fault(check: Callable[..., None]) -> None:
    """It costs the student nothing, and the checks beside it are judged all the same."""
    result = judged(exercise(doubles, check, doubles_again))
    assert [each.status for each in result.checks] == ["passed", "error", "passed"]
    assert (result.score, result.pending) == (4, 2)
    assert "not your fault" in result.checks[1].message


def doubles_again(student: Subject, reference: Subject, case: Number) -> None:
    """`double` still returns twice the number."""
    doubles(student, reference, case)


def test_a_bug_that_shows_only_while_shrinking_takes_no_verdict_away() -> None:
    """What failed on a case of everyone's has failed, whatever happens on other cases."""
    cases = draw(Number, 1)

    def wrong(case: Number) -> None:
        """Fails on one case of everyone's, and has a bug on any other number."""
        if case == cases[1]:
            raise CheckFailed("wrong")
        if case not in cases:
            raise ZeroDivisionError

    found = verdict(wrong)
    assert (found.status, found.message) == ("failed", "wrong")
    assert found.evidence is not None
    assert found.evidence.inputs == (Item.of("n", cases[1].n),)


def test_a_check_that_reads_what_nobody_asked_is_at_fault_itself() -> None:
    """The name of a step that is not in the scenario is the instructor's mistake."""

    def mistaken(student: Subject, case: Number) -> None:
        """Look for what nobody asked."""
        answer(student.answer(case.doubled), "z")

    assert verdict(mistaken).status == "error"
