"""Forking where processes may be short for a moment."""

import os
import time

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
