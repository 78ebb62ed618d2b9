"""A submission forked from a fork server holds no rights that one started cold has not."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from grader.sandbox.rungs import Rung, available
from tests.attacks.attack import RUNGS
from tests.attacks.stage import ORDINARY, User, stepping_down, users
from tests.notebooks import ROOT

NONE = "0" * 16


@pytest.mark.parametrize("rung", [rung for rung in RUNGS if rung in available()])
@pytest.mark.parametrize("user", users())
def test_no_capability_is_left_from_making_namespaces(
    tmp_path: Path, rung: Rung, user: User
) -> None:
    """Whoever runs the grader, a notebook's code has no capability but to read what root may."""
    command = [sys.executable, "-m", "tests.attacks.forked", str(int(rung))]
    # Above it are folders that only the tests' own user may enter.
    tmp_path.chmod(0o777)
    for folder in (tmp_path.parent, tmp_path.parent.parent):
        folder.chmod(0o755)
    if user == "ordinary":
        os.chown(tmp_path, ORDINARY, ORDINARY)
        command = [*stepping_down(), *command]
    environment = {"HOME": str(tmp_path), "TMPDIR": "/tmp", "PATH": os.environ["PATH"]}  # noqa: S108
    done = subprocess.run(
        command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False
    )
    said = done.stdout.removeprefix("ValueError: ").split()
    # CAP_DAC_READ_SEARCH is what rung 2 leaves where root's Python is for root alone.
    allowed = {NONE, f"{4:016x}"} if (rung, user) == (Rung.KERNEL, "own") else {NONE}
    assert len(said) == 4, done
    assert set(said) <= allowed
