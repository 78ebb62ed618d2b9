"""The magic `%check`, on the side of the student's kernel.

The kernel forks a snapshot of its present state, which answers; a child process asks and judges.
So nothing is judged in the kernel, and neither its variables nor its random numbers are touched.
"""

import contextlib
import json
import os
import socket
import subprocess
import sys
from pathlib import Path
from typing import Any, Final

from grader.sandbox.inside.perform import Performance
from grader.sandbox.inside.serve import receive_connection, snapshot

JUDGE: Final = "grader.inline.judging"
FRESH: Final = "--fresh"


def install(shell: Any) -> None:
    """Give the IPython shell `shell` the magic `%check`."""

    def check(line: str) -> None:
        """Ask the public checks of what is defined so far. It never counts.

        %check                  every exercise that can be asked on its own
        %check linear relu      these
        %check --fresh          run the saved notebook anew first
        """
        _show(_told(shell, line))

    shell.register_magic_function(check, "line", "check")


def _told(shell: Any, line: str) -> dict[str, str]:
    """Return what the checks say, by MIME type."""
    words = line.replace(",", " ").split()
    options = [word for word in words if word.startswith("-")]
    if any(word != FRESH for word in options):
        return {"text/plain": f"%check knows no {options[0]}; it knows {FRESH}."}
    question: dict[str, Any] = {
        "only": [word for word in words if word not in options],
        "defined": [name for name in shell.user_ns if not name.startswith("_")],
        "notebook": _notebook(shell),
        "fresh": bool(options),
    }
    if not hasattr(os, "fork"):
        return {"text/plain": "%check needs Linux or macOS; run `grade` in a terminal."}
    return _ask(shell, question)


def _ask(shell: Any, question: dict[str, Any]) -> dict[str, str]:
    """Have a child process ask and judge, and answer it from a snapshot of `shell`."""
    ours, theirs = socket.socketpair()
    with ours:
        with theirs:
            told = json.dumps({**question, "control": theirs.fileno()})
            child = subprocess.Popen(
                [sys.executable, "-P", "-m", JUDGE, told],
                pass_fds=[theirs.fileno()],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                text=True,
            )
        with child:
            try:
                # The snapshot ends with the child, which alone holds the other end of this.
                channel = receive_connection(ours)
                if channel is not None:
                    snapshot(channel, lambda steps: Performance(shell.user_ns).run(steps))
                out, errors = child.communicate()
            except BaseException:
                child.kill()
                raise
    with contextlib.suppress(ValueError):
        answer = json.loads(out)
        if isinstance(answer, dict):
            return answer
    return {"text/plain": f"The checks could not be asked.\n{errors.strip()[-2000:]}"}


def _notebook(shell: Any) -> str | None:
    """Return the file that this notebook was opened from, as far as Jupyter or an editor tells."""
    told = shell.user_ns.get("__vsc_ipynb_file__") or os.environ.get("JPY_SESSION_NAME", "")
    for path in (Path(str(told)), Path.cwd() / Path(str(told)).name):
        if path.suffix == ".ipynb" and path.is_file():
            return str(path)
    return None


def _show(told: dict[str, str]) -> None:
    from IPython.display import display  # noqa: PLC0415 - there is one wherever a magic runs

    display(told, raw=True)
