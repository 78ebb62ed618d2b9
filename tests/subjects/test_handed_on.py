"""What a check hands on from a student's answer to the reference, in the grader's own process."""

from pathlib import Path

import pytest

from grader.agent.values import Member, Named, Record, Ref
from grader.agent.wire import ANSWER_LIMITS, WireError, decode, encode
from grader.scenario import Call, Scenario, Value
from grader.subjects.reference import performing

NOTEBOOK = """
from dataclasses import dataclass
from enum import Enum
from collections import namedtuple
from zipfile import ZipFile
from pathlib import Path

class Colour(Enum):
    RED = 1

class Plain:
    def __init__(self, x):
        self.x = x

@dataclass
class Point:
    x: int

Pair = namedtuple("Pair", "one other")

def called(value):
    return type(value).__name__
"""


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (Record("Point", {"x": 1}), "Point"),
        (Record("Plain", {"x": 1}), "Plain"),
        (Member("Colour", "RED", 1), "Colour"),
        (Named((1, 2), "Pair", ("one", "other")), "Pair"),
        (Member("Path", None, "/"), "SimpleNamespace"),
        (Record("Unknown", {"x": 1}), "SimpleNamespace"),
    ],
    ids=str,
)
def test_only_the_notebooks_own_classes_are_made_of_what_is_handed_on(
    value: object, expected: str
) -> None:
    """An object that is handed on is of a class of the reference's, or of none."""
    subject = performing([NOTEBOOK], "the notebook")
    asked = Scenario(Call("y", "called", args=[value]))
    assert subject.answer(asked).outcomes == (Value(expected),)


def test_what_the_reference_imports_is_not_called_by_an_answer(tmp_path: Path) -> None:
    """An answer that names a library's class makes nothing of that class in the grader."""
    subject = performing([NOTEBOOK], "the notebook")
    target = tmp_path / "made"
    forged = Record("ZipFile", {"file": str(target), "mode": "w"})
    asked = Scenario(Call("y", "called", args=[forged]))
    assert subject.answer(asked).outcomes == (Value("SimpleNamespace"),)
    assert not target.exists()


@pytest.mark.parametrize("answer", [Ref("r"), [1, {"a": Ref("r")}]], ids=str)
def test_an_answer_refers_to_no_object(answer: object) -> None:
    """What a student's process answers cannot stand for an object of the reference's."""
    frame = encode(answer)
    with pytest.raises(WireError, match="refers to an object"):
        decode(frame, ANSWER_LIMITS)
