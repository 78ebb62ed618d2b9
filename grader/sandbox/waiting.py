"""Waiting for one answer: how long, and why no longer.

What counts is what the answering processes do with their time, as the system tells: a busy machine
makes an answer come late, and takes nothing from it.
"""

import math
import os
import socket
import tempfile
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Protocol

from grader.agent.perform import PLACE_BYTES
from grader.i18n import _
from grader.sandbox.effort import Effort, measurable

# What an answer takes that comes sooner is not looked at.
LOOK_SECONDS: Final = 0.1
LOOK_AGAIN_SECONDS: Final = 0.25
# How many times as long as it may compute or rest an answer may be under way in all, and where
# nobody tells what it does. A process may be kept from computing, or keep itself from it.
WALL: Final = 6.0
UNMEASURED_WALL: Final = 3.0


class OverdueError(TimeoutError):
    """No answer came in time; the text says what the processes did instead.

    `doubtful` says that others on the machine may be why.
    """

    def __init__(self, reason: str, *, doubtful: bool = False) -> None:
        super().__init__(reason)
        self.doubtful = doubtful


@dataclass(frozen=True)
class Allowed:
    """What one answer may take, in seconds.

    `most` is how much processor time it may take, and how long it may rest. `usual()` is the
    processor time after which it is late where it neither imports nor compiles; it is asked once
    the answer is not there at once.
    """

    most: float
    usual: Callable[[], float] = lambda: math.inf


class Waiting:
    """A connection whose reads must all be done before one answer is overdue.

    `root` returns the process below which the answer is made, None where that is not known.
    """

    def __init__(
        self, connection: socket.socket, allowed: Allowed, root: Callable[[], int | None]
    ) -> None:
        self.received = 0
        self._connection = connection
        self._allowed = allowed
        self._root = root
        self._started = time.monotonic()
        self._look_at = self._started + LOOK_SECONDS
        self._effort: Effort | None = None
        self._usual: float | None = None

    def recv(self, size: int) -> bytes:
        """Return what arrives. Raises OverdueError where it comes too late."""
        while True:
            now = time.monotonic()
            if now >= self._look_at:
                self._look(now)
            self._connection.settimeout(max(0.001, self._look_at - time.monotonic()))
            with suppress(TimeoutError):
                data = self._connection.recv(size)
                self.received += len(data)
                return data

    def taken(self) -> float:
        """Return the seconds that the answer has taken, without those that others took from it.

        Not less than a share of those that have passed: processes can hide what they do.
        """
        passed = time.monotonic() - self._started
        if self._effort is None:
            return passed
        known = self._effort.processor + self._effort.idle
        return max(passed / WALL, min(passed, known + LOOK_SECONDS + LOOK_AGAIN_SECONDS))

    def _look(self, now: float) -> None:
        passed, most = now - self._started, self._allowed.most
        if self._effort is None and measurable() and (root := self._root()) is not None:
            self._effort = Effort(root)
        if self._effort is None:
            if passed > UNMEASURED_WALL * most:
                raise OverdueError(_late(UNMEASURED_WALL * most), doubtful=True)
            self._look_at = now + LOOK_SECONDS
            return
        self._effort.look()
        self._judge(self._effort, passed)
        # At least as often as it matters: a short limit is not passed by far.
        self._look_at = time.monotonic() + min(LOOK_AGAIN_SECONDS, max(0.02, most / 4))

    def _judge(self, effort: Effort, passed: float) -> None:
        most = self._allowed.most
        if self._usual is None:
            self._usual = min(most, self._allowed.usual())
        limit = most if effort.loading else self._usual
        if effort.processor >= limit:
            raise OverdueError(
                _(
                    "it ran on and on, and was ended after {seconds:g} s of processor time",
                    seconds=round(limit, 2),
                )
            )
        if effort.idle >= most:
            raise OverdueError(
                _(
                    "it slept or waited, and was ended after {seconds:g} s of that",
                    seconds=round(most, 2),
                )
            )
        if passed > WALL * most:
            raise OverdueError(_late(WALL * most), doubtful=True)


def _late(seconds: float) -> str:
    return _("no answer within {seconds:g} s", seconds=round(seconds, 2))


class Place(Protocol):
    """Where an answering process tells at which step it is.

    The process may write there what it likes: it is a claim, and read as a number.
    """

    def step(self, count: int) -> int | None:
        """Return the index that was told, of one of `count` steps, None where none was."""

    def close(self) -> None:
        """Let go of it."""


class MemoryPlace:
    """A file of memory, which is handed on."""

    def __init__(self) -> None:
        self.file: int | None = None
        # Linux's alone.
        if hasattr(os, "memfd_create"):
            import fcntl  # noqa: PLC0415 - nor has every system this

            self.file = os.memfd_create("place", os.MFD_ALLOW_SEALING)
            os.ftruncate(self.file, PLACE_BYTES)
            seals = fcntl.F_SEAL_GROW | fcntl.F_SEAL_SHRINK | fcntl.F_SEAL_SEAL
            fcntl.fcntl(self.file, fcntl.F_ADD_SEALS, seals)

    def step(self, count: int) -> int | None:
        """Return the index that was told, of one of `count` steps, None where none was."""
        if self.file is None:
            return None
        return _index(os.pread(self.file, PLACE_BYTES, 0), count)

    def close(self) -> None:
        """Let go of the file."""
        if self.file is not None:
            os.close(self.file)
            self.file = None


class NamedPlace:
    """A file with a path, which any process can open that is told it."""

    def __init__(self) -> None:
        # Where the process may just be ending, Windows does not remove what it has open.
        self._folder = tempfile.TemporaryDirectory(ignore_cleanup_errors=True)
        self.path = Path(self._folder.name, "step")
        self.path.write_bytes(bytes(PLACE_BYTES))

    def step(self, count: int) -> int | None:
        """Return the index that was told, of one of `count` steps, None where none was."""
        return _index(self.path.read_bytes()[:PLACE_BYTES], count)

    def close(self) -> None:
        """Remove the file."""
        self._folder.cleanup()


def _index(told: bytes, count: int) -> int | None:
    index = int.from_bytes(told, "little")
    return index if index < count else None
