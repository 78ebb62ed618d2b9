"""What a call names: an archive as a platform gives it, or the folder that it was unpacked to."""

import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Final

from grader.collecting.archives import OF_DOWNLOAD, ArchiveError, tree_of
from grader.collecting.limits import MOST_ENTRIES
from grader.collecting.naming import is_junk
from grader.collecting.trees import Builder, Entry, EntryError, Parts, Tree
from grader.errors import UsageError
from grader.notebook.opening import opened
from grader.notebook.sniffing import NotebookError
from grader.text import encodable, one_line

# Nobody else's paths end in it, so what stands before it is the download.
BETWEEN: Final = ": "


def source_of(path: Path) -> str:
    """Return what stands before the paths of what a download holds."""
    name = one_line(encodable(path.resolve().name)).replace(BETWEEN, " ")
    return f"{name}{BETWEEN}"


def inside(source: str) -> str:
    """Return where below its download a file came from: a download may get another name."""
    return source.partition(BETWEEN)[2]


def opened_download(path: Path, but: Sequence[Path], open_files: ExitStack) -> Tree:
    """Return what a download holds, which is read while `open_files` is open.

    `but` are files and folders that are none of it, as what is collected. Raises UsageError where
    it cannot be read.
    """
    source = source_of(path)
    try:
        if path.is_dir():
            return _Walk(path, source, but).tree()
        if not path.exists():
            raise UsageError(f"{path} does not exist. Check the spelling and the folder.")
        if not path.is_file():
            raise UsageError(f"{path} is neither a file nor a folder. Name a download.")
    except OSError as error:
        raise UsageError(f"{path} cannot be read: {error.strerror or error}.") from error
    try:
        tree = tree_of(path, source, OF_DOWNLOAD, open_files)
    except ArchiveError as error:
        raise UsageError(
            f"{path} {error}. Name a zip or tar file, or the folder that it was unpacked to."
        ) from error
    return tree


class _Walk:
    """Looks through a folder without following a link."""

    def __init__(self, root: Path, source: str, but: Sequence[Path]) -> None:
        self.root, self.source = root, source
        self.but = {found for path in but if (found := _identity(path)) is not None}
        self.builder = Builder(MOST_ENTRIES)

    def tree(self) -> Tree:
        """Return what lies below the root."""
        folders: list[Parts] = [()]
        while folders and not self.builder.full:
            folders += self._taken(folders.pop())
        return self.builder.tree

    def _taken(self, folder: Parts) -> Iterator[Parts]:
        """Take in what one folder lists, and yield the folders in it."""
        listed = False
        try:
            with os.scandir(self.root.joinpath(*folder)) as entries:
                for entry in sorted(entries, key=lambda each: each.name) if not folder else entries:
                    listed = True
                    inner = self._entry(entry, (*folder, entry.name))
                    if inner is not None:
                        yield inner
        except OSError as error:
            if not folder:
                raise
            self.builder.refuse(folder, f"cannot be listed ({error.strerror})")
            return
        if not listed and folder:
            self.builder.tree.empty.append(folder)

    def _entry(self, entry: "os.DirEntry[str]", parts: Parts) -> Parts | None:
        """Take in one entry; return its parts where it is a folder to look into."""
        try:
            found = entry.stat(follow_symlinks=False)
            if (found.st_dev, found.st_ino) in self.but:
                return None
            place = self.builder.place(parts)
            if place is None:
                return None
            if entry.is_symlink():
                self.builder.refuse(parts, "is a link, and was not followed")
            elif entry.is_dir(follow_symlinks=False):
                return None if is_junk(entry.name) else parts
            elif entry.is_file(follow_symlinks=False):
                source = f"{self.source}{'/'.join(parts)}"
                read = _reader(self.root.joinpath(*parts), self.root)
                self.builder.add(Entry(parts, source, found.st_size, read))
            else:
                self.builder.refuse(parts, "is a device, a pipe or a socket, and was left alone")
        except OSError as error:
            self.builder.refuse(parts, f"cannot be looked at ({error.strerror})")
        return None


def _reader(path: Path, root: Path) -> Callable[[int], bytes]:
    def read(limit: int) -> bytes:
        try:
            return opened(path, root, limit).content
        except NotebookError as error:
            raise EntryError(error.problem) from error

    return read


def _identity(path: Path) -> tuple[int, int] | None:
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_dev, found.st_ino
