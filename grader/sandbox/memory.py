"""How much memory there is for submissions, and whether the machine has run out of it."""

from contextlib import suppress
from pathlib import Path
from typing import Final

import psutil

from grader.sandbox.cgroup import mounted

# The control groups of this process may bound it below what the machine has: by version, the files
# of what is allowed and of what is taken.
_BOUNDS: Final = {
    1: ("memory.limit_in_bytes", "memory.usage_in_bytes"),
    2: ("memory.max", "memory.current"),
}


def available() -> int:
    """Return how many bytes of memory processes of this one can still take."""
    return min([int(psutil.virtual_memory().available), *_left()])


def _left() -> list[int]:
    """Return what the control groups of this process leave, each of them."""
    found = []
    with suppress(OSError, ValueError):
        for mount in mounted():
            if mount.version == 2 or "memory" in mount.controllers:
                for folder in (mount.own, *mount.own.parents):
                    found += _room(folder, *_BOUNDS[mount.version])
    return found


def _room(folder: Path, most: str, taken: str) -> list[int]:
    with suppress(OSError, ValueError):
        limit = int((folder / most).read_text("ascii"))
        used = int((folder / taken).read_text("ascii"))
        cached = 0
        for line in (folder / "memory.stat").read_text("ascii").splitlines():
            name, _space, count = line.partition(" ")
            if name in ("inactive_file", "total_inactive_file"):
                # Files that were read: they make room where it is needed.
                cached = max(cached, int(count))
        return [max(0, limit - used + cached)]
    return []


def kills() -> int:
    """Return how many processes the machine has ended so far since memory had run out."""
    with suppress(OSError, ValueError):
        for line in Path("/proc/vmstat").read_text("ascii").splitlines():
            name, _space, count = line.partition(" ")
            if name == "oom_kill":
                return int(count)
    return 0
