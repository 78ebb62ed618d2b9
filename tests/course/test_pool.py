"""Workers side by side: what dies is replaced, and nothing is lost or counted twice."""

import os
import time
from pathlib import Path, PosixPath
from typing import Any

import psutil
import pytest

from grader.course.jobs import How, Job
from grader.course.pool import side_by_side
from grader.course.workers import look_ahead
from tests.course.light import light_assignment
from tests.notebooks import SLOW, edited, submission


class Deadly(PosixPath):
    """A path that kills the process which reads it, as often as its name says."""

    def stat(self, **options: Any) -> os.stat_result:
        """Die, or tell."""
        counter = Path(f"{self}.deaths")
        deaths = len(counter.read_text()) if counter.exists() else 0
        if deaths < int(self.stem.rpartition("-")[2]):
            counter.write_text("x" * (deaths + 1))
            os._exit(9)
        return super().stat(**options)


def job(path: Path) -> Job:
    """Return the job of grading one exercise of the notebook at `path`."""
    return Job(path, path.stem, How(assignment=str(light_assignment()), only=("relu",)))


@pytest.fixture
def right(tmp_path: Path) -> Job:
    """Return the job of a right submission."""
    return job(submission(tmp_path, drop=SLOW))


def test_a_worker_that_dies_costs_nothing_but_time(tmp_path: Path, right: Job) -> None:
    """Its submission is tried once more by another, and the others go on."""
    path = submission(tmp_path, drop=SLOW, name="deadly-1.ipynb")
    done = {each.name: outcome for each, outcome in side_by_side([job(Deadly(path)), right], 2)}
    scores = {name: outcome.result and outcome.result.score for name, outcome in done.items()}
    assert scores == {"deadly-1": 20, "submission": 20}
    assert Path(f"{path}.deaths").read_text() == "x"


def test_what_kills_every_worker_is_the_grader_s_failure(tmp_path: Path, right: Job) -> None:
    """After the second death there is a sentence and no score; the others have theirs."""
    path = submission(tmp_path, drop=SLOW, name="deadly-9.ipynb")
    done = {each.name: outcome for each, outcome in side_by_side([job(Deadly(path)), right], 2)}
    assert done["deadly-9"].result is None
    assert done["deadly-9"].status == 3
    assert "grader's failure" in done["deadly-9"].error
    assert done["submission"].result is not None


def test_a_time_out_is_tried_once_more_alone(tmp_path: Path, right: Job) -> None:
    """It is told after all others, as it ended by itself; nothing is told twice."""
    slow = edited("relu") + "\nimport time\ntime.sleep(60)"
    how = How(assignment=str(light_assignment()), only=("relu",), cell_seconds=2)
    path = submission(tmp_path, {"relu": slow}, drop=SLOW, name="slow.ipynb")
    done = list(side_by_side([Job(path, "slow", how), right], 2))
    assert [each.name for each, _ in done] == ["submission", "slow"]
    assert done[1][1].contended


def test_an_answer_that_does_not_come_is_asked_for_once_more_alone(
    tmp_path: Path, right: Job
) -> None:
    """Whatever the language in which that is told."""
    begin = "def forward(self, input):"
    dies = edited("relu", (begin, f"{begin}\n        import os\n        os._exit(1)"))
    how = How(assignment=str(light_assignment()), only=("relu",), language="ru")
    path = submission(tmp_path, {"relu": dies}, drop=SLOW, name="dies.ipynb")
    done = list(side_by_side([Job(path, "dies", how), right], 2))
    assert [each.name for each, _ in done] == ["submission", "dies"]
    assert done[1][1].contended


def test_closing_it_ends_every_process(tmp_path: Path) -> None:
    """Whoever stops listening leaves neither a worker nor a submission's process behind."""
    slow = edited("relu") + "\nimport time\ntime.sleep(60)"
    path = submission(tmp_path, {"relu": slow}, drop=SLOW, name="slow.ipynb")
    quick = submission(tmp_path, drop=SLOW, name="quick.ipynb")
    # The server that workers are forked from belongs to this process and stays with it.
    look_ahead()
    before = set(psutil.Process().children(recursive=True))
    done = side_by_side([job(quick), job(path)], 2)
    next(done)
    done.close()
    until = time.monotonic() + 20
    while left := set(psutil.Process().children(recursive=True)) - before:
        assert time.monotonic() < until, left
        time.sleep(0.1)
