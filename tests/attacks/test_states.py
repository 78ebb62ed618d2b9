"""Notebooks that would have more of their states kept than there are processes for."""

from collections import Counter
from itertools import pairwise
from pathlib import Path

import nbformat
import pytest

from grader.execution.plan import Plan
from grader.execution.run import MOST_CHANGED, OTHERS, Run, run
from grader.notebook.reading import read
from grader.sandbox.box import Box
from grader.sandbox.kernel import BoxKernels
from grader.sandbox.limits import Limits
from grader.sandbox.rungs import available
from grader.scenario import Call, Get, Scenario, Use, Value

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
    with Box({}, rung=available()[0], limits=limits) as box:
        done = run(read(path), plan, BoxKernels(box))
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


def test_states_with_other_weights_are_kept_evenly(tmp_path: Path) -> None:
    """A notebook may change its network in each of 300 cells: what is kept stays bounded."""
    steps, graded = 300, (3, 57)
    sources = ["class Net: pass\nnetwork = Net()\nnetwork.W = [0.0]"]
    sources += ["network.W[0] += 1"] * (steps - 1)
    path = tmp_path / "submission.ipynb"
    cells = [nbformat.v4.new_code_cell(source) for source in sources]
    nbformat.write(nbformat.v4.new_notebook(cells=cells), path)
    plan = Plan(tuple(range(steps)), keep={steps - 1}, watched=("network",), graded=graded)
    with Box({}, rung=available()[0], limits=Limits()) as box:
        done = run(read(path), plan, BoxKernels(box))
        question = Scenario(Use("net", "network"), Get("W", "net", "W"))
        held = {
            index: next(iter(snapshot.ask([question], seconds=30))).outcomes[-1]
            for index, snapshot in done.snapshots.items()
        }
        done.close()
    assert all(end.changed for end in done.ends.values())
    assert len(held) <= MOST_CHANGED + len(graded) + 1
    assert {*graded, 0, steps - 1} <= set(held)
    kept = sorted(held)
    assert max(after - before for before, after in pairwise(kept)) <= 2 * steps / (MOST_CHANGED / 2)
    assert {at: each.value for at, each in held.items() if isinstance(each, Value)} == {
        at: [float(at)] for at in kept
    }
