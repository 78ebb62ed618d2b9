"""A kernel that keeps states as the cells that led to them, beside one that forks them."""

from dataclasses import replace
from pathlib import Path

import pytest

from grader.assignment.loading import load
from grader.grading import Options, grade
from grader.notebook.reading import read
from grader.results.model import Result
from grader.sandbox.rungs import Rung
from tests.tiny_assignment import DOUBLE, TRIPLE, declare, write

# What cells come to, told by a name for each.
CELLS = {
    "right": [DOUBLE, TRIPLE],
    "wrong": [DOUBLE.replace("2", "5"), "def triple(n):\n    return n[3]"],
    "redefined": [DOUBLE, TRIPLE, "def double(n): return 5 * n"],
    "no python": [DOUBLE, "x = y = = 2", "1 / 0", TRIPLE],
    "hanging": ["def double(n):\n    while True: pass", TRIPLE],
    "crashing": ["def double(n):\n    import os; os._exit(2)", TRIPLE],
    "killing": [DOUBLE, "import os; os._exit(1)", TRIPLE],
    "leaving": [DOUBLE, "exit()", "import sys; sys.exit(3)", TRIPLE],
    "endless": [DOUBLE, "extra = 1\nwhile True: pass", TRIPLE, "print(extra)"],
    "stubborn": [
        DOUBLE,
        "while True:\n    try:\n        while True: pass\n    except BaseException: pass",
        TRIPLE,
    ],
    "cut off": [DOUBLE, "for _ in range(90): print('x' * 100_000)", TRIPLE],
    "awaiting": [
        "import asyncio\nawait asyncio.sleep(0.1)",
        "async def fail(): raise ValueError('no')\nawait fail()",
        "asyncio.run(asyncio.sleep(0))",
        DOUBLE,
        TRIPLE,
    ],
    "untidy": [
        "import notensorflow as tf\ninput()\n!pip install foo\n%cd /\nx = tf.size() + 1\n1 / 0",
        DOUBLE,
        "%unknown\nx = 1",
        "%matplotlib notebook\n%load_ext nothing",
        "import matplotlib.pyplot as plt\nplt.plot([1, 2])\nplt.show()\nx",
        "!echo said",
        TRIPLE,
    ],
    "drawing lots": [
        "import random, numpy as np",
        "assert False, (random.random(), np.random.rand(), np.random.default_rng().random())",
        "assert False, (random.Random().random(), hash('a'), np.random.rand())",
        DOUBLE,
        TRIPLE,
    ],
    "looking around": [
        "import os, sys",
        "assert False, ('' in sys.path, __name__, os.listdir('.'), type(get_ipython()).__name__)",
        "assert False, (os.environ['MPLBACKEND'], sys.modules['__main__'].__dict__ is globals())",
        "sys.stdout.buffer",
        DOUBLE,
        TRIPLE,
    ],
}


# How long a cell may take that comes to no end, in seconds.
ENDLESS = 3.0


def graded(path: Path, rung: Rung, seconds: float | None) -> Result:
    """Grade a notebook on a rung, and leave out of the result what is another each time."""
    result = grade(read(path), load(path.parent), Options(wanted=rung, cell_seconds=seconds))
    cells = tuple(replace(each, seconds=0.0) for each in result.cells)
    return replace(result, cells=cells, seconds=0.0, sandbox="", contended=False)


@pytest.mark.parametrize("name", CELLS)
def test_the_result_is_the_same(tmp_path: Path, name: str) -> None:
    """Points, messages, notes and the ends of cells are what they are where states are forked."""
    path = declare(tmp_path / "tiny") / "submission.ipynb"
    write(path, CELLS[name])
    seconds = ENDLESS if name in ("endless", "stubborn") else None
    assert graded(path, Rung.PLAIN, seconds) == graded(path, Rung.PROCESS, seconds)


def test_that_nothing_confines_it_is_told(tmp_path: Path) -> None:
    """A report says so, and other people's notebooks are refused."""
    path = declare(tmp_path / "tiny") / "submission.ipynb"
    write(path, [DOUBLE, TRIPLE])
    result = grade(read(path), load(path.parent), Options(wanted=Rung.PLAIN))
    assert "nothing confines" in result.sandbox
    assert "not a sandbox" in result.sandbox


@pytest.mark.parametrize("rung", [Rung.PROCESS, Rung.PLAIN], ids=["forked", "replayed"])
def test_a_cell_that_leaves_ends_none_that_comes_after(tmp_path: Path, rung: Rung) -> None:
    """`exit()` would end a kernel a moment later, in a cell that has nothing to do with it."""
    path = declare(tmp_path / "tiny") / "submission.ipynb"
    write(path, [DOUBLE, "exit()", "import time; time.sleep(1)", TRIPLE])
    result = graded(path, rung, None)
    assert [cell.status for cell in result.cells] == ["ok"] * 4
    assert result.score == 5


def test_a_flood_ends_its_cell_alone(tmp_path: Path) -> None:
    """It is ended at a limit, which is told, and what stands below runs."""
    path = declare(tmp_path / "tiny") / "submission.ipynb"
    write(path, [DOUBLE, "while True: print('x' * 100_000)", TRIPLE])
    result = graded(path, Rung.PLAIN, None)
    assert result.cells[1].error == "ended at the limit of output: over 128 MiB"
    assert [cell.status for cell in result.cells] == ["ok", "error", "ok"]
    assert result.score == 5
