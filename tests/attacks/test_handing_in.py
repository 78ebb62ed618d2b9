"""What lies in a folder of submissions takes nothing from others, and leads nowhere else."""

import pytest

from tests.attacks.attack import RUNGS
from tests.attacks.handing_in import LAID, VICTIM, Course, Laid, outcomes
from tests.attacks.table import FILE, ended, told

pytestmark = pytest.mark.xdist_group("handing-in")


@pytest.mark.parametrize("attack", LAID, ids=lambda each: each.slug)
def test_an_attack_gains_nothing(attack: Laid) -> None:
    """The honest student's row and reports are her own, and each attack costs itself at most."""
    outcome = outcomes()[attack.slug]
    assert not outcome.won, outcome.how


@pytest.mark.parametrize("attack", LAID, ids=lambda each: each.slug)
def test_an_attack_is_found(attack: Laid) -> None:
    """Of a course in which everything was taken, each is said to have won: the suite can fail."""
    assert attack.won(Course({VICTIM: "2", "link": "5"}, {"link.json": b"canary_of_the_solution"}))


def test_the_page_of_attacks_is_true() -> None:
    """The docs list each attack with what came of it."""
    page = FILE.read_text("utf-8")
    for rung in RUNGS:
        for each in LAID:
            assert told(page, each, rung) == ended(each, rung, outcomes()[each.slug]), each.name
