"""What a process keeps warm that grades one notebook after another, until it ends."""

from functools import cache
from multiprocessing.util import Finalize

from grader.sandbox.warm import Warmth


@cache
def warmth() -> Warmth:
    """Return what this process keeps warm."""
    kept = Warmth()
    # Child processes of `multiprocessing` run these at their end, and nothing else.
    Finalize(None, kept.close, exitpriority=1)
    return kept
