"""Asking a notebook in its own process, as a browser's Python has to, leaves no trace in it."""

import contextlib
import random
import sys
from typing import Any

import numpy as np
import pytest

from grader.inline.same_process import SameProcess
from grader.scenario import Call, Get, Make, Raised, Scenario, Stopped, Transcript, Value
from tests.serving import Served, call

NOTEBOOK = """
import random
import numpy as np

total, seen, table = 0, [], np.zeros(3)

class Counter:
    made = []
    best = {"value": 0}
    def __init__(self, start=0):
        Counter.made.append(start)
        self.value = start
    def add(self, x, _kept=[]):
        _kept.append(x)
        Counter.best["value"] = self.value = self.value + x
        return len(_kept)

def count(x):
    global total, other
    total, other = total + x, x
    seen.append(x)
    table[:] = x
    print("counting")
    return total

def drawn():
    return random.random() + np.random.random()

def closed():
    kept = []
    def add(x):
        kept.append(x)
        add.calls = len(kept)
        return len(kept)
    return add

add = closed()
counter = Counter(5)
endless = (n for n in range(9))
"""


def notebook(source: str = NOTEBOOK) -> dict[str, Any]:
    """Return the variables that a notebook's source makes."""
    names: dict[str, Any] = {"__name__": "__main__", "_shell": [1]}
    exec(source, names)  # noqa: S102 - the test's own
    return names


def ask(state: SameProcess, *scenarios: Scenario, seconds: float = 20.0) -> list[Transcript]:
    """Return what scenarios come to."""
    return list(state.ask(scenarios, seconds=seconds))


def drawn() -> float:
    """Draw from the generators that a notebook draws from without naming one."""
    return random.random() + np.random.random()  # noqa: S311


def told(transcript: Transcript) -> Any:
    """Return the value of a transcript's last step, which must have one."""
    outcome = transcript.outcomes[-1]
    assert isinstance(outcome, Value), outcome
    return outcome.value


def test_a_state_is_kept_from_one_question_to_the_next_until_it_is_reset() -> None:
    """As a forked process does, it goes on where the last question left it."""
    state = SameProcess(notebook())
    with contextlib.closing(state):
        assert [told(each) for each in ask(state, call("count", 2), call("count", 3))] == [2, 5]
        state.reset()
        assert told(*ask(state, call("count", 3))) == 3


def test_nothing_of_the_notebook_changes(capsys: pytest.CaptureFixture[str]) -> None:
    """Variables, arrays, classes, defaults, closures, random numbers and outputs stay."""
    names = notebook()
    random.seed(3)
    np.random.seed(3)
    expected = drawn()
    random.seed(3)
    np.random.seed(3)
    before = dict(names)
    with contextlib.closing(SameProcess(names)) as state:
        made = Scenario(Make("c", "Counter", (2,)), Call("y", "c", "add", (4,)))
        asked = [call("count", 1), call("add", 1), call("add", 1), call("drawn"), made]
        assert [told(each) for each in ask(state, *asked)][:3] == [1, 1, 2]
    assert names == before
    assert "other" not in names
    assert (names["total"], names["seen"], names["table"].tolist()) == (0, [], [0.0, 0.0, 0.0])
    assert (names["Counter"].made, names["Counter"].best) == ([5], {"value": 0})
    assert names["counter"].add(1) == 1
    assert not hasattr(names["add"], "calls")
    assert names["add"](1) == 1
    assert drawn() == expected
    assert capsys.readouterr().out == ""


def test_what_cannot_be_copied_is_lent() -> None:
    """A generator, say, is taken from: that is all that remains of a question."""
    names = notebook(NOTEBOOK + "\ndef first():\n    return next(endless)\n")
    with contextlib.closing(SameProcess(names)) as state:
        assert told(*ask(state, call("first"))) == 0
    assert next(names["endless"]) == 1


def test_an_array_that_is_handed_over_is_the_questions_own() -> None:
    """Code that changes its argument changes a copy, and is found out."""
    names = notebook("def zero(x):\n    x[...] = 0\n    return x")
    x = np.ones(2)
    with contextlib.closing(SameProcess(names)) as state:
        (transcript,) = ask(state, call("zero", x))
    (outcome,) = transcript.outcomes
    assert isinstance(outcome, Value)
    assert outcome.changed == ((0, 0),)
    assert x.tolist() == [1.0, 1.0]


SPINNING = (
    "while True:\n        pass",
    "while True: x = 1",
    "x = np.ones(3)\n    while x.all():\n        x = x + 1",
    "try:\n        while True: x = 1\n    except BaseException:\n        return 1",
    "return sum(1 for _ in iter(int, 1))",
)


@pytest.mark.parametrize("body", SPINNING)
def test_an_endless_loop_is_ended(body: str) -> None:
    """Its question has no answer, the next one has, and tracing is as it was."""
    names = notebook(f"import numpy as np\ndef spin():\n    {body}\ndef one():\n    return 1")
    tracing = sys.gettrace()
    question = Scenario(Call("x", "one"), Call("y", "spin"))
    with contextlib.closing(SameProcess(names)) as state:
        stopped, answered = ask(state, question, call("one"), seconds=0.3)
    (end,) = stopped.outcomes
    assert isinstance(end, Stopped)
    assert "it ran on and on" in end.reason
    assert end.step == 1
    assert told(answered) == 1
    assert sys.gettrace() is tracing


@pytest.mark.parametrize("source", ["def f(): return input()", "def f():\n    raise SystemExit(3)"])
def test_nobody_is_asked_and_nothing_ended(source: str) -> None:
    """What would wait for a person, or end the kernel, is an exception of the answer's."""
    with contextlib.closing(SameProcess(notebook(source))) as state:
        (transcript,) = ask(state, call("f"))
    assert isinstance(transcript.outcomes[-1], Raised)


def test_it_answers_as_a_fork_does() -> None:
    """Values, exceptions, prints and what is not there come to the same outcomes."""
    made = Make("c", "Counter", (2,))
    scenarios = [
        Scenario(made, Call("y", "c", "add", (np.arange(3.0),), heard=True)),
        Scenario(made, Get("g", "c", "value"), Call("y", "c", "subtract")),
        Scenario(
            made, Get("g", "c", "valeu", tried=True), Call("y", "count", args=(4,), heard=True)
        ),
        Scenario(made, Call("y", "c", "add", ("four",))),
        call("no_such_name"),
    ]
    with Served(NOTEBOOK) as served:
        forked = list(served.snapshot().ask(scenarios, seconds=20.0))
    with contextlib.closing(SameProcess(notebook())) as state:
        here = ask(state, *scenarios)
    assert [repr(each.outcomes) for each in here] == [repr(each.outcomes) for each in forked]
