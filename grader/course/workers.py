"""How processes for workers are made: forked from a server that has imported what they need.

The server runs no threads of its own and has opened nothing, so that its children inherit neither;
those of a process that grades would. It ends with the process that has started it.
"""

import multiprocessing
from multiprocessing.context import ForkServerContext
from multiprocessing.forkserver import ensure_running
from typing import Final

_IMPORTED: Final = ("grader.course.pool", "grader.course.rejudging", "grader.scoring")


def context() -> ForkServerContext:
    """Return the context that makes processes so."""
    forked = multiprocessing.get_context("forkserver")
    forked.set_forkserver_preload(list(_IMPORTED))
    return forked


def look_ahead() -> None:
    """Begin to start the server, where it is sure to be needed: that takes as long as imports."""
    context()
    ensure_running()
