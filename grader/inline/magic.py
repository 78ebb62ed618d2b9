"""The magic `%check`, on the side of the student's kernel.

The kernel forks a snapshot of its present state, which answers; a child process asks and judges.
So nothing is judged in the kernel, and neither its variables nor its random numbers are touched.
"""

import contextlib
import functools
import json
import os
import socket
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

from grader.agent.perform import Performance
from grader.agent.snapshot import receive_connection, snapshot
from grader.agent.training import train

Shown = dict[str, str]

JUDGE: Final = "grader.inline.ask"
FRESH: Final = "--fresh"
EXTENSION: Final = "grader"
# What Python calls the platform that Pyodide is.
BROWSER: Final = "emscripten"


def install(shell: Any) -> None:
    """Give the IPython shell `shell` the magic `%check`."""

    def check(line: str) -> None:
        """Ask the public checks of what is defined so far. It never counts.

        %check                  every exercise that can be asked on its own
        %check linear relu      these
        %check --fresh          run the saved notebook anew first
        """
        show = _Place(f"%check {line}".strip() + " …").show
        show(_told(shell, line, show))

    shell.register_magic_function(check, "line", "check")
    _load_quietly(shell)


def _load_quietly(shell: Any) -> None:
    """Let `%load_ext grader` say nothing where it is loaded: it stands in each check cell."""
    load = shell.find_line_magic("load_ext")
    if load is None or getattr(load, "quiet", False):
        return

    @functools.wraps(load)
    def load_ext(line: str) -> Any:
        if line.strip() == EXTENSION and EXTENSION in shell.extension_manager.loaded:
            return None
        return load(line)

    load_ext.quiet = True  # type: ignore[attr-defined]
    shell.register_magic_function(load_ext, "line", "load_ext")


class _Place:
    """A place below the cell, where each thing that is shown replaces the one before."""

    def __init__(self, text: str) -> None:
        from IPython.display import display  # noqa: PLC0415 - there is one wherever a magic runs

        self._handle = display({"text/plain": text}, raw=True, display_id=True)

    def show(self, shown: Shown) -> None:
        self._handle.update(shown, raw=True)


def _told(shell: Any, line: str, show: Callable[[Shown], None]) -> Shown:
    """Return what the checks say, by MIME type; `show` hears of what is going on meanwhile."""
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
    if sys.platform == BROWSER:
        from grader.inline import browser  # noqa: PLC0415 - a kernel elsewhere judges nothing

        return browser.told(shell, question, show)
    if not hasattr(os, "fork"):
        return {"text/plain": "%check needs Linux or macOS; run `grade` in a terminal."}
    return _ask(shell, question, show)


def _ask(shell: Any, question: dict[str, Any], show: Callable[[Shown], None]) -> Shown:
    """Have a child process ask and judge, and answer it from a snapshot of `shell`."""
    ours, theirs = socket.socketpair()
    with ours, tempfile.TemporaryFile("w+", encoding="utf-8", errors="replace") as errors:
        with theirs:
            told = json.dumps({**question, "control": theirs.fileno()})
            child = subprocess.Popen(
                [sys.executable, "-P", "-m", JUDGE, told],
                pass_fds=[theirs.fileno()],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=errors,
                text=True,
            )
        with child:
            try:
                # The snapshot ends with the child, which alone holds the other end of this.
                channel = receive_connection(ours)
                if channel is not None:
                    snapshot(
                        channel,
                        lambda steps: Performance(shell.user_ns, {"train": train}).run(steps),
                    )
                answer = _listen(child, show)
            except BaseException:
                child.kill()
                raise
        if answer is not None:
            return answer
        errors.seek(0)
        return {"text/plain": f"The checks could not be asked.\n{errors.read().strip()[-2000:]}"}


def _listen(child: subprocess.Popen[str], show: Callable[[Shown], None]) -> Shown | None:
    """Show what the child is at, and return its answer, None where there is none."""
    for line in child.stdout or ():
        said = None
        # Whatever else prints there is left alone.
        with contextlib.suppress(ValueError):
            said = json.loads(line)
        match said:
            case {"now": str(text)}:
                show({"text/plain": text})
            case {"answer": dict(answer)}:
                return answer
    return None


def _notebook(shell: Any) -> str | None:
    """Return the file that this notebook was opened from, as far as Jupyter or an editor tells."""
    told = shell.user_ns.get("__vsc_ipynb_file__") or os.environ.get("JPY_SESSION_NAME", "")
    for path in (Path(str(told)), Path.cwd() / Path(str(told)).name):
        if path.suffix == ".ipynb" and path.is_file():
            return str(path)
    return None
