"""The grader's end of the leash: who holds it can end a submission's every process."""

import socket
import subprocess
import time
from contextlib import suppress

import psutil

from grader.sandbox.inside.supervise import KERNEL_DIED, KILL_KERNEL

# How long ending all processes may take before the whole sandbox is killed from outside.
END_SECONDS = 5.0


class Supervisor:
    """Knows whether the kernel lives, and ends it, or everything.

    `theirs` is the end of the leash that the supervising process inherits.
    """

    def __init__(self) -> None:
        self._ours, self.theirs = socket.socketpair()
        self._ours.setblocking(False)
        self._alive = True
        self._process: subprocess.Popen[bytes] | None = None

    def started(self, process: subprocess.Popen[bytes]) -> None:
        """Take charge of the process that was started with the other end of the leash."""
        self.theirs.close()
        self._process = process

    @property
    def pid(self) -> int | None:
        """The supervising process, None where it does not run."""
        if self._process is None or self._process.poll() is not None:
            return None
        try:
            process = psutil.Process(self._process.pid)
            # Bubblewrap stands above it twice: outside of the namespaces, and as their init.
            while process.name() == "bwrap":
                (process,) = process.children()
        except (psutil.Error, ValueError):
            return None
        return int(process.pid)

    def kernel_alive(self) -> bool:
        """Whether the kernel's process, and the supervisor's, run."""
        if self._alive:
            try:
                self._alive = self._ours.recv(1) not in (KERNEL_DIED, b"")
            except BlockingIOError:
                pass
            except OSError:
                self._alive = False
        return self._alive

    def kill_kernel(self) -> None:
        """Kill the kernel's process; its snapshots live on."""
        with suppress(OSError):
            self._ours.send(KILL_KERNEL)
        until = time.monotonic() + END_SECONDS
        while self.kernel_alive() and time.monotonic() < until:
            time.sleep(0.01)

    def end(self) -> None:
        """End every process of the submission."""
        self._ours.close()
        self.theirs.close()
        if self._process is None:
            return
        try:
            self._process.wait(END_SECONDS)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
