"""What a process keeps warm that grades one notebook after another, until it ends."""

from functools import cache
from multiprocessing.util import Finalize

from grader.sandbox.warm import Warmth


@cache
def warmth() -> Warmth:
    """Return what this process keeps warm."""
    return kept(Warmth())


def kept(warmth: Warmth) -> Warmth:
    """Return what is given, and have it closed at the end of this process."""
    # Child processes of `multiprocessing` run these at their end, and nothing else.
    Finalize(None, warmth.close, exitpriority=1)
    return warmth
