"""The page as it is served: a process of its own, as `grader review` starts it."""

import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from threading import Thread
from typing import IO, Final

import uvicorn

from grader.review.app import application
from grader.review.items import Desk
from grader.review.server import configured, listening
from tests.notebooks import ROOT
from tests.review.course import TOKEN

PATIENCE: Final = 60.0


class Served:
    """A server of a gradebook; `address` is the one with the token that it printed."""

    def __init__(self, book: Path, *options: str) -> None:
        program = "from grader.cli import grader; grader(prog_name='grader')"
        command = [sys.executable, "-c", program, "review", str(book), "--no-open", *options]
        self.process = subprocess.Popen(
            command,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            env={**os.environ, "PYTHONPATH": str(ROOT)},
        )
        self.told = ""
        found = None
        while found is None:
            line = self._out.readline()
            self.told += line
            assert line, self.told
            found = re.search(r"http://127\.0\.0\.1:(\d+)/\?token=\S+", line)
        self.address, self.port = found[0], int(found[1])

    @property
    def _out(self) -> IO[str]:
        assert self.process.stdout is not None
        return self.process.stdout

    def url(self, path: str) -> str:
        """Return the address of a page, without the token."""
        return f"http://127.0.0.1:{self.port}{path}"

    def end(self, how: int = signal.SIGINT) -> str:
        """End it by a signal, and return all that it printed."""
        if self.process.poll() is None:
            self.process.send_signal(how)
        rest, _nothing = self.process.communicate(timeout=PATIENCE)
        self.told += rest
        return self.told


@dataclass(frozen=True)
class Here:
    """A server in a thread of this process: it starts at once, and cannot be killed."""

    port: int

    @property
    def address(self) -> str:
        """The address with the token."""
        return self.url(f"/?token={TOKEN}")

    def url(self, path: str) -> str:
        """Return the address of a page, without the token."""
        return f"http://127.0.0.1:{self.port}{path}"


@contextmanager
def served_here(desk: Desk) -> Iterator[Here]:
    """Serve a gradebook in a thread for a while."""
    with listening(0) as listener:
        port = listener.getsockname()[1]
        app, _office = application(desk, token=TOKEN, port=port)
        server = uvicorn.Server(configured(app))
        thread = Thread(target=server.run, kwargs={"sockets": [listener]})
        thread.start()
        try:
            yield Here(port)
        finally:
            server.should_exit = True
            # Tabs that are still open keep their connections.
            server.force_exit = True
            thread.join(PATIENCE)


@contextmanager
def served(book: Path, *options: str) -> Iterator[Served]:
    """Serve a gradebook for a while."""
    server = Served(book, *options)
    try:
        yield server
    finally:
        server.end(signal.SIGKILL)
