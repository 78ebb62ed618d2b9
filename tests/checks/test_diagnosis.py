"""What a diagnosis promises: it names what an error looks like, and nothing that is not there."""

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from grader.checks.diagnosis import Context, diagnose, only_wrong

X = np.array([[1.0, -2.0, 3.0], [2.0, 0.5, -1.0], [-3.0, 1.0, 1.0], [4.0, 2.0, -2.0]])
UP = np.array([[2.0, -1.0], [0.5, 3.0], [-2.0, 1.0], [1.0, 4.0]])
RIGHT = X.T @ UP
BIAS = UP.sum(axis=0)
SIZES = {"the batch size": 4, "the number of inputs": 3, "the number of outputs": 2}


def told(got: np.ndarray, expected: np.ndarray = RIGHT, **more: Any) -> tuple[str, str] | None:
    """Return the kind and the sentence of a diagnosis."""
    magnitude = np.full(expected.shape, 20.0)
    found = diagnose(got, expected, Context(terms=4, magnitude=magnitude, sizes=SIZES, **more))
    return None if found is None else (found.kind, found.sentence)


@pytest.mark.parametrize(
    ("by", "kind", "sentence"),
    [
        (
            1 / 4,
            "divided",
            "points the right way, but is 4 times too small, and 4 is the batch size.",
        ),
        (
            4,
            "multiplied",
            "points the right way, but is 4 times too large, and 4 is the batch size.",
        ),
        (
            1 / 3,
            "divided",
            "points the right way, but is 3 times too small, and 3 is the number of inputs.",
        ),
        (
            1 / 8,
            "divided",
            "points the right way, but is 8 times too small, and 8 is the batch size times the "
            "number of outputs.",
        ),
        (
            -1 / 4,
            "divided",
            "lies on the right line, but is 4 times too small and has the opposite sign, and 4 is "
            "the batch size.",
        ),
        (-1, "sign", "has the right length, but the opposite sign."),
        (
            0.1,
            "multiplied",
            "points the right way, but is 0.1 times what it should be, and 0.1 is the learning "
            "rate.",
        ),
        (
            1.7,
            "factor",
            "points the right way, but is 1.7 times what it should be.",
        ),
    ],
)
def test_a_constant_factor_is_named(by: float, kind: str, sentence: str) -> None:
    """As a size, a product of two, a rate or a sign where it is one, as a number otherwise."""
    assert told(by * RIGHT, rates={"the learning rate": 0.1}) == (kind, sentence)


def test_a_factor_that_is_two_sizes_has_both_names() -> None:
    """Where the batch is as large as the layer, nobody can tell which of them it was."""
    sizes = {"the batch size": 4, "the number of inputs": 4, "the number of outputs": 1}
    found = diagnose(RIGHT / 4, RIGHT, Context(terms=4, magnitude=20.0, sizes=sizes))
    assert found is not None
    assert found.sentence.endswith("4 is the batch size and the number of inputs.")


def test_a_factor_that_is_a_size_and_a_rate_may_be_either() -> None:
    """What fits by chance in one example is told beside what else fits, for others to decide."""
    known = Context(terms=4, magnitude=20.0, sizes={"the batch size": 4}, rates={"the rate": 0.25})
    found = diagnose(RIGHT / 4, RIGHT, known)
    assert found is not None
    looks = (found, *found.others)
    assert {name for each in looks for name in each.names} == {"the batch size", "the rate"}
    assert {each.by for each in looks} == {"0.25"}


def test_a_size_of_one_explains_nothing() -> None:
    """Dividing by a batch of one changes nothing."""
    context = Context(terms=4, magnitude=20.0, sizes={"the batch size": 1})
    assert diagnose(RIGHT, RIGHT, context) is not None
    found = diagnose(2 * RIGHT, RIGHT, context)
    assert found is not None
    assert found.kind == "factor"


@pytest.mark.parametrize(
    ("got", "expected", "kind", "part"),
    [
        (np.zeros((3, 2)), RIGHT, "zeros", "is 0 everywhere"),
        (np.full((3, 2), np.nan), RIGHT, "not finite", "NaN (not a number)"),
        (np.full((3, 2), np.inf), RIGHT, "not finite", "infinite numbers"),
        (RIGHT.T, RIGHT, "transposed", "rows and columns swapped"),
        (np.abs(RIGHT), RIGHT, "signs", "but for the signs of some elements"),
        (BIAS[None, :], BIAS, "shape", "the shape (1, 2); expected is (2,)"),
        (UP, BIAS, "not summed", "its sum over axis 0 would be right"),
        (UP[0], BIAS, "not summed", "the part of one example, row 0,"),
        (UP[3], BIAS, "not summed", "the part of one example, row 3,"),
        (UP.sum(axis=1), BIAS, "wrong axis", "summed over axis 1, not over the examples"),
        (np.full(2, UP.sum()), BIAS, "wrong axis", "the sum over everything"),
        (np.asarray(UP.sum()), BIAS, "wrong axis", "the sum over everything"),
    ],
)
def test_what_an_error_looks_like_is_named(
    got: np.ndarray, expected: np.ndarray, kind: str, part: str
) -> None:
    """Zeros, NaN, transposes, axes."""
    unsummed = UP if expected is BIAS else X[:, :, None] * UP[:, None, :]
    found = told(got, expected, unsummed=unsummed)
    assert found is not None
    assert found[0] == kind
    assert part in found[1]


def test_a_square_transpose_is_one_unless_it_is_symmetric() -> None:
    """Where rows and columns are as many, only the numbers tell."""
    square = np.array([[1.0, 2.0], [3.0, 4.0]])
    found = told(square.T, square)
    assert found is not None
    assert found[0] == "transposed"


def test_what_is_left_of_an_earlier_call_is_named() -> None:
    """The sum with the gradient before, and the gradient before itself."""
    earlier = np.arange(6.0).reshape(3, 2)
    assert told(RIGHT + earlier, earlier=earlier) == (
        "accumulated",
        "is the sum of this one and the one before.",
    )
    others = {"still the gradient of the first batch": earlier}
    assert told(earlier, others=others) == (
        "mistaken",
        "is still the gradient of the first batch.",
    )
    assert told(RIGHT + earlier) is None


def test_what_an_earlier_call_gave_is_named() -> None:
    """The answer to the batch before is no other array, even where it is equal to one."""
    earlier = RIGHT + 1
    found = told(earlier, earlier=earlier, others={"the input": earlier})
    assert found == ("stale", "is that of the batch before.")
    assert told(-RIGHT, earlier=RIGHT) == ("sign", "has the right length, but the opposite sign.")


@pytest.mark.parametrize(("got", "sized"), [(RIGHT.T, True), (-RIGHT, False)])
def test_what_only_different_sizes_tell_is_marked(got: np.ndarray, sized: bool) -> None:
    """A transpose shows where rows and columns differ in number; a sign shows anywhere."""
    found = diagnose(got, RIGHT, Context(terms=4, magnitude=np.full(RIGHT.shape, 20.0)))
    assert found is not None
    assert found.sized is sized


def test_what_comes_from_the_weights_after_their_update_is_named() -> None:
    """Told apart from what is just wrong."""
    after = RIGHT - 0.1 * X.T @ UP + np.eye(3, 2)
    assert told(after, updated=after) == (
        "updated",
        "is computed from the weights after their update.",
    )
    assert told(after + 1, updated=after) is None


ODD = st.sampled_from([0.0, 1.0, -2.0, 5e-324, 1e-200, 1e200, -1.7e308, np.inf, np.nan])
ARRAYS = hnp.array_shapes(min_dims=0, max_dims=3, min_side=0, max_side=3).flatmap(
    lambda shape: hnp.arrays(np.float64, shape, elements=ODD, fill=st.nothing())
)


@given(ARRAYS, ARRAYS, ARRAYS, ARRAYS)
def test_whatever_is_returned_can_be_looked_at(
    got: np.ndarray, expected: np.ndarray, other: np.ndarray, unsummed: np.ndarray
) -> None:
    """Any shapes and any numbers come to a sentence or none, without an error or a warning."""
    context = Context(
        terms=3,
        magnitude=1.0,
        sizes=SIZES,
        others={"it": other},
        earlier=other,
        updated=other,
        unsummed=unsummed if unsummed.ndim else None,
    )
    found = diagnose(got, expected, context)
    assert found is None or found.sentence.endswith(".")


@given(st.integers(0, 2**32 - 1))
def test_an_error_like_nothing_is_called_nothing(seed: int) -> None:
    """A gradient of random numbers is none of the known errors."""
    random = np.random.default_rng(seed)
    got = random.standard_normal((3, 2))
    others = {"the gradient that it was given": UP, "the input": X}
    assert told(got, earlier=RIGHT + 1, updated=RIGHT * 2, others=others) is None


def test_what_is_right_beside_an_error_is_said() -> None:
    """Right for the weights, but not for the input; and nothing where something else is wrong."""
    said = only_wrong("what `backward` returns", {"`grad_W`": True, "`grad_b`": True})
    assert said == "`grad_W` and `grad_b` are right; only what `backward` returns is not."
    assert only_wrong("y", {"`grad_W`": True}) == "`grad_W` is right; only y is not."
    assert only_wrong("y", {"`grad_W`": True, "`grad_b`": False}) is None
    assert only_wrong("y", {}) is None
