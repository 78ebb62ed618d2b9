"""How processes for workers are made: forked from a server that has imported what they need.

The server has one thread and has opened nothing, so that its children inherit neither; those of a
process that grades would. It ends with the last of those who have an end of its pipe, which are its
children and the process that has started it. What it has of the environment is that of its start.
"""

import multiprocessing
import os
import signal
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from multiprocessing.context import ForkServerContext, SpawnContext
from multiprocessing.forkserver import ensure_running
from typing import Final

from grader.sandbox.folders import LONGEST_FOLDER, THREADS

_IMPORTED: Final = (
    "grader.lean",
    "grader.course.workers.pool",
    "grader.course.rejudging",
    "grader.scoring",
)


def processors() -> int:
    """Return how many processors this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def context() -> ForkServerContext | SpawnContext:
    """Return the context that makes processes so, or anew where there can be no such server."""
    if not _possible():
        return multiprocessing.get_context("spawn")
    forked = multiprocessing.get_context("forkserver")
    forked.set_forkserver_preload(list(_IMPORTED))
    with _single_threaded(), _uninterrupted():
        ensure_running()
    return forked


def look_ahead() -> None:
    """Begin to start the server, where it is likely to be needed: that takes as long as imports."""
    context()


def _possible() -> bool:
    # Its socket lies in a folder of its own below that for temporary files. On macOS the libraries
    # below numpy have been at work by the end of its import, and break in a fork.
    short = len(tempfile.gettempdir()) <= LONGEST_FOLDER
    return short and sys.platform != "darwin"


@contextmanager
def _single_threaded() -> Iterator[None]:
    """Let what is started meanwhile have no threads for numerics, which a fork would break."""
    former = {name: os.environ.get(name) for name in THREADS}
    os.environ.update(dict.fromkeys(THREADS, "1"))
    try:
        yield
    finally:
        for name, value in former.items():
            del os.environ[name]
            if value is not None:
                os.environ[name] = value


@contextmanager
def _uninterrupted() -> Iterator[None]:
    """Let what is started meanwhile not hear of Ctrl-C, nor of a terminal that goes.

    Its parent answers both.
    """
    former = {}
    try:
        for number in (signal.SIGINT, signal.SIGHUP):
            former[number] = signal.signal(number, signal.SIG_IGN)
    except ValueError:
        # Only the main thread may.
        yield
        return
    try:
        yield
    finally:
        for number, handler in former.items():
            signal.signal(number, handler)
