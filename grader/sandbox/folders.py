"""Folders for what runs submissions: gone with whoever made them, or by the next one's hand."""

import fcntl
import os
import stat
import tempfile
from contextlib import suppress
from functools import cache
from pathlib import Path
from typing import Final

from grader.sandbox.places import base
from grader.sandbox.removal import remove

_PREFIX: Final = "ng-"
# Held as long as its maker lives: the kernel lets go of it, however that ends.
_LOCK: Final = "lock"
_FLAGS: Final = os.O_RDWR | os.O_CLOEXEC | os.O_NOFOLLOW


class Fresh:
    """A new folder below that for temporary files, which others may enter and not list."""

    def __init__(self) -> None:
        _sweep()
        # Until its lock is held it has a name that no sweep knows.
        made = Path(tempfile.mkdtemp(prefix=f".{_PREFIX}", dir=base()))
        self._lock = os.open(made / _LOCK, _FLAGS | os.O_CREAT, 0o600)
        fcntl.flock(self._lock, fcntl.LOCK_EX)
        self.path = made.rename(made.with_name(made.name.removeprefix(".")))
        self.path.chmod(0o711)

    def close(self) -> None:
        """Remove it with all that is in it."""
        remove(self.path)
        os.close(self._lock)


@cache
def _sweep() -> None:
    """Remove, once in a process, the folders of graders of this user that were killed."""
    for folder in base().glob(f"{_PREFIX}*"):
        with suppress(OSError):
            found = folder.lstat()
            if stat.S_ISDIR(found.st_mode) and found.st_uid == os.geteuid() and _left(folder):
                remove(folder)


def _left(folder: Path) -> bool:
    """Whether nobody holds the lock of a folder. Raises OSError where it has none."""
    lock = os.open(folder / _LOCK, _FLAGS)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    finally:
        os.close(lock)
    return True
