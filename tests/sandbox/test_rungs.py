"""What rungs promise: a new one is a file, and no more of a sandbox than its policy says."""

import re

import pytest

from grader.errors import UsageError
from grader.sandbox import rungs
from grader.sandbox.confinement import POLICIES, Policy
from grader.sandbox.rungs import Finding, Rung, choose
from tests.attacks.attack import RUNGS
from tests.notebooks import ROOT

PAGE = (ROOT / "docs" / "security.md").read_text("utf-8")


class Weak(Policy):
    """A policy that confines nothing, on a rung above that of a separate process."""

    rung = Rung.KERNEL
    title = "nothing but a limit"


def test_every_rung_has_a_policy() -> None:
    """The policies are one for each rung, the strongest first."""
    assert list(POLICIES) == list(Rung)


@pytest.mark.parametrize("rung", Rung, ids=lambda each: each.name)
def test_every_rung_is_on_the_page(rung: Rung) -> None:
    """Whoever reads of security learns what it promises."""
    header = re.search(r"^\| \| 1: .*$", PAGE, re.MULTILINE)
    assert header is not None
    assert f"| {rung.value}: " in header[0], f"docs/security.md needs a column `{rung.value}: …`"


def test_a_rung_is_no_sandbox_by_its_number(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where a sandbox is required, one whose policy does not say that it is one is refused."""
    monkeypatch.setitem(POLICIES, Rung.KERNEL, Weak())
    monkeypatch.setattr(rungs, "available", lambda: (Rung.KERNEL, Rung.PROCESS))
    assert choose(required=False, wanted=Rung.KERNEL) is Rung.KERNEL
    with pytest.raises(UsageError, match="need a sandbox"):
        choose(required=True, wanted=Rung.KERNEL)


def test_what_a_sandbox_is_required_for_takes_one(monkeypatch: pytest.MonkeyPatch) -> None:
    """A stronger number that is none gives way to the strongest that is."""
    monkeypatch.setitem(POLICIES, Rung.NAMESPACES, Weak())
    monkeypatch.setattr(rungs, "available", lambda: (Rung.NAMESPACES, Rung.KERNEL, Rung.PROCESS))
    assert choose(required=True) is Rung.KERNEL


def test_a_refusal_says_what_is_no_sandbox(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where the machine has a sandbox and another rung was asked for, nothing is missing."""
    monkeypatch.setattr(rungs, "available", lambda: (Rung.KERNEL, Rung.PROCESS))
    with pytest.raises(UsageError, match=r"rung 3: .* is none") as refused:
        choose(required=True, wanted=Rung.PROCESS)
    assert "offers none" not in str(refused.value)


def test_a_rung_may_look_for_what_it_alone_needs(monkeypatch: pytest.MonkeyPatch) -> None:
    """It works where its own probe finds that, and what is missing is told."""
    jail = Finding("jail", False, "jail is missing: apt install jail")

    class Jailed(Weak):
        needs = ("jail",)
        probes = (lambda: jail,)

    monkeypatch.setitem(POLICIES, Rung.KERNEL, Jailed())
    # What was found for the whole process is not forgotten.
    monkeypatch.setattr(rungs, "look_ahead", rungs.look_ahead.__wrapped__)
    monkeypatch.setattr(rungs, "available", rungs.available.__wrapped__)
    assert Rung.KERNEL not in rungs.available()
    with pytest.raises(UsageError, match="apt install jail"):
        choose(required=False, wanted=Rung.KERNEL)


def test_the_attacks_run_on_every_sandbox() -> None:
    """A rung that is one is attacked without being listed, and one that is none is not."""
    assert [rung for rung in Rung if POLICIES[rung].sandbox] == list(RUNGS)
    assert Rung.PROCESS not in RUNGS
