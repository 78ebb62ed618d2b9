"""What a student's code answers to plain checks wins nothing in the grader's process."""

from collections.abc import Iterator
from typing import Any

import pytest

from grader.sandbox.rungs import Rung, available
from tests.attacks.attack import RUNGS
from tests.attacks.plain import PLAIN, Answered, answered
from tests.attacks.table import FILE, ended, told

HERE = [rung for rung in RUNGS if rung in available()]


def on_each_rung() -> Iterator[Any]:
    """Yield each attack with each rung; one worker has all of a rung."""
    for rung in HERE:
        for attack in PLAIN:
            yield pytest.param(
                attack, rung, id=f"{attack.slug}-rung{int(rung)}", marks=of_a_rung(rung)
            )


def of_a_rung(rung: Rung) -> pytest.MarkDecorator:
    """Return the mark of what one worker does, which has tried all attacks on a rung once."""
    return pytest.mark.xdist_group(f"plain-{int(rung)}")


EACH_RUNG = [pytest.param(rung, id=f"rung{int(rung)}", marks=of_a_rung(rung)) for rung in HERE]


@pytest.mark.parametrize(("attack", "rung"), list(on_each_rung()))
def test_an_answer_gains_nothing(attack: Answered, rung: Rung) -> None:
    """It gets no point, says nothing in the check's place, and makes nothing in the grader."""
    outcome = answered(rung)[0][attack.slug]
    assert not outcome.won, outcome.how


@pytest.mark.parametrize("rung", EACH_RUNG)
def test_an_honest_notebook_passes(rung: Rung) -> None:
    """The checks that are attacked hold for right answers."""
    assert set(answered(rung)[1].values()) == {"passed"}


@pytest.mark.parametrize("rung", EACH_RUNG)
def test_the_page_of_attacks_is_true(rung: Rung) -> None:
    """The docs list each with what came of it."""
    page = FILE.read_text("utf-8")
    for each in PLAIN:
        assert told(page, each, rung) == ended(each, rung, answered(rung)[0][each.slug]), each.name
