"""Where the grader itself comes to no end with a submission, the others get their grades."""

import io
from pathlib import Path

import pytest
from rich.console import Console

from grader.assignment.model import CHECKS, CONFIG, REFERENCE
from grader.course import own_time
from grader.course.jobs import How, Job, Outcome
from grader.course.workers.executor import InTurn
from grader.course.workers.pool import side_by_side
from tests.tiny_assignment import write

# Where the workers load it, what they may take for a submission is less than a minute.
_CHECKS = '''
import collections
import itertools

from grader import Call, Exercise, Scenario
from grader.course import own_time

own_time.processor_slowness = lambda: 0.1
own_time._TIMES, own_time._GRACE = 0, 1

task = Exercise("task", "T", points=2, names=("n",))


@task.check(points=2)
def right(student):
    """It is one."""
    value = student.answer(Scenario(Call("y", "n"))).outcomes[0].value
    while value == 2:
        pass
    if value == 3:
        collections.deque(itertools.repeat(0), maxlen=0)


exercises = [task]
'''


@pytest.fixture
def work(tmp_path: Path) -> dict[str, Job]:
    """Return jobs by their names: a right one, and two on which the grader would never end."""
    folder = tmp_path / "assignment"
    folder.mkdir()
    settings = 'title = "T"\n[limits]\ntotal_seconds = 40\n[follow_through]\nmarks = false'
    (folder / CONFIG).write_text(settings, "utf-8")
    (folder / CHECKS).write_text(_CHECKS, "utf-8")
    write(folder / REFERENCE, ["def n(): return 1"])
    numbers = {"right": 1, "python": 2, "within c": 3, "another": 1}
    for name, number in numbers.items():
        write(tmp_path / f"{name}.ipynb", [f"def n(): return {number}"])
    how = How(assignment=str(folder))
    return {name: Job(tmp_path / f"{name}.ipynb", name, how) for name in numbers}


def score(outcome: Outcome) -> float | None:
    """Return the score of an outcome, None where there is none."""
    return None if outcome.result is None else outcome.result.score


def test_a_grader_without_end_costs_no_other_its_grade(work: dict[str, Job]) -> None:
    """Side by side, what spins in Python or within C is ended once, as the grader's failure."""
    done = {job.name: outcome for job, outcome in side_by_side([*work.values()], 2)}
    assert {name: score(each) for name, each in done.items()} == {
        "right": 2,
        "python": None,
        "within c": None,
        "another": 2,
    }
    for name in ("python", "within c"):
        assert done[name].status == 3
        assert "This is the grader's failure and no score" in done[name].error
        assert "more processor time than any submission needs" in done[name].error


def test_one_after_the_other_as_well(work: dict[str, Job], monkeypatch: pytest.MonkeyPatch) -> None:
    """In one process, the next one is graded as ever."""
    # What the assignment sets there is undone with the test.
    for name in ("processor_slowness", "_TIMES", "_GRACE"):
        monkeypatch.setattr(own_time, name, getattr(own_time, name))
    jobs = [work["python"], work["right"]]
    done = {job.name: outcome for job, outcome in InTurn(Console(file=io.StringIO())).run(jobs)}
    assert {name: score(each) for name, each in done.items()} == {"python": None, "right": 2}
    assert done["python"].status == 3
