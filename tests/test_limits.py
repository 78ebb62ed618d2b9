"""What a submission takes beyond its limits ends at them, is told, and costs only itself."""

from dataclasses import replace
from pathlib import Path

import pytest

from grader.grading import grade
from grader.notebook import read
from grader.results import Result
from grader.sandbox.limits import MEBIBYTE
from grader.sandbox.rungs import Rung, available
from tests.grading import nn_from_scratch, scores
from tests.notebooks import SLOW, submission

RUNGS = [rung for rung in available() if rung is not Rung.PROCESS]


def limited(path: Path, rung: Rung, **limits: float) -> Result:
    """Grade the notebook at `path` with other limits than the assignment's."""
    assignment = nn_from_scratch()
    other = assignment.config.limits.model_copy(update=limits)
    config = assignment.config.model_copy(update={"limits": other})
    return grade(read(path), replace(assignment, config=config), wanted=rung)


MEMORY = """
import time
held = []
for _ in range(20):
    held.append(np.ones((64, 2**17)))
    time.sleep(0.1)
"""

BOMBS = {
    "memory": (MEMORY, {"memory_bytes": 700 * MEBIBYTE}, "limit of memory: over 700 MiB"),
    "output": (
        "while True: print('x' * 10_000)",
        {"output_bytes": 1 * MEBIBYTE},
        "limit of output: over 16 MiB",
    ),
    "files": (
        "held = [open('/dev/null') for _ in range(400)]",
        {"open_files": 256},
        "Too many open files",
    ),
    "one file": (
        "import signal\nsignal.signal(signal.SIGXFSZ, signal.SIG_IGN)\n"
        "open('big', 'wb').write(bytes(40 * 2**20))",
        {"disk_bytes": 20 * MEBIBYTE},
        "OSError",
    ),
    "processes": (
        "import os, time\nfor _ in range(300):\n    if os.fork() == 0:\n        time.sleep(60)\n",
        {"processes": 100},
        "BlockingIOError",
    ),
}


ABORTS = pytest.mark.xfail(
    strict=False,
    reason="a flooding kernel aborts by itself: the cell is told to have died, not of what",
)


@pytest.mark.parametrize(
    ("name", "rung"),
    [
        pytest.param(name, rung, marks=ABORTS if (name, rung) == ("output", Rung.KERNEL) else ())
        for name in BOMBS
        for rung in RUNGS
    ],
)
def test_a_bomb_ends_at_its_limit_and_is_told(tmp_path: Path, name: str, rung: Rung) -> None:
    """The cell that goes too far says so, and the layers beside it keep their points."""
    code, limits, told = BOMBS[name]
    result = limited(submission(tmp_path, append=(code,), drop=SLOW), rung, **limits)
    assert {each: scores(result)[each] for each in ("linear", "relu")} == {"linear": 40, "relu": 20}
    last = result.cells[-1]
    assert last.status in ("error", "died")
    assert told in (last.error or "")


def test_output_beyond_its_limit_is_cut_off_at_no_cost(tmp_path: Path) -> None:
    """A cell that prints too much goes on to its end, and a note says what became of it."""
    code = "for _ in range(300): print('x' * 10_000)"
    path = submission(tmp_path, append=(code,), drop=SLOW)
    result = limited(path, RUNGS[0] if RUNGS else Rung.PROCESS, output_bytes=MEBIBYTE)
    assert result.cells[-1].status == "ok"
    assert any("cut off" in note.text for note in result.notes)
