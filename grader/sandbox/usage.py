"""What processes take of the machine, by what the system tells: memory, disk, locks on files.

Of memory, what they have resident is not all. Tables of pages are the kernel's, what is paged out
is still theirs, and memory that is shared by inheritance may be there though nobody has its pages
mapped.
"""

import errno
import os
import stat
from collections.abc import Collection, Iterable, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Final

import psutil

from grader.sandbox.limits import ENTRY_BYTES

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


def folder_size(folder: Path, enough: int) -> int:
    """Return the size in bytes of what lies below `folder`, or something over `enough`.

    Empty files and folders count too: a file system has room for only so many. What lies deeper
    than paths are long cannot be counted, and is taken for too much.
    """
    total, waiting = 0, [os.fspath(folder)]
    while waiting and total <= enough:
        try:
            with os.scandir(waiting.pop()) as entries:
                for entry in entries:
                    total += _entry_size(entry)
                    if entry.is_dir(follow_symlinks=False):
                        waiting.append(entry.path)
        except OSError as error:
            if error.errno == errno.ENAMETOOLONG:
                return enough + 1
    return total


def _entry_size(entry: "os.DirEntry[str]") -> int:
    with suppress(OSError):
        return max(entry.stat(follow_symlinks=False).st_blocks * 512, ENTRY_BYTES)
    return 0


def deleted(pids: Iterable[int], folder: Path) -> int:
    """Return the size in bytes of the files that processes have open and that have no name.

    Those count that lie on the file system of `folder`.
    """
    sizes: dict[int, int] = {}
    with suppress(OSError):
        device = folder.stat().st_dev
        for pid in pids:
            for descriptor in _descriptors(pid):
                with suppress(OSError):
                    found = os.stat(descriptor)  # noqa: PTH116 - of what it leads to
                    if found.st_dev == device and _has_no_name(found):
                        sizes[found.st_ino] = found.st_blocks * 512
    return sum(sizes.values())


def _descriptors(pid: int) -> list[str]:
    with suppress(OSError):
        return [entry.path for entry in os.scandir(f"/proc/{pid}/fd")]
    return []


def _has_no_name(found: os.stat_result) -> bool:
    return found.st_nlink == 0 and stat.S_ISREG(found.st_mode)


def entries(pids: Iterable[int], folder: Path) -> int:
    """Return how many entries the file system has that one of `pids` sees at `folder`, at most."""
    most = 0
    for pid in pids:
        with suppress(OSError):
            found = os.statvfs(f"/proc/{pid}/root{folder}")
            most = max(most, found.f_files - found.f_ffree)
    return most


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
