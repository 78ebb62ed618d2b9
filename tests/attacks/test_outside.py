"""Attacks on what lies outside the sandbox win nothing, whoever runs the grader."""

from collections.abc import Iterator
from typing import Any

import pytest

from grader.sandbox.rungs import Rung, available
from tests.attacks.attack import RUNGS, Probe
from tests.attacks.outside import PROBES
from tests.attacks.stage import User, outcomes, users
from tests.attacks.table import FILE, ended, told

HERE = [rung for rung in RUNGS if rung in available()]


def each() -> Iterator[Any]:
    """Yield each attack with each rung and user; one worker has all of a rung and a user."""
    for rung in HERE:
        for user in users():
            for attack in PROBES:
                yield pytest.param(
                    attack,
                    rung,
                    user,
                    id=f"{attack.slug}-rung{int(rung)}-{user}",
                    marks=pytest.mark.xdist_group(f"attacks-{int(rung)}-{user}"),
                )


@pytest.mark.parametrize(("attack", "rung", "user"), list(each()))
def test_an_attack_gains_nothing(attack: Probe, rung: Rung, user: User) -> None:
    """A cell that tries to look or reach outside is refused, and nothing outside has changed."""
    outcome = outcomes(rung, user)[attack.slug]
    if rung in attack.known:
        assert outcome.won, f"{attack.name} no longer succeeds: strike `known`"
    else:
        assert not outcome.won, outcome.how


@pytest.mark.xdist_group("attacks-3-own")
@pytest.mark.parametrize(
    "attack", [attack for attack in PROBES if attack.control], ids=lambda attack: attack.slug
)
def test_the_attacks_can_succeed(attack: Probe) -> None:
    """With the confinement off the same attacks gain what they are after: the suite can fail."""
    assert outcomes(Rung.PROCESS, "own")[attack.slug].won


@pytest.mark.parametrize(
    "rung",
    [
        pytest.param(rung, marks=pytest.mark.xdist_group(f"attacks-{int(rung)}-own"))
        for rung in HERE
    ],
)
def test_the_page_of_attacks_is_true(rung: Rung) -> None:
    """The docs list every attack with what came of it; run `python -m tests.attacks.table`."""
    page, found = FILE.read_text("utf-8"), outcomes(rung, "own")
    missing = [
        attack.name
        for attack in PROBES
        if told(page, attack, rung) != ended(attack, rung, found[attack.slug])
    ]
    assert missing == []
