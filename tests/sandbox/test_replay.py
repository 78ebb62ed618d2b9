"""A kernel that keeps states as the cells that led to them, beside one that forks them."""

import os
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

import psutil
import pytest

from grader.assignment.loading import load
from grader.execution.plan import Plan
from grader.execution.run import Run, run
from grader.grading import Options, grade
from grader.notebook.reading import read
from grader.results.model import Result
from grader.sandbox import replay
from grader.sandbox.limits import Limits
from grader.sandbox.replay import ReplayKernels
from grader.sandbox.rungs import Rung
from grader.scenario import DRAWN, Answering, Call, Scenario, Stopped, Transcript, Value
from tests.notebooks import ROOT
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
    "flooding": [DOUBLE, "while True: print('x' * 100_000)", TRIPLE],
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
        "assert False, (sys.path[0], __name__, os.listdir('.'), get_ipython().__class__.__name__)",
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


COUNTING = "calls = []\ndef count():\n    calls.append(1)\n    return len(calls)"
COUNT = Scenario(Call("n", "count"))


def ran(folder: Path, cells: list[str], kernels: ReplayKernels) -> Run:
    """Run cells, of each of which the state is kept."""
    path = folder / "notebook.ipynb"
    write(path, cells)
    every = tuple(range(len(cells)))
    return run(read(path), Plan(every, keep={-1, *every}, cell_seconds=5), kernels)


def asked(state: Answering, scenario: Scenario, seconds: float = 10) -> Transcript:
    """Return what a state answers to one scenario."""
    (transcript,) = state.ask([scenario], seconds=seconds)
    return transcript


def value(transcript: Transcript) -> object:
    """Return what the last step came to."""
    last = transcript.outcomes[-1]
    assert isinstance(last, Value), last
    return last.value


def test_each_state_is_as_it_was(tmp_path: Path) -> None:
    """What later cells did is not there, nor what was asked before a reset."""
    cells = [COUNTING, "calls.append(1)", "def count(): return 'other'"]
    with ReplayKernels({}, limits=Limits()) as kernels:
        done = ran(tmp_path, cells, kernels)
        states = done.snapshots
        assert [value(asked(states[at], COUNT)) for at in (1, 0, 2)] == [2, 1, "other"]
        assert [value(asked(states[1], COUNT)) for _ in range(2)] == [3, 4]
        states[1].reset()
        assert value(asked(states[1], COUNT)) == 2
        states[1].reset()
        assert [value(asked(states[1], COUNT)) for _ in range(4)] == [2, 3, 4, 5]
        assert not isinstance(asked(states[-1], COUNT).outcomes[-1], Value)
        done.close()


def test_files_are_those_of_the_state(tmp_path: Path) -> None:
    """Cells that run again find the folder as they found it first, and write to none of another."""
    note = "from pathlib import Path\nPath('made').mkdir()\nhere = lambda: sorted(os.listdir('.'))"
    with ReplayKernels({}, limits=Limits()) as kernels:
        done = ran(tmp_path, ["import os", note, "Path('later').mkdir()"], kernels)
        here = Scenario(Call("n", "here"))
        assert value(asked(done.snapshots[2], here)) == ["later", "made"]
        assert value(asked(done.snapshots[1], here)) == ["made"]
        assert [each.status for each in done.ends.values()] == ["ok"] * 3
        done.close()


def test_the_last_state_costs_no_second_run(tmp_path: Path) -> None:
    """Nor does what a cell drew: a training is not run again for these, and else that is told."""
    ran_again = tmp_path / "ran"
    training = f"import time\nopen({str(ran_again)!r}, 'a').write('x')\ntime.sleep(0.2)"
    drawn = "import matplotlib.pyplot as plt\n_ = plt.plot([1, 2], [3, 4])"
    with pytest.MonkeyPatch.context() as patch, ReplayKernels({}, limits=Limits()) as kernels:
        patch.setattr(replay, "WORTH_TELLING", 0.2)
        done = ran(tmp_path, [COUNTING, training, drawn, "x = 1"], kernels)
        described = value(asked(done.snapshots[2], DRAWN))
        assert isinstance(described, list)
        assert list(described[0]["axes"][0]["lines"][0]["y"]) == [3, 4]
        assert value(asked(done.snapshots[3], COUNT)) == 1
        assert ran_again.read_text() == "x"
        assert not kernels.remarks
        assert value(asked(done.snapshots[1], COUNT)) == 1
        assert ran_again.read_text() == "xx"
        ((cell, told),) = kernels.remarks
        assert cell == 1
        assert "want of a fork here: 1" in told
        done.close()


def test_a_question_that_hangs_costs_itself(tmp_path: Path) -> None:
    """The step is told at which it was, and the next goes to a process that ran the cells again."""
    bad = "def bad():\n    while True: pass"
    with ReplayKernels({}, limits=Limits()) as kernels:
        state = ran(tmp_path, [COUNTING, bad], kernels).snapshots[1]
        hanging = Scenario(Call("n", "count"), Call("m", "bad"))
        last = asked(state, hanging, seconds=0.5).outcomes[-1]
        assert isinstance(last, Stopped)
        assert last.step == 1
        assert value(asked(state, COUNT)) == 1


def processes() -> list[psutil.Process]:
    """Return the processes of notebooks that were started here."""
    below = psutil.Process().children(recursive=True)
    return [each for each in below if "grader.agent.spawned" in each.cmdline()]


def test_so_many_processes_answer_and_none_is_left(tmp_path: Path) -> None:
    """Those that take least to be had again make room; folders go with what ran in them."""
    cells = [f"def n{number}(): return {number}" for number in range(replay.MOST_ALIVE + 2)]
    kernels = ReplayKernels({}, limits=Limits())
    with kernels:
        done = ran(tmp_path, cells, kernels)
        for _ in range(2):
            for at in range(len(cells)):
                assert value(asked(done.snapshots[at], Scenario(Call("n", f"n{at}")))) == at
                assert 0 < len(processes()) <= replay.MOST_ALIVE
    assert not processes()
    assert not kernels.folder.exists()


RUNNING = """
import sys
from pathlib import Path
from grader.execution.plan import Plan
from grader.execution.run import run
from grader.notebook.reading import read
from grader.sandbox.limits import Limits
from grader.sandbox.replay import ReplayKernels
with ReplayKernels({}, limits=Limits()) as kernels:
    run(read(Path(sys.argv[1])), Plan((0, 1)), kernels)
"""


def test_nothing_is_left_of_who_dies(tmp_path: Path) -> None:
    """A cell that runs on ends with the grader that waits for it."""
    path, told = tmp_path / "endless.ipynb", tmp_path / "pid"
    noting = f"import os\nwith open({str(told)!r}, 'w') as file: _ = file.write(str(os.getpid()))"
    write(path, [noting, "while True: pass"])
    env = {**os.environ, "PYTHONPATH": str(ROOT)}
    grading = subprocess.Popen([sys.executable, "-c", RUNNING, str(path)], env=env)
    until = time.monotonic() + 60
    while not (told.exists() and told.read_text()) and time.monotonic() < until:
        time.sleep(0.05)
    grading.kill()
    grading.wait()
    running = int(told.read_text())
    while psutil.pid_exists(running) and time.monotonic() < until:
        time.sleep(0.05)
    assert not psutil.pid_exists(running)
