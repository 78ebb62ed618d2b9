"""How much memory there is for submissions, and whether the machine has run out of it."""

from contextlib import suppress
from pathlib import Path
from typing import Final

import psutil

# The control groups of this process may bound it below what the machine has: by version, the files
# of what is allowed and of what is taken.
_BOUNDS: Final = (
    ("memory", "memory.limit_in_bytes", "memory.usage_in_bytes"),
    ("", "memory.max", "memory.current"),
)
_ROOT: Final = Path("/sys/fs/cgroup")


def available() -> int:
    """Return how many bytes of memory processes of this one can still take."""
    return min([int(psutil.virtual_memory().available), *_left()])


def _left() -> list[int]:
    """Return what the control groups of this process leave, each of them."""
    found = []
    with suppress(OSError):
        for line in Path("/proc/self/cgroup").read_text("utf-8").splitlines():
            _number, names, path = line.split(":", 2)
            for controller, most, taken in _BOUNDS:
                if controller in names.split(","):
                    root = _ROOT / controller
                    # In a container the path may be one of outside.
                    own = root / path.lstrip("/")
                    for folder in (own, *own.parents):
                        if folder.is_relative_to(root):
                            found += _room(folder, most, taken)
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
