"""Writing files so that a reader never meets half of one."""

import errno
import os
import re
import secrets
import stat
import time
from contextlib import suppress
from pathlib import Path
from typing import Any, BinaryIO, Final

from grader.errors import UsageError


def flags(*names: str) -> int:
    """Return those flags of `os.open` that this system has; bytes are left as they are."""
    return sum(getattr(os, name, 0) for name in ("O_BINARY", *names))


_PERMISSIONS = 0o777
_NEW = os.O_CREAT | os.O_EXCL | os.O_WRONLY | flags("O_CLOEXEC")
# What writing leaves in a folder for a moment, and where it is killed: nobody writes so long.
_LEFT: Final = re.compile(r"\.[0-9a-f]{16}\.tmp")
_ABANDONED_SECONDS: Final = 600.0


LARGEST_KEPT: Final = 256 * 2**20
"""Bytes of a file that the grader keeps: a recording, which is packed, or a list of a course."""


def content_of(path: Path, most: int = LARGEST_KEPT) -> bytes:
    """Return what an ordinary file holds, of at most `most` bytes.

    Raises OSError for all else, and waits for no pipe: a folder that was copied from elsewhere may
    hold anything under the names of what is kept.
    """
    _require_ordinary(path, path.stat(), most)
    # What is opened may be another file than was looked at.
    flag = os.O_RDONLY | flags("O_CLOEXEC", "O_NONBLOCK")
    with os.fdopen(os.open(path, flag), "rb") as file:
        _require_ordinary(path, os.fstat(file.fileno()), most)
        content = file.read(most + 1)
    if len(content) > most:
        raise OSError(errno.EFBIG, os.strerror(errno.EFBIG), str(path))
    return content


def _require_ordinary(path: Path, found: os.stat_result, most: int) -> None:
    if stat.S_ISDIR(found.st_mode):
        raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR), str(path))
    if not stat.S_ISREG(found.st_mode):
        raise OSError(errno.EINVAL, "it is a device, a pipe or a socket", str(path))
    if found.st_size > most:
        raise OSError(errno.EFBIG, os.strerror(errno.EFBIG), str(path))


def lock_file(path: Path) -> BinaryIO:
    """Open a file that is there to be locked, or make it; a pipe in its place is not waited for.

    Raises OSError where that cannot be.
    """
    flag = os.O_WRONLY | os.O_CREAT | flags("O_CLOEXEC", "O_NONBLOCK")
    return os.fdopen(os.open(path, flag, 0o666), "wb")


def write_atomically(path: Path, text: str | bytes) -> None:
    """Write `text` to `path` as a whole, or leave everything as it was.

    Text is encoded as UTF-8 and its line ends are kept. An ordinary file that is
    replaced hands on its permissions. A symbolic link is replaced, never
    followed: a submission's folder may hold links that a student made.

    Raises UsageError if the folder does not exist or cannot be written
    to, or if `path` is there already and is no ordinary file.
    """
    content = text.encode() if isinstance(text, str) else text
    try:
        permissions = _permissions_of(path)
        _replace(path, content, permissions)
    except OSError as error:
        raise UsageError(_sentence(path, error)) from error


def sweep(folder: Path) -> None:
    """Remove from a folder what calls left in it that were killed while they wrote atomically."""
    with suppress(OSError), os.scandir(folder) as entries:
        for each in entries:
            if _LEFT.fullmatch(each.name) and each.is_file(follow_symlinks=False):
                with suppress(OSError):
                    age = time.time() - each.stat(follow_symlinks=False).st_mtime
                    if age > _ABANDONED_SECONDS:
                        os.unlink(each.path)  # noqa: PTH108 - its name may be no text


def hold(file: BinaryIO) -> None:
    """Lock an open file until it is closed.

    Raises BlockingIOError where another process holds it, OSError where its file system keeps no
    locks.
    """
    try:
        import fcntl  # noqa: PLC0415 - Unix has this
    except ImportError:
        import msvcrt  # noqa: PLC0415 - and Windows that

        lock: Any = msvcrt
        try:
            lock.locking(file.fileno(), lock.LK_NBLCK, 1)
        except PermissionError as error:
            raise BlockingIOError(*error.args) from error
    else:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)


def require_writable(path: Path) -> None:
    """Raise UsageError where `write_atomically` could not write to `path` now.

    Nothing is left behind and nothing that is there is changed.
    """
    try:
        _permissions_of(path)
        temporary = _temporary(path)
        os.close(os.open(temporary, _NEW, 0o600))
        temporary.unlink()
    except OSError as error:
        raise UsageError(_sentence(path, error)) from error


def _permissions_of(path: Path) -> int | None:
    """Return the permissions of an ordinary file, None where there is none to keep."""
    try:
        mode = path.lstat().st_mode
    except FileNotFoundError:
        return None
    # Replacing a device by its name would take it away from the whole machine.
    if stat.S_ISLNK(mode):
        if path.exists():
            _refuse_special(path, path.stat().st_mode)
        return None
    _refuse_special(path, mode)
    return stat.S_IMODE(mode) & _PERMISSIONS


def _refuse_special(path: Path, mode: int) -> None:
    if stat.S_ISDIR(mode):
        raise UsageError(f"{path} is a folder. Name a file inside it.")
    if not stat.S_ISREG(mode):
        raise UsageError(f"{path} is not an ordinary file. Name another file to write to.")


def _temporary(path: Path) -> Path:
    return path.with_name(f".{secrets.token_hex(8)}.tmp")


def _replace(path: Path, content: bytes, permissions: int | None) -> None:
    # Not tempfile: it gives mode 600 to files that others are meant to read.
    temporary = _temporary(path)
    descriptor = os.open(temporary, _NEW, 0o666 if permissions is None else 0o600)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(content)
            file.flush()
            if permissions is not None:
                os.fchmod(file.fileno(), permissions)
            os.fsync(file.fileno())
        temporary.replace(path)
    except BaseException:
        with suppress(OSError):
            temporary.unlink()
        raise


def _sentence(path: Path, error: OSError) -> str:
    folder = path.parent
    if isinstance(error, FileNotFoundError):
        return f"{path} cannot be written: there is no folder {folder}. Create it first."
    if isinstance(error, NotADirectoryError):
        return f"{path} cannot be written: {folder} is not a folder. Name another place."
    if isinstance(error, PermissionError):
        return (
            f"{path} cannot be written: you may not create files in {folder}. "
            "Change its permissions or name another place."
        )
    reason = error.strerror or str(error)
    return f"{path} cannot be written: {reason}. Mend that or name another place."
