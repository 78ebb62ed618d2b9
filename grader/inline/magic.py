"""The magic `%check`, on the side of the student's kernel.

The kernel forks a snapshot of its present state, which answers; a process that is kept for the
session asks and judges. So nothing is judged in the kernel, and neither its variables nor its
random numbers are touched. Where nothing can be forked, that process has the cells run again; in a
browser, where there is no other process, the kernel's own asks and judges.
"""

import contextlib
import functools
import os
import re
import socket
import sys
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any, Final

from grader.agent import BROWSER
from grader.agent.perform import Performance
from grader.agent.snapshot import snapshot
from grader.agent.training import train
from grader.inline.judging_process import JudgingProcess, Shown

Show = Callable[[Shown], None]
Asker = Callable[[dict[str, Any], Show], Shown]

FRESH: Final = "--fresh"
EXTENSION: Final = "grader"


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
    if sys.platform != BROWSER:
        # It makes its imports meanwhile. Where it cannot be started now, whoever asks is told.
        with contextlib.suppress(OSError):
            _judging().start()


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


def _told(shell: Any, line: str, show: Show) -> Shown:
    """Return what the checks say, by MIME type; `show` hears of what is going on meanwhile."""
    words = line.replace(",", " ").split()
    options = [word for word in words if word.startswith("-")]
    if any(word != FRESH for word in options):
        return {"text/plain": f"%check knows no {options[0]}; it knows {FRESH}."}
    question: dict[str, Any] = {
        "only": [word for word in words if word not in options],
        "defined": [name for name in shell.user_ns if not name.startswith("_")],
        "notebook": _notebook(shell),
        "folder": str(_folder()),
        "fresh": bool(options),
    }
    return _asker(shell)(question, show)


def _asker(shell: Any) -> Asker:
    """Return who has a question answered where this kernel runs, and how."""
    if sys.platform == BROWSER:
        from grader.inline import browser  # noqa: PLC0415 - a kernel elsewhere judges nothing

        return partial(browser.told, shell)
    if hasattr(os, "fork"):
        return partial(_ask_a_fork, shell)
    return partial(_ask_by_running_again, shell)


def _ask_a_fork(shell: Any, question: dict[str, Any], show: Show) -> Shown:
    """Have a process ask and judge, and answer it from a snapshot of `shell`."""

    def answered(channel: socket.socket) -> None:
        # The snapshot ends with the judging process, which alone holds the other end of this.
        snapshot(channel, lambda steps: Performance(shell.user_ns, {"train": train}).run(steps))

    return _judging().ask(question, show, answered, patient=question["fresh"])


def _ask_by_running_again(shell: Any, question: dict[str, Any], show: Show) -> Shown:
    """Have a process ask and judge, and run the cells again of which `shell` has what is asked."""
    question = {**question, "cells": _cells(shell)}
    return _judging().ask(question, show, patient=question["fresh"])


def _cells(shell: Any) -> list[tuple[int, str]]:
    """Return what was run so far, with its numbers; of the present cell, what stands above."""
    ran = list(enumerate(shell.history_manager.input_hist_raw))[1:]
    if ran:
        number, source = ran[-1]
        ran[-1] = (number, re.split(r"^%check\b", source, maxsplit=1, flags=re.MULTILINE)[0])
    return ran


@functools.cache
def _judging() -> JudgingProcess:
    return JudgingProcess()


def _folder() -> Path:
    """Return the working folder, the one above all where a notebook has removed its own."""
    try:
        return Path.cwd()
    except OSError:
        return Path("/")


def _notebook(shell: Any) -> str | None:
    """Return the file that this notebook was opened from, as far as Jupyter or an editor tells."""
    told = shell.user_ns.get("__vsc_ipynb_file__") or os.environ.get("JPY_SESSION_NAME", "")
    for path in (Path(str(told)), _folder() / Path(str(told)).name):
        if path.suffix == ".ipynb" and path.is_file():
            return str(path)
    return None
