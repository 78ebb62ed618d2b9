"""Recorded answers that were recorded before, for whoever verifies and then releases."""

import contextlib
import hashlib
import stat
from os import geteuid
from pathlib import Path
from typing import Final

from platformdirs import user_cache_path

from grader.assignment.model import Assignment
from grader.authoring.environment import environment
from grader.authoring.release.record_answers import Progress, digest, recorded
from grader.errors import AssignmentError, UsageError
from grader.files import sweep, write_atomically
from grader.judging.answer_key import publication

SHELF: Final = "answers"
_RECORDS: Final = "grader.authoring.release.record_answers"
# A few megabytes; whoever mends several assignments at once goes to and fro between them.
MOST_KEPT: Final = 10


def kept_answers(assignment: Assignment, progress: Progress = lambda _told: None) -> bytes:
    """Return the answers that an assignment's folder is released with.

    They are recorded where they were not before, with all that they follow from as it is now: the
    assignment, the grader and what is installed. Raises AssignmentError as `recorded` does.
    """
    shelf = user_cache_path("notebook-grader") / SHELF
    key = hashlib.sha256(f"{digest(assignment)} {environment(_RECORDS)}".encode()).hexdigest()
    path = shelf / f"{key[:40]}.bin"
    if _is_usable(path):
        return path.read_bytes()
    content = recorded(assignment, progress).packed()
    # A cache that cannot be written costs time alone.
    with contextlib.suppress(OSError, UsageError):
        shelf.mkdir(mode=0o700, parents=True, exist_ok=True)
        sweep(shelf)
        write_atomically(path, content)
        path.chmod(0o600)
        _forget_old(shelf)
    return content


def _is_usable(path: Path) -> bool:
    """Whether a file is whole and nobody else's, and so are those beside it."""
    try:
        for each in (path, path.parent):
            found = each.lstat()
            writable = found.st_mode & (stat.S_IWGRP | stat.S_IWOTH)
            if found.st_uid != geteuid() or writable or stat.S_ISLNK(found.st_mode):
                return False
        publication(path)
    except (OSError, AssignmentError):
        return False
    return True


def _forget_old(shelf: Path) -> None:
    newest = sorted(shelf.glob("*.bin"), key=lambda path: path.stat().st_mtime_ns, reverse=True)
    for path in newest[MOST_KEPT:]:
        path.unlink(missing_ok=True)
