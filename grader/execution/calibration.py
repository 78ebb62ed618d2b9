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


def slowness() -> int:
    """Return by what limits of time are to be multiplied here: 1 where the machine is as usual.

    Measured once a process, on the wall: a machine that is slow, that others keep busy, or that
    gives a share of a core only, is slow for a notebook too. The best of three tries counts. The
    work is what notebooks do, numpy on small arrays and Python in between, in one thread: several
    wait for each other where the machine is busy, and notebooks have one each. Takes about 0.07 s
    where the machine is as usual.
    """
    return min(MOST, max(1, math.floor(_best()[0] / USUAL_SECONDS + 0.5)))


def processor_slowness() -> int:
    """Return by what limits of processor time are to be multiplied here.

    However busy the machine is: what others take of the processor is not counted. One that is busy
    is somewhat slow for all the same, which is no reason to wait longer: only whole times count.
    """
    return min(MOST, max(1, int(_best()[1] / USUAL_SECONDS)))


@cache
def _best() -> tuple[float, float]:
    """Return the least seconds that the work took: on the wall, and of the processor."""
    wall = processor = math.inf
    for _ in range(TRIES):
        started = time.thread_time()
        wall = min(wall, taken())
        processor = min(processor, time.thread_time() - started)
        if wall < 1.5 * USUAL_SECONDS:
            break
    return wall, processor


def taken() -> float:
    """Return the seconds that the work takes at the moment."""
    # Of arrays so small, numpy's libraries multiply one in one thread.
    x, w = np.ones((32, 100), np.float32), np.ones((100, 10), np.float32)
    started = time.perf_counter()
    for _ in range(_ROUNDS):
        _ = np.maximum(x @ w, 0)
        sum(number * number for number in range(8000))
    return time.perf_counter() - started
