"""How many locks on files processes hold: the kernel keeps them, and has no limit for them."""

from collections.abc import Collection
from contextlib import suppress
from pathlib import Path
from typing import Final

# Linux's alone: proc_locks(5).
_LOCKS: Final = Path("/proc/locks")
_PROCESS: Final = 4


def held(pids: Collection[int], enough: int) -> int:
    """Return how many locks on parts of files these processes hold, or something over `enough`."""
    count = 0
    with suppress(OSError, ValueError, IndexError), _LOCKS.open(encoding="ascii") as locks:
        for line in locks:
            # Who waits for a lock is told below it, after an arrow.
            told = line.replace("->", "").split()
            count += told[1] == "POSIX" and int(told[_PROCESS]) in pids
            if count > enough:
                break
    return count
