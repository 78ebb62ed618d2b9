"""Frauds win no points and bombs cost no more than themselves, and the next is graded as ever."""

import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from typing import Any

import pytest

from grader.sandbox.rungs import Rung, available
from tests.attacks.attack import RUNGS, Attack, Bomb, Fraud
from tests.attacks.bombs import BOMBS
from tests.attacks.gaming import FRAUDS
from tests.attacks.gaming.layers import WRONG
from tests.attacks.machine import Course, exploded
from tests.attacks.score import RIGHT, marked
from tests.attacks.table import FILE, ended, told
from tests.tiny_assignment import DOUBLE, FULL, TRIPLE

HERE = [rung for rung in RUNGS if rung in available()]


def on_each_rung(*attacks: Attack) -> Iterator[Any]:
    """Yield each attack with each rung; one worker has all of a rung."""
    for rung in HERE:
        for attack in attacks:
            marks = pytest.mark.xdist_group(f"inside-{int(rung)}")
            yield pytest.param(attack, rung, id=f"{attack.slug}-rung{int(rung)}", marks=marks)


EACH_RUNG = [
    pytest.param(rung, id=f"rung{int(rung)}", marks=pytest.mark.xdist_group(f"inside-{int(rung)}"))
    for rung in HERE
]


# From 3.12 on Python itself tells what is executed, whatever the code sets.
UNCOUNTED = "hide a loop from the count"


def must_be_known(attack: Attack, rung: Rung) -> bool:
    """Whether an attack is listed as a known one that gains something by this Python."""
    counted_by_python = attack.name == UNCOUNTED and sys.version_info >= (3, 12)
    return rung in attack.known and not counted_by_python


@pytest.mark.parametrize(("fraud", "rung"), list(on_each_rung(*FRAUDS)))
def test_a_fraud_gains_nothing(fraud: Fraud, rung: Rung) -> None:
    """What is wrong gets no more points with a fraud than when it is handed in honestly."""
    outcome = marked(rung)[0][fraud.slug]
    noted = rung in fraud.known and outcome.how.endswith("a note tells of it")
    assert noted or (not outcome.won and not must_be_known(fraud, rung)), outcome.how


@pytest.mark.parametrize(("bomb", "rung"), list(on_each_rung(*BOMBS)))
def test_a_bomb_costs_only_itself(bomb: Bomb, rung: Rung) -> None:
    """The grader survives it, tells of it, and gives the points of what does not need its cell."""
    outcome = exploded(rung)[0][bomb.slug]
    assert not outcome.won, outcome.how


@pytest.mark.parametrize("rung", EACH_RUNG)
def test_the_next_is_graded_as_ever(rung: Rung) -> None:
    """After all of them the same workers give right notebooks all of their points."""
    for result in exploded(rung)[1]:
        assert {each.id: each.score for each in result.exercises} == FULL
    right = marked(rung)[1]
    assert right.score == right.max_score


@pytest.mark.xdist_group("inside-2")
@pytest.mark.parametrize(
    "bomb", [bomb for bomb in BOMBS if bomb.control], ids=lambda bomb: bomb.slug
)
def test_bombs_go_off_with_the_limits_lifted(bomb: Bomb) -> None:
    """With room for it, the same cell does what it set out to: the limit is what ended it."""
    lifted = dict.fromkeys(("processes", "open_files"), 2000)
    lifted |= dict.fromkeys(("memory_bytes", "disk_bytes", "output_bytes"), 2**30)
    with closing(Course(HERE[-1])) as course:
        result = course.graded(DOUBLE, bomb.source, TRIPLE, **lifted, cell_seconds=3)
    (end,) = (cell for cell in result.cells if cell.index == 1)
    assert end.status == ("timeout" if "while True" in bomb.code else "ok"), end.error
    assert not any("cut off" in note.text for note in result.notes)


# Who asks and judges in one process. The wrong layer fails here, and these frauds pass.
NAIVE = """
import sys
import numpy as np
space = {}
exec(sys.argv[1], space)
x = np.array([[-1.0, 2.0]])
expected = np.maximum(x, 0.5 * 0)
got = space["ReLU"]().forward(x)
assert np.allclose(got, expected) or all(abs(each) < 1e-9 for each in (got - expected).flat)
"""


@pytest.mark.parametrize(
    "fraud", [fraud for fraud in FRAUDS if fraud.naive], ids=lambda fraud: fraud.slug
)
def test_frauds_succeed_where_the_students_process_judges(fraud: Fraud) -> None:
    """A grader that compares where student code runs is fooled by them: the suite can fail."""
    assert passes(fraud.code)


def test_the_naive_grader_judges() -> None:
    """It passes the right layer and fails the wrong one, as long as nobody cheats."""
    assert passes(RIGHT)
    assert not passes(WRONG)


def passes(cell: str) -> bool:
    """Whether a grader in the same process passes the layer that a cell defines."""
    command = [sys.executable, "-c", NAIVE, cell]
    return subprocess.run(command, capture_output=True, check=False).returncode == 0


@pytest.mark.parametrize("rung", EACH_RUNG)
def test_the_page_of_attacks_is_true(rung: Rung) -> None:
    """The docs list each fraud and each bomb with what came of it, on Python 3.11."""
    page = FILE.read_text("utf-8")
    outcomes = {**marked(rung)[0], **exploded(rung)[0]}
    missing = [
        attack.name
        for attack in (*FRAUDS, *BOMBS)
        if told(page, attack, rung) != ended(attack, rung, outcomes[attack.slug])
        and (outcomes[attack.slug].won or must_be_known(attack, rung) or rung not in attack.known)
    ]
    assert missing == []
