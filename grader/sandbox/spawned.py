"""The grader's end of a kernel that is a plain process: started, driven cell by cell, questioned.

Nothing here asks more of a system than that processes can be started and connected to.
"""

import os
import shutil
import socket
import subprocess
import sys
import tempfile
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from grader.agent.loopback import Started
from grader.agent.spawned import INTERRUPT
from grader.agent.wire import answer_limits, encode, preceded, receive
from grader.sandbox.cell_end import PRINTED_KEPT
from grader.sandbox.folders import environment
from grader.sandbox.kernels import RunSettings
from grader.sandbox.limits import Limits
from grader.scenario import Outcome, Scenario, outcomes_of

START_SECONDS: Final = 120.0
# How often who waits for an answer looks whether it waits for too long.
TICK_SECONDS: Final = 0.1
# Where a process tells of its own failures, in the folder that all have in common.
LOG: Final = "log"
# What stays as it is for whoever grades: where programs are found, and packages.
KEPT: Final = ("PATH", "PYTHONNOUSERSITE")


@dataclass(frozen=True)
class Site:
    """What the processes of one submission have in common.

    `folder` is where each gets folders of its own, `data` are those of data sets by their names.
    """

    folder: Path
    data: Mapping[str, str]
    limits: Limits
    settings: RunSettings


class SpawnedProcess:
    """A process that runs cells in a fresh folder, one after the other, and then answers questions.

    Raises OSError, EOFError or WireError where it cannot be started; `log` tells why, if anything.
    """

    def __init__(self, site: Site) -> None:
        self._site = site
        self.folder = Path(tempfile.mkdtemp(dir=site.folder))
        self.log = site.folder / LOG
        self._started: Started | None = None
        try:
            self._start()
        except BaseException:
            self.close()
            raise

    def _start(self) -> None:
        work, home, temporary = (self.folder / name for name in ("work", "home", "tmp"))
        for made in (work, home, temporary):
            made.mkdir()
        with self.log.open("wb") as log:
            self._started = started = Started(
                # The working folder, first in `sys.path` otherwise, may hold a student's modules.
                [sys.executable, "-P", "-m", "grader.agent.spawned"],
                stdout=subprocess.DEVNULL,
                stderr=log,
                env=_environment(home, temporary),
            )
        self.connection: socket.socket = started.connection(START_SECONDS)
        self.connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        limits, settings = self._site.limits, self._site.settings
        self._send(
            {
                "folder": str(work),
                "seed": settings.seed,
                "data": dict(self._site.data),
                "faithful": settings.faithful,
                "watched": list(settings.watched),
                "answer_bytes": limits.answer_bytes,
                "output_bytes": limits.output_bytes,
                "total_output_bytes": limits.total_output_bytes,
                "flood_bytes": limits.flood_bytes,
                "printed": PRINTED_KEPT,
            }
        )
        self.connection.settimeout(START_SECONDS)
        receive(self.connection)

    def _send(self, message: Any) -> None:
        self.connection.settimeout(START_SECONDS)
        self.connection.sendall(encode(message))

    def run(self, index: int, source: str, tick: Callable[[], None]) -> Any:
        """Run a cell; return what is told of it, which is a claim.

        `tick` is called again and again while it runs. Raises OSError, EOFError or WireError where
        the process is lost, and what `tick` raises.
        """
        self._send(["cell", index, source])
        return receive(_Ticking(self.connection, tick))

    def interrupt(self) -> None:
        """Interrupt the running cell."""
        with suppress(OSError):
            self._send(INTERRUPT)

    def ask(self, scenario: Scenario, seconds: float) -> tuple[Outcome, ...]:
        """Return the outcomes of a scenario that leaves the state as it is.

        Raises OSError, EOFError or WireError where there are none.
        """
        self.connection.settimeout(seconds)
        self.connection.sendall(preceded(encode("ask"), scenario.frame))
        answer = receive(self.connection, answer_limits(self._site.limits.answer_bytes))
        return outcomes_of(scenario, answer)

    def answer(self, place: Path) -> None:
        """Let every message from now on be a list of scenarios. Raises OSError as it is gone."""
        self._send(["answer", str(place)])

    def alive(self) -> bool:
        """Whether it runs."""
        return self._started is not None and self._started.process.poll() is None

    def close(self) -> None:
        """End it and remove its folder. It may be called again, and from another thread."""
        if self._started is not None:
            self._started.close()
        connection = getattr(self, "connection", None)
        if connection is not None:
            # Whoever waits in another thread hears of it.
            with suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)
            connection.close()
        shutil.rmtree(self.folder, ignore_errors=True)


class _Ticking:
    """A connection of which is read as long as `tick` raises nothing."""

    def __init__(self, connection: socket.socket, tick: Callable[[], None]) -> None:
        self._connection = connection
        self._tick = tick

    def recv(self, size: int, /) -> bytes:
        """Return what arrives."""
        while True:
            self._connection.settimeout(TICK_SECONDS)
            try:
                return self._connection.recv(size)
            except TimeoutError:
                self._tick()


def _environment(home: Path, temporary: Path) -> dict[str, str]:
    """Return the environment of whoever grades, with what a notebook has of its own.

    What a system of any kind needs to start a process, and to find what it is to import, stays.
    """
    usual = {name: value for name, value in os.environ.items() if name != "PYTHONSAFEPATH"}
    own = {name: value for name, value in environment(home, temporary).items() if name not in KEPT}
    also = {"USERPROFILE": str(home), "TEMP": str(temporary), "TMP": str(temporary)}
    return {**usual, **own, **(also if sys.platform == "win32" else {})}
