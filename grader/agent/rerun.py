"""A state of a notebook where no process can be forked: its cells are run again, and it answers.

Run as a process of its own: it calls back whoever has started it, is sent the cells, runs them
quietly, tells what became of each, and then performs scenarios until the connection is closed.
"""

import ast
import asyncio
import builtins
import contextlib
import inspect
import linecache
import mmap
import os
import select
import socket
import sys
import threading
import time
import types
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

from . import wire
from .loopback import call_back
from .perform import PLACE_BYTES, Performance, tell_steps_to
from .snapshot import encoded
from .training import train

# Magics that run Python in the notebook's namespace.
_PYTHON: Final = frozenset({"time", "capture", "prun", "timeit"})
# How often it is looked whether the connection is still open.
LOOK_SECONDS: Final = 0.5
_FLAGS: Final = ast.PyCF_ALLOW_TOP_LEVEL_AWAIT


class QuietShell:
    """What `get_ipython()` returns here: nothing outside of Python is done a second time."""

    def __init__(self, namespace: dict[str, Any]) -> None:
        self.user_ns = namespace

    def run_line_magic(self, name: str, line: str, *_more: object) -> None:
        """Run what a magic runs of Python, and leave out any other."""
        self.run_cell_magic(name, "", line)

    def run_cell_magic(self, name: str, _line: str, body: str) -> None:
        """Run what a magic runs of Python, and leave out any other."""
        if name in _PYTHON and body.strip():
            exec(body, self.user_ns)  # noqa: S102 - the student's own, in a process of its own

    def system(self, *_command: object) -> None:
        """Run no command again."""

    def getoutput(self, *_command: object, **_options: object) -> list[str]:
        """Run no command again."""
        return []

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        return lambda *_args, **_kwargs: None


def namespace() -> dict[str, Any]:
    """Return a fresh module `__main__`, with what notebooks find there."""
    module = types.ModuleType("__main__")
    sys.modules["__main__"] = module
    shell = QuietShell(module.__dict__)
    # They are builtins in a notebook, too.
    builtins.get_ipython = lambda: shell  # type: ignore[attr-defined]
    builtins.display = lambda *_args, **_kwargs: None  # type: ignore[attr-defined]
    return module.__dict__


def run_cell(name: str, source: str, names: dict[str, Any]) -> str:
    """Run one cell, Python by now; return the error that it ended with, "" for none."""
    linecache.cache[name] = (len(source), None, source.splitlines(keepends=True), name)
    try:
        code = compile(source, name, "exec", _FLAGS, dont_inherit=True)
        done = eval(code, names)  # noqa: S307 - the student's own, in a process of its own
        if inspect.isawaitable(done):
            asyncio.run(_awaited(done))
    # A student's code may raise whatever it likes, SystemExit included.
    except BaseException as error:  # noqa: BLE001
        return f"{type(error).__name__}: {error}"[:500]
    return ""


async def _awaited(done: Any) -> None:
    await done


def answer(connection: Any, limits: wire.Limits = wire.ANSWER_LIMITS) -> None:
    """Be sent the cells and what they find, run them, and perform scenarios until the end."""
    cells, folder, place = wire.receive(connection)
    os.chdir(folder)
    # As in a notebook, modules beside it are found.
    sys.path.insert(0, "")
    names = namespace()
    ends = [run_cell(f"<cell {number}>", source, names) for number, source in cells]
    defined = [name for name in names if isinstance(name, str)]
    connection.sendall(wire.encode([ends, defined]))
    if place:
        tell_steps_to(_place(Path(place)))
    while True:
        for steps in wire.receive(connection):
            connection.sendall(encoded(_performed(names, steps), limits))


def _performed(names: dict[str, Any], steps: Sequence[Sequence[Any]]) -> Any:
    return Performance(names, {"train": train}).run(steps)


def _place(path: Path) -> Any:
    with path.open("r+b") as file:
        return mmap.mmap(file.fileno(), PLACE_BYTES)


def _end_with(connection: socket.socket) -> None:
    """End this process when the connection is closed, also in the middle of an endless loop."""

    def watch() -> None:
        with contextlib.suppress(OSError):
            while True:
                ready, _writable, _failed = select.select([connection], [], [], LOOK_SECONDS)
                if ready and not connection.recv(1, socket.MSG_PEEK):
                    break
                time.sleep(LOOK_SECONDS)
        os._exit(0)

    threading.Thread(target=watch, daemon=True).start()


def main() -> None:
    """Answer whoever has started this process."""
    connection = call_back()
    _end_with(connection)
    try:
        answer(connection)
    except (EOFError, OSError):
        pass
    finally:
        os._exit(0)


if __name__ == "__main__":
    main()
