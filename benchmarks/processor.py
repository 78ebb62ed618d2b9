"""Seconds of the processor, those of processes included that nobody waits for.

bubblewrap ends without having waited for what it has started. What is left so becomes a child of
the measuring process, which waits for it: only then does the kernel count its time.
"""

import ctypes
import os
import sys
import time
from contextlib import suppress
from typing import Final

_PR_SET_CHILD_SUBREAPER: Final = 36  # <linux/prctl.h>
# How long those that were left behind may take to end.
LEFT_SECONDS: Final = 10.0


def used() -> float:
    """Return the seconds that all children have used which have ended; none may still be at work.

    The first call is to come before the first child.
    """
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)
    until = time.monotonic() + LEFT_SECONDS
    with suppress(ChildProcessError):
        while time.monotonic() < until:
            if os.waitpid(-1, os.WNOHANG)[0] == 0:
                time.sleep(0.01)
    times = os.times()
    return times.children_user + times.children_system
