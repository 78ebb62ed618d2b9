"""Notebooks that would have more of their states kept than there are processes for."""

from collections import Counter
from pathlib import Path

import nbformat
import pytest

from grader.notebook import read
from grader.planning import Plan
from grader.running import OTHERS, Run, run
from grader.sandbox.limits import Limits
from grader.sandbox.rungs import available
from grader.sandbox.workspace import Workspace
from grader.scenario import Call, Scenario, Value

PROCESSES = 36
CELLS = 16
DRAW = "import matplotlib.pyplot as plt\nn = {}\ndef double(x): return 2 * x\nplt.plot([1, 2])"


def ran(folder: Path, *, keep: bool) -> tuple[Run, list[object]]:
    """Run a notebook of many drawings; return how, and what its first and last states answer."""
    path = folder / "submission.ipynb"
    cells = [nbformat.v4.new_code_cell(DRAW.format(number)) for number in range(CELLS)]
    nbformat.write(nbformat.v4.new_notebook(cells=cells), path)
    plan = Plan(cells=tuple(range(CELLS)), keep=range(CELLS) if keep else ())
    limits = Limits(processes=PROCESSES)
    with Workspace({}, rung=available()[0], limits=limits) as workspace:
        done = run(read(path), plan, workspace)
        answers: list[object] = []
        for index in (min(done.snapshots), max(done.snapshots)):
            question = Scenario(Call("y", "double", args=[3]))
            (transcript,) = done.snapshots[index].ask([question], seconds=30)
            answers += transcript.outcomes
        done.close()
    return done, answers


@pytest.mark.parametrize(
    ("keep", "most"), [(False, (PROCESSES - OTHERS) // 2), (True, PROCESSES - OTHERS)]
)
def test_states_are_kept_as_long_as_there_is_room(tmp_path: Path, keep: bool, most: int) -> None:
    """However many are asked for, every cell runs, and those that were kept answer."""
    done, answers = ran(tmp_path, keep=keep)
    assert Counter(end.status for end in done.ends.values()) == {"ok": CELLS}
    assert len(done.snapshots) == most
    assert [each.value for each in answers if isinstance(each, Value)] == [6, 6]
