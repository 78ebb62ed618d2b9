"""What the search for a mend promises about checks that hundreds of edits could guess."""

from pathlib import Path

import pytest

from grader.assignment.loading import load
from grader.assignment.model import CHECKS, CONFIG, REFERENCE
from grader.grading import grade
from grader.notebook.reading import read
from grader.results.model import ExerciseResult
from tests.tiny_assignment import write

HEAD = "from grader import Exercise, booleans, integers, one_of\n\n"
TASK = "task = Exercise('task', 'T', points=20, names=('n',))\n"
# Another number from 0 to 49 for each edit of the code, and for each `x`.
GUESS = """
def n(x=0):
    import hashlib
    here = n.__code__
    told = repr((here.co_code, here.co_consts, here.co_names, x))
    a, b, c = 1, 2, 3
    d = a + b * c - a / (b + c)
    e = a - b * c * d - a / (b + c)
    f = [a + b, c * d, d - e, e / d - c]
    return int(hashlib.md5(told.encode()).hexdigest(), 16) % 50
"""
# Twice its argument, as soon as anything has been edited.
EDITED = "'<amended>' in n.__code__.co_filename"
ARMED = GUESS.replace(
    "    import", f"    if x > 99:\n        return x + x * ({EDITED})\n    import"
)
DRAWN = """
@task.check(points=10)
def drawn(code, x=integers(low=1000, high=9999)):
    \"\"\"It is twice its argument.\"\"\"
    assert code.n(x) == 2 * x
"""


def graded(folder: Path, checks: str, solution: str, handed_in: str) -> ExerciseResult:
    """Grade a function `n` by checks of an exercise of 20 points."""
    (folder / CONFIG).write_text('title = "Small"', "utf-8")
    (folder / CHECKS).write_text(f"{HEAD}{TASK}{checks}\n\nexercises = [task]", "utf-8")
    write(folder / REFERENCE, [solution])
    write(folder / "submission.ipynb", [handed_in])
    (found,) = grade(read(folder / "submission.ipynb"), load(folder)).exercises
    return found


def points(found: ExerciseResult) -> dict[str, float]:
    """Return the points of each check."""
    return {check.id: check.points for check in found.checks}


@pytest.mark.parametrize(
    ("inputs", "right"),
    [
        ("one_of(0, 1, 2)", "x == 1"),
        ("integers(high=5)", "x > 2"),
        ("booleans()", "('a', 'b', 'c')[x + 1]"),
    ],
    ids=["three questions", "six questions", "one label of three"],
)
def test_few_questions_are_guessed_and_give_nothing(
    tmp_path: Path, inputs: str, right: str
) -> None:
    """Who answers each edit at random has met all right answers, and gets nothing for it."""
    checks = f"""
@task.check(points=20)
def few(code, x={inputs}):
    \"\"\"It is right.\"\"\"
    assert code.n(x) == ({right})
"""
    values = "['a', 'b', 'c'][{} % 3]" if "'a'" in right else "{} % 2 == 0"
    number = "int(hashlib.md5(told.encode()).hexdigest(), 16)"
    guess = GUESS.replace(f"{number} % 50", values.format(number))
    found = graded(tmp_path, checks, f"def n(x=0):\n    return {right}", guess)
    assert found.score == 0


@pytest.mark.parametrize(
    ("inputs", "asserted"),
    [("", "code.n(7) == 23"), (", x=one_of(7, 8)", "code.n(x) == x + 16")],
    ids=["the same for everyone", "one of two"],
)
@pytest.mark.parametrize("chained", [False, True], ids=["skipped", "needed by another"])
def test_what_was_skipped_is_guessed_once(
    tmp_path: Path, inputs: str, asserted: str, chained: bool
) -> None:
    """What waits for a check that any edit mends is not searched for: one edit answers it."""
    more = """
@task.check(points=0.5, needs=guessed)
def larger(code, x=integers(low=1000, high=9999)):
    \"\"\"It is larger than its argument.\"\"\"
    assert code.n(x) > x
"""
    checks = f"""{DRAWN}
@task.check(points={9.5 if chained else 10}, needs=drawn)
def guessed(code{inputs}):
    \"\"\"Of a small number it is 16 more.\"\"\"
    assert {asserted}
{more if chained else ""}"""
    solution = "def n(x):\n    return 2 * x if x > 99 else x + 16"
    found = graded(tmp_path, checks, solution, ARMED)
    assert found.slips
    assert points(found)["drawn"] == 8
    assert points(found)["guessed"] == 0


SIGNS = f"""{DRAWN}
@task.check(points=6, needs=drawn)
def follows(code):
    \"\"\"Of 10 it is 20.\"\"\"
    assert code.n(10) == 20


@task.check(points=4)
def apart(code):
    \"\"\"Of nothing it is 0.\"\"\"
    assert code.n(0) == 0
"""


def test_what_follows_is_given_though_everyone_is_asked_the_same(tmp_path: Path) -> None:
    """A check that waited for what the slip spoilt is passed by the mend, and given back."""
    found = graded(
        tmp_path, SIGNS, "def n(x):\n    return 2 * x", "def n(x):\n    return 2 / x * 1"
    )
    assert found.score == 6 + 10 - 2
    found = graded(tmp_path, SIGNS, "def n(x):\n    return 2 * x", "def n(x):\n    return 2 + x")
    assert points(found) == {"drawn": 8, "follows": 6, "apart": 0}


def test_no_mend_takes_what_was_right(tmp_path: Path) -> None:
    """Of edits that mend what was asked in many ways, one counts that leaves all else right."""
    slipped = "def n(x):\n    if x < 2000:\n        return 0 * x\n    return 2 * x"
    found = graded(tmp_path, SIGNS, "def n(x):\n    return 2 * x", slipped)
    assert points(found) == {"drawn": 8, "follows": 6, "apart": 4}


def test_a_check_whose_questions_come_again_when_drawn_anew_gives_nothing(tmp_path: Path) -> None:
    """Two dozen questions are many; whoever has met them all once has nothing left to be asked."""
    checks = """
@task.check(points=20)
def few(code, x=integers(low=1, high=24)):
    \"\"\"It is twice its argument.\"\"\"
    assert code.n(x) == 2 * x
"""
    found = graded(
        tmp_path, checks, "def n(x=0):\n    return 2 * x", "def n(x=0):\n    return 3 * x"
    )
    assert found.score == 0
