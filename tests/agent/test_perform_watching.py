"""What is noticed while a call runs: arguments altered in place, and how much work it was."""

import gc
import linecache
import queue
import sys
import threading
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from grader.agent import counting
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


def test_threads_of_libraries_do_not_count() -> None:
    """What runs beside a call, such as progress bars and queues, is none of its work."""
    done = threading.Event()

    def slowly(x: np.ndarray) -> np.ndarray:
        for _ in range(20):
            np.ones((200, 200)) @ np.ones((200, 200))
        return x

    def beside(x: np.ndarray) -> np.ndarray:
        threading.Timer(0, lambda: done.wait(20)).start()
        return slowly(x)

    alone = work(slowly, 8)
    waiting = threading.Thread(target=queue.Queue[int]().get, daemon=True)
    waiting.start()
    assert work(slowly, 8) == alone
    try:
        counts = {work(beside, rows) for rows in (8, 16, 64)}
    finally:
        done.set()
    assert max(counts) - min(counts) < 56


def in_a_thread(x: np.ndarray) -> object:
    """Handle the rows of a batch in a thread of its own."""
    rows: list[np.ndarray] = []
    worker = threading.Thread(target=lambda: rows.extend([row * 2 for row in x]))
    worker.start()
    worker.join()
    return np.array(rows)


@pytest.mark.usefixtures("tracers")
def test_a_loop_in_a_thread_of_its_own_counts() -> None:
    """Whoever waits for a thread has its work done by it."""
    assert work(in_a_thread, 64) - work(in_a_thread, 8) >= 56
    assert threading.gettrace() is None
    assert threading.getprofile() is None


FORGED = [
    linecache.__file__,
    str(Path(linecache.__file__).with_name("none.py")),
    "<frozen os>",
    "<frozen none>",
    counting.__file__,
    *counting.ARRAY_PRINTING,
    str(Path("mine", "arrayprint.py")),
]


@pytest.mark.usefixtures("tracers")
@pytest.mark.parametrize("name", FORGED)
def test_code_that_says_it_is_from_elsewhere_counts(name: str) -> None:
    """The name of a file is whatever code is compiled with; what is not counted is looked up."""
    namespace: dict[str, Any] = {"np": np}
    source = "def loop(x):\n    return np.array([row * 2 for row in x])"
    exec(compile(source, name, "exec"), namespace)  # noqa: S102
    assert work(namespace["loop"], 64) - work(namespace["loop"], 8) >= 56


@pytest.mark.usefixtures("tracers")
def test_what_a_layer_tells_of_itself_does_not_count(recwarn: pytest.WarningsRecorder) -> None:
    """Warnings and printed arrays are as long as the batch."""

    def telling(x: np.ndarray) -> np.ndarray:
        warnings.warn(str(x), stacklevel=1)
        return x * 2

    with np.printoptions(threshold=sys.maxsize):
        work(telling, 8)
        assert work(telling, 512) - work(telling, 8) < 56
    assert len(recwarn) > 0


@pytest.mark.usefixtures("tracers")
def test_what_collects_garbage_does_not_count() -> None:
    """Libraries have themselves called whenever that is done, which is when it is."""

    def called(*_told: object) -> None:
        for _ in range(100):
            pass

    def littering(x: np.ndarray) -> object:
        return np.zeros(len(x), object).tolist(), np.empty((100 * len(x), 1), object).tolist()

    gc.callbacks.append(called)
    try:
        assert work(littering, 64) == work(littering, 8)
    finally:
        gc.callbacks.remove(called)
    assert gc.isenabled()
