"""What a search for slips promises of itself: it has an end, ends no grading, and is no oracle."""

from pathlib import Path

import pytest

from grader.asking import bounds, plain_checks
from grader.assignment.loading import load
from grader.assignment.model import CHECKS, CONFIG, REFERENCE
from grader.grading import grade
from grader.notebook.reading import read
from grader.results.model import Result
from tests.mending.affine import exercise, slipped
from tests.tiny_assignment import write

TURNED = slipped(("grad @ self.W.T", "grad @ self.W"))


@pytest.mark.parametrize(
    "helper",
    [
        f"def helper():\n    return {'9' * 400}",
        f"def helper():\n    if True:\n        x = 1\n        x = 0x{'f' * 4500}",
        "'''\n'''; helper = lambda: 3",
        "x = [1,\n  2]; helper = lambda: 3",
    ],
    ids=["a large number", "a number too long to write", "within a text", "within a line"],
)
def test_what_cannot_be_written_anew_ends_no_grading(tmp_path: Path, helper: str) -> None:
    """A definition that only its author can write costs its exercise no more than it would."""
    calls = TURNED.replace("self.x = x\n", "self.x = x\n        helper()\n")
    assert exercise(tmp_path, f"{helper}\n\n\n{calls}").score >= 6


def test_a_fault_of_the_search_ends_no_grading(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whatever it trips over, the exercise comes to what it did without."""

    def broken(*_given: object) -> None:
        raise ValueError("a line that nobody has thought of")

    monkeypatch.setattr("grader.mending.marks.found", broken)
    found = exercise(tmp_path, TURNED)
    assert (found.score, found.slips) == (6, ())


def small(folder: Path, checks: str, solution: str, handed_in: str) -> Result:
    """Grade a function by checks of an exercise `task` of 20 points."""
    (folder / CONFIG).write_text('title = "Small"', "utf-8")
    begin = (
        "from grader import Exercise, integers, take\n\ntask = Exercise('task', 'T', points=20, "
    )
    (folder / CHECKS).write_text(f"{begin}names=('n',))\n{checks}\n\nexercises = [task]", "utf-8")
    write(folder / REFERENCE, [solution])
    write(folder / "submission.ipynb", [handed_in])
    return grade(read(folder / "submission.ipynb"), load(folder))


_GUESS = """
def n(x=0):
    import hashlib
    here = n.__code__
    told = repr((here.co_code, here.co_consts, here.co_names))
    a, b, c = 1, 2, 3
    d = a + b * c - a / (b + c)
    e = a - b * c * d - a / (b + c)
    f = [a + b, c * d, d - e, e / d - c]
    return int(hashlib.md5(told.encode()).hexdigest(), 16) % 50 + x
"""


def test_a_thousand_guesses_give_no_points(tmp_path: Path) -> None:
    """Who returns another number with each edit has met the right one, and gets nothing for it."""
    fixed = """
@task.check(points=20)
def right(code):
    \"\"\"It is 23.\"\"\"
    assert code.n() == 23
"""
    (found,) = small(tmp_path, fixed, "def n():\n    return 23", _GUESS).exercises
    assert found.score == 0
    assert not any(check.follows for check in found.checks)


def test_a_guess_is_not_given_with_a_slip(tmp_path: Path) -> None:
    """Beside a check that any edit mends, one that is asked of everyone alike stays lost."""
    checks = """
@task.check(points=10)
def fixed(code):
    \"\"\"Without an argument it is 23.\"\"\"
    assert code.n() == 23


@task.check(points=10)
def drawn(code, x=integers(low=1000, high=9999)):
    \"\"\"It is twice its argument.\"\"\"
    assert code.n(x) == 2 * x
"""
    armed = _GUESS.replace(
        "    import",
        "    if x:\n        return 2 * x - ('<amended>' not in n.__code__.co_filename)\n    import",
    )
    solution = "def n(x=0):\n    return 2 * x if x else 23"
    (found,) = small(tmp_path, checks, solution, armed).exercises
    assert found.slips
    assert found.score == 8
    assert [check.points for check in found.checks] == [0, 8]


def test_checks_take_too_much_with_all_edits_as_often_as_with_one_answer(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With what a check cannot compute it is not performed by the edit, for an hour."""
    rehearsals: list[float] = []

    def rehearsed(_action: object, _answer: object, seconds: float) -> bool:
        rehearsals.append(seconds)
        return False

    monkeypatch.setattr(bounds, "rehearsed", rehearsed)
    loops = """
@task.check(points=20)
def right(code):
    \"\"\"It is 45.\"\"\"
    assert sum(range(code.n())) == 45
"""
    lines = "\n".join(f"    a = 10 ** 9 + {i}" for i in range(10))
    handed_in = f"def n():\n{lines}\n    return a"
    (found,) = small(tmp_path, loops, "def n():\n    return 10", handed_in).exercises
    assert found.score == 0
    assert len(rehearsals) <= 2 * plain_checks.MOST_OVERRUNS + 1
