"""A kernel that is a plain process, where none can be forked: it runs cells, and then answers.

It calls back whoever has started it, is told of its run, and is then asked for one thing after the
other, each a list that begins with one of these words:

    cell, index, source    run a cell; what it came to goes back
    ask, step …            perform a scenario between two cells; its outcomes go back
    answer, place          from now on every message is a list of scenarios, as of a snapshot

`interrupt` ends the running cell. A closed connection ends the process, whatever it is doing then.
"""

import _thread
import contextlib
import mmap
import os
import queue
import signal
import socket
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

from . import wire
from .cells import Cells, make_ready
from .loopback import call_back
from .notebook_shell import Loop, NotebookShell, Outputs, made
from .perform import PLACE_BYTES, Performance, tell_steps_to
from .snapshot import encoded, silence
from .steps import steps

INTERRUPT: Final = ["interrupt"]


class _Inbox:
    """What is asked of this process, heard of by a thread of its own, also while a cell runs."""

    def __init__(self, connection: socket.socket) -> None:
        self._connection = connection
        self._messages: queue.SimpleQueue[Any] = queue.SimpleQueue()
        self._guard = threading.Lock()
        self._running = False

    def listen(self) -> None:
        """Begin to hear."""
        threading.Thread(target=self._hear, name="grader", daemon=True).start()

    def _hear(self) -> None:
        with contextlib.suppress(EOFError, OSError, wire.WireError):
            while True:
                message = wire.receive(self._connection)
                if message != INTERRUPT:
                    self._messages.put(message)
                    continue
                with self._guard:
                    if self._running:
                        _thread.interrupt_main()
        os._exit(0)

    def next(self) -> Any:
        """Wait for the next message."""
        return self._messages.get()

    @contextlib.contextmanager
    def interruptible(self) -> Iterator[None]:
        """Let this block, and nothing that comes after it, be interrupted."""
        with self._guard:
            self._running = True
        try:
            yield
        finally:
            # One that came at the very end is taken here.
            with contextlib.suppress(KeyboardInterrupt), self._guard:
                self._running = False


class Spawned:
    """One notebook in this process, for whoever holds the other end of `connection`."""

    def __init__(self, connection: socket.socket, inbox: _Inbox) -> None:
        self._connection = connection
        self._inbox = inbox
        told = inbox.next()
        os.chdir(told["folder"])
        self._outputs = Outputs(
            most=told["output_bytes"],
            total=told["total_output_bytes"],
            flood=told["flood_bytes"],
            printed=told["printed"],
        )
        self._shell: NotebookShell = made(self._outputs)
        make_ready(self._shell, seed=told["seed"], data=told["data"], faithful=told["faithful"])
        self._cells = Cells(self._shell.user_ns, told["watched"])
        self._loop = Loop(self._shell)
        self._extras = steps(self._shell)
        self._limits = wire.answer_limits(told["answer_bytes"])
        self._send(True)

    def _send(self, value: Any) -> None:
        self._connection.sendall(wire.encode(value))

    def serve(self) -> None:
        """Do what is asked, and then answer. Raises OSError where nobody is there any more."""
        while True:
            match self._inbox.next():
                case ["cell", index, source]:
                    self._run(index, source)
                case ["ask", *scenario]:
                    self._perform(scenario)
                case ["answer", place]:
                    self._answer(Path(place))

    def _run(self, index: int, source: str) -> None:
        self._cells.begin(index)
        self._outputs.begin(index)
        with self._inbox.interruptible():
            self._loop.run(source)
        self._send({**self._cells.end(), **self._outputs.told()})

    def _perform(self, scenario: Any) -> None:
        performed = Performance(self._shell.user_ns, self._extras).run(scenario)
        self._connection.sendall(encoded(performed, self._limits))

    def _answer(self, place: Path) -> None:
        with place.open("r+b") as file:
            tell_steps_to(mmap.mmap(file.fileno(), PLACE_BYTES))
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        silence()
        while True:
            for scenario in self._inbox.next():
                self._perform(scenario)


def main() -> None:
    """Serve whoever has started this process."""
    connection = call_back()
    inbox = _Inbox(connection)
    inbox.listen()
    try:
        Spawned(connection, inbox).serve()
    except OSError:
        pass
    finally:
        os._exit(0)


if __name__ == "__main__":
    main()
