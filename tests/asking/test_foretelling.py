"""What a plain check tells a student's process before that has answered."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from grader import Exercise, floats, integers, printed, raises
from grader.agent.wire import decode
from grader.judging.judge import judge
from grader.scenario import Call, Raised, Scenario, Transcript, Value
from grader.subjects.reference import Reference

SECRET = 4_700_001


def secret(n: Any) -> Any:
    """Return what no student's process may be told."""
    return SECRET + n


def _shout(n: int) -> None:
    print(secret(n))  # noqa: T201 - it is what is asked for


RIGHT = Reference(
    {
        "secret": secret,
        "number": lambda n: SECRET + int(n),
        "back": lambda n: n - SECRET,
        "shout": _shout,
        "halves": lambda x: x[:, : max(1, x.shape[1] // 2)],
        "grad": lambda x: x,
        "root": lambda n: n**0.5 if not isinstance(n, complex) and n >= 0 else 1 / 0,
        "done": lambda n: n >= 5,
        "feed": lambda n: None,
        "level": lambda n: 3.25,
        "scores": lambda n: np.array([0.1, 0.7, 0.2]),
        "word": lambda n: "three times",
        "counts": lambda n: {"three": 3.0},
        "maybe": lambda n: None,
        "refuse": lambda n: 1 / 0,
    }
)


class Ignorant:
    """A student who knows nothing and keeps all that is sent to it before it answers."""

    def __init__(self, right: bool = False) -> None:
        self.asked: list[Scenario] = []
        self.right = right

    def prefetch(self, scenarios: list[Scenario]) -> None:
        """Note what is asked."""
        self.asked += scenarios

    def answer(self, scenario: Scenario) -> Transcript:
        """Answer as a solution does that knows no secret."""
        self.asked.append(scenario)
        transcript = RIGHT.answer(scenario)
        if self.right:
            return transcript
        outcomes = tuple(
            Value(-1) if isinstance(step, Call) and isinstance(outcome, Value) else outcome
            for step, outcome in zip(scenario.steps, transcript.outcomes, strict=False)
        )
        return Transcript(scenario, outcomes)


def told(check: Callable[..., None], student: Ignorant) -> str:
    """Return all that `student` is sent while `check` is judged, as text."""
    exercise = Exercise("e", "E", points=1)
    exercise.check(points=1)(check)
    judge(exercise, student=student, reference=RIGHT, submission=None, seed=1, shrinking=False)
    assert student.asked
    return " ".join(str(decode(each.frame)) for each in student.asked)


def by_a_number(code: Any, n: Any = integers()) -> None:
    """Hand an integer back."""
    y = code.number(n)
    assert code.back(int(y)) == n
    assert y > 0


def by_a_float(code: Any, x: Any = floats()) -> None:
    """Hand a number back that was computed with."""
    y = code.secret(x)
    assert abs(code.back(y * 1.0) - x) < 1e-3


def by_a_list(code: Any, n: Any = integers()) -> None:
    """Hand in a list of answers."""
    found = [code.number(n)]
    code.feed([int(each) for each in found])
    assert found[0] > 0


def by_what_is_printed(code: Any, n: Any = integers()) -> None:
    """Hand a number back that was printed."""
    text = printed(code.shout(n))
    assert code.back(int(text)) == n


def by_the_reference(code: Any, reference: Any, n: Any = integers()) -> None:
    """Hand in what the reference answers."""
    y = code.number(n)
    z = code.back(reference.number(n) * 1)
    assert y > 0
    assert z == n


def by_a_function(code: Any, n: Any = integers()) -> None:
    """Hand in a function that reads an answer."""
    y = int(code.number(n))
    code.feed(lambda: y)
    assert y > 0


def after_an_exception(code: Any, n: Any = integers()) -> None:
    """Hand an answer to what has to raise."""
    y = code.number(n)
    with raises(code, ZeroDivisionError):
        code.root(-1 - int(y))
    assert y > 0


def _equal(one: Any, other: Any) -> None:
    if one != other:
        raise AssertionError("These are not equal.")


def behind_a_function_that_asserts(code: Any, n: Any = integers()) -> None:
    """Let a function of its own require the answer."""
    y = code.number(n)
    _equal(y, SECRET + n)
    assert code.back(int(y)) == n


NAMES = {3: str(SECRET), "three": str(SECRET), "thr": str(SECRET), 1: str(SECRET)}


def by_rounding(code: Any, n: Any = integers()) -> None:
    """Hand in what goes by an answer without its decimals."""
    y = code.level(n)
    code.feed(NAMES.get(int(y)))
    assert y == 3.25


def by_a_bound(code: Any, n: Any = integers()) -> None:
    """Hand in what goes by whether an answer is above a bound."""
    y = code.level(n)
    code.feed(str(SECRET) if y > 1 else "no")
    assert y == 3.25


def by_the_largest(code: Any, n: Any = integers()) -> None:
    """Hand in what goes by the place of the largest answer."""
    scores = code.scores(n)
    code.feed(NAMES.get(int(np.argmax(scores))))
    assert scores[1] == 0.7


def by_a_beginning(code: Any, n: Any = integers()) -> None:
    """Hand in what goes by the first letters of an answer."""
    word = code.word(n)
    code.feed(NAMES.get(word[:3]))
    assert word == "three times"


def by_keys(code: Any, n: Any = integers()) -> None:
    """Hand in what goes by the keys of an answer."""
    counts = code.counts(n)
    for key in counts:
        code.feed(NAMES.get(key))
    assert counts == {"three": 3}


def by_none(code: Any, n: Any = integers()) -> None:
    """Hand in what goes by whether there is an answer."""
    y = code.maybe(n)
    code.feed(str(SECRET) if y is None else "no")
    assert y is None


def by_an_exception(code: Any, n: Any = integers()) -> None:
    """Hand in what goes by whether something was raised."""
    raised = False
    try:
        code.refuse(n)
    except ZeroDivisionError:
        raised = True
    code.feed(str(SECRET) if raised else "no")
    assert raised


CHECKS = (
    by_rounding,
    by_a_bound,
    by_the_largest,
    by_a_beginning,
    by_keys,
    by_none,
    by_a_number,
    by_a_float,
    by_a_list,
    by_what_is_printed,
    by_a_function,
    after_an_exception,
    behind_a_function_that_asserts,
)


@pytest.mark.parametrize("check", CHECKS, ids=lambda each: each.__name__)
def test_no_answer_of_the_references_is_sent_to_a_student(check: Callable[..., None]) -> None:
    """What a check computes from one answer is not told before the student has given that one."""
    assert str(SECRET)[:4] not in told(check, Ignorant())


def test_whether_the_reference_raises_is_not_sent() -> None:
    """What a check does about an exception is asked once the student has raised one."""
    student = Ignorant(right=True)
    told(by_an_exception, student)
    assert min(len(each.steps) for each in student.asked) == 1


def test_what_a_check_hands_in_is_sent_when_what_comes_before_it_is_settled() -> None:
    """An answer stays what it was before the student's process was handed what it should be."""

    class Listening(Ignorant):
        def answer(self, scenario: Scenario) -> Transcript:
            heard = [
                each for step in scenario.steps if isinstance(step, Call) for each in step.args
            ]
            secrets = [each for each in heard if isinstance(each, int) and each >= SECRET]
            transcript = RIGHT.answer(scenario)
            if secrets:
                return transcript
            return Transcript(scenario, (Value(0), *transcript.outcomes[1:]))

    exercise = Exercise("e", "E", points=1)
    exercise.check(points=1)(by_the_reference)
    found = judge(exercise, student=Listening(), reference=RIGHT, submission=None, seed=1)
    assert [each.status for each in found.checks] == ["failed"]


def test_not_even_a_shape_or_a_number_of_calls_is_told() -> None:
    """An array in the shape of an answer, and a loop up to one, are asked step by step."""

    def shape(code: Any, x: Any = floats("n", 4)) -> None:
        """Hand in a gradient in the shape of an answer."""
        y = code.halves(x)
        assert y.shape == (len(x), 2)
        code.grad(np.ones(y.shape))

    def loop(code: Any) -> None:
        """Go on as long as the answers say."""
        n = 0
        while not code.done(n):
            n += 1
        assert n == 5

    student = Ignorant()
    told(shape, student)
    assert max(len(each.steps) for each in student.asked) == 1
    student = Ignorant(right=True)
    told(loop, student)
    lengths = [len(each.steps) for each in student.asked]
    assert lengths == sorted(lengths)
    assert lengths[0] == 1


def test_what_depends_on_no_answer_is_told_at_once() -> None:
    """One question a case holds all steps of a check that only hands on what it was given."""

    def independent(code: Any, x: Any = floats("n", 4)) -> None:
        """Nothing depends on an answer."""
        y = code.grad(x)
        assert np.allclose(y, x)
        for step in range(3):
            assert code.number(step) > 0
        with raises(code, ZeroDivisionError):
            code.root(-4)
        assert np.allclose(code.grad(y), x)

    student = Ignorant(right=True)
    told(independent, student)
    assert {len(each.steps) for each in student.asked} == {5}


def test_a_failure_before_it_is_told_as_ever() -> None:
    """A call that raises fails the check, whatever depends on its answer."""

    class Raising(Ignorant):
        def answer(self, scenario: Scenario) -> Transcript:
            return Transcript(scenario, (Raised("OSError", "no"),))

    exercise = Exercise("e", "E", points=1)
    exercise.check(points=1)(by_a_number)
    found = judge(exercise, student=Raising(), reference=RIGHT, submission=None, seed=1)
    assert [each.message for each in found.checks] == ["`number` raised OSError: no."]
