"""The grader's end of the leash: who holds it can end a submission's every process."""

import os
import select
import signal
import socket
import struct
import subprocess
import threading
import time
from contextlib import suppress
from typing import Final

from grader.agent.supervisor import EXPOSED, KERNEL_DIED, KILL_KERNEL, OUT_OF_CPU, REFUSED, STARTED

# How long ending all processes may take before the supervisor is killed from outside.
END_SECONDS: Final = 5.0
# How often whoever waits looks at what is known by now: another thread, such as the watchdog's, may
# have taken what arrived, and then nothing wakes the one that waits.
LOOK_SECONDS: Final = 0.05


class Supervisor:
    """Knows whether the kernel lives, and ends it, or everything.

    `theirs` is the end of the leash that the supervising process inherits. The leash is closed at
    their end when that process is gone, and not before. `out_of_cpu` says of a kernel that died
    whether its CPU time was used up, `exposed` whether it could read what is private.
    """

    def __init__(self) -> None:
        self._ours, self.theirs = told_pair()
        self._ours.setblocking(False)
        self._alive = True
        self.out_of_cpu = False
        self._refused = False
        self.exposed = False
        self._gone = False
        self._hearing = threading.Lock()
        self._pid: int | None = None
        self._process: subprocess.Popen[bytes] | None = None

    def started(self, process: "subprocess.Popen[bytes] | None" = None) -> None:
        """Take charge of what was started with the other end of the leash.

        `process` is to be waited for, where it is a child of this one.
        """
        self.theirs.close()
        self._process = process

    @property
    def pid(self) -> int | None:
        """The supervising process, None where it does not run."""
        self._listen()
        return None if self._gone else self._pid

    def kernel_alive(self) -> bool:
        """Whether the kernel's process, and the supervisor's, run."""
        self._listen()
        return self._alive and not self._gone

    def _wait(self, until: float) -> None:
        """Wait until something may have been said, but not for long, and not after `until`."""
        left = min(LOOK_SECONDS, until - time.monotonic())
        select.select([self._ours], [], [], max(0.0, left))

    def _listen(self) -> None:
        """Take note of what the supervising process has said since."""
        # The watchdog's thread listens too: whoever hears that the kernel died must find all that
        # was said before it.
        with self._hearing:
            while not self._gone:
                try:
                    said, sender = received(self._ours)
                except BlockingIOError:
                    return
                except OSError:
                    said, sender = b"", None
                self._note(said, sender)

    def _note(self, said: bytes, sender: int | None) -> None:
        if said == STARTED:
            self._pid = self._told(sender)
        elif said == REFUSED:
            self._refused = True
        elif said == EXPOSED:
            self.exposed = True
        elif said in (KERNEL_DIED, OUT_OF_CPU):
            self._alive = False
            self.out_of_cpu = said == OUT_OF_CPU
        else:
            self._gone = True

    def _told(self, sender: int | None) -> int | None:
        return self._process.pid if sender is None and self._process is not None else sender

    @property
    def refused(self) -> bool:
        """Whether a control group did not take in the kernel's process."""
        self._listen()
        return self._refused

    def kill_kernel(self) -> None:
        """Kill the kernel's process; its snapshots live on."""
        with suppress(OSError):
            self._ours.send(KILL_KERNEL)
        until = time.monotonic() + END_SECONDS
        while self.kernel_alive() and time.monotonic() < until:
            self._wait(until)

    def end(self) -> None:
        """End every process of the submission."""
        self.theirs.close()
        with suppress(OSError):
            self._ours.shutdown(socket.SHUT_WR)
        until = time.monotonic() + END_SECONDS
        while not self._gone and time.monotonic() < until:
            self._wait(until)
            self._listen()
        self._force()
        self._ours.close()

    def _force(self) -> None:
        """Kill what has not ended by itself, and wait for what is a child of this process."""
        if not self._gone and self._pid is not None:
            with suppress(ProcessLookupError, PermissionError):
                os.kill(self._pid, signal.SIGKILL)
        if self._process is None:
            return
        try:
            self._process.wait(0 if not self._gone else END_SECONDS)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()


_CREDENTIALS: Final = struct.Struct("iII")
# Linux's alone.
_TELLS: Final = getattr(socket, "SO_PASSCRED", None)
_TOLD: Final = getattr(socket, "SCM_CREDENTIALS", None)
# For who sent it, and nothing more: open files that come along would be left open here.
_ROOM: Final = socket.CMSG_LEN(_CREDENTIALS.size) if _TOLD is not None else 0


def told_pair() -> tuple[socket.socket, socket.socket]:
    """Return the ends of a connection, the first of which is told who sends, where the kernel can.

    It tells from whatever namespace a process sends, so that nobody can lie. Asked for later, what
    was sent before would have no sender.
    """
    ours, theirs = socket.socketpair()
    if _TELLS is not None:
        ours.setsockopt(socket.SOL_SOCKET, _TELLS, 1)
    return ours, theirs


def received(connection: socket.socket) -> tuple[bytes, int | None]:
    """Return the next byte, and the process that sent it, None where that is not told.

    Raises what `recvmsg` does.
    """
    said, ancillary, _, _ = connection.recvmsg(1, _ROOM)
    for _, kind, data in ancillary:
        if kind == _TOLD:
            # Where nobody had asked when it was sent, the number is 0.
            return said, int(_CREDENTIALS.unpack(data[: _CREDENTIALS.size])[0]) or None
    return said, None
