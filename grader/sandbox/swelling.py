"""Watching how much memory this process takes for what a kernel sends to it.

What is on its way is held before anybody can look at it, and messages may have any number of parts.
"""

import threading
from collections.abc import Callable
from typing import Final, Self

import psutil

# A sender fills a gigabyte in a second, so that this is some ten megabytes.
LOOK_SECONDS: Final = 0.02


def _held() -> int:
    """Return how much memory this process takes, in bytes, without the files that it has mapped.

    What it imports meanwhile is mostly of those.
    """
    told = psutil.Process().memory_info()
    return int(told.rss - getattr(told, "shared", 0))


class Swelling:
    """Watches, in a thread, whether this process grows by more than `most` bytes.

    Where it does, `end` is called there, once, and `over` is true from then on.
    """

    def __init__(self, most: int, end: Callable[[], object]) -> None:
        self.over = False
        self._most = most
        self._end = end
        self._before = _held()
        self._done = threading.Event()
        self._thread = threading.Thread(target=self._watch, daemon=True)

    def _watch(self) -> None:
        while not self._done.wait(LOOK_SECONDS):
            if _held() - self._before > self._most:
                self.over = True
                self._end()
                return

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._done.set()
        self._thread.join()
