"""Submissions that run at the same time run as different users, whoever grades them."""

import os
import subprocess
import sys

import pytest

from grader.sandbox.box import FIRST_UID, Account

TAKE = f"""
from unittest.mock import patch
from grader.sandbox.box import Account
with patch("secrets.randbelow", return_value=7):
    print(Account().uid - {FIRST_UID})
"""

needs_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root gives users away")


def taken_elsewhere() -> int:
    """Return which user another process takes that would like the one with number 7."""
    return int(subprocess.check_output([sys.executable, "-c", TAKE], text=True))


@needs_root
def test_a_user_is_claimed_on_the_whole_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    """While one process has a user, another takes the next; afterwards it may have it."""
    monkeypatch.setattr("secrets.randbelow", lambda _: 7)
    mine = Account()
    assert mine.uid is not None
    assert taken_elsewhere() > mine.uid - FIRST_UID >= 7
    mine.release()
    assert taken_elsewhere() <= mine.uid - FIRST_UID


def test_without_a_sandbox_nobody_is_claimed() -> None:
    """What runs as the grader's own user needs no other."""
    assert Account(wanted=False).uid is None
