"""Where the attacks on what lies outside take place: a process of its own, as root or not.

As root, the grader gives each submission a user of its own. As anybody else it cannot, and a
submission runs as the very user whose files and processes it must not touch.
"""

import json
import os
import secrets
import shutil
import subprocess
import sys
import tempfile
from contextlib import ExitStack
from functools import cache
from pathlib import Path
from typing import Final, Literal

from grader.datasets import locate
from grader.datasets.finding import FOLDER_VARIABLE
from grader.sandbox.folders import remove
from grader.sandbox.rungs import Rung
from tests.attacks.attack import Outcome
from tests.attacks.canaries import VARIABLE
from tests.notebooks import ROOT

User = Literal["own", "ordinary"]

# A user that no machine has.
ORDINARY: Final = 60_999
SECONDS: Final = 300


def users() -> tuple[User, ...]:
    """Return as whom the attacks can be graded here."""
    if os.geteuid() == 0 and shutil.which("bwrap") and shutil.which("setpriv"):
        return "own", "ordinary"
    return ("own",)


@cache
def outcomes(rung: Rung, user: User) -> dict[str, Outcome]:
    """Try all attacks on what lies outside, with the grader run by `user`."""
    with ExitStack() as stack:
        home = tempfile.mkdtemp(prefix="attacks-")
        stack.callback(remove, Path(home))
        # Readable, so that only the sandbox keeps anybody out.
        Path(home).chmod(0o755)
        temporary = Path(home, "tmp")
        temporary.mkdir()
        temporary.chmod(0o777)
        raw = locate("FashionMNIST").raw
        command = [sys.executable, "-m", "tests.attacks.outside", str(int(rung))]
        if user == "ordinary":
            os.chown(home, ORDINARY, ORDINARY)
            command = [*stepping_down(raw), *command]
        done = subprocess.run(
            command,
            cwd=ROOT,
            env={
                "HOME": home,
                "TMPDIR": str(temporary),
                "PATH": os.environ["PATH"],
                "PYTHONDONTWRITEBYTECODE": "1",
                FOLDER_VARIABLE: str(raw),
                VARIABLE: f"canary-{secrets.token_hex(12)}",
            },
            capture_output=True,
            text=True,
            check=False,
            timeout=SECONDS,
        )
    if done.returncode != 0:
        raise RuntimeError(f"the attacks ended the grader ({done.returncode}):\n{done.stderr}")
    told = json.loads(done.stdout.splitlines()[-1])
    return {slug: Outcome(won, how) for slug, (won, how) in told.items()}


def stepping_down(*needed: Path) -> list[str]:
    """Return the command that runs another as an ordinary user.

    Folders that only root may enter are made to be open, where Python or `needed` lie below.
    """
    command = ["bwrap", "--bind", "/", "/", "--dev-bind", "/dev", "/dev"]
    closed: dict[Path, None] = {}
    paths = [Path(sys.base_prefix), Path(sys.prefix), ROOT, *needed]
    for path in paths:
        for folder in reversed(path.parents):
            if not folder.stat().st_mode & 0o001:
                closed.setdefault(folder)
                break
    for folder in closed:
        command += ["--perms", "0755", "--tmpfs", str(folder)]
        for path in paths:
            if path.is_relative_to(folder):
                for parent in reversed(path.parents):
                    if parent.is_relative_to(folder):
                        command += ["--perms", "0755", "--dir", str(parent)]
                command += ["--ro-bind", str(path), str(path)]
    return [*command, "setpriv", f"--reuid={ORDINARY}", f"--regid={ORDINARY}", "--clear-groups"]
