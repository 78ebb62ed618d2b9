"""What a check computes with students' answers has an end, in time and in memory."""

import contextlib
import itertools
import re
import signal
import threading
import time
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from grader import Exercise, integers
from grader.agent.counting import count_work
from grader.asking import bounds
from grader.asking.bounds import Bounds, OverrunError, Weight, weight
from grader.judging.judge import judge
from grader.results.model import CheckResult
from grader.scenario import Scenario, Transcript, Value
from grader.subjects.reference import Reference

ENDLESS = (
    "This computes with what your code answered, and came to no end with it in the time and "
    "memory that there is. Is it far larger than it should be? Print it, and its size."
)


def subject(source: str) -> Reference:
    """Return the subject that a source defines."""
    namespace: dict[str, Any] = {"np": np}
    exec(source, namespace)  # noqa: S102 - of our own
    return Reference(namespace)


def came(check: Callable[..., Any], right: str, answered: str) -> CheckResult:
    """Return what one check comes to for `f`s that return this."""
    exercise = Exercise("one", "One", points=1)
    check.__doc__ = "It holds."
    exercise.check(points=1)(check)
    student, reference = (subject(f"def f(x):\n    return {each}") for each in (answered, right))
    (found,) = judge(exercise, student=student, reference=reference, submission=None, seed=1).checks
    return found


@pytest.fixture(autouse=True)
def soon(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let nobody wait as long as in earnest."""
    monkeypatch.setattr("grader.asking.plain_checks.SECONDS", 0.5)
    monkeypatch.setattr("grader.asking.plain_checks.TIMES", 1)


def zeros(code: Any, x: Any = integers(low=1, high=9)) -> None:
    """Make an array as long as the answer."""
    assert len(np.zeros(code.f(x))) == 3 * x


def listed(code: Any, x: Any = integers(low=1, high=9)) -> None:
    """Make a list as long."""
    assert len([0] * code.f(x)) == 3 * x


def repeated(code: Any, x: Any = integers(low=1, high=9)) -> None:
    """Make a text as long."""
    assert len("a" * code.f(x)) == 3 * x


def counted(code: Any, x: Any = integers(low=1, high=9)) -> None:
    """Count up to the answer in Python."""
    assert [number for number in range(code.f(x)) if number < 0] == []


def summed(code: Any, x: Any = integers(low=1, high=9)) -> None:
    """Count up to the answer in C."""
    assert sum(range(code.f(x))) >= 0


def raised(code: Any, x: Any = integers(low=1, high=9)) -> None:
    """Compute with more digits than anybody waits for."""
    y = code.f(x)
    assert y**y > 0


def asked(code: Any, reference: Any, x: Any = integers(low=1, high=9)) -> None:
    """Let the reference go on from the answer."""
    assert reference.f(code.f(x)) == x


def matched(code: Any, x: Any = integers(low=1, high=9)) -> None:
    """Match a pattern that goes through all ways to divide a text."""
    assert re.fullmatch(r"(a+)+b?", str(code.f(x)))


def convolved(code: Any, x: Any = integers(low=1, high=9)) -> None:
    """Multiply all numbers with each other."""
    y = code.f(x)
    assert np.convolve(y, y).max() > 0


@pytest.mark.parametrize(
    ("check", "right", "answered"),
    [
        (zeros, "3 * x", "10**18"),
        *((check, "3 * x", "10**10") for check in (listed, repeated, counted, summed, raised)),
        (matched, "'a' * x", "'a' * 40 + '!'"),
        (convolved, "np.ones(3)", "np.ones(3 * 10**6)"),
        (asked, "sum(1 for _ in range(x))", "10**15"),
    ],
)
def test_what_has_no_end_is_a_wrong_answer(
    check: Callable[..., Any], right: str, answered: str
) -> None:
    """In seconds, and whoever grades goes on."""
    found = came(check, right, answered)
    assert (found.status, found.message) == ("failed", ENDLESS)
    assert came(check, right, right).status == "passed"


def test_what_is_large_and_soon_computed_with_is_judged() -> None:
    """It is only tried by somebody else before."""

    def long(code: Any, x: Any = integers(low=1, high=9)) -> None:
        y = code.f(x)
        assert y[1:2] == []

    assert came(long, "[0]", "[0] * 999 + [10**5]").message == "`y[1:2]` has 1 items, expected 0."
    assert came(long, "[0]", "[0]").status == "passed"


@pytest.mark.parametrize("elsewhere", [False, True])
def test_python_is_interrupted_in_every_thread(elsewhere: bool) -> None:
    """The main one by a signal, others as soon as they run Python again."""
    ended = []

    def run() -> None:
        try:
            with Bounds(0.2):
                for _ in itertools.count():
                    pass
        except OverrunError:
            ended.append(time.thread_time())

    if elsewhere:
        thread = threading.Thread(target=run)
        thread.start()
        thread.join()
    else:
        run()
    assert len(ended) == 1


def test_time_that_others_take_does_not_count() -> None:
    """While it is paused nothing is interrupted, and there is as much left as before."""
    with Bounds(0.3) as held, held.paused():
        end = time.process_time() + 0.6
        while time.process_time() < end:
            pass
    assert not held.overran


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (12_345, Weight(12_345, 1)),
        ([True, None, -3.0], Weight(3.0, 4)),
        ("number 123456", Weight(123_456, 14)),
        (np.array([[1, -70_000]]), Weight(70_000, 3)),
        ({"a": (10**400, float("nan"))}, Weight(float("inf"), 6)),
    ],
)
def test_the_weight_of_a_value(value: object, expected: Weight) -> None:
    """Its largest number, wherever it stands, and how many values and letters there are."""
    assert weight([Transcript(Scenario(), (Value(value),))]) == expected
    assert bounds.Weight().far_larger(Weight()) is False


@pytest.mark.parametrize("elsewhere", [False, True], ids=["main", "elsewhere"])
def test_nothing_is_bounded_any_more_at_the_end(elsewhere: bool) -> None:
    """However close to its end it is interrupted: no timer and no thread is left."""
    threads = threading.active_count()

    def bounded() -> None:
        for number in range(200 if not elsewhere else 4):
            with contextlib.suppress(OverrunError), Bounds(0.004 + number % 40 * 1e-4):
                end = time.process_time() + 0.004
                while time.process_time() < end:
                    pass

    if elsewhere:
        thread = threading.Thread(target=bounded)
        thread.start()
        thread.join()
    else:
        bounded()
    assert signal.getitimer(signal.ITIMER_PROF)[0] == 0
    # What counts work by tracing goes on as before.
    assert count_work(lambda: sum(range(3)), [])[0] == 3
    assert threading.active_count() == threads
