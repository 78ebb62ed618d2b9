"""What honest notebooks do with a machine ends the same however they are confined."""

import json
import os
import subprocess
import sys

import pytest

from grader.sandbox.rungs import Rung, available
from tests.attacks.stage import User, stepping_down, users
from tests.notebooks import ROOT
from tests.sandbox.honest import CELLS


@pytest.mark.parametrize("user", users())
@pytest.mark.parametrize("rung", available(), ids=lambda rung: f"rung{int(rung)}")
def test_honest_notebooks_run_on_every_rung(rung: Rung, user: User) -> None:
    """Threads, processes, programs, files, databases and large arrays work, cold and forked."""
    command = [sys.executable, "-m", "tests.sandbox.honest", str(int(rung))]
    if user == "ordinary":
        command = [*stepping_down(), *command]
    environment = {"PATH": os.environ["PATH"], "PYTHONDONTWRITEBYTECODE": "1"}
    done = subprocess.run(
        command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    assert len(CELLS) > 10
    assert json.loads(done.stdout.splitlines()[-1]) == {"cold": {}, "forked": {}}
