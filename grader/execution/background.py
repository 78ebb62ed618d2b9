"""Work that is done while another process is waited for."""

import asyncio
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import Final, Self

# What takes less is over before anything could be gained.
BUSY_SECONDS: Final = 0.1


class SpareTime:
    """Has `work` done in a thread where the event loop only waits, and once at most.

    So it costs no time if another processor does what is waited for, and holds up nobody who
    watches that. It is for what can be left undone: nobody hears of its failure, and what depends
    on it does it again.
    """

    def __init__(self, work: Callable[[], None]) -> None:
        self._work = work
        self._begun: asyncio.Task[None] | None = None

    @contextmanager
    def used(self) -> Iterator[None]:
        """Use the time that this block waits, where it waits for long."""
        later = asyncio.get_running_loop().call_later(BUSY_SECONDS, self._begin)
        try:
            yield
        finally:
            later.cancel()

    def _begin(self) -> None:
        if self._begun is None:
            self._begun = asyncio.create_task(self._in_a_thread())

    async def _in_a_thread(self) -> None:
        with suppress(Exception):
            await asyncio.to_thread(self._work)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        """Wait until nothing of it is going on any more."""
        if self._begun is not None:
            await self._begun
