"""What snapshots promise of size: large questions are split, and too large an answer is none."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from grader.agent.wire import WireError, encode
from grader.sandbox.snapshot import BATCH
from grader.scenario import Raised
from tests.serving import Served, call, outcomes, values
from tests.tiny_assignment import TRIPLE, graded_with_limits

NOTEBOOK = """
def who():
    return [os.getpid(), os.getppid()]

def size(x):
    return len(x)

def large():
    return [np.broadcast_to(np.float64(0), (2**40,))]

def deep():
    value = []
    value.append(value)
    return value

def long():
    return [0] * 10**6

def text():
    return "x" * 10**7
"""


@pytest.fixture(scope="module")
def served() -> Iterator[Served]:
    """Return a process that has run the notebook."""
    with Served(NOTEBOOK) as served:
        yield served


@pytest.mark.parametrize("trouble", ["large", "deep", "long", "text"])
def test_an_answer_that_is_too_large_is_an_exception(served: Served, trouble: str) -> None:
    """It is never sent, and the next question is answered by the same process."""
    found = outcomes(served.snapshot(), call("who"), call(trouble), call("who"))
    assert isinstance(found[1], Raised)
    assert found[1].error == "AnswerTooLarge"
    assert found[0] == found[2]


def test_many_large_questions_travel_in_several_messages(served: Served) -> None:
    """What does not fit into one message is split, and nobody notices."""
    asked = [call("size", [0] * (4000 + i)) for i in range(BATCH + 20)]
    with pytest.raises(WireError):
        encode([scenario.plain for scenario in asked[:BATCH]])
    found = values(outcomes(served.snapshot(), *asked))
    assert found == [4000 + i for i in range(BATCH + 20)]


def test_a_question_that_is_too_large_is_not_the_students_fault(served: Served) -> None:
    """The grader learns that it cannot be asked; no answer is made up."""
    snapshot = served.snapshot()
    impossible = call("size", [0] * 10**6)
    with pytest.raises(WireError):
        outcomes(snapshot, impossible)
    assert values(outcomes(snapshot, call("size", [1]))) == [1]


def test_an_assignment_says_how_large_an_answer_may_be(tmp_path: Path) -> None:
    """An array over the assignment's limit is no answer, and the message gives the limit."""
    double = "import numpy as np\ndef double(n): return np.zeros(2**18)"
    result = graded_with_limits(tmp_path, [double, TRIPLE], answer_bytes=2**20)
    (message,) = (check.message for check in result.exercises[0].checks)
    assert "AnswerTooLarge" in message
    assert str(2**20) in message
