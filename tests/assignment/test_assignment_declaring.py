"""What declaring a check promises: what could never be judged is refused where it is written."""

import re
from collections.abc import Callable

import pytest

from grader.assignment.model import Exercise, any_of, arguments
from grader.errors import AssignmentError
from reference.nn_from_scratch.linear_cases import LinearCase


def silent() -> None:  # noqa: D103
    pass


def good() -> None:
    """All is well."""


def untyped(case) -> None:  # type: ignore[no-untyped-def]
    """Take any case."""


def mistyped(case: int) -> None:
    """Take a number for a case."""


def greedy(student: object, pupil: object, teacher: object) -> None:
    """Take what nobody has."""


@pytest.mark.parametrize(
    ("function", "more", "message"),
    [
        (silent, {}, "has no docstring: write the sentence a student reads."),
        (untyped, {}, "must annotate `case` with a subclass of `Case`."),
        (mistyped, {}, "must annotate `case` with a subclass of `Case`."),
        (greedy, {}, "has parameters that nothing is known to fill: pupil, teacher. "),
        (good, {"needs": silent}, "needs a check that is not declared above it."),
        (good, {"needs": good}, "needs a check that is not declared above it."),
        (good, {"needs": any_of(silent)}, "needs a check that is not declared above it."),
        (good, {"needs": (silent, good)}, "needs a check that is not declared above it."),
        (good, {"points": 0.3}, "is worth 0.3 points: give it a multiple of 0.5."),
        (good, {"points": -1}, "is worth -1 points: give it a multiple of 0.5."),
        (good, {"points": float("nan")}, "is worth nan points: give it a multiple of 0.5."),
        (good, {"points": float("inf")}, "is worth inf points: give it a multiple of 0.5."),
    ],
)
def test_a_declaration_that_cannot_be_judged_is_refused(
    function: Callable[..., None], more: dict[str, object], message: str
) -> None:
    """The exercise, the check and what to do are told where the check is declared."""
    exercise = Exercise("linear", "The layer", points=1)
    declare = exercise.check(**{"points": 1, **more})  # type: ignore[arg-type]
    with pytest.raises(AssignmentError) as caught:
        declare(function)
    where = f"The check `{function.__name__}` of the exercise `linear` "
    assert str(caught.value).startswith(where + message)
    assert exercise.checks == []


def test_two_checks_of_one_name_are_refused() -> None:
    """A name says which check it is: in dependencies, in results, in gradebooks."""
    exercise = Exercise("linear", "The layer", points=2)
    exercise.check(points=1)(good)
    with pytest.raises(AssignmentError, match=re.escape("is declared twice: rename one.")):
        exercise.check(points=1)(good)


def test_a_declared_check_is_still_the_function() -> None:
    """It can be called, and named as what another check needs."""
    exercise = Exercise("linear", "The layer", points=3)

    def layer(student: object, case: LinearCase) -> None:
        """Take a case."""

    assert exercise.check(points=1)(good) is good
    assert exercise.check(points=2, needs=[good, any_of(good)])(layer) is layer
    check = exercise.checks[1]
    assert [each.checks for each in check.needs] == [(good,), (good,)]
    assert check.case is LinearCase
    available = {"student": 1, "case": 2, "reference": 3, "submission": 4}
    assert arguments(check, available) == {"student": 1, "case": 2}
