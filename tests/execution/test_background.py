"""What all submissions are judged by is made ready while a notebook keeps its process busy."""

import asyncio
import time
from pathlib import Path

import pytest

from grader.assignment.loading import load
from grader.execution.background import SpareTime
from grader.execution.plan import Plan
from grader.execution.run import run
from grader.judging.judges import judge_for
from grader.judging.matching import questions
from grader.notebook.reading import read
from grader.sandbox.box import Box
from grader.sandbox.kernel import BoxKernels
from grader.sandbox.limits import Limits
from grader.sandbox.rungs import available
from tests.notebooks import ROOT
from tests.tiny_assignment import write


def fail() -> None:
    """Fail."""
    raise ValueError


def waited(seconds: float, spare: SpareTime) -> None:
    """Wait so long, as for a process, and use the time."""

    async def wait() -> None:
        async with spare:
            with spare.used():
                await asyncio.sleep(seconds)

    asyncio.run(wait())


def test_a_long_wait_is_used_and_a_short_one_is_not() -> None:
    """What ends at once is not held up by work that would take longer."""
    done: list[str] = []
    spare = SpareTime(lambda: done.append("done"))
    waited(0.0, spare)
    assert done == []
    waited(0.5, spare)
    assert done == ["done"]


def test_what_is_waited_for_is_seen_to_end_while_the_work_goes_on() -> None:
    """Work that takes longer than a cell may counts for nothing against the cell."""
    ended: list[float] = []

    async def wait() -> None:
        async with SpareTime(lambda: time.sleep(4)) as spare:
            with spare.used():
                await asyncio.sleep(0.5)
            ended.append(time.monotonic())

    began = time.monotonic()
    asyncio.run(wait())
    assert ended[0] - began < 2
    assert time.monotonic() - began > 4


def test_the_work_is_done_once() -> None:
    """However often there is time."""
    done: list[str] = []
    spare = SpareTime(lambda: done.append("done"))
    waited(0.5, spare)
    waited(0.5, spare)
    assert done == ["done"]


def test_work_that_fails_is_left_to_whoever_needs_it(
    capfd: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> None:
    """Nothing is said of it here: it will be done again, and its failure told then."""
    waited(0.5, SpareTime(fail))
    assert capfd.readouterr() == ("", "")
    assert caplog.records == []


@pytest.mark.parametrize("fails", [False, True])
def test_a_cell_goes_on_meanwhile(tmp_path: Path, fails: bool) -> None:
    """It is begun before the cell has ended, and whatever becomes of it the cell ends well."""
    path = tmp_path / "submission.ipynb"
    write(path, ["import time; time.sleep(3)", "print('on')"])
    heard: list[str] = []

    def meanwhile() -> None:
        heard.append("meanwhile")
        if fails:
            fail()

    def progress(index: int, _done: int, _total: int) -> None:
        heard.append(f"cell {index}")

    with Box({}, rung=available()[0], limits=Limits()) as box:
        ran = run(read(path), Plan((0, 1)), BoxKernels(box), progress=progress, meanwhile=meanwhile)
    assert [ran.ends[index].status for index in (0, 1)] == ["ok", "ok"]
    assert heard.count("meanwhile") == 1
    assert heard[-1] == "cell 1"


def test_what_is_prepared_need_not_be_done_again(monkeypatch: pytest.MonkeyPatch) -> None:
    """Afterwards nothing is left to be drawn."""
    seed = 20_261  # No other test has had these drawn.
    assignment = load(ROOT / "reference" / "nn_from_scratch")
    layers = [each for each in assignment.exercises if each.unit]
    judge_for(assignment).prepare(assignment.exercises, seed)
    monkeypatch.setattr("grader.asking.cases._sample", None)
    assert all(len(questions(exercise, seed)) > 50 for exercise in layers)
    assert len(layers) == 2
