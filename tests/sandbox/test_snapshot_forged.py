"""What snapshots promise where the answers are forged: `Stopped`, and on to the next question."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from grader.sandbox.limits import Breach
from grader.sandbox.snapshot import Snapshot
from grader.scenario import Call, Make, Patience, Raised, Scenario, Stopped, Value
from grader.subjects.student import MOST_STOPS_OF_A_CALL, Student, Terms
from tests.serving import Served, call, outcomes

# The question's own argument is the answer to it, as plain data or as bytes on the connection.
FORGER = """
import stat

def write(data):
    for fd in range(3, 64):
        try:
            if fd != control.fileno() and stat.S_ISSOCK(os.fstat(fd).st_mode):
                os.write(fd, bytes(data))
        except OSError:
            pass

def perform(steps):
    do, result, target, method, arguments, counted = steps[-1]
    if target == "honest":
        return [["value", "honest", [], None]]
    if target == "write":
        write(arguments[0])
        time.sleep(10**6)
    return arguments[0]
"""


@pytest.fixture(scope="module")
def forger() -> Iterator[Served]:
    """Return a process that answers whatever it is told to."""
    with Served(FORGER) as served:
        yield served


def forged(answer: object) -> Scenario:
    """Return a question of two steps to which `answer` is given, with an array handed out."""
    return Scenario(Make("a", "A", [1]), Call("y", "forge", args=[answer, [1.0]]))


GOOD: list[object] = ["value", None, [], None]
BAD: list[object] = ["raised", "ValueError", "no", "raise"]


def test_an_answer_that_fits_is_believed(forger: Served) -> None:
    """The forger can also say what is right in form: that is what student code may do."""
    found = outcomes(
        forger.snapshot(),
        forged([GOOD, ["value", 7, [[1, 0]], 3]]),
        forged([BAD]),
        forged([GOOD, BAD]),
    )
    assert found[0] == Value(7, ((1, 0),), 3)
    assert found[1] == found[2] == Raised("ValueError", "no", "raise")


MALFORMED: dict[str, object] = {
    "nothing": None,
    "no list": {"value": 1},
    "text": "value",
    "no outcomes": [],
    "one outcome too many": [GOOD, GOOD, GOOD],
    "a missing outcome": [GOOD],
    "a step after a raise": [BAD, GOOD],
    "two raises": [BAD, BAD],
    "an outcome that is none": [GOOD, None],
    "an empty outcome": [GOOD, []],
    "an unknown kind": [GOOD, ["stopped", "no"]],
    "a short value": [GOOD, ["value", 1, []]],
    "a long value": [GOOD, [*GOOD, 1]],
    "work that is no number": [GOOD, ["value", 1, [], "3"]],
    "work that is a fraction": [GOOD, ["value", 1, [], 0.5]],
    "changes that are no list": [GOOD, ["value", 1, None, None]],
    "a change that is a number": [GOOD, ["value", 1, [1], None]],
    "a change of three numbers": [GOOD, ["value", 1, [[0, 0, 0]], None]],
    "a change at a fraction": [GOOD, ["value", 1, [[1, 0.5]], None]],
    "a change before the first step": [GOOD, ["value", 1, [[-1, 0]], None]],
    "a change before the first argument": [GOOD, ["value", 1, [[1, -1]], None]],
    "a change after the last step": [GOOD, ["value", 1, [[2, 0]], None]],
    "a change far away": [GOOD, ["value", 1, [[2**62, 2**62]], None]],
    "a change after the last argument": [GOOD, ["value", 1, [[1, 2]], None]],
    "a change of what is to come": [["value", 1, [[1, 0]], None], GOOD],
    "a change of what was no call": [GOOD, ["value", 1, [[0, 0]], None]],
    "an error that is no text": [["raised", 3, "", ""]],
    "a message that is no text": [["raised", "E", None, ""]],
    "a line that is no text": [["raised", "E", "", [1]]],
}


@pytest.mark.parametrize("answer", MALFORMED.values(), ids=MALFORMED.keys())
def test_an_answer_that_does_not_fit_is_none(forger: Served, answer: object) -> None:
    """Whatever does not answer the question costs that question, and the next is answered."""
    stopped, honest = outcomes(forger.snapshot(), forged(answer), call("honest", 0))
    assert isinstance(stopped, Stopped)
    assert stopped.reason.startswith("the answer was not readable: ")
    assert honest == Value("honest")


GARBAGE = {
    "zeros": bytes(64),
    "ones": b"\xff" * 64,
    "text": b"HTTP/1.1 200 OK\r\n\r\n",
    "an empty frame": bytes(12),
    "a huge frame": b"\0\0\0\1" + b"\xff" * 8,
    "a huge array": b"\0\0\0\1" + (2**28).to_bytes(8, "big"),
}


@pytest.mark.parametrize("data", GARBAGE.values(), ids=GARBAGE.keys())
def test_what_is_no_message_is_no_answer(forger: Served, data: bytes) -> None:
    """Bytes written to the connection past the format cost the question alone."""
    asked = call("write", [*data])
    stopped, honest = outcomes(forger.snapshot(), asked, call("honest", 0))
    assert isinstance(stopped, Stopped)
    assert stopped.reason.startswith("the answer was not readable: ")
    assert honest == Value("honest")


def test_a_message_that_never_ends_is_no_answer(forger: Served) -> None:
    """Of a frame that only begins the rest is waited for no longer than a question may take."""
    asked = call("write", [0, 0, 0, 9, *bytes(8), 91])
    stopped, honest = outcomes(forger.snapshot(), asked, call("honest", 0), seconds=0.3)
    assert stopped == Stopped("it slept or waited, and was ended after 0.3 s of that")
    assert honest == Value("honest")


COUNTED = """
def crash(path):
    with open(path, "a") as file:
        file.write("x")
    os._exit(1)

def large():
    return np.zeros(2**22)
"""


def test_a_student_who_crashes_every_time_is_not_asked_for_ever(tmp_path: Path) -> None:
    """After a few crashes every further question counts as one, also when asked for later."""
    path = tmp_path / "asked"
    asked = [Scenario(Call(f"y{i}", "crash", args=[str(path)])) for i in range(40)]
    with Served(COUNTED) as served:
        student = Student(served.snapshot(), Terms(60))
        student.prefetch(asked[:30])
        for scenario in asked:
            assert isinstance(student.answer(scenario).outcomes[-1], Stopped)
    assert path.read_text() == "x" * MOST_STOPS_OF_A_CALL
    reasons = {str(each.outcomes[-1]) for each in student.transcripts.values()}
    assert any("not asked again" in reason for reason in reasons)


def test_a_student_is_asked_each_question_once(tmp_path: Path) -> None:
    """Equal questions share one transcript, whether fetched ahead or not."""
    path = tmp_path / "asked"
    asked = Scenario(Call("y", "crash", args=[str(path)]))
    equal = Scenario(Call("y", "crash", args=[str(path)]))
    with Served(COUNTED) as served:
        student = Student(served.snapshot(), Terms(60))
        student.prefetch([asked, equal])
        assert student.answer(equal) is student.answer(asked)
    assert path.read_text() == "x"


def test_a_student_whose_answers_are_huge_is_not_asked_for_ever() -> None:
    """Answers are kept, and there is an end to how much of them is."""
    asked = [Scenario(Call(f"y{i}", "large")) for i in range(20)]
    with Served(COUNTED) as served:
        student = Student(served.snapshot(), Terms(60))
        found = [student.answer(scenario).outcomes[-1] for scenario in asked]
    kinds = [type(each) for each in found]
    assert kinds == sorted(kinds, key=[Value, Stopped].index)
    assert 1 < kinds.count(Value) < len(asked)


def test_a_student_of_whom_nothing_is_left_answers_with_the_reason() -> None:
    """Where no state is left to be asked, every question raises what the grader says."""
    student = Student(None, Terms(1), absence="nothing of the notebook could be run")
    found = student.answer(call("f", 1)).outcomes
    assert found == (Raised("NameError", "nothing of the notebook could be run"),)


def test_all_answers_together_have_an_end() -> None:
    """Once their time is used up, no state of a notebook is asked any more."""
    with Served("def sleep(seconds): time.sleep(seconds)") as served:
        patience = Patience(0.3)
        states = [served.snapshot(), served.snapshot()]
        asked = call("sleep", 60), call("sleep", 0)
        answers = [
            next(state.ask([each], seconds=60, patience=patience))
            for state, each in zip(states, asked, strict=True)
        ]
        found = [each.outcomes[-1] for each in answers]
    assert isinstance(found[0], Stopped)
    assert "slept" in found[0].reason
    assert found[1] == Stopped("the time for all answers together was used up before")


def test_a_limit_that_ended_an_answer_is_told() -> None:
    """Where the answering process was killed at a limit, the answer says at which."""
    with Served("def crash(): os._exit(1)") as served:
        snapshot = Snapshot(served.channel(), breach=lambda: Breach("memory: over 1 MiB"))
        (found,) = outcomes(snapshot, call("crash"))
        snapshot.close()
    assert found == Stopped("it was ended at the limit of memory: over 1 MiB")
