"""Work that is done while somebody else's is waited for."""

import asyncio
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import Final

# What takes less is over before anything could be gained.
BUSY_SECONDS: Final = 0.1


class SpareTime:
    """Calls `work` where the event loop has nothing to do but wait, and once at most.

    So it costs no time if another processor does what is waited for. It is for what can be left
    undone: nobody hears of its failure, and what depends on it does it again.
    """

    def __init__(self, work: Callable[[], None]) -> None:
        self._work: Callable[[], None] | None = work

    @contextmanager
    def used(self) -> Iterator[None]:
        """Use the time that this block waits, where it waits for long."""
        later = asyncio.get_running_loop().call_later(BUSY_SECONDS, self._use)
        try:
            yield
        finally:
            later.cancel()

    def _use(self) -> None:
        work, self._work = self._work, None
        if work is not None:
            with suppress(Exception):
                work()
