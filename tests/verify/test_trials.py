"""What trials promise: whatever a candidate does, it ends, and harms no other."""

from collections.abc import Mapping
from pathlib import Path

import psutil
import pytest

from grader.authoring.verify.trials import Outcome, Trial, outcomes
from grader.errors import AssignmentError
from tests.verify.assignments import mistake, written

RIGHT = "def double(n):\n    return 2 * n"


def candidate(body: str) -> Trial:
    """Return the trial of a `double` with this body."""
    lines = "".join(f"    {line}\n" for line in body.splitlines())
    return Trial("double", (f"def double(n):\n{lines}",))


def held(folder: Path, *trials: Trial, seconds: float = 60) -> Mapping[Trial, Outcome]:
    """Hold trials of the tiny assignment, one after the other."""
    return outcomes(trials, written(folder), jobs=1, seconds=seconds)


def statuses(outcome: Outcome) -> list[str]:
    """Return how its checks ended."""
    return [check.status for check in outcome.checks]


def test_right_and_wrong_are_told_apart(tmp_path: Path) -> None:
    """A trial gives the status and the points of each check."""
    right, wrong = candidate("return n + n"), candidate("return n")
    found = held(tmp_path, right, wrong)
    assert [(each.status, each.points) for each in found[right].checks] == [("passed", 2)]
    assert [(each.status, each.points) for each in found[wrong].checks] == [("failed", 0)]
    assert found[wrong].checks[0].message == "double(7) is wrong."


def test_a_hang_ends_by_time(tmp_path: Path) -> None:
    """A candidate that does not end is killed, with what it started, and the next goes on."""
    marker = tmp_path / "pid"
    hang = candidate(
        "import subprocess\n"
        "child = subprocess.Popen(['sleep', '1000'])\n"
        f"open({str(marker)!r}, 'w').write(str(child.pid))\n"
        "while True: pass"
    )
    found = held(tmp_path, hang, candidate("return 2 * n"), seconds=5)
    assert [each.ended for each in found.values()] == ["time", "answered"]
    assert found[hang].checks == ()
    assert not _alive(int(marker.read_text()))


def _alive(pid: int) -> bool:
    return psutil.pid_exists(pid) and psutil.Process(pid).status() != psutil.STATUS_ZOMBIE


CRASHES = {
    "exits at once": "import os; os._exit(0)",
    "a segmentation fault": "import os, signal; os.kill(os.getpid(), signal.SIGSEGV)",
    "closes everything": "import os; os.closerange(0, 100)",
}


@pytest.mark.parametrize("body", CRASHES.values(), ids=CRASHES)
def test_a_crash_ends_only_its_own_trial(tmp_path: Path, body: str) -> None:
    """A candidate whose process dies is told of as that, and the next is judged."""
    crash, right = candidate(body), candidate("return 2 * n")
    found = held(tmp_path, crash, right)
    assert found[crash].ended == "crash"
    assert statuses(found[right]) == ["passed"]


def test_leaving_by_an_exception_is_an_answer(tmp_path: Path) -> None:
    """`sys.exit` in a function is an exception like others: the check fails."""
    leaves = candidate("import sys; sys.exit(0)")
    assert statuses(held(tmp_path, leaves)[leaves]) == ["failed"]


def test_memory_has_an_end(tmp_path: Path) -> None:
    """A candidate that takes ever more memory loses, and the machine does not."""
    eats = candidate("kept = []\nwhile True: kept.append(bytearray(2**26))")
    right = candidate("return 2 * n")
    found = held(tmp_path, eats, right)
    assert statuses(found[eats]) == ["failed"] or found[eats].ended == "crash"
    assert statuses(found[right]) == ["passed"]


def test_no_candidate_leaves_anything_behind(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    """What one candidate patches or prints, the next does not meet, nor does the terminal."""
    patches = candidate(
        "import grader.checks.compare, os\n"
        "grader.checks.compare.array = grader.judging.judge = None\n"
        "os.write(1, b'aloud'); os.write(2, b'aloud'); print('aloud')\n"
        "return n"
    )
    wrong = candidate("return n + 1")
    found = held(tmp_path, patches, wrong)
    assert statuses(found[wrong]) == ["failed"]
    assert capfd.readouterr() == ("", "")


def test_a_cell_that_fails_leaves_the_others_be(tmp_path: Path) -> None:
    """As in a notebook, a cell that raises costs only what it would have defined."""
    fails, right = Trial("double", ("1 / 0", RIGHT)), Trial("double", (RIGHT,))
    found = held(tmp_path, fails, right)
    assert statuses(found[fails]) == statuses(found[right]) == ["passed"]
    assert found[fails].fault == "ZeroDivisionError: division by zero"
    assert found[right].fault == ""


def test_each_different_trial_is_held_once(tmp_path: Path) -> None:
    """Equal trials share an outcome, and progress tells how many there really are."""
    told: list[tuple[int, int]] = []
    trials = [candidate("return n"), candidate("return 2 * n"), candidate("return n")]
    found = outcomes(
        trials, written(tmp_path), jobs=2, progress=lambda done, total: told.append((done, total))
    )
    assert len(found) == 2
    assert told == [(1, 2), (2, 2)]


def test_the_known_mistakes_are_found_that_a_candidate_answers_like(tmp_path: Path) -> None:
    """With `naming`, those are told that give the same answer to every question."""
    code = "def double(n):\n    return n"
    assignment = written(tmp_path, mistakes=[mistake("once", code=code)])
    trial = Trial("double", (code,), naming=True)
    assert outcomes([trial], assignment, jobs=1)[trial].alike == ("once",)


def test_a_known_mistake_that_cannot_run_is_the_instructor_s(tmp_path: Path) -> None:
    """A mistake that raises where it is defined is told to the instructor, by its name."""
    assignment = written(tmp_path, mistakes=[mistake("broken", code="1 / 0")])
    trial = Trial("double", ("def double(n):\n    return n",), naming=True)
    with pytest.raises(AssignmentError, match="'broken' cannot be run: ZeroDivisionError"):
        outcomes([trial], assignment, jobs=1)
