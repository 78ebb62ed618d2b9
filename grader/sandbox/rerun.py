"""The grader's end of a state that is kept without a fork: cells run again in a process of its own.

The process is started once and asked many times, as a snapshot is. Where a question hangs or
crashes, it costs that process, and the next one runs the cells again.
"""

import os
import socket
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from grader.agent.loopback import Started
from grader.agent.wire import ANSWER_LIMITS, Limits, WireError, encode, receive
from grader.errors import InternalError, UsageError
from grader.i18n import _
from grader.sandbox.folders import THREADS
from grader.sandbox.snapshot import State
from grader.sandbox.waiting import NamedPlace

# How long the process may take to begin, and the cells to run, on the wall.
START_SECONDS: Final = 60.0
RUN_SECONDS: Final = 120.0


@dataclass(frozen=True)
class Rerun:
    """What running the cells again came to.

    `errors` are those that cells ended with, by the cells' numbers; `defined` are the names that
    are there after them.
    """

    errors: Mapping[int, str]
    defined: frozenset[str]


class RerunState(State):
    """The state after `cells`, which answers scenarios from a process that ran them again.

    `cells` are numbers and sources, Python by now; they are run in `folder`. Nothing confines the
    process: it does what its user may.
    """

    def __init__(
        self,
        cells: Sequence[tuple[int, str]],
        folder: Path,
        *,
        limits: Limits = ANSWER_LIMITS,
    ) -> None:
        super().__init__(limits=limits)
        self._cells = list(cells)
        self._folder = folder
        self._started: Started | None = None

    def run(self) -> Rerun:
        """Run the cells and return what that came to.

        Raises InternalError where no process can be started, UsageError where the cells do not end
        in time or end the process.
        """
        try:
            return self._run()
        except TimeoutError as error:
            raise UsageError(
                _(
                    "Your cells were run again in a process of their own, and took over "
                    "{seconds:g} s there.",
                    seconds=RUN_SECONDS,
                )
            ) from error
        except (EOFError, OSError, WireError) as error:
            if self._started is None:
                raise InternalError(f"No process could be started ({error}).") from error
            raise UsageError(
                _("Your cells were run again in a process of their own, which died of them.")
            ) from error

    def keeper(self) -> int | None:
        """Return this process: what answers is below it, and nothing else is at work then."""
        return os.getpid()

    def _connect(self) -> socket.socket:
        if self._connection is None:
            self._run()
        if self._connection is None:
            raise ConnectionError("no process answers")
        return self._connection

    def _run(self) -> Rerun:
        """Start a process that runs the cells. Raises OSError, EOFError, WireError."""
        self.reset()
        self._started = started = _start()
        self._place = place = NamedPlace()
        self._connection = connection = started.connection(START_SECONDS)
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        connection.settimeout(RUN_SECONDS)
        given = [[list(cell) for cell in self._cells], str(self._folder), str(place.path)]
        connection.sendall(encode(given))
        return _rerun([number for number, _source in self._cells], receive(connection))

    def _end(self) -> None:
        """End the answering process; the next question goes to one that runs the cells again."""
        super()._end()
        if self._started is not None:
            self._started.close()
            self._started = None


def _start() -> Started:
    # The working folder, first in `sys.path` otherwise, may hold modules of a student's.
    return Started(
        [sys.executable, "-P", "-m", "grader.agent.rerun"],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        env={**os.environ, **dict.fromkeys(THREADS, "1")},
    )


def _rerun(numbers: Sequence[int], told: Any) -> Rerun:
    """Return what the process tells, which is a claim. Raises WireError."""
    match told:
        case [list(ends), list(defined)] if len(ends) == len(numbers) and all(
            isinstance(each, str) for each in (*ends, *defined)
        ):
            errors = {number: end for number, end in zip(numbers, ends, strict=True) if end}
            return Rerun(errors, frozenset(defined))
    raise WireError("what became of the cells is malformed")
