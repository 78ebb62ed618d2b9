"""Modules that lie beside a notebook: tests call them, students' code gets their objects."""

from pathlib import Path

import pytest

from grader.assignment.loading import load
from grader.authoring.release.command import release
from grader.grading import Options, grade
from grader.notebook.reading import read
from tests.grading import scores
from tests.importing.sources import brought, checks, code, graded, report, solved, write

HELPERS = """import numpy as np

LEAST = 1e-6


def _whole(value):
    return isinstance(value, int) and value is not None


def test_count(answer):
    assert _whole(answer), str(answer) + " should be a whole number"
    assert answer == 12, "count again"
    return "Success"


def check_scaled(target):
    np.random.seed(3)
    x = np.random.randn(4)
    assert np.allclose(target(x), 3 * x, atol=LEAST), f"Wrong: {target(x)}"
    try:
        target(None)
    except TypeError:
        pass
    else:
        raise AssertionError("None is not refused")


class Check:
    @staticmethod
    def size(values, expected):
        assert type(values) is list and len(values) == expected
"""
SCALED = """def scaled(x):
    ### BEGIN SOLUTION
    if x is None:
        raise TypeError("no array")
    return 3 * x
    ### END SOLUTION"""
COUNTS = """### BEGIN SOLUTION
count = 12
sizes = [1, 2, 3]
### END SOLUTION"""
CELLS = [
    code("%matplotlib inline\nimport numpy as np\nimport helping as h\nfrom helping import *"),
    solved(COUNTS, "counts"),
    graded("h.test_count(count)", "t_count", 1),
    solved(SCALED, "scaled"),
    graded("check_scaled(scaled)", "t_scaled", 2),
    graded("Check.size(sizes, 3)", "t_size", 1),
]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return where a notebook was brought to whose tests call a module that lies beside it."""
    folder = tmp_path_factory.mktemp("beside")
    (folder / "helping.py").write_text(HELPERS, "utf-8")
    ended = brought(folder, write(folder / "ps.ipynb", CELLS))
    assert ended.exit_code == 0, ended.output
    return folder


def points(folder: Path, name: str, *changes: tuple[str, str]) -> dict[str, float]:
    """Return the points of the source notebook, with some of its text changed."""
    text = (folder / f"{name}.ipynb").read_text("utf-8")
    for old, new in changes:
        assert old in text
        text = text.replace(old, new)
    path = folder / "submission.ipynb"
    path.write_text(text, "utf-8")
    return scores(grade(read(path), load(folder / "reference" / name), Options()))


def test_tests_that_call_a_module_beside_the_notebook_are_taken_over(folder: Path) -> None:
    """By its name or by `import *`, below a magic: its asserts are of students' objects."""
    assert "Taken over with a change" not in report(folder, "ps")
    assert "from .helping import" in checks(folder, "ps")
    assert points(folder, "ps") == {"counts": 1, "scaled": 3}


def test_what_such_a_module_asks_is_asked_of_students(folder: Path) -> None:
    """A wrong class, value or exception fails it, whatever the student patches."""
    wrong = ("count = 12", "count = 12.0"), ("return 3 * x", "return 2 * x")
    assert points(folder, "ps", *wrong) == {"counts": 0, "scaled": 1}
    refused = ('raise TypeError(\\"no array\\")', "return 0"), ("[1, 2, 3]", "(1, 2, 3)")
    assert points(folder, "ps", *refused) == {"counts": 1, "scaled": 0}
    patched = (
        ("return 3 * x", "return 2 * x"),
        (
            "def scaled(x):",
            "import helping\\nhelping.check_scaled = h.test_count = print\\n"
            "np.allclose = lambda *a, **k: True\\ndef scaled(x):",
        ),
        ("count = 12", "count = 11"),
    )
    assert points(folder, "ps", *patched) == {"counts": 0, "scaled": 1}


def test_released_checks_call_that_module_too(folder: Path) -> None:
    """Students who have the release read what their instructors do."""
    out = folder / "handed_out"
    release(folder / "reference" / "ps", out)
    handed = folder / "handed.ipynb"
    handed.write_text((folder / "ps.ipynb").read_text("utf-8"), "utf-8")
    found = scores(grade(read(handed), load(out / "ps"), Options()))
    assert found == {"counts": 1, "scaled": 3}


WORLD = """class World:
    def __init__(self, ways):
        self.ways = ways

    def places(self):
        return tuple(self.ways)
"""
LONGEST = """def longest(world):
    ### BEGIN SOLUTION
    return max(world.places(), key=len)
    ### END SOLUTION"""


def test_objects_of_a_module_beside_the_notebook_go_to_students_code(tmp_path: Path) -> None:
    """They are made where that code runs, of the class that students are given."""
    (tmp_path / "worlds.py").write_text(WORLD, "utf-8")
    cells = [
        code("from worlds import World\nhome = World({'a': 1, 'abc': 2})"),
        solved(LONGEST, "longest"),
        graded("assert longest(home) == 'abc'", "given", 1),
        graded("own = World({'x': 1})\nassert longest(own) == 'x'", "own", 1),
    ]
    ended = brought(tmp_path, write(tmp_path / "ps.ipynb", cells))
    assert ended.exit_code == 0, ended.output
    assert "Its objects go to students' code" in report(tmp_path, "ps")
    assert points(tmp_path, "ps") == {"longest": 2}
    assert points(tmp_path, "ps", ("key=len", "key=lambda each: -len(each)")) == {"longest": 1}
