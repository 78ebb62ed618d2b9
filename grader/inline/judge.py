"""The process that judges for `%check`: it is asked many times, and imports everything once.

A thread waits for what the kernel says, so that the process ends with the connection, whatever it
is doing then.
"""

import os
import queue
import signal
import socket
import sys
import threading
from typing import Any

from grader.agent.loopback import call_back
from grader.inline.lines import Lines


def main() -> None:
    """Serve the kernel that started this process."""
    lines = Lines(_connection())
    # Started in the background of a shell it would ignore interrupts, and so would notebooks that
    # it runs, which are ended by them.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    questions: queue.SimpleQueue[dict[str, Any]] = queue.SimpleQueue()
    threading.Thread(target=_hear, args=(lines, questions), daemon=True).start()
    from grader.inline.ask import Session  # noqa: PLC0415 - the kernel waits for the call back

    session = Session(lines)
    session.prepare(questions.empty)
    while True:
        session.answer(questions.get())


def _connection() -> socket.socket:
    """Return the connection to the kernel: the standard input, or what that leads to."""
    if not hasattr(os, "fork"):
        return call_back()
    connection = socket.socket(fileno=os.dup(0))
    with open(os.devnull, "rb") as nothing:  # noqa: PTH123 - what it starts must not hold it open
        os.dup2(nothing.fileno(), 0)
    return connection


def _hear(lines: Lines, questions: "queue.SimpleQueue[dict[str, Any]]") -> None:
    """Hand on what the kernel asks, and end the process when it is gone."""
    try:
        while (question := lines.hear()) is not None:
            questions.put(question)
    except OSError:
        pass
    finally:
        sys.stderr.flush()
        os._exit(0)


if __name__ == "__main__":
    main()
