"""What comparing promises: right answers agree, and everything else fails its check."""

import json
import re
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from grader import models
from grader.agent.values import Record, Tensor
from grader.checks.compare import (
    agrees,
    array,
    close,
    differing,
    proportional,
    same_shape,
    unchanged,
)
from grader.scenario import Call, Described, Get, Make, Raised, Ref, Scenario, Transcript, Value
from grader.verdicts import CheckFailed
from tests.comparing import EXPECTED, failure
from tests.values import RARE_VALUES, VALUES

ASKED = Scenario(Make("layer", "Layer"), Call("y", "layer", "forward", [np.ones(3)]))
SHAPES = hnp.array_shapes(min_dims=0, max_dims=3, max_side=4)


def answered(value: Any, changed: tuple[tuple[int, int], ...] = ()) -> Transcript:
    """Return a transcript in which `forward` returned `value`."""
    return Transcript(ASKED, (Value(None), Value(value, changed)))


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (np.array([1, 2], np.int8), [1.0, 2.0]),
        (np.array([True, False]), [1.0, 0.0]),
        (np.array([0.5], np.float16), [0.5]),
        (np.array(np.inf, np.float16), np.inf),
        (np.array([2**64 - 1], np.uint64), [2.0**64]),
        (np.array(3, np.uint8), 3.0),
        (7, 7.0),
        (-(2**63), -(2.0**63)),
        (True, 1.0),
        (0.25, 0.25),
        ([[1, 2.5], [True, -1]], [[1, 2.5], [1, -1]]),
        ([np.array([1, 2], np.int16), (3, 4)], [[1, 2], [3, 4]]),
        ([], np.zeros(0)),
        ([[[]]], np.zeros((1, 1, 0))),
    ],
)
def test_numbers_of_any_kind_are_an_array(value: object, expected: object) -> None:
    """Whatever is made of numbers alone, in whatever containers, can be compared."""
    got = array(answered(value), "y")
    assert got.dtype == np.float64
    np.testing.assert_array_equal(got, np.array(expected))
    assert got.shape == np.array(expected).shape


def nested(depth: int) -> object:
    """Return a list in a list in a list."""
    value: object = 1.0
    for _ in range(depth):
        value = [value]
    return value


@pytest.mark.parametrize(
    ("value", "message"),
    [
        (None, "y is None."),
        (Described("torch.Tensor"), "y is a torch.Tensor, not an array of numbers."),
        (Described("numpy array of object"), "y is a numpy array of object, not an array"),
        (np.array(["1.5"]), "y is a numpy array of <U3, not an array of numbers."),
        (np.array([1j]), "y is a numpy array of complex128, not an array of numbers."),
        ([np.array(["1.5"])], "y is a list, not an array."),
        (Tensor(np.ones(2)), "y is a torch.Tensor, not an array of numbers."),
        (Record("Point", {"x": 1}), "y is a Point, not an array of numbers."),
        (1j, "y is a complex, not an array."),
        (2**2000, "y is a int, not an array."),
        ("text", "y is a str, not an array."),
        ("1.5", "y is a str, not an array."),
        ({}, "y is a dict, not an array."),
        ({"y": np.ones(3)}, "y is a dict, not an array."),
        (Ref("y"), "y is a Ref, not an array."),
        (["1.0", "2.0"], "y is a list, not an array."),
        ([1.0, None], "y is a list, not an array."),
        ((None,), "y is a tuple, not an array."),
        ([1.0, "nan"], "y is a list, not an array."),
        ([Described("x"), 1], "y is a list, not an array."),
        ([{}], "y is a list, not an array."),
        ([[1.0], [1.0, 2.0]], "y is a list, not an array."),
        ([[1.0], 2.0], "y is a list, not an array."),
        ([np.ones(2), np.ones(3)], "y is a list, not an array."),
        ((np.ones(2), np.ones((2, 2))), "y is a tuple, not an array."),
        (["\ud800" * 10, 1], "y is a list, not an array."),
        ([[[1.0]] * 2, [[1.0, 2.0]] * 2], "y is a list, not an array."),
    ],
)
def test_what_is_no_array_of_numbers_fails_the_check(value: object, message: str) -> None:
    """The message says what it is instead, by the name that the check gives it."""
    assert failure(array, answered(value), "y").message.startswith(message)
    called = failure(array, answered(value), "y", what="What `forward` returned")
    assert called.message == "What `forward` returned" + failure(
        array, answered(value), "y"
    ).message.removeprefix("y")


def test_a_deep_nesting_of_a_number_is_an_array_of_many_axes() -> None:
    """As deep as the wire lets values be nested."""
    assert array(answered(nested(22)), "y").shape == (1,) * 22


def test_an_exception_fails_the_check_with_the_students_line() -> None:
    """A comparison of what was never answered says what was raised, and where."""
    outcomes = (Value(None), Raised("ValueError", "shapes (3,) and (4,)", "return x @ self.W"))
    failed = failure(array, Transcript(ASKED, outcomes), "y")
    assert failed.message == "`forward` raised ValueError: shapes (3,) and (4,)."
    assert failed.evidence is not None
    assert failed.evidence.text == "return x @ self.W"


@given(VALUES | RARE_VALUES)
def test_any_answer_agrees_or_fails_the_check(value: object) -> None:
    """No answer that can travel makes a comparison raise anything but CheckFailed, or warn."""
    compared = 0
    for expected in (EXPECTED, EXPECTED[0], np.float64(2.0), np.zeros((0, 2)), np.zeros(3)):
        for compare in (close, proportional):
            try:
                got = array(answered(value), "y")
                compare(got, np.asarray(expected), what="y", terms=3, magnitude=np.abs(expected))
                compared += 1
            except CheckFailed as failed:
                json.dumps(failed.evidence and models.plain(failed.evidence))
    assert compared <= 10


HARD = st.sampled_from([0.0, -1.0, 5e-324, 1e-200, 1e200, 1.7e308, -1.7e308, np.inf, np.nan])
PAIRS = hnp.arrays(np.float64, (2, 2, 1), elements=HARD, fill=st.nothing())


@given(PAIRS, st.sampled_from([1e-300, 1.0, 1e308]))
def test_extreme_numbers_agree_or_fail_the_check(pair: np.ndarray, magnitude: float) -> None:
    """Overflow, NaN and infinity on either side end in a verdict, without a warning."""
    got, expected = pair
    for compare in (close, proportional):
        try:
            compare(got, expected, what="y", terms=3, magnitude=magnitude)
        except CheckFailed:
            continue
        assert np.all(np.isfinite(got))


@given(SHAPES, SHAPES)
def test_only_equal_shapes_agree(one: tuple[int, ...], other: tuple[int, ...]) -> None:
    """Nothing is broadcast: shapes are equal or the answer is wrong."""
    got, expected = np.ones(one), np.ones(other)
    same = one == other
    assert agrees(got, expected, terms=1, magnitude=1.0) == same
    if not same:
        message = f"y has the shape {one}, expected {other}."
        assert failure(same_shape, got, other, what="y").message == message
        assert failure(close, got, expected, what="y", terms=1, magnitude=1.0).message == message


def test_a_column_never_agrees_with_a_row() -> None:
    """(3, 1) against (1, 3) is wrong, though numpy would subtract them."""
    column, row = np.ones((3, 1)), np.ones((1, 3))
    assert not agrees(column, row, terms=1, magnitude=1.0)
    failure(close, column, row, what="y", terms=1, magnitude=1.0)


@pytest.mark.parametrize("odd", [np.nan, np.inf, -np.inf])
def test_what_is_not_finite_never_agrees(odd: float) -> None:
    """NaN and infinity differ from every number, and from themselves."""
    got = EXPECTED.copy()
    got[1, 2] = odd
    for expected in (EXPECTED, got):
        assert not agrees(got, expected, terms=3, magnitude=np.abs(EXPECTED))
    failed = failure(close, got, EXPECTED, what="y", terms=3, magnitude=1.0)
    assert failed.evidence is not None
    assert failed.evidence.worst is not None
    assert failed.evidence.worst.index == (1, 2)
    assert not failure(proportional, got, EXPECTED, what="y", terms=3, magnitude=1.0).hint


def test_the_worst_element_is_the_one_furthest_off() -> None:
    """The evidence shows both arrays and the element with the largest difference."""
    got = EXPECTED.copy()
    got[0, 1] += 1e-2
    got[1, 0] -= 0.5
    failed = failure(close, got, EXPECTED, what="y", terms=3, magnitude=1.0, hint="Look.")
    assert failed.message == "y has the right shape, but wrong values."
    assert failed.hint == "Look."
    assert failed.evidence is not None
    worst = failed.evidence.worst
    assert worst is not None
    assert (worst.index, worst.expected, worst.got) == ((1, 0), 0.5, 0.0)
    assert failed.evidence.got is not None
    assert failed.evidence.got.shape == (2, 3)


def test_evidence_of_an_empty_difference_has_no_worst_element() -> None:
    """Where there is no element, none is shown."""
    assert differing("y", np.zeros((0, 3)), np.zeros((0, 3))).worst is None
    assert differing("y", np.array(1.0), np.array(3.0)).worst is not None


def test_two_answers_of_another_shape_than_the_magnitudes_are_still_compared() -> None:
    """Where a check compares a student's answer with another, their shape is anyone's guess."""
    magnitude = np.full((2, 3), 5.0)
    for shape in [(6,), (3, 2), (7,), (2, 3, 2), (0,), ()]:
        got = np.ones(shape)
        close(got, got, what="y", terms=3, magnitude=magnitude)
        if got.size:
            failure(close, got + 1, got, what="y", terms=3, magnitude=magnitude)


SEVERAL = Scenario(
    Make("layer", "Layer"),
    Call("y", "layer", "forward", [np.ones(3)]),
    Call("grad_x", "layer", "backward", [np.ones(3)]),
    Get("W", "layer", "W"),
)


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ([(), ((1, 0),), (), ()], "`forward` changed `x`, "),
        ([(), (), ((2, 0),), ()], "`backward` changed `grad`, "),
        ([(), (), ((1, 0),), ()], "`backward` changed `x`, "),
        ([(), (), ((0, 0),), ()], "`backward` changed an argument, "),
    ],
)
def test_an_argument_altered_in_place_fails_the_check(changed: list[Any], message: str) -> None:
    """The message says which call altered which argument."""
    transcript = Transcript(SEVERAL, tuple(Value(None, each) for each in changed))
    failed = failure(unchanged, transcript, {"y": "x", "grad_x": "grad"})
    assert re.match(re.escape(message), failed.message)


def test_arguments_left_alone_pass() -> None:
    """A transcript without changes, also one that ended early, raises nothing."""
    unchanged(Transcript(SEVERAL, (Value(None),) * 4), {})
    unchanged(Transcript(SEVERAL, (Value(None), Raised("ValueError", ""))), {})
