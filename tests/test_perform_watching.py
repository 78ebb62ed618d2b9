"""What is noticed while a call runs: arguments altered in place, and how much work it was."""

import sys
import threading
from collections.abc import Iterator
from typing import Any

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


def test_the_first_counted_call_counts_what_the_next_ones_do() -> None:
    """Also of a function that nobody has called before."""

    def fresh(x: np.ndarray) -> object:
        return [row + 1 for row in x]

    outcomes = perform(
        *(Call(f"y{index}", "fresh", args=[X], counted=True) for index in range(3)),
        fresh=fresh,
    )
    first, *others = ([*outcome][3] for outcome in outcomes)
    assert first > 0
    assert others == [first, first]


def test_what_a_counted_call_cannot_be_given_is_told_without_a_source_line() -> None:
    """No line of ours stands for one of the student's."""
    outcome = perform(Call("y", "bare", args=[X], counted=True), bare=lambda: None)[0]
    error, _message, line = raised(outcome)
    assert (error, line) == ("TypeError", "")


@pytest.mark.usefixtures("tracers")
def test_whoever_traces_already_changes_no_count_and_goes_on() -> None:
    """A notebook may have a debugger or a profiler of its own."""
    alone = [work(loop, 8) for loop in LOOPS]

    def trace(*_told: object) -> Any:
        return trace

    sys.settrace(trace)
    sys.setprofile(trace)
    assert [work(loop, 8) for loop in LOOPS] == alone
    assert (sys.gettrace(), sys.getprofile()) == (trace, trace)


@pytest.mark.skipif(sys.version_info < (3, 12), reason="sys.monitoring is new in Python 3.12")
def test_tools_that_monitor_already_change_no_count_and_go_on() -> None:
    """A notebook may have taken every tool's number, and listen to everything itself."""
    alone = [work(loop, 8) for loop in LOOPS]
    monitoring: Any = vars(sys)["monitoring"]
    events = monitoring.events
    tools = [tool for tool in range(6) if monitoring.get_tool(tool) is None]
    heard: list[int] = []

    def mine(x: np.ndarray) -> np.ndarray:
        return x + 1

    try:
        for tool in tools:
            monitoring.use_tool_id(tool, "mine")
            for event in (events.INSTRUCTION, events.CALL, events.LINE):
                monitoring.register_callback(tool, event, lambda *_told, t=tool: heard.append(t))
            monitoring.set_events(tool, events.INSTRUCTION | events.CALL | events.LINE)
        assert [work(loop, 8) for loop in LOOPS] == alone
        heard.clear()
        mine(X)
        assert set(heard) == set(tools)
        for tool in tools:
            assert monitoring.get_tool(tool) == "mine"
    finally:
        for tool in tools:
            monitoring.set_events(tool, 0)
            monitoring.free_tool_id(tool)


@pytest.mark.skipif(sys.version_info < (3, 12), reason="sys.monitoring is new in Python 3.12")
def test_a_call_that_gives_every_tool_back_comes_to_its_value() -> None:
    """And the next call is counted again."""
    monitoring: Any = vars(sys)["monitoring"]

    def free(x: np.ndarray) -> np.ndarray:
        for tool in range(6):
            if monitoring.get_tool(tool):
                monitoring.set_events(tool, 0)
            monitoring.free_tool_id(tool)
        return x

    outcome = perform(Call("y", "free", args=[X], counted=True), free=free)[0]
    np.testing.assert_array_equal(value(outcome), X)
    assert work(VECTORISED[0], 8) == work(VECTORISED[0], 64) > 0


def test_other_threads_do_not_count() -> None:
    """What runs beside a call, such as progress bars and queues, is none of its work."""
    done = threading.Event()

    def busy() -> None:
        while not done.is_set():
            pass

    def slowly(x: np.ndarray) -> np.ndarray:
        for _ in range(20):
            np.ones((200, 200)) @ np.ones((200, 200))
        return x

    alone = work(slowly, 8)
    beside = threading.Thread(target=busy)
    beside.start()
    try:
        assert work(slowly, 8) == alone
    finally:
        done.set()
        beside.join()
