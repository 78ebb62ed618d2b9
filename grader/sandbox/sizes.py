"""How much of a disk a submission takes: in folders, in files without a name, in entries."""

import os
import stat
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path

from grader.sandbox.limits import ENTRY_BYTES


def folder_size(folder: Path, enough: int) -> int:
    """Return the size in bytes of what lies below `folder`, or something over `enough`.

    Empty files and folders count too: a file system has room for only so many.
    """
    total = 0
    for place, folders, names in os.walk(folder):
        for name in (*folders, *names):
            with suppress(OSError):
                size = os.lstat(os.path.join(place, name)).st_blocks * 512  # noqa: PTH118
                total += max(size, ENTRY_BYTES)
        if total > enough:
            break
    return total


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
