"""A state that is kept by running cells again in a process of its own."""

import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psutil
import pytest

from grader.errors import UsageError
from grader.sandbox import rerun
from grader.sandbox.rerun import RerunState
from grader.scenario import Call, Operate, Ref, Scenario, Stopped, Transcript, Use, Value

COUNTING = "calls = []\ndef count():\n    calls.append(1)\n    return len(calls)"


@contextmanager
def state(*cells: str, folder: Path) -> Iterator[RerunState]:
    """Give the state after cells, and end it."""
    kept = RerunState(list(enumerate(cells, start=1)), folder)
    try:
        yield kept
    finally:
        kept.close()


def asked(kept: RerunState, scenario: Scenario, seconds: float = 10) -> Transcript:
    """Return what a state answers to one scenario."""
    (transcript,) = kept.ask([scenario], seconds=seconds)
    return transcript


def value(transcript: Transcript) -> object:
    """Return what the last step came to."""
    last = transcript.outcomes[-1]
    assert isinstance(last, Value)
    return last.value


def test_cells_run_once_and_answer_many_times(tmp_path: Path) -> None:
    """One process answers, as a snapshot's does; after a reset the state is as it was."""
    count = Scenario(Call("n", "count"))
    noted = "with open('ran', 'a') as file: file.write('x')"
    with state(COUNTING, noted, folder=tmp_path) as kept:
        assert {"count", "calls"} <= kept.run().defined
        assert [value(asked(kept, count)) for _ in range(2)] == [1, 2]
        assert (tmp_path / "ran").read_text() == "x"
        kept.reset()
        assert value(asked(kept, count)) == 1


def test_what_a_cell_raises_ends_only_itself(tmp_path: Path) -> None:
    """Errors are told by the cells' numbers, a syntax error and an exit among them."""
    cells = ("x = 1\n1 / 0", "y = = 2", "import sys; sys.exit(3)", "z = x")
    with state(*cells, folder=tmp_path) as kept:
        done = kept.run()
    assert {number: error.partition(":")[0] for number, error in done.errors.items()} == {
        1: "ZeroDivisionError",
        2: "SyntaxError",
        3: "SystemExit",
    }
    assert {"x", "z"} <= done.defined


def test_nothing_outside_of_python_is_done_again(tmp_path: Path) -> None:
    """Commands and magics are left out, what a magic runs of Python is not."""
    cells = (
        "get_ipython().system('touch commanded')",
        "get_ipython().run_cell_magic('bash', '', 'touch scripted')",
        "get_ipython().run_line_magic('matplotlib', 'inline')",
        "get_ipython().run_cell_magic('time', '', 'x = 1')",
        "display(x)\ninput()",
        "await __import__('asyncio').sleep(0)\ny = x",
    )
    with state(*cells, folder=tmp_path) as kept:
        done = kept.run()
    assert done.errors.keys() == {5}
    assert done.errors[5].startswith("EOFError")
    assert "y" in done.defined
    assert not [*tmp_path.iterdir()]


def test_modules_beside_it_and_its_own_lines_are_found(tmp_path: Path) -> None:
    """It runs in the notebook's folder, and what raises is told by the student's own line."""
    (tmp_path / "beside.py").write_text("number = 7")
    fails = "def fails():\n    return 1 / 0  # here"
    with state("from beside import number", fails, folder=tmp_path) as kept:
        assert (
            value(asked(kept, Scenario(Use("n", "number"), Operate("m", "neg", [Ref("n")])))) == -7
        )
        raised = asked(kept, Scenario(Call("n", "fails"))).outcomes[-1]
    assert getattr(raised, "line", "") == "return 1 / 0  # here"


@pytest.mark.parametrize("does", ["while True: pass", "import os; os._exit(1)"])
def test_what_hangs_or_crashes_costs_one_question(tmp_path: Path, does: str) -> None:
    """The step is told at which it was, and the next question goes to a fresh process."""
    cells = (COUNTING, f"def bad():\n    {does}")
    with state(*cells, folder=tmp_path) as kept:
        kept.run()
        last = asked(kept, Scenario(Call("n", "count"), Call("m", "bad")), seconds=0.5).outcomes[-1]
        assert isinstance(last, Stopped)
        assert last.step == 1
        assert value(asked(kept, Scenario(Call("n", "count")))) == 1
    me = psutil.Process()
    assert not [each for each in me.children() if "grader.agent.rerun" in each.cmdline()]


def test_cells_that_come_to_no_end_are_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """So is it where they end the process."""
    monkeypatch.setattr(rerun, "RUN_SECONDS", 2.0)
    with (
        state("while True: pass", folder=tmp_path) as kept,
        pytest.raises(UsageError, match="took over 2 s"),
    ):
        kept.run()
    with (
        state("import os; os._exit(1)", folder=tmp_path) as kept,
        pytest.raises(UsageError, match="died of them"),
    ):
        kept.run()


ASKING = """
from pathlib import Path
from grader.sandbox.rerun import RerunState
from grader.scenario import Call, Scenario
state = RerunState([(1, "import os\\ndef pid(): return os.getpid()"),
                    (2, "def bad():\\n    while True: pass")], Path())
((outcome,),) = [each.outcomes for each in state.ask([Scenario(Call("p", "pid"))], seconds=10)]
print(outcome.value, flush=True)
list(state.ask([Scenario(Call("b", "bad"))], seconds=300))
"""


def test_nothing_is_left_of_who_dies(tmp_path: Path) -> None:
    """The process ends with the one that asks it, also where it is in an endless loop."""
    command = [sys.executable, "-c", ASKING]
    asking = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=tmp_path)
    with asking:
        assert asking.stdout is not None
        answering = int(asking.stdout.readline())
        time.sleep(1)
        asking.kill()
    until = time.monotonic() + 20
    while psutil.pid_exists(answering) and time.monotonic() < until:
        time.sleep(0.1)
    assert not psutil.pid_exists(answering)
