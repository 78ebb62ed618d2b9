"""The fork servers of a process that grades one notebook after another, until it ends."""

from functools import cache
from multiprocessing.util import Finalize

from grader.sandbox.forkserver import ServerCache


@cache
def servers() -> ServerCache:
    """Return the fork servers of this process."""
    return kept(ServerCache())


def kept(servers: ServerCache) -> ServerCache:
    """Return what is given, and have it closed at the end of this process."""
    # Child processes of `multiprocessing` run these at their end, and nothing else.
    Finalize(None, servers.close, exitpriority=1)
    return servers
