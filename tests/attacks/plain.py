"""Attacks on plain checks, which compute with answers in the grader's own process."""

import tempfile
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Final

from grader.assignment.loading import load
from grader.assignment.model import CHECKS, CONFIG, REFERENCE
from grader.grading import Options, grade
from grader.notebook.reading import read
from grader.results.model import CheckResult
from grader.sandbox.forkserver import ServerCache
from grader.sandbox.rungs import Rung
from tests.attacks.attack import Attack, Outcome
from tests.tiny_assignment import write

# What an attack has made in the grader's process, if it could.
LOOT: Final = Path(tempfile.gettempdir(), "made-by-an-answer")

_CHECKS: Final = '''
import numpy as np

from grader import Exercise, floats, integers, take


def one(name, check):
    exercise = Exercise(name, name, points=1, names=(name,))
    exercise.check(points=1)(check)
    return exercise


def secret(code, n=integers(low=3, high=900)):
    """`secret` hides a number, and `back` finds it again."""
    hidden = code.secret(n)
    assert code.back(int(hidden)) == n
    assert hidden == 700_000 - n * n


def halves(code, x=floats("n", 6)):
    """`halves` returns every other column, and `spread` puts them back."""
    y = code.halves(x)
    assert y.shape == (len(x), 3)
    assert code.spread(np.zeros(y.shape)).shape == x.shape


def route(code, reference, n=integers(low=3, high=9)):
    """`route` finds a way that is as short as it can be."""
    best = reference.route(n)
    assert reference.length(code.route(n)) <= reference.length(best)


def steps(code, n=integers(low=1, high=9)):
    """`steps` gives numbers up to n."""
    assert all(0 < each <= n for each in code.steps(n))


def walk(code, n=integers(low=1, high=9)):
    """`walk` gives numbers up to n, one by one."""
    for each in take(code.walk(n), 9):
        assert 0 < each <= n


def table(code, n=integers(low=1, high=9)):
    """`table` has no number below zero."""
    assert (code.table(n) >= 0).all().all()


def word(code, n=integers(low=1, high=9)):
    """`word` returns a word, or refuses."""
    try:
        found = code.word(n)
    except ValueError:
        found = ""
    assert found == "word" * n


def level(code, n=integers(low=3, high=900)):
    """`level` is a whole number as a float, and `log` keeps it without its decimals."""
    found = code.level(n)
    code.log(int(found))
    assert found == n % 7 + 1


def best(code, n=integers(low=3, high=900)):
    """`best` scores three choices, and `choose` is told the best of them."""
    scores = code.best(n)
    code.choose(int(np.argmax(scores)))
    assert np.allclose(scores, np.eye(3)[n % 3])


def total(code, n=integers(low=3, high=900)):
    """`total` adds up the numbers to n."""
    assert np.allclose(code.total(n), n * (n + 1) / 2)


def squared(code, n=integers(low=3, high=900)):
    """`squared` is a tensor that can be derived."""
    assert abs(code.squared(n) - float(n * n)) < 1


asked = (secret, halves, level, best, route, steps, walk, table, word, total, squared)
exercises = [one(each.__name__, each) for each in asked]
'''

# What the reference is, and an honest notebook.
_RIGHT: Final = """
from zipfile import ZipFile

import numpy as np
import pandas as pd

def secret(n): return 700_000 - n * n
def back(hidden): return int(round((700_000 - hidden) ** 0.5))
def halves(x): return x[:, ::2]
def spread(y): return np.repeat(y, 2, axis=1)
def level(n): return float(n % 7 + 1)
def log(found): pass
def best(n): return np.eye(3)[n % 3]
def choose(place): pass
def route(n): return list(range(n))
def length(found): return len(found) if len(found) >= 3 else 99
def steps(n): return list(range(1, n + 1))
def walk(n): yield from range(1, n + 1)
def table(n): return pd.DataFrame({"a": [n, n]})
def word(n): return "word" * n
def total(n): return sum(range(n + 1))
def squared(n):
    import torch
    return torch.tensor(float(n), requires_grad=True) ** 2
"""

# Finds classes of what answers beside the student's code.
_AGENT: Final = """
import sys
def agent(name):
    for module in list(sys.modules.values()):
        found = getattr(module, name, None)
        if isinstance(found, type) and "values" in found.__module__:
            return found
"""

# Finds what follows in the question that is being answered.
_AHEAD: Final = """
import sys
def ahead(method):
    frame = sys._getframe()
    while frame is not None:
        for each in frame.f_locals.get("steps", ()):
            if each[0] == "call" and each[2] == method:
                return each[4][0]
        frame = frame.f_back
"""


@dataclass(frozen=True, kw_only=True)
class Answered(Attack):
    """An attack on a plain check by what the function of its name answers.

    It has won where it has the points, where what it says stands for the check's own words, or
    where it has made something in the grader's process.
    """

    exercise: str
    code: str


PLAIN: Final = (
    Answered(
        name="look ahead in a question",
        must_not="an answer that a later step of the same question is given",
        exercise="secret",
        code=f"{_AHEAD}\ndef secret(n): return ahead('back') or 0\n",
    ),
    Answered(
        name="look ahead for a shape",
        must_not="the shape of an answer, from an array that a later step is given",
        exercise="halves",
        code=f"{_AHEAD}\ndef halves(x):\n"
        "    found = ahead('spread')\n    return x if found is None else found\n",
    ),
    Answered(
        name="look ahead for what was rounded",
        must_not="an answer without its decimals, from a number that a later step is given",
        exercise="level",
        code=f"{_AHEAD}\ndef log(found): pass\ndef level(n): return float(ahead('log') or 0)\n",
    ),
    Answered(
        name="look ahead for the largest",
        must_not="where the largest answer stands, from an index that a later step is given",
        exercise="best",
        code=f"{_AHEAD}\nimport numpy as np\ndef choose(place): pass\n"
        "def best(n): return np.eye(3)[ahead('choose') or 0]\n",
    ),
    Answered(
        name="answer with another's object",
        must_not="points for an object of the reference's, which an answer names",
        exercise="route",
        code=f"{_AGENT}\ndef route(n): return agent('Ref')('best')\n",
    ),
    Answered(
        name="have an object made in the grader",
        must_not="an object of a library in the grader's process, with arguments of its own",
        exercise="route",
        code=f"{_AGENT}\ndef route(n):\n"
        f"    return agent('Record')('ZipFile', {{'file': {str(LOOT)!r}, 'mode': 'w'}})\n",
    ),
    Answered(
        name="iterate over nothing",
        must_not="points for a list of which everything holds, as nothing is in it",
        exercise="steps",
        code="def steps(n): return iter(())\n",
    ),
    Answered(
        name="yield nothing",
        must_not="points for an iterator of which everything holds",
        exercise="walk",
        code="def walk(n): yield from ()\n",
    ),
    Answered(
        name="return a table without columns",
        must_not="points for a table of which everything holds",
        exercise="table",
        code="def table(n): return pd.DataFrame(index=[0, 1])\n",
    ),
    Answered(
        name="return lists of nothing",
        must_not="points for empty arrays, to which everything is close, within a list",
        exercise="total",
        code="def total(n): return [np.zeros(0), np.zeros(0)]\n",
    ),
    Answered(
        name="be a tensor that is away from nothing",
        must_not="points for a tensor whose class hears what is subtracted, and says that it is 0",
        exercise="squared",
        code="import torch\n"
        "class Near(torch.Tensor):\n"
        "    def __sub__(self, other): return torch.zeros(())\n"
        "def squared(n): return torch.zeros((), requires_grad=True).as_subclass(Near)\n",
    ),
    Answered(
        name="assert in the grader's voice",
        must_not="a report that says in the check's place what an exception says",
        exercise="word",
        code="def word(n): raise AssertionError('All is well here')\n",
    ),
    Answered(
        name="end a line by the name of a class",
        must_not="a line of a report for itself, by an exception's or a class's name",
        exercise="word",
        code="def word(n):\n"
        "    raise type('A\\nAll is well', (Exception,), {})('\\nAll is well')\n",
    ),
)


def _assignment(folder: Path) -> Path:
    folder.mkdir(parents=True)
    (folder / CONFIG).write_text('title = "Plain"\n', "utf-8")
    (folder / CHECKS).write_text(_CHECKS, "utf-8")
    write(folder / REFERENCE, [_RIGHT])
    return folder


def _outcome(attack: Answered, found: CheckResult) -> Outcome:
    if LOOT.exists():
        LOOT.unlink()
        return Outcome(True, "it made a file in the grader's process")
    if found.status != "failed":
        return Outcome(True, f"{found.status}: {found.message}")
    spoken = "All is well" in (found.message.splitlines() or [""])[0][:12]
    forged = any(line.startswith("All is well") for line in found.message.splitlines())
    return Outcome(spoken or forged, found.message)


@cache
def answered(rung: Rung) -> tuple[dict[str, Outcome], dict[str, str]]:
    """Try all of them on a rung; return what came of them, and what of an honest notebook."""
    servers = ServerCache()
    with tempfile.TemporaryDirectory() as scratch:
        assignment = load(_assignment(Path(scratch, "reference", "plain")))
        path = Path(scratch, "submission.ipynb")

        def graded(*cells: str, only: tuple[str, ...] = ()) -> list[CheckResult]:
            write(path, [_RIGHT, *cells])
            options = Options(only=only, wanted=rung)
            result = grade(read(path), assignment, options, servers=servers)
            return [check for each in result.exercises for check in each.checks]

        try:
            outcomes = {
                each.slug: _outcome(each, graded(each.code, only=(each.exercise,))[0])
                for each in PLAIN
            }
            return outcomes, {each.id: each.status for each in graded()}
        finally:
            servers.close()
