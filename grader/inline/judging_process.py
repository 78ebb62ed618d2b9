"""The process that judges for one kernel: started once and kept, since its imports take long.

It is nobody's child, so that a notebook which waits for its own children never meets it, and in a
session of its own, so that no interrupt of the kernel's reaches it. It ends when the connection to
it is closed: when the kernel ends, however that does, or lets go of it.
"""

import contextlib
import os
import socket
import subprocess
import sys
import tempfile
from collections.abc import Callable
from typing import IO, Any, Final

from grader.agent.loopback import Started
from grader.inline.lines import Lines

Shown = dict[str, str]

JUDGE: Final = "grader.inline.judge"
# Where it says nothing for so long, it hangs. Running a whole notebook has limits of its own.
SILENT_SECONDS: Final = 300.0
START_SECONDS: Final = 60.0
LONGEST_ERROR: Final = 2000

# Leaves what is started to the system: the shell ends at once. What is started in the background
# would read nothing, so its input is named.
_DETACHED: Final = ("/bin/sh", "-c", 'exec 3<&0; "$@" <&3 3<&- &', "sh")


class JudgingProcess:
    """Judges for the kernel that this is called in, and for no process that is forked from it.

    What it cannot say itself, why it could not start, say, stands in a file that it has open.
    """

    def __init__(self) -> None:
        self._kernel = os.getpid()
        self._lines: Lines | None = None
        self._started: Started | None = None
        self._errors: IO[str] | None = None
        if hasattr(os, "register_at_fork"):
            # A child that lives on would keep the connection open after the kernel's end.
            os.register_at_fork(after_in_child=self._let_go)

    def _let_go(self) -> None:
        if self._lines is not None:
            self._lines.close()
            self._lines = None

    def start(self) -> None:
        """Start the process, unless there is one: it makes its imports while the student types.

        Raises OSError where it cannot be started.
        """
        if self._kernel != os.getpid():
            self._kernel = os.getpid()
            self._let_go()
        if self._lines is not None or self._started is not None:
            return
        self._errors = tempfile.TemporaryFile(  # noqa: SIM115 - open as long as the process
            "w+", encoding="utf-8", errors="replace"
        )
        command = [sys.executable, "-P", "-m", JUDGE]
        if hasattr(socket, "send_fds") and hasattr(os, "fork"):
            self._lines = Lines(_detached(command, self._errors))
        else:
            self._started = Started(command, stdout=subprocess.DEVNULL, stderr=self._errors)

    def ask(
        self,
        question: dict[str, Any],
        show: Callable[[Shown], None],
        answered: Callable[[socket.socket], None] | None = None,
        *,
        patient: bool = False,
    ) -> Shown:
        """Return the answer to a question, by MIME type; `show` hears of what is going on.

        `answered` is handed the connection over which a state is to be asked, where the process
        sends one. Where it is not `patient`, a process that says nothing for long is ended. One is
        ended, too, where this is interrupted: the next question goes to a fresh one, as it does
        where what it has read has changed since.
        """
        try:
            answer = self._asked(question, show, answered, patient)
            if answer is None:
                answer = self._asked({**question, "anew": True}, show, answered, patient)
        except BaseException:
            self.close()
            with contextlib.suppress(OSError):
                self.start()
            raise
        return answer or {"text/plain": "The checks could not be asked."}

    def _asked(
        self,
        question: dict[str, Any],
        show: Callable[[Shown], None],
        answered: Callable[[socket.socket], None] | None,
        patient: bool,
    ) -> Shown | None:
        """Return the answer, None where what the process has read is not up to date any more."""
        try:
            self.start()
            lines = self._connected()
            lines.say(question)
            while (said := lines.hear(None if patient else SILENT_SECONDS)) is not None:
                channel = lines.taken()
                if channel is not None and answered is not None:
                    answered(channel)
                match said:
                    case {"now": str(text)}:
                        show({"text/plain": text})
                    case {"answer": dict(answer)}:
                        return answer
                    case {"stale": True}:
                        self.close()
                        self.start()
                        return None
        except TimeoutError:
            self.close()
            return {
                "text/plain": f"The checks came to no end: for {SILENT_SECONDS:g} s nothing was "
                "heard of them. Ask again, or tell the staff."
            }
        except OSError:
            # It has died, and says why elsewhere.
            pass
        told = self._told()
        self.close()
        return {"text/plain": f"The checks could not be asked.\n{told}"}

    def _connected(self) -> Lines:
        """Return the connection. Raises OSError where there is none."""
        if self._lines is None:
            if self._started is None:
                raise ConnectionError("no process was started")
            self._lines = Lines(self._started.connection(START_SECONDS))
        return self._lines

    def _told(self) -> str:
        """Return the end of what the process has written of its own failure."""
        if self._errors is None:
            return ""
        self._errors.seek(0)
        return self._errors.read().strip()[-LONGEST_ERROR:]

    def close(self) -> None:
        """Let go of the process, which ends."""
        self._let_go()
        if self._started is not None:
            self._started.close()
            self._started = None
        if self._errors is not None:
            with contextlib.suppress(OSError):
                self._errors.close()
            self._errors = None


def _detached(command: list[str], errors: IO[str]) -> socket.socket:
    """Start a process that is nobody's child, with one end of the socket that is returned."""
    ours, theirs = socket.socketpair()
    with theirs:
        try:
            subprocess.run(
                [*_DETACHED, *command],
                stdin=theirs.fileno(),
                stdout=subprocess.DEVNULL,
                stderr=errors,
                start_new_session=True,
                check=True,
            )
        except (OSError, subprocess.CalledProcessError) as error:
            ours.close()
            raise OSError(f"no process could be started ({error})") from error
    return ours
