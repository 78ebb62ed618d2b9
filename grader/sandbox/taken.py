"""How much memory processes take, by what the system tells of each.

What they have resident is not all. Tables of pages are the kernel's, what is paged out is still
theirs, and memory that is shared by inheritance may be there though nobody has its pages mapped.
"""

from collections.abc import Iterable, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Final

import psutil

_KIBIBYTE: Final = 1024
# Memory that is shared by inheritance, as /proc/PID/maps calls it, whichever way it was asked for.
_SHARED: Final = "/dev/zero (deleted)"

# The sizes in bytes of memory that processes share by inheritance: of each process, by its number.
Inherited = Mapping[int, Mapping[str, int]]


def at_most(pids: Iterable[int]) -> int:
    """Return no less than the bytes that processes take, what they share by inheritance aside.

    It costs little, and what they have in common counts for each.
    """
    return sum(map(_resident, pids))


def _resident(pid: int) -> int:
    told = _told(f"/proc/{pid}/status", "VmRSS", "VmPTE", "VmSwap")
    if not told:
        with suppress(psutil.Error):
            return int(psutil.Process(pid).memory_info().rss)
    return sum(told)


def proportional(pid: int) -> int:
    """Return the bytes that a process takes; of what it has in common with others, its part."""
    shares = _told(f"/proc/{pid}/smaps_rollup", "Pss", "SwapPss")
    return sum(shares) + sum(_told(f"/proc/{pid}/status", "VmPTE")) if shares else _resident(pid)


def inherited(pids: Iterable[int]) -> Inherited:
    """Return what memory processes share by inheritance, without those that share none.

    Nobody tells how much of it is there: the sizes are those that it can have.
    """
    found: dict[int, dict[str, int]] = {}
    for pid in pids:
        with suppress(OSError):
            for line in Path(f"/proc/{pid}/maps").read_text("utf-8", "replace").splitlines():
                if line.endswith(_SHARED):
                    place, _access, offset, _device, number = line.split()[:5]
                    start, end = (int(each, 16) for each in place.split("-"))
                    sizes = found.setdefault(pid, {})
                    sizes[number] = max(sizes.get(number, 0), int(offset, 16) + end - start)
    return found


def size(memory: Inherited) -> int:
    """Return the size in bytes of what processes share by inheritance, each once."""
    sizes: dict[str, int] = {}
    for its in memory.values():
        for number, each in its.items():
            sizes[number] = max(sizes.get(number, 0), each)
    return sum(sizes.values())


def unseen(memory: Inherited) -> int:
    """Return how much of that may be there beside what the processes' own sizes tell of it."""
    seen = sum(sum(_told(f"/proc/{pid}/smaps_rollup", "Pss_Shmem")) for pid in memory)
    return max(0, size(memory) - seen)


def _told(path: str, *names: str) -> list[int]:
    """Return the sizes in bytes that lines of a file tell which begin with these names."""
    found = []
    with suppress(OSError, ValueError, IndexError):
        for line in Path(path).read_text("utf-8", "replace").splitlines():
            name, _colon, told = line.partition(":")
            if name in names:
                found.append(int(told.split()[0]) * _KIBIBYTE)
    return found
