"""How much slower this machine is than the one that limits are meant for.

An honest solution that needs half of its time there must not run out of it here.
"""

import math
import time
from functools import cache
from typing import Final

import numpy as np

# Seconds that the work below takes on one quiet core of a usual laptop or server.
USUAL_SECONDS: Final = 0.05
# Where even this does not suffice, grading is no use.
MOST: Final = 10

_ROUNDS: Final = 80


@cache
def slowness() -> int:
    """Return by what limits of time are to be multiplied here: 1 where the machine is as usual.

    Measured once a process, on the wall: a machine that is slow, that others keep busy, or that
    gives a share of a core only, is slow for a notebook too. The work is what notebooks do, numpy
    on small arrays and Python in between. Takes about 0.05 s where the machine is as usual.
    """
    x, w = np.ones((32, 784), np.float32), np.ones((784, 40), np.float32)
    started = time.perf_counter()
    for _ in range(_ROUNDS):
        _ = np.maximum(x @ w, 0)
        sum(number * number for number in range(8000))
    taken = time.perf_counter() - started
    return min(MOST, max(1, math.floor(taken / USUAL_SECONDS + 0.5)))
