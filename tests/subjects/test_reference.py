"""The reference as a subject."""

import numpy as np

from grader.asking.standin import Code
from grader.scenario import Amend, Call, Raised, Ref, Scenario, Value
from grader.subjects.reference import Reference


def test_what_is_asked_little_by_little_is_performed_once() -> None:
    """A check that reads each value before its next call has every call performed once."""
    called: list[int] = []

    def square(number: int) -> int:
        called.append(number)
        return number * number

    code = Code(Reference({"square": square}), None)
    assert [int(code.square(number)) for number in range(5)] == [0, 1, 4, 9, 16]
    assert called == [0, 1, 2, 3, 4]


def test_what_goes_on_tells_what_it_changed_earlier() -> None:
    """An array that an earlier call was given, and a later one changes, is told by its own step."""
    given: list[np.ndarray] = []

    def keep(array: np.ndarray) -> int:
        given.append(array)
        return 0

    def clear() -> int:
        given[-1][:] = 0
        return 0

    subject = Reference({"keep": keep, "clear": clear})
    first = Call("kept", "keep", args=[np.ones(3)])
    subject.answer(Scenario(first))
    outcome = subject.answer(Scenario(first, Call("cleared", "clear"))).outcomes[-1]
    assert isinstance(outcome, Value)
    assert outcome.changed == ((0, 0),)


def test_another_question_begins_anew() -> None:
    """Objects of one question are unknown to a question that does not begin as it does."""
    subject = Reference({"make": list, "read": len})
    subject.answer(Scenario(Call("made", "make")))
    outcome = subject.answer(Scenario(Call("size", "read", args=[Ref("made")]))).outcomes[-1]
    assert not isinstance(outcome, Value)


def test_code_of_a_student_is_not_executed() -> None:
    """Edited definitions are the student's: the grader's own process performs no such step."""
    ran: list[int] = []
    subject = Reference({"ran": ran})
    (outcome,) = subject.answer(Scenario(Amend("ran.append(1)"), Call("", "ran"))).outcomes
    assert isinstance(outcome, Raised)
    assert ran == []
