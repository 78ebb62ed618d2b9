"""What the gradient checker promises: it never fails a right gradient, nor passes a wrong one."""

from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from grader.checks.finite_differences import LINEAR_STEP, STEP, probe
from grader.checks.gradcheck import (
    GradientVerdict,
    check_function,
    check_gradient,
    forward_answers,
    forward_at,
)
from grader.scenario import Call, Raised, Scenario, Set, Transcript, Value

SEEDS = st.integers(0, 2**32 - 1)
SIZES = st.integers(1, 5)
STEPS = st.sampled_from([STEP, LINEAR_STEP])
SCALES = st.sampled_from([1e-3, 1.0, 1e3])
SINGLE = np.float32

Forward = Callable[[np.ndarray], np.ndarray]


def linear(seed: int, batch: int, n_in: int, n_out: int, scale: float = 1.0) -> list[np.ndarray]:
    """Return x, W, b and an upstream gradient."""
    random = np.random.default_rng(seed)
    shapes = [(batch, n_in), (n_in, n_out), (n_out,), (batch, n_out)]
    return [scale * random.standard_normal(shape) for shape in shapes]


def forwards(w: np.ndarray, b: np.ndarray) -> list[Forward]:
    """Return the same layer, computed in float64, in float32, and in float32 on the quiet."""
    small, bias = w.astype(SINGLE), b.astype(SINGLE)
    return [
        lambda v: v @ w + b,
        lambda v: v.astype(SINGLE) @ small + bias,
        lambda v: (v.astype(SINGLE) @ small + bias).astype(np.float64),
        lambda v: (v.astype(SINGLE) @ small).astype(np.float64) + b,
    ]


@given(SEEDS, SIZES, SIZES, SIZES, SCALES, STEPS)
def test_a_right_gradient_never_fails(
    seed: int, batch: int, n_in: int, n_out: int, scale: float, step: float
) -> None:
    """In float32 or 64, or in float32 returned as float64, whatever the size of the numbers."""
    x, w, b, up = linear(seed, batch, n_in, n_out, scale)
    claims = up @ w.T, up.astype(SINGLE) @ w.T.astype(SINGLE)
    for forward in forwards(w, b):
        for claim in claims:
            verdict = check_function(forward, probe(x, step=step), up, claim)
            assert verdict.status != "fail", verdict


@given(SEEDS, SIZES, SIZES, SIZES, SCALES)
def test_a_right_gradient_of_a_linear_map_passes(
    seed: int, batch: int, n_in: int, n_out: int, scale: float
) -> None:
    """Large steps decide every element whose slopes do not cancel."""
    x, w, b, up = linear(seed, batch, n_in, n_out, scale)
    x, w, up = np.sign(x) * scale, np.abs(w) + scale, np.abs(up) + scale
    for forward in forwards(w, b):
        verdict = check_function(forward, probe(x, step=LINEAR_STEP), up, up @ w.T)
        assert verdict == GradientVerdict("pass", decided=x.size)


@given(SEEDS, SIZES, SIZES, SIZES, SCALES, st.sampled_from([0.0, -1.0, 0.5, 0.9, 1.1, 2.0]))
def test_one_wrong_element_fails_and_is_named(
    seed: int, batch: int, n_in: int, n_out: int, scale: float, by: float
) -> None:
    """A tenth too much in one element is found, in every precision, with its index."""
    x, w, b, up = linear(seed, batch, n_in, n_out, scale)
    x, w, up = np.sign(x) * scale, np.abs(w) + scale, np.abs(up) + scale
    right = up @ w.T
    # A bias that is large beside the products would hide them in float32.
    b = b * scale
    wrong = right.copy()
    index = (seed % batch, seed % n_in)
    wrong[index] *= by
    for forward in forwards(w, b):
        verdict = check_function(forward, probe(x, step=LINEAR_STEP), up, wrong)
        assert (verdict.status, verdict.index) == ("fail", index)
        assert verdict.got == wrong[index]
        assert verdict.expected == pytest.approx(right[index], rel=1e-3)
        assert verdict.ratio == pytest.approx(by, rel=1e-3, abs=1e-9)


@settings(deadline=None, max_examples=25)
@given(SEEDS)
def test_float32_with_a_thousand_outputs_does_not_let_anything_pass(seed: int) -> None:
    """The tolerance does not grow with the size until it passes a gradient that is off by 1 %."""
    x, w, b, up = linear(seed, 2, 5, 500)
    for forward in forwards(w, b)[1:]:
        for step in (STEP, LINEAR_STEP):
            probed = probe(x, step=step)
            assert check_function(forward, probed, up, up @ w.T).status != "fail"
            assert check_function(forward, probed, up, 1.01 * (up @ w.T)).status == "fail"


@settings(deadline=None, max_examples=25)
@given(SEEDS)
def test_one_wrong_entry_of_a_large_weight_is_found(seed: int) -> None:
    """Along random directions one missing entry among thousands shows, and no right one fails."""
    random = np.random.default_rng(seed)
    x, w = random.standard_normal((8, 100)), 0.1 * random.standard_normal((100, 40))
    up = random.standard_normal((8, 40))
    right = x.T @ up
    probed = probe(w, step=LINEAR_STEP, seed=seed)

    def quietly_single(v: np.ndarray) -> np.ndarray:
        return np.asarray(x.astype(SINGLE) @ v.astype(SINGLE), np.float64)

    wrong = right.copy()
    wrong[np.unravel_index(np.argmax(np.abs(right)), right.shape)] = 0
    for forward in (lambda v: x @ v, quietly_single):
        assert check_function(forward, probed, up, right).status != "fail"
        verdict = check_function(forward, probed, up, wrong)
        assert (verdict.status, verdict.index) == ("fail", None)


def relu(v: np.ndarray) -> np.ndarray:
    """Return max(v, 0)."""
    return np.asarray(np.maximum(v, 0))


@given(SEEDS, st.floats(0, 1))
def test_a_kink_is_recognised_and_never_failed(seed: int, share: float) -> None:
    """At 0 every subgradient of ReLU is let be, and beside it the right one."""
    random = np.random.default_rng(seed)
    x, up = random.standard_normal((2, 3)), random.standard_normal((2, 3))
    x[random.random((2, 3)) < 0.5] = 0
    claim = up * np.where(x == 0, share, x > 0)
    assert check_function(relu, probe(x), up, claim).status != "fail"


@given(SEEDS, st.floats(-5, 5), st.floats(0.5, 0.99), STEPS)
def test_a_slight_kink_is_never_failed(seed: int, place: float, slope: float, step: float) -> None:
    """Also where the slopes differ by a few hundredths, and the kink is anywhere in reach."""
    random = np.random.default_rng(seed)
    x, up = random.standard_normal((2, 2)), random.standard_normal((2, 2))
    probed = probe(x, step=step)
    kink = x[0, 0] + place * probed.step

    def leaky(v: np.ndarray) -> np.ndarray:
        return np.asarray(np.where(v > kink, v - kink, slope * (v - kink)))

    claim = up * np.where(x > kink, 1.0, slope)
    assert check_function(leaky, probed, up, claim).status != "fail"


def test_what_is_no_kink_is_decided_beside_one() -> None:
    """The kink leaves its own element open, and a wrong one elsewhere still fails."""
    x, up = np.array([[0.0, 2.0, -1.0]]), np.array([[1.0, 3.0, -2.0]])
    open_one = check_function(relu, probe(x), up, np.array([[0.5, 3.0, 0.0]]))
    assert (open_one.status, open_one.decided) == ("inconclusive", 2)
    assert open_one.reason == "1 of 3 could not be decided"
    verdict = check_function(relu, probe(x), up, np.array([[0.0, 3.0, -2.0]]))
    assert (verdict.status, verdict.index, verdict.decided) == ("fail", (0, 2), 2)
    assert (verdict.got, verdict.expected, verdict.ratio) == (-2.0, 0.0, None)


@given(SEEDS, SIZES, SIZES)
def test_a_network_with_kinks_is_never_failed(seed: int, batch: int, n_in: int) -> None:
    """Where a hidden unit changes sides between the points, nobody is blamed."""
    x, w, b, _ = linear(seed, batch, n_in, 4)
    v, up = linear(seed + 1, batch, 4, 2)[1::2]
    hidden = x @ w + b
    claim = ((up @ v.T) * (hidden > 0)) @ w.T

    def single(at: np.ndarray) -> np.ndarray:
        return np.asarray(relu(at.astype(SINGLE) @ w.astype(SINGLE) + b.astype(SINGLE)) @ v)

    for forward in (lambda at: relu(at @ w + b) @ v, single):
        assert check_function(forward, probe(x), up, claim).status != "fail"


def test_a_column_is_not_a_row() -> None:
    """(3, 1) against (1, 3) fails by its shape, before any number is compared."""
    x, up = np.ones((1, 3)), np.ones((1, 3))
    verdict = check_function(lambda v: 2 * v, probe(x), up, np.full((3, 1), 2.0))
    assert (verdict.status, verdict.reason) == ("fail", "the shape is (3, 1), expected (1, 3)")
    outputs = [np.ones((3, 1)) for _ in probe(x).points]
    verdict = check_gradient(probe(x), outputs, up, np.zeros((1, 3)))
    assert (verdict.status, verdict.decided) == ("inconclusive", 0)


def test_a_dtype_is_compared_where_one_is_asked_for() -> None:
    """float32 is not float64 then; otherwise only the numbers count."""
    x, up = np.ones(2), np.ones(2)
    outputs = [3 * point for point in probe(x).points]
    claim = np.full(2, 3, SINGLE)
    assert check_gradient(probe(x), outputs, up, claim).status == "pass"
    verdict = check_gradient(probe(x), outputs, up, claim, dtype=np.float64)
    assert (verdict.status, verdict.reason) == (
        "fail",
        "the dtype is float32, expected float64",
    )


@pytest.mark.parametrize("constant", [0.0, 5.0])
def test_a_forward_that_depends_on_nothing_says_nothing(constant: float) -> None:
    """Its differences are 0, which is no proof that a gradient of 0 is right, nor another wrong."""
    x, up = np.ones((2, 2)), np.ones((2, 2))
    for claim in (np.zeros((2, 2)), np.ones((2, 2))):
        verdict = check_function(lambda v: np.full(v.shape, constant), probe(x), up, claim)
        assert (verdict.status, verdict.decided) == ("inconclusive", 0)


@pytest.mark.parametrize("size", [1e150, 1e307, np.inf, np.nan])
def test_answers_that_are_too_large_or_no_numbers_are_not_decided(size: float) -> None:
    """Overflow and NaN never fail and never pass, and nobody is warned of them."""
    x, up = np.ones((2, 2)), np.full((2, 2), 1e200)
    for claim in (np.ones((2, 2)), np.full((2, 2), np.nan)):
        with np.errstate(all="ignore"):
            outputs = [point * size for point in probe(x).points]
        assert check_gradient(probe(x), outputs, up, claim).status == "inconclusive"


@pytest.mark.parametrize("size", [1e-100, 1e-30, 1e30, 1e100])
def test_huge_and_tiny_numbers_are_decided_as_well(size: float) -> None:
    """What counts is how far the gradient is off beside itself."""
    x, up = np.array([[size, -2 * size]]), np.array([[1.0, 2.0]])
    right = np.array([[3.0, 6.0]])
    assert check_function(lambda v: 3 * v, probe(x), up, right).status == "pass"
    assert check_function(lambda v: 3 * v, probe(x), up, 1.01 * right).status == "fail"


@pytest.mark.parametrize("claim", [np.nan, np.inf, -np.inf])
def test_a_claim_that_is_no_number_fails(claim: float) -> None:
    """Where the differences are numbers, the gradient has to be."""
    x, up = np.ones(2), np.ones(2)
    verdict = check_function(lambda v: 3 * v, probe(x), up, np.array([3.0, claim]))
    assert (verdict.status, verdict.index) == ("fail", (1,))


def test_an_empty_gradient_is_right() -> None:
    """Of nothing there is nothing to be wrong."""
    empty = np.zeros((0, 2))
    assert check_function(lambda v: v, probe(empty), empty, empty).status == "pass"


def test_a_forward_is_asked_at_every_point_in_one_scenario() -> None:
    """As its argument, or set as an attribute while the argument stays."""
    points = [np.zeros(2), np.ones(2)]
    asked = forward_at(points, "layer")
    assert [step.result for step in asked if isinstance(step, Call)] == ["at0", "at1"]
    assert [step.args[0] is point for step, point in zip(asked, points, strict=True)] == [True] * 2  # type: ignore[union-attr]
    varied = forward_at(points, "layer", "predict", attribute="W", argument=3)
    assert [type(step) for step in varied] == [Set, Call, Set, Call]
    assert isinstance(varied[2], Set)
    assert (varied[2].target, varied[2].attribute) == ("layer", "W")
    assert varied[2].value is points[1]
    assert varied[3] == Call("at1", "layer", "predict", [3])


def transcript(*outcomes: object) -> Transcript:
    """Return what came back for as many calls."""
    steps = forward_at([np.zeros(1)] * len(outcomes), "layer")
    told = [each if isinstance(each, Raised) else Value(each) for each in outcomes]
    return Transcript(Scenario(*steps), tuple(told))


def test_answers_are_read_where_all_are_arrays_of_one_shape() -> None:
    """Anything else is no function that can be differentiated."""
    two = [np.ones(2), np.zeros(2)]
    found = forward_answers(transcript(*two), 2)
    assert found is not None
    assert [each.tolist() for each in found] == [[1.0, 1.0], [0.0, 0.0]]
    for odd in (None, 3.0, np.ones(3), Raised("ValueError", "no")):
        assert forward_answers(transcript(two[0], odd), 2) is None
