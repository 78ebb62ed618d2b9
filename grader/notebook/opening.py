"""Opening what was handed in: a file below the folder that was named, and nothing elsewhere.

Whoever lays out a folder of submissions may have put links, pipes and devices into it. Each folder
on the way is opened from the one above it without following links, so that nothing can be
exchanged between a look and the opening.
"""

import os
import stat
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from grader.files import flags
from grader.notebook.sniffing import NotebookError

# A pipe without a writer must not be waited for.
_FILE: Final = os.O_RDONLY | flags("O_CLOEXEC", "O_NONBLOCK")
_FOLDER: Final = os.O_RDONLY | flags("O_CLOEXEC", "O_DIRECTORY")


@dataclass(frozen=True)
class Opened:
    """The bytes of a file; `link` is what it leads to below its folder, where it is a link."""

    content: bytes
    link: str = ""


class _LinkError(Exception):
    """What was to be opened is a symbolic link, to `target`."""

    def __init__(self, target: str) -> None:
        super().__init__(target)
        self.target = target


def opened(path: Path, within: Path | None, limit: int) -> Opened:
    """Return what the file at `path` holds, cut off one byte after `limit`.

    With `within`, a folder above it, it must lie there: a symbolic link is followed once, and only
    to a file there. Without, the caller means what `path` leads to.
    Raises NotebookError where it cannot be read.
    """
    try:
        if within is None:
            return Opened(_read(path, lambda flags: os.open(path, flags), path.stat(), limit))
        return _inside(path, within, limit)
    except FileNotFoundError:
        raise NotebookError(path, "does not exist; check the spelling and the folder") from None
    except PermissionError:
        raise NotebookError(path, "is not readable for you; change its permissions") from None
    except (OSError, ValueError) as error:
        if isinstance(error, NotebookError):
            raise
        raise NotebookError(path, f"cannot be read ({error}); name another file") from error


def _inside(path: Path, within: Path, limit: int) -> Opened:
    parts = path.relative_to(within).parts
    try:
        return Opened(_plain(path, within, parts, limit))
    except _LinkError as link:
        leads_to = _below(within, parts, link.target)
    if leads_to is None:
        raise NotebookError(
            path,
            f"is a link that leads out of {within}, and is not followed; "
            "put the file itself in its place",
        )
    try:
        return Opened(_plain(path, within, leads_to, limit), "/".join(leads_to))
    except _LinkError:
        raise NotebookError(
            path, "is a link to a further link; put the file itself in its place"
        ) from None


def _below(within: Path, parts: Sequence[str], target: str) -> Sequence[str] | None:
    """Return the parts below `within` of what a link there leads to, None where it leads out."""
    here = os.path.abspath(within)  # noqa: PTH100 - links are not followed
    whole = Path(os.path.normpath(Path(here, *parts[:-1], target)))
    for folder in (Path(here), Path(here).resolve()):
        if whole.is_relative_to(folder) and whole != folder:
            return whole.relative_to(folder).parts
    return None


def _plain(path: Path, within: Path, parts: Sequence[str], limit: int) -> bytes:
    """Return what a file below `within` holds. Raises _LinkError where it is a link."""
    with _folder(within, parts[:-1]) as folder:
        name = parts[-1]
        found = os.stat(name, dir_fd=folder, follow_symlinks=False)
        if stat.S_ISLNK(found.st_mode):
            raise _LinkError(os.readlink(name, dir_fd=folder))
        return _read(
            path,
            lambda flags: os.open(name, flags | os.O_NOFOLLOW, dir_fd=folder),
            found,
            limit,
        )


@contextmanager
def _folder(within: Path, names: Sequence[str]) -> Iterator[int]:
    folder = os.open(within, _FOLDER)
    try:
        for name in names:
            inner = os.open(name, _FOLDER | os.O_NOFOLLOW, dir_fd=folder)
            os.close(folder)
            folder = inner
        yield folder
    finally:
        os.close(folder)


def _read(path: Path, open_it: Callable[[int], int], found: os.stat_result, limit: int) -> bytes:
    # Opening a device may do something; what is opened may be another file than was looked at.
    _require_file(path, found)
    with os.fdopen(open_it(_FILE), "rb") as file:
        _require_file(path, os.fstat(file.fileno()))
        return file.read(limit + 1)


def _require_file(path: Path, found: os.stat_result) -> None:
    if not stat.S_ISREG(found.st_mode):
        what = "a folder" if stat.S_ISDIR(found.st_mode) else "a device, a pipe or a socket"
        raise NotebookError(path, f"is {what}, not a notebook; name an .ipynb file")
