"""A change of an assignment moves the exercises that it reaches, and is known to move no others."""

import dataclasses
import re
import shutil
import subprocess
import sys
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

import pytest

from grader.assignment.loading import load
from grader.assignment.model import CHECKS
from grader.course.reach import Reach, kept_reaches
from grader.course.store import Store
from tests import tiny_assignment
from tests.course.light import lightened
from tests.notebooks import ROOT, SLOW, edited, submission

# They share one graded course.
pytestmark = pytest.mark.xdist_group("reach")

DECLARED = '''
from grader import Exercise, Subject
{imports}
{name} = Exercise("{name}", "Title", points=1, names=("{name}",))


@{name}.check(points=1)
def works(student: Subject) -> None:
    """It works."""
    {body}
'''
FILES = {
    CHECKS: "from .one import one\nfrom .two import two\n\nexercises = [one, two]\n",
    "one.py": DECLARED.format(name="one", imports="from .shared import SOME", body="assert SOME"),
    "two.py": DECLARED.format(name="two", imports="from .its import OWN", body="assert OWN"),
    "shared.py": "SOME = 1\n",
    "its.py": "from .shared import SOME\n\nOWN = SOME\n",
    "mistakes.py": "from .its import OWN\n\nmistakes = []\n",
}


def reach(folder: Path, files: Mapping[str, str]) -> Reach:
    """Return the reach of an assignment of these files, in a folder of its own."""
    for name, source in files.items():
        (folder / name).write_text(source, "utf-8")
    return Reach.of(load(folder))


def moved(
    folder: Path, changes: Mapping[str, str], before: Mapping[str, str] | None = None
) -> object:
    """Return what changes of files move, None for every exercise."""
    files = {**FILES, **(before or {})}
    former = tiny_assignment.declare(folder / "former")
    shutil.copytree(former, folder / "now")
    found = reach(former, files).moved(reach(folder / "now", {**files, **changes}))
    return None if found is None else sorted(found)


def plus(name: str, line: str) -> dict[str, str]:
    """Return a file with a line more at its end."""
    return {name: f"{FILES[name]}\n{line}\n"}


CHANGES: dict[str, tuple[dict[str, str], object]] = {
    "nothing": ({}, []),
    "a module of one exercise": (plus("one.py", "MORE = 1"), ["one"]),
    "a module of the other": (plus("two.py", "MORE = 1"), ["two"]),
    "a module that both import": (plus("shared.py", "MORE = 1"), None),
    "what mistakes are made of": (plus("its.py", "MORE = 1"), None),
    "the list of exercises": (plus(CHECKS, "MORE = 1"), None),
    "the mistakes": (plus("mistakes.py", "MORE = 1"), None),
    "a file more": ({"further.py": "MORE = 1\n"}, None),
    "an exercise's names": (
        {"one.py": FILES["one.py"].replace('names=("one",)', 'names=("one", "uno")')},
        None,
    ),
    "code that runs when it is imported": (plus("one.py", "print('here')"), None),
    "an attribute of what others import": (
        plus("one.py", "import numpy as np\n\n\ndef change():\n    np.some = 1"),
        None,
    ),
    "an item of it": (plus("one.py", "def change():\n    SOME[0] = 1"), None),
    "a method that changes it": (plus("one.py", "def change():\n    SOME.append(1)"), None),
    "a roundabout way": (plus("one.py", "def look():\n    return globals()"), None),
}


@pytest.mark.parametrize(("changes", "expected"), CHANGES.values(), ids=CHANGES.keys())
def test_a_change_moves_what_it_reaches(
    tmp_path: Path, changes: dict[str, str], expected: object
) -> None:
    """Who imports it is moved, and everyone where it may be felt without being imported."""
    assert moved(tmp_path / "it", changes) == expected


def test_a_module_that_only_exercises_share_moves_both(tmp_path: Path) -> None:
    """An import by way of another module counts as well."""
    before = {"mistakes.py": "mistakes = []\n"}
    changes = plus("shared.py", "MORE = 1")
    assert moved(tmp_path / "it", changes, before) == ["one", "two"]


BOUND = {
    "by a module that is looked through": {
        "two.py": f"{FILES['two.py']}\n\ndef all_():\n    return globals()\n"
    },
    "by a module as an object": {"two.py": f"from . import shared\n{FILES['two.py']}"},
    "by checks that are declared where all are listed": {
        CHECKS: FILES[CHECKS] + '\n\n@two.check(points=0)\ndef more(student):\n    """More."""\n'
    },
}


@pytest.mark.parametrize("before", BOUND.values(), ids=BOUND.keys())
def test_what_may_know_of_all_is_always_moved(tmp_path: Path, before: dict[str, str]) -> None:
    """An exercise whose code may come at any module is judged again after each change."""
    found = moved(tmp_path / "it", plus("one.py", "MORE = 1"), before)
    assert found is None or found == ["one", "two"]


# What students hand in: the cells that they have otherwise.
_MEAN = "grad.sum(axis=0)", "grad.mean(axis=0)"
HANDED_IN: dict[str, dict[str, str]] = {
    "right": {},
    "negative": {"relu": edited("relu", ("np.maximum(input, 0)", "np.abs(input)"))},
    "mean": {"linear": edited("linear", _MEAN)},
    "both": {
        "linear": edited("linear", _MEAN),
        "relu": edited("relu", ("grad * self.is_open", "grad")),
    },
    "slip": {"relu": edited("relu", ("input > 0", "input < 0"))},
    "empty": {"relu": "class ReLU(Layer):\n    pass"},
    "broken": {"relu": "class ReLU(Layer):\n    def forward(self, x):\n        return x.none"},
}
_VALUES = '"""`forward` returns max(x, 0), element by element."""\n    '
MENDS: dict[str, tuple[tuple[str, str, str], ...]] = {
    "nothing that counts": (("relu.py", "FORWARD: Final", "MORE: Final = 1\nFORWARD: Final"),),
    "what its checks are worth": (
        ("relu.py", "check(points=6)", "check(points=8)"),
        (
            "relu.py",
            "check(points=2, needs=values)\ndef any_shape",
            "check(points=0)\ndef any_shape",
        ),
    ),
    "a check that is milder": (
        (
            "relu.py",
            f"{_VALUES}require_values(student, reference, case)",
            f'{_VALUES}array(student.answer(case.once), "y")',
        ),
    ),
    "both exercises": (
        ("relu.py", "FORWARD: Final", "MORE: Final = 1\nFORWARD: Final"),
        ("linear.py", "`forward`", "What `forward`"),
    ),
}


_CALL = "from grader.cli import grader; grader()"


def run(*arguments: object) -> str:
    """Run the grader to its end, and return what it printed."""
    call = [sys.executable, "-c", _CALL, *map(str, arguments)]
    done = subprocess.run(call, cwd=ROOT, capture_output=True, text=True, check=False, timeout=600)
    assert done.returncode == 0, done.stderr
    return done.stdout


# What a notebook takes that is run again, for a new search for a mend.
_SECONDS = re.compile(r'"seconds":[0-9.e-]+')


def told(out: Path) -> dict[str, str]:
    """Return the records of a folder of results as they are written, but for times."""
    records = (out / ".grading").glob("*.json")
    return {path.name: _SECONDS.sub("", path.read_text("utf-8")) for path in records}


@pytest.fixture(scope="module")
def graded(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder with an assignment, what was handed in, and what is kept of it."""
    folder = tmp_path_factory.mktemp("moved")
    lightened(folder / "nn")
    (folder / "in").mkdir()
    for name, cells in HANDED_IN.items():
        submission(folder / "in", cells, drop=SLOW, name=f"{name}.ipynb")
    only = ("--only", "linear,relu", "--assignment", folder / "nn")
    call = [sys.executable, "-m", "grader", folder / "in", "--out", folder / "out", *only]
    subprocess.run([*map(str, call)], cwd=ROOT, check=True, capture_output=True)
    return folder


@pytest.fixture
def course(graded: Path, tmp_path: Path) -> Iterator[Path]:
    """Return that folder, which is as it was when the test has ended."""
    shutil.copytree(graded, tmp_path / "kept")
    yield graded
    shutil.rmtree(graded)
    shutil.copytree(tmp_path / "kept", graded)


def mend(course: Path, changes: Iterable[tuple[str, str, str]]) -> None:
    """Change files of the assignment."""
    for name, old, new in changes:
        path = course / "nn" / name
        source = path.read_text("utf-8")
        assert old in source
        path.write_text(source.replace(old, new, 1), "utf-8")


@pytest.mark.parametrize("changes", MENDS.values(), ids=MENDS.keys())
def test_what_is_kept_of_other_exercises_is_what_judging_them_comes_to(
    course: Path, changes: tuple[tuple[str, str, str], ...]
) -> None:
    """Each record is the same as where all is judged from nothing, byte for byte but for times."""
    before = told(course / "out")
    shutil.copytree(course / "out", course / "anew")
    for path in (course / "anew" / ".grading").glob("*.reach"):
        path.unlink()
    mend(course, changes)
    run("rejudge", course / "out")
    run("rejudge", course / "anew")
    assert told(course / "out") == told(course / "anew")
    assert before.keys() == told(course / "out").keys()
    assert before != told(course / "out")


def test_an_exercise_that_a_change_does_not_reach_is_not_judged(course: Path) -> None:
    """Its result is taken over as it is kept, and so is it after the next change."""
    store = Store(course / "out")
    record = store.record("right")
    assert record is not None
    linear = dataclasses.replace(record.result.exercises[0], title="Kept")
    store.put(dataclasses.replace(record, result=record.result.with_exercises([linear])))
    for number in range(2):
        mend(course, [("relu.py", "FORWARD: Final", f"MORE{number}: Final = 1\nFORWARD: Final")])
        run("rejudge", course / "out")
        assert len(kept_reaches(store)) == number + 2
        again = store.record("right")
        assert again is not None
        assert [each.title for each in again.result.exercises] == ["Kept", "The ReLU layer"]
    mend(course, [("linear.py", "`forward`", "What `forward`")])
    run("rejudge", course / "out")
    again = store.record("right")
    assert again is not None
    assert again.result.exercises[0].title != "Kept"


def test_answers_that_cannot_be_read_cost_nobody_a_point(course: Path) -> None:
    """A record whose answers are broken where they are asked for keeps its result, and is told."""
    store = Store(course / "out")
    path = store.recording("right")
    content = bytearray(path.read_bytes())
    # Behind the notebook, where the answers are.
    for place in range(len(content) // 2, len(content), 50):
        content[place] ^= 255
    path.write_bytes(content)
    before = told(course / "out")["right.json"]
    mend(course, MENDS["nothing that counts"])
    done = subprocess.run(
        [sys.executable, "-c", _CALL, "rejudge", course / "out"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 3
    assert "right keeps its result" in done.stdout
    assert "--force" in done.stdout
    assert told(course / "out")["right.json"] == before
