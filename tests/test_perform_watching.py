"""What is noticed while a call runs: arguments altered in place, and how much work it was."""

import sys
from collections.abc import Iterator

import numpy as np
import pytest

from grader.scenario import Call, Make
from tests.performing import X, perform, raised, value


def test_a_calls_own_argument_that_it_alters_is_noticed() -> None:
    """The step and the position of each altered argument are told, and of no other."""
    outcomes = perform(
        Make("layer", "Layer"),
        Call("y", "layer", "scale", [X]),
        Call("z", "layer", "zero", [X]),
        Call("u", "layer", "zero", [np.zeros(3)]),
    )
    assert [outcome[2] for outcome in outcomes] == [[], [], [[2, 0]], []]


def test_an_earlier_calls_argument_that_is_altered_is_noticed_once() -> None:
    """A later call that writes to what an earlier one was given is told as changing that."""
    outcomes = perform(
        Make("layer", "Layer"),
        Call("y0", "layer", "scale", [X]),
        Call("y1", "layer", "scale", [np.asfortranarray(X)]),
        Call("done", "layer", "zero_all_seen"),
        Call("again", "layer", "zero_all_seen"),
    )
    assert [outcome[2] for outcome in outcomes] == [[], [], [], [[1, 0], [2, 0]], []]


def test_an_array_of_nan_that_stays_as_it_was_is_unchanged() -> None:
    """Contents are compared, not numbers: NaN is equal to itself."""
    outcomes = perform(Make("layer", "Layer"), Call("y", "layer", "scale", [np.full(2, np.nan)]))
    assert outcomes[1][2] == []


@pytest.fixture
def tracers() -> Iterator[None]:
    """Leave the test's own tracing as it was."""
    trace, profile = sys.gettrace(), sys.getprofile()
    yield
    sys.settrace(trace)
    sys.setprofile(profile)


def work(function: object, rows: int) -> int:
    """Return the work that `function` has with a batch of `rows`."""
    outcome = perform(
        Call("y", "function", args=[np.ones((rows, 3))], counted=True), function=function
    )[0]
    value(outcome)
    assert type(outcome[3]) is int
    return outcome[3]


LOOPS = [
    lambda x: np.array([row * 2 for row in x]),
    lambda x: np.stack([np.abs(x[i]) for i in range(len(x))]),
    lambda x: np.apply_along_axis(np.abs, 1, x),
    np.vectorize(lambda number: max(number, 0)),
]
VECTORISED = [
    lambda x: np.maximum(x, 0) @ np.ones((3, 2)) + np.ones(2),
    lambda x: np.einsum("ij,jk->ik", x, np.ones((3, 2))),
    lambda x: (x > 0).astype(x.dtype).sum(axis=0),
]


@pytest.mark.usefixtures("tracers")
@pytest.mark.parametrize("loop", LOOPS)
def test_counted_work_grows_with_every_row_of_a_loop(loop: object) -> None:
    """A loop costs at least one unit a row, whoever drives it."""
    assert work(loop, 64) - work(loop, 8) >= 56


@pytest.mark.usefixtures("tracers")
@pytest.mark.parametrize("vectorised", VECTORISED)
def test_counted_work_of_vectorised_code_is_the_same_for_any_batch(vectorised: object) -> None:
    """The count depends on the code, not on the numbers or on the machine."""
    assert work(vectorised, 8) == work(vectorised, 64) == work(vectorised, 512) > 0


@pytest.mark.usefixtures("tracers")
def test_counting_ends_with_the_call() -> None:
    """Nothing is traced afterwards, also where the call raised."""

    def fail(x: object) -> None:
        raise ValueError

    outcomes = perform(Call("y", "fail", args=[X], counted=True), fail=fail)
    assert raised(outcomes[0])[0] == "ValueError"
    assert sys.gettrace() is None
    assert sys.getprofile() is None


def test_only_counted_calls_are_counted() -> None:
    """Any other outcome says nothing of work."""
    outcomes = perform(Make("layer", "Layer"), Call("y", "layer", "scale", [X]))
    assert [outcome[3] for outcome in outcomes] == [None, None]
