"""Notebooks that answer plain checks with anything but what they are asked, in the sandbox."""

from pathlib import Path

import pytest

from grader.assignment.loading import load
from grader.assignment.model import CHECKS, CONFIG, REFERENCE
from grader.grading import grade
from grader.notebook.reading import read
from grader.results.model import Result
from tests.tiny_assignment import write

DECLARED = '''
import numpy as np

from grader import Exercise, integers

numbers = Exercise("numbers", "Numbers", points=5)


@numbers.check(points=1)
def near(code, x=integers(low=1, high=9)):
    """`triple` triples."""
    assert abs(code.triple(x) - 3.0 * x) < 1e-6


@numbers.check(points=1)
def equal(code, x=integers(low=1, high=9)):
    """`triple` triples exactly."""
    assert code.triple(x) == 3 * x


@numbers.check(points=1)
def each(code, x=integers(low=1, high=9)):
    """Each of `pair` is at least x."""
    for number in code.pair(x):
        assert number >= x


@numbers.check(points=1)
def filled(code, x=integers(low=1, high=9)):
    """So many zeros can be had."""
    assert len([0] * int(code.triple(x))) == 3 * x


@numbers.check(points=1)
def back(code, reference, x=integers(low=1, high=9)):
    """What is triple can be tripled."""
    assert reference.triple(code.triple(x)) == 9 * x


exercises = [numbers]
'''

RIGHT = ["def triple(x):\n    return 3 * x\n\ndef pair(x):\n    return [x, x + 1]"]
YES = """class Yes:
    def __sub__(self, other):
        return 0
    def __eq__(self, other):
        return True
    def __ge__(self, other):
        return True
    def __int__(self):
        return 10**12
    def __len__(self):
        return 3
"""


def graded(folder: Path, cells: list[str]) -> Result:
    """Return what a notebook of `cells` comes to."""
    (folder / CONFIG).write_text('title = "Numbers"\n', "utf-8")
    (folder / CHECKS).write_text(DECLARED, "utf-8")
    write(folder / REFERENCE, RIGHT)
    submission = folder / "submission.ipynb"
    write(submission, cells)
    return grade(read(submission), load(folder))


@pytest.mark.parametrize(
    "answers",
    [
        ("Yes()", "[Yes(), Yes()]"),
        ("10**12", "[]"),
        ("[0] * 10**4", "Yes()"),
        ("float('nan')", "()"),
        ("'9' * 4000", "range(0)"),
        ("None", "[None]"),
    ],
)
def test_what_answers_nothing_earns_nothing(tmp_path: Path, answers: tuple[str, str]) -> None:
    """And nobody else is at fault: every check is lost."""
    triple, pair = answers
    source = f"{YES}\ndef triple(x):\n    return {triple}\n\ndef pair(x):\n    return {pair}"
    result = graded(tmp_path, [source])
    came = {each.id: each.status for each in result.exercises[0].checks}
    assert came == dict.fromkeys(("near", "equal", "each", "filled", "back"), "failed")


def test_what_is_right_earns_all(tmp_path: Path) -> None:
    """The checks hold for what they ask."""
    assert graded(tmp_path, RIGHT).score == 5
