"""Tiny assignments for the tests of `grader verify`: one or two functions, a check or two each."""

from collections.abc import Sequence
from pathlib import Path

import nbformat

from grader.assignment.loading import load
from grader.assignment.mistakes import FILE
from grader.assignment.model import CHECKS, CONFIG, REFERENCE, Assignment

DOUBLE = """\
def double(n):
    # Your code: twice the number.
    ### BEGIN SOLUTION
    return 2 * n
    ### END SOLUTION"""

TRIPLE = """\
def triple(n):
    # Your code: three times the number.
    ### BEGIN SOLUTION
    return 3 * n
    ### END SOLUTION"""

HEAD = '''
from grader.assignment.model import Exercise
from grader.checks.compare import array
from grader.scenario import Call, Scenario
from grader.verdicts import CheckFailed


def asks(exercise, function, factor, n, points, name):
    """Declare a check that asks for one number."""

    def check(student) -> None:
        got = array(student.answer(Scenario(Call("y", function, args=[n]))), "y")
        if got.shape != () or got != n * factor:
            raise CheckFailed(f"{function}({n}) is wrong.")

    check.__name__ = name
    check.__doc__ = f"`{function}` returns {factor} times {n}."
    exercise.check(points=points)(check)
'''

ONE = """
double = Exercise("double", "Doubling", points=2, names=("double",))
exercises = [double]
"""
SOUND = ONE + 'asks(double, "double", 2, 7, 2, "seven")\n'
# 2 + 2 is 2 * 2.
WEAK = ONE + 'asks(double, "double", 2, 2, 2, "two")\n'
REDUNDANT = ONE + (
    'asks(double, "double", 2, 7, 1, "seven")\nasks(double, "double", 2, 2, 1, "two")\n'
)
BOTH = (
    SOUND
    + """
triple = Exercise("triple", "Tripling", points=3, names=("triple",))
asks(triple, "triple", 3, 7, 3, "seven")
exercises = [double, triple]
"""
)

MISTAKES = "from grader.assignment.mistakes import Equivalent, Mistake, Variant\n"


def mistake(name: str, *, code: str, exercise: str = "double") -> str:
    """Return the source of a known mistake with code of its own."""
    told = 'explanation="It does.", hint="Does it?"'
    return f"Mistake(name={name!r}, exercise={exercise!r}, code={code!r}, {told})"


def variant(name: str, code: str) -> str:
    """Return the source of a right variant with code of its own."""
    return f"Variant(name={name!r}, exercise='double', code={code!r})"


def written(
    folder: Path,
    checks: str = SOUND,
    cells: Sequence[str] = (DOUBLE,),
    *,
    mistakes: Sequence[str] = (),
    variants: Sequence[str] = (),
    equivalents: Sequence[str] = (),
) -> Assignment:
    """Write an assignment below `folder` and load it."""
    folder = folder / "reference" / "tiny"
    folder.mkdir(parents=True)
    (folder / CONFIG).write_text('title = "Tiny"\n', "utf-8")
    (folder / CHECKS).write_text(HEAD + checks, "utf-8")
    code = [nbformat.v4.new_code_cell(each, id=f"cell-{index}") for index, each in enumerate(cells)]
    document = nbformat.v4.new_notebook(cells=code)
    (folder / REFERENCE).write_text(nbformat.writes(document), "utf-8")
    lists = {"mistakes": mistakes, "variants": variants, "equivalents": equivalents}
    declared = "".join(f"{name} = [{', '.join(each)}]\n" for name, each in lists.items())
    (folder / FILE).write_text(MISTAKES + declared, "utf-8")
    return load(folder)
