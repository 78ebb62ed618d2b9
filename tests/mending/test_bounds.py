"""What a search for slips promises of itself: it has an end, ends no grading, and is no oracle."""

import time
from pathlib import Path

import pytest

from grader.asking import bounds, plain_checks
from grader.assignment.loading import load
from grader.assignment.model import CHECKS, CONFIG, REFERENCE
from grader.grading import grade
from grader.judging.judges import judge_for
from grader.mending.definitions import LONGEST, LONGEST_OF_ALL, MOST_NAMES, Definition, definitions
from grader.mending.edits import INK_OF_EACH, MOST_INK, edits
from grader.mending.search import Asked
from grader.notebook.cell_map import CellMap
from grader.notebook.reading import read
from grader.results.model import Result
from grader.scenario import Patience
from grader.subjects.reference import reference
from tests.mending.affine import IMPORTS, LAYER, declare, exercise, slipped
from tests.tiny_assignment import write

TURNED = slipped(("grad @ self.W.T", "grad @ self.W"))

_NAMES = "\n".join(f"        self.a{i} = 0" for i in range(MOST_NAMES - 10))
_USES = "\n".join("        y = x" for _ in range(400))
_SWAPS = f"f({', '.join(['a'] * 300)})"
HOSTILE = {
    "names times places": f"class A:\n    def __init__(self, x):\n{_NAMES}\n{_USES}",
    "names that nothing has": "def f():\n" + "\n".join(f"    q{i % 250}z" for i in range(1900)),
    "long statements": "def f():\n" + "\n".join(f"    {_SWAPS}" for _ in range(19)),
    "one block": "def f():\n    if 1:\n" + "\n".join(f"        a = {i}" for i in range(1000)),
}


@pytest.mark.parametrize("source", HOSTILE.values(), ids=HOSTILE)
def test_edits_of_any_definition_are_soon_made(source: str) -> None:
    """What could be edited into hundreds of thousands of others is so up to a size in all."""
    lines = tuple(source.split("\n"))
    made = Definition(0, lines, tuple(range(1, len(lines) + 1)), editable=True)
    names = [f"name_{i}" for i in range(50_000)]
    before = time.process_time()
    written = sum(
        INK_OF_EACH + sum(map(len, each.new)) for each in edits(made, names=names, asked=("W",))
    )
    assert written <= MOST_INK
    # It is about one second; without a bound, minutes.
    assert time.process_time() - before < 30


def parts(folder: Path, *cells: str) -> list[bool]:
    """Return which definitions of `C` are edited, none where there is nothing to edit."""
    write(folder / "given.ipynb", ["pass"])
    write(folder / "submission.ipynb", cells)
    notebook = read(folder / "submission.ipynb")
    found = definitions(notebook, CellMap(notebook), ("C",), read(folder / "given.ipynb"))
    return [each.editable for each in found.parts] if found else []


def test_only_what_could_be_a_layer_is_edited(tmp_path: Path) -> None:
    """No more names, no longer numbers, and no more code in all than any layer has."""
    used = "class C:\n    def f(self):\n        return helper()"
    helper = "def helper():\n    return "
    assert parts(tmp_path, f"{helper}1", used) == [True, True]
    many = "; ".join(f"a{i}" for i in range(MOST_NAMES + 1))
    assert parts(tmp_path, f"def helper():\n    {many}", used) == [False, True]
    assert parts(tmp_path, f"{helper}0x{'f' * 5000}", used) == [False, True]
    assert parts(tmp_path, f"{helper}'{'y' * (LONGEST - 60)}'", used) == [False, True]
    assert parts(tmp_path, f"{helper}'{'y' * LONGEST_OF_ALL}'", used) == []


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


def test_what_is_computed_with_answers_takes_of_their_time(tmp_path: Path) -> None:
    """A search ends where the answers and what checks make of them have taken long enough."""
    declare(tmp_path)
    assignment = load(tmp_path)
    (affine,) = assignment.exercises
    asked = Asked(
        affine,
        judge_for(assignment),
        1,
        names=frozenset(),
        subject=lambda: reference(assignment.reference, affine.names),
        failed=frozenset(),
        patience=Patience(0.001),
    )
    assert not asked.is_over
    write(tmp_path / "submission.ipynb", [IMPORTS, LAYER])
    notebook = read(tmp_path / "submission.ipynb")
    write(tmp_path / "given.ipynb", ["pass"])
    given = read(tmp_path / "given.ipynb")
    defined = definitions(notebook, CellMap(notebook), affine.names, given)
    assert defined is not None
    asked.points(defined, 1)
    assert asked.is_over
