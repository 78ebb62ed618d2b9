"""States that are kept as the cells that led to them, on the system that this is."""

import os
import subprocess
import sys
import time
from pathlib import Path

import psutil
import pytest

from grader.execution.plan import Plan
from grader.execution.run import Run, run
from grader.notebook.reading import read
from grader.sandbox import replay
from grader.sandbox.limits import Limits
from grader.sandbox.replay import ReplayKernels
from grader.scenario import DRAWN, Answering, Call, Scenario, Stopped, Transcript, Value
from tests.notebooks import ROOT
from tests.tiny_assignment import write

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
