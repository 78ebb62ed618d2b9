"""What hangs, sleeps, swells or is slow in an answer costs seconds, and nobody else's points."""

import os
import re
import socket
import threading
import time
from pathlib import Path

import pytest

from grader.assignment.loading import load
from grader.execution.calibration import processor_slowness
from grader.grading import Options, grade
from grader.notebook.reading import read
from grader.results.model import Result
from grader.sandbox import waiting
from grader.sandbox.effort import Effort
from tests.grading import UNIT, check, graded, scores
from tests.notebooks import ROOT, SLOW, edited, submission
from tests.serving import Served, call
from tests.tiny_assignment import declare, write

FORWARD = "def forward(self, input):"
LINEAR_FORWARD = "def forward(self, x):"
BACKWARD = "def backward(self, grad):"
# On a busy machine as well. Ten seconds for each of five questions, twice, were minutes.
SOON = 60.0

# What is told of the time that an answer took.
AFTER = r"ended after ([\d.]+) s of processor time"

# What `forward` begins with, and what the student is told.
HOSTILE = {
    "a loop": ("while True: pass", "ran on and on"),
    "a sleep": ("import time; time.sleep(10**6)", "slept or waited"),
    "a memory bomb": (
        "held = []\n        while True: held.append(b'x' * 2**24)",
        "ran on and on|limit of memory",
    ),
    "a crash": ("import os; os.abort()", "died"),
    "a child that loops": (
        "import os\n        if os.fork() == 0:\n            while True: pass\n        os.wait()",
        "ran on and on",
    ),
}


def with_code(folder: Path, method: str, code: str) -> Path:
    """Return a right notebook, but that a method of `ReLU` begins with `code`."""
    changed = edited("relu", (method, f"{method}\n        {code}"))
    return submission(folder, {"relu": changed}, drop=SLOW)


def timed(path: Path) -> tuple[Result, float]:
    """Return what a notebook comes to, and after how many seconds."""
    started = time.monotonic()
    result = graded(path, *UNIT)
    return result, time.monotonic() - started


@pytest.mark.parametrize("trouble", HOSTILE)
def test_what_hangs_in_an_answer_costs_seconds_and_is_told(tmp_path: Path, trouble: str) -> None:
    """The student reads how it ended, and in which call; the other layer keeps its points."""
    code, told = HOSTILE[trouble]
    result, taken = timed(with_code(tmp_path, FORWARD, code))
    assert taken < SOON
    assert scores(result) == {"linear": 40, "relu": 0}
    assert re.search(
        f"`forward` gave no answer: .*({told})", check(result, "relu", "values").message
    )
    # Nobody else is to blame, however busy the machine is.
    assert not result.contended


def test_in_a_released_folder_a_hang_costs_no_more(tmp_path: Path) -> None:
    """What the reference took is recorded: no more than seconds are waited for an answer there."""
    path = with_code(tmp_path, FORWARD, "while True: pass")
    folder = ROOT / "assignments" / "nn_from_scratch"
    result = grade(read(path), load(folder), Options(only=UNIT))
    ended = [re.search(AFTER, each.message) for each in result.exercises[1].checks]
    seconds = [float(each[1]) for each in ended if each is not None]
    assert seconds
    assert max(seconds) <= 2 * processor_slowness()


def test_what_hangs_costs_only_the_checks_that_ask_it(tmp_path: Path) -> None:
    """A `backward` without an end leaves the checks of `forward` their points."""
    result, taken = timed(with_code(tmp_path, BACKWARD, "while True: pass"))
    assert taken < SOON
    assert check(result, "relu", "values").status == "passed"
    assert check(result, "relu", "any_shape").status == "passed"
    told = check(result, "relu", "gradient_values")
    assert told.status == "failed"
    assert "`backward` gave no answer: it ran on and on" in told.message


# What right solutions do that takes its time.
HONEST = {
    "prints": "print(input)",
    "a loop over rows": "for row in input: np.maximum(row, 0)",
    "long floats": "input = np.asarray(input, np.longdouble).astype(input.dtype)",
    "a late import": "import torch",
    "a moment's rest": "import time; time.sleep(0.002)",
}


@pytest.mark.parametrize("habit", [name for name in HONEST if name != "a loop over rows"])
def test_an_honest_solution_has_the_time_that_it_takes(tmp_path: Path, habit: str) -> None:
    """It has all of its points, as where nobody waits for it."""
    result, _taken = timed(with_code(tmp_path, FORWARD, HONEST[habit]))
    assert scores(result) == {"linear": 40, "relu": 20}


def test_an_exercise_does_not_use_up_the_time_of_another(tmp_path: Path) -> None:
    """A layer that takes two seconds for each answer leaves the next one its points."""
    slow = edited("linear", (LINEAR_FORWARD, f"{LINEAR_FORWARD}\n        {BUSY}"))
    result = graded(submission(tmp_path, {"linear": slow}, drop=SLOW), *UNIT, total_seconds=60)
    assert scores(result)["relu"] == 20
    assert scores(result)["linear"] < 40


BUSY = """import time
        until = time.monotonic() + 2
        while time.monotonic() < until: pass"""

CHECKS = '''
from grader.assignment.model import Exercise
from grader.scenario import Call, Make, Scenario
from grader.verdicts import answer

first = Exercise("first", "First", points=1, names=("Box",))
second = Exercise("second", "Second", points=1, names=("Box",))


def ask(student, method, number):
    answer(student.answer(Scenario(Make("box", "Box"), Call("y", "box", method, [number]))), "y")


@first.check(points=1)
def hangs(student) -> None:
    """`hang` ends."""
    last = None
    for number in range(3):
        try:
            ask(student, "hang", number)
        except Exception as error:
            last = error
    if last is not None:
        raise last


@second.check(points=1)
def is_fine(student, reference) -> None:
    """`fine` ends."""
    try:
        ask(student, "hang", 10)
    except Exception as error:
        assert "not asked again" in str(error)
    for number in range(20):
        ask(student, "fine", number)


exercises = [first, second]
'''
BOX = (
    "class Box:\n    def hang(self, n):\n        return n\n    def fine(self, n):\n        return n"
)


def test_what_hung_in_one_exercise_is_not_paid_for_in_the_next(tmp_path: Path) -> None:
    """It is not asked there again, and the rest of the next exercise is asked in full.

    Of a question that was not asked it is told all the same how the earlier ones ended.
    """
    folder = declare(tmp_path / "tiny")
    (folder / "checks.py").write_text(CHECKS, "utf-8")
    write(folder / "solution.ipynb", [BOX])
    path = tmp_path / "submission.ipynb"
    write(path, [BOX.replace("return n", "exec('while True: pass')", 1)])
    result = grade(read(path), load(folder), Options())
    assert scores(result) == {"first": 0, "second": 1}
    assert result.stopped == 2
    told = check(result, "first", "hangs").message
    assert "it ran on and on, and was ended after" in told
    assert "that was at questions before, so it was not asked again" in told


LOADS = """
def loop():
    while True: pass

def load(pages):
    held = bytearray(0)
    spent = time.process_time() + 3
    while time.process_time() < spent:
        held.extend(bytes(2**16))
        for _ in range(20000): pass
        if len(held) > 2**26: held = bytearray(0)
    return "loaded"

def read():
    held = bytearray(0)
    spent = time.process_time() + 3
    while time.process_time() < spent:
        with open("/proc/self/stat", "rb", buffering=0) as file: file.read(1)
        for _ in range(20000): pass
        held.extend(bytes(2**16))
        if len(held) > 2**29: held = bytearray(0)
    return "read"

def swell():
    held, spent = [], time.process_time() + 2
    while time.process_time() < spent:
        for _ in range(10**5): held.append(len(held))
    return "swollen"
"""


def ended(outcome: object) -> str:
    """Return how an answer ended that did not come, or what came."""
    return str(getattr(outcome, "reason", getattr(outcome, "value", outcome)))


def test_what_imports_or_compiles_is_waited_for_longer() -> None:
    """It takes new memory all the time, which a loop does not: each has a limit of its own."""
    with Served(LOADS) as served:
        asked = [call("load", 1), call("loop")]
        answers = served.snapshot().ask(asked, seconds=60, usual=lambda _scenario: 1.0)
        loaded, looped = (ended(each.outcomes[-1]) for each in answers)
    assert loaded == "loaded"
    assert "ended after 1 s of processor time" in looped


def test_what_swells_and_reads_nothing_is_no_import() -> None:
    """A list that grows on takes new memory all the time too: it has no more than a loop has."""
    with Served(LOADS) as served:
        asked = [call("read"), call("swell")]
        answers = served.snapshot().ask(asked, seconds=60, usual=lambda _scenario: 1.0)
        read_, swollen = (ended(each.outcomes[-1]) for each in answers)
    assert read_ == "read"
    assert "ended after 1 s of processor time" in swollen


class Hidden(Effort):
    """Sees processes that want to run, and nothing of what they do."""

    def look(self) -> None:
        """Learn nothing."""


def test_time_that_nobody_sees_is_taken_from_that_of_all_answers_too(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Children that nobody waits for take what they did along: their answers came for nothing."""
    monkeypatch.setattr(waiting, "Effort", Hidden)
    grader, student = socket.socketpair()
    seconds = 4.0
    with grader, student:
        answer = waiting.Waiting(grader, waiting.Allowed(1.0), os.getpid)
        threading.Timer(seconds, student.sendall, [b"y"]).start()
        assert answer.recv(1) == b"y"
    assert answer.taken() >= seconds / waiting.WALL
