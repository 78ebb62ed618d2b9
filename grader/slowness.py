"""How much slower this machine is than the one that limits are meant for.

An honest solution that needs half of its time there must not run out of it here.
"""

import math
import time
from functools import cache
from typing import Final

import numpy as np

# Seconds that the work below takes on one quiet core of a usual laptop or server.
USUAL_SECONDS: Final = 0.07
# Where even this does not suffice, grading is no use.
MOST: Final = 10
# What keeps a machine busy for a moment only does not make it a slow one.
TRIES: Final = 3

_ROUNDS: Final = 80


@cache
def slowness() -> int:
    """Return by what limits of time are to be multiplied here: 1 where the machine is as usual.

    Measured once a process, on the wall: a machine that is slow, that others keep busy, or that
    gives a share of a core only, is slow for a notebook too. The best of three tries counts. The
    work is what notebooks do, numpy on small arrays and Python in between, in one thread: several
    wait for each other where the machine is busy, and notebooks have one each. Takes about 0.07 s
    where the machine is as usual.
    """
    best = math.inf
    for _ in range(TRIES):
        best = min(best, taken())
        if best < 1.5 * USUAL_SECONDS:
            return 1
    return min(MOST, math.floor(best / USUAL_SECONDS + 0.5))


def taken() -> float:
    """Return the seconds that the work takes at the moment."""
    # Of arrays so small, numpy's libraries multiply one in one thread.
    x, w = np.ones((32, 100), np.float32), np.ones((100, 10), np.float32)
    started = time.perf_counter()
    for _ in range(_ROUNDS):
        _ = np.maximum(x @ w, 0)
        sum(number * number for number in range(8000))
    return time.perf_counter() - started
