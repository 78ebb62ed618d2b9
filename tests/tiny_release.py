"""A tiny assignment with a solution, known mistakes and a hidden check, and its release."""

from collections.abc import Sequence
from pathlib import Path

import nbformat

from grader.assignment.loading import load
from grader.assignment.mistakes import FILE
from grader.assignment.model import CHECKS, CONFIG, REFERENCE
from grader.authoring.release.repository import publish

CONFIG_TEXT = """
title = "Tiny"
seed = 73
public_seed = 5
follow_through = { marks = false }
"""

CHECKS_TEXT = '''
"""The exercises."""

from .numbers import NumberCase, doubled, halved
from .secrets import SECRET_NUMBER, secretly

exercises = [doubled, halved]


@doubled.check(points=4, public=False)
def secret_sign(student, reference) -> None:
    """The secret sentence."""
    secretly(student, reference, SECRET_NUMBER)
'''

NUMBERS_TEXT = '''
"""What is asked of both functions."""

from dataclasses import dataclass

import numpy as np
from hypothesis import strategies as st

from grader.assignment.model import Exercise
from grader.asking.cases import Case, question
from grader.checks.compare import array
from grader.results.evidence import Evidence, Item
from grader.scenario import Call, Scenario
from grader.verdicts import CheckFailed

doubled = Exercise("doubled", "Doubling", points=10, names=("double",))
halved = Exercise("halved", "Halving", points=2, names=("halve",))


@dataclass(frozen=True)
class NumberCase(Case):
    """A row of numbers."""

    size: int
    start: int

    @classmethod
    def strategy(cls):
        return st.builds(cls, size=st.integers(1, 6), start=st.integers(-9, 9))

    @property
    def x(self):
        return np.arange(self.start, self.start + self.size, dtype=float)

    def inputs(self):
        return [Item.of("x", self.x)]

    @question
    def double(self) -> Scenario:
        """The double."""
        return Scenario(Call("y", "double", args=[self.x]))


@doubled.check(points=6)
def doubles(student, reference, case: NumberCase) -> None:
    """`double` returns twice the numbers."""
    got, right = (array(each.answer(case.double), "y") for each in (student, reference))
    if not np.array_equal(got, right):
        shown = Evidence(expected=Item.of("y", right), got=Item.of("y", got))
        raise CheckFailed("`double` is wrong.", shown, "What is twice two?")


@halved.check(points=2)
def halves(student) -> None:
    """`halve` returns half the number."""
    if array(student.answer(Scenario(Call("y", "halve", args=[8]))), "y") != 4:
        raise CheckFailed("`halve(8)` is wrong.")
'''

SECRETS_TEXT = '''
"""What only the instructor knows."""

from grader.checks.compare import array
from grader.scenario import Call, Scenario
from grader.verdicts import CheckFailed

SECRET_NUMBER = -48151


def secretly(student, reference, number) -> None:
    asked = Scenario(Call("y", "double", args=[number]))
    if array(student.answer(asked), "y") != array(reference.answer(asked), "y"):
        raise CheckFailed("The secret is out.")
'''

MISTAKES_TEXT = """
from grader.assignment.mistakes import Mistake

mistakes = [
    Mistake(
        name="squared",
        exercise="doubled",
        changes=(("numbers + numbers", "numbers * numbers"),),
        explanation="Your function squares.",
        hint="What is twice three?",
    ),
    Mistake(
        name="once",
        exercise="doubled",
        code="def double(numbers):\\n    return numbers",
        explanation="Your function returns what it gets.",
        hint="Try one number.",
    ),
]
"""

DOUBLE = """def double(numbers):
    # Your code: twice the numbers.
    ### BEGIN SOLUTION
    twice_the_numbers = numbers + numbers
    return twice_the_numbers
    ### END SOLUTION"""
HALVE = """def halve(number):
    # Your code: half the number.
    ### BEGIN SOLUTION
    return number / 2.0
    ### END SOLUTION"""

RIGHT = (
    "def double(numbers):\n    return 2 * numbers",
    "def halve(number):\n    return number / 2",
)
SQUARED = ("def double(numbers):\n    return numbers ** 2", RIGHT[1])


def reference(folder: Path) -> Path:
    """Write the instructor's assignment to `folder` and return that."""
    folder.mkdir(parents=True)
    texts = {CONFIG: CONFIG_TEXT, CHECKS: CHECKS_TEXT, FILE: MISTAKES_TEXT}
    texts |= {"numbers.py": NUMBERS_TEXT, "secrets.py": SECRETS_TEXT}
    for name, text in texts.items():
        (folder / name).write_text(text, "utf-8")
    notebook(folder / REFERENCE, ["import numpy as np", DOUBLE, HALVE])
    return folder


def notebook(path: Path, sources: Sequence[str]) -> Path:
    """Write a notebook of code cells and return its path."""
    cells = [
        nbformat.v4.new_code_cell(source, id=f"cell-{number}")
        for number, source in enumerate(sources)
    ]
    path.write_text(nbformat.writes(nbformat.v4.new_notebook(cells=cells)), "utf-8")
    return path


def released(folder: Path) -> Path:
    """Write the assignment below `folder`, release it, and return what students get."""
    publish(load(reference(folder / "reference" / "tiny")), folder / "assignments" / "tiny")
    return folder / "assignments" / "tiny"
