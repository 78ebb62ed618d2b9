"""Snapshots: forks of the kernel that keep its state and answer questions about it.

    kernel ──fork──▶ keeper ──fork──▶ answerer

The keeper stays as the kernel was at one moment and never runs student code. For each connection
that the grader hands it, it forks an answerer, which performs scenarios until the grader closes
the connection. A scenario that hangs or crashes costs its answerer alone.

One rule ends everything: whoever sees its connection to the grader closed is done. The keeper
enforces it for answerers, which may be in the middle of an endless loop.
"""

import contextlib
import mmap
import os
import select
import signal
import socket
import sys
import time
import warnings
from collections.abc import Callable, Collection
from typing import Any, NoReturn

from . import wire
from .perform import PLACE_BYTES, tell_steps_to

# What a keeper says once it is there: by it the grader knows which process it is.
KEEPS = b"k"

Perform = Callable[[Any], Any]

# How often a keeper looks whether an answerer has died, while it has any.
REAP_SECONDS = 0.02


def snapshot(
    channel: socket.socket, perform: Perform, limits: wire.Limits = wire.ANSWER_LIMITS
) -> None:
    """Fork a keeper of the present state that listens on `channel`; return at once.

    The keeper is nobody's child when this returns, so that a notebook which waits for its own
    children never meets it. Where no process is to be had, the channel is closed.
    """
    with warnings.catch_warnings():
        # Python 3.12 warns of forks beside threads; the threads' locks are not used after it.
        warnings.simplefilter("ignore")
        # The notebook may have used up its processes.
        with contextlib.suppress(BlockingIOError), contextlib.closing(channel):
            pid = os.fork()
            if pid == 0:
                _detach(channel, perform, limits)
            channel.close()
            # A notebook that reaps or ignores its children has been faster.
            with contextlib.suppress(ChildProcessError):
                os.waitpid(pid, 0)


def _detach(channel: socket.socket, perform: Perform, limits: wire.Limits) -> NoReturn:
    """Leave the kernel's family: fork again, and be the grandchild."""
    try:
        # Here, where the kernel still waits: a signal to its group is meant for the running cell,
        # and must not find the keeper in it even a moment after this.
        os.setpgid(0, 0)
        if os.fork() == 0:
            signal.signal(signal.SIGINT, signal.SIG_IGN)
            # The notebook's own handler must not reap the answerers.
            signal.signal(signal.SIGCHLD, signal.SIG_DFL)
            channel.sendall(KEEPS)
            _Keeper(channel, perform, limits).keep()
    finally:
        os._exit(0)


def receive_connection(channel: socket.socket) -> socket.socket | None:
    """Return the connection that the grader sends over `channel`, None where it closed it."""
    data, descriptors, _flags, _address = socket.recv_fds(channel, 1, 1)
    return socket.socket(fileno=descriptors[0]) if data and descriptors else None


def receive_question(channel: socket.socket) -> tuple[socket.socket, int | None] | None:
    """Return a connection that the grader sends, with the file in which steps are told.

    The file is None where the grader wants none, all is None where the grader has closed it.
    """
    data, descriptors, _flags, _address = socket.recv_fds(channel, 1, 2)
    if not data or not descriptors:
        return None
    place = descriptors[1] if len(descriptors) > 1 else None
    return socket.socket(fileno=descriptors[0]), place


class _Keeper:
    """Hands each connection to an answerer of its own, and outlives them all."""

    def __init__(self, channel: socket.socket, perform: Perform, limits: wire.Limits) -> None:
        self.limits = limits
        self.channel = channel
        self.perform = perform
        self.poll = select.poll()
        self.poll.register(channel, select.POLLIN)
        # By the descriptor of the connection: the answerer's process, and the connection.
        self.answerers: dict[int, tuple[int, socket.socket]] = {}

    def keep(self) -> None:
        """Serve until the channel is closed; end all answerers then, or where this fails."""
        try:
            while True:
                wait = REAP_SECONDS * 1000 if self.answerers else None
                ready = dict(self.poll.poll(wait))
                self._end(closed=ready.keys())
                if self.channel.fileno() in ready:
                    received = receive_question(self.channel)
                    if received is None:
                        return
                    self._begin(*received)
        finally:
            for pid, _ in self.answerers.values():
                _kill_group(pid)

    def _begin(self, connection: socket.socket, place: int | None) -> None:
        pid = _fork()
        if pid is None:
            # The notebook may have used up its processes: this question has no answer.
            connection.close()
            if place is not None:
                os.close(place)
            return
        if pid == 0:
            self.channel.close()
            for _, other in self.answerers.values():
                other.close()
            _answer(connection, self.perform, self.limits, place)
        if place is not None:
            os.close(place)
        self.answerers[connection.fileno()] = (pid, connection)
        # No event is asked for: a closed connection is reported all the same.
        self.poll.register(connection, 0)

    def _end(self, *, closed: Collection[int]) -> None:
        """Let go of the answerers that have died, and of those whose connection was closed."""
        for fd, (pid, connection) in list(self.answerers.items()):
            if fd in closed or _has_ended(pid):
                _kill_group(pid)
                os.waitpid(pid, 0)
                self.poll.unregister(fd)
                connection.close()
                del self.answerers[fd]


def _fork() -> int | None:
    """Fork, and let the child lead a group of its own; None where no process is to be had."""
    pid = fork()
    if pid is not None:
        # Both do, and so it is done whichever comes first.
        with contextlib.suppress(OSError):
            os.setpgid(pid, pid)
    return pid


def _has_ended(pid: int) -> bool:
    """Whether a child has ended, which stays to be waited for."""
    return os.waitid(os.P_PID, pid, os.WEXITED | os.WNOHANG | os.WNOWAIT) is not None


def _kill_group(pid: int) -> None:
    """Kill a child with all that it has forked, as far as that has stayed in its group."""
    for kill in (os.killpg, os.kill):
        with contextlib.suppress(ProcessLookupError, PermissionError):
            kill(pid, signal.SIGKILL)


def _answer(
    connection: socket.socket, perform: Perform, limits: wire.Limits, place: int | None
) -> NoReturn:
    """Perform scenarios until the grader closes the connection.

    A message is a list of scenarios; for each of them one message goes back. At which step it is,
    stands in the file `place`.
    """
    try:
        if place is not None:
            tell_steps_to(mmap.mmap(place, PLACE_BYTES))
            os.close(place)
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        silence()
        while True:
            for steps in wire.receive(connection):
                connection.sendall(encoded(perform(steps), limits))
    except (EOFError, OSError):
        pass
    finally:
        os._exit(0)


def encoded(outcomes: Any, limits: wire.Limits) -> bytes:
    """Return the message of what steps came to, or of why that cannot be sent."""
    try:
        return wire.encode(outcomes, limits)
    except wire.WireError as error:
        return wire.encode([["raised", "AnswerTooLarge", str(error), ""]])


def silence() -> None:
    """Send what student code prints to nowhere: the notebook's outputs are not an answerer's."""
    null = os.open(os.devnull, os.O_RDWR)
    for fd in (0, 1, 2):
        os.dup2(null, fd)
    stream = open(os.devnull, "w", encoding="utf-8")  # noqa: PTH123, SIM115
    sys.stdout = sys.stderr = stream
    shell = sys.modules.get("IPython") and sys.modules["IPython"].get_ipython()
    if shell:
        with contextlib.suppress(Exception):
            shell.display_pub.publish = lambda *_args, **_kwargs: None
            shell.displayhook.write_output_prompt = lambda: None
            shell.displayhook.finish_displayhook = lambda: None
            shell.displayhook.write_format_data = lambda *_args, **_kwargs: None


# What an answer or another submission has left behind may just be ending.
TRIES = 50
WAIT_SECONDS = 0.02


def fork() -> int | None:
    """Return what `os.fork` does, None where no process is to be had for a while."""
    for _ in range(TRIES):
        try:
            return os.fork()
        except OSError:
            time.sleep(WAIT_SECONDS)
    return None
