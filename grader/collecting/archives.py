"""Looking into archives that strangers packed. Nothing is unpacked but what is asked for.

An archive that cannot be read, or must not be, is an ArchiveError; a single file in it, when it is
read, an EntryError.
"""

import bz2
import errno
import gzip
import io
import mmap
import re
import stat
import struct
import tarfile
import tempfile
import zipfile
import zlib
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any, Final

from grader.collecting.limits import (
    LARGEST_HEADER,
    LARGEST_SUBMISSION,
    LARGEST_UNPACKED,
    MOST_ENTRIES,
    MOST_EXTRA,
    MOST_PACKED,
    MOST_RECORDS,
    RATIO,
    UNSUSPECTED,
)
from grader.collecting.trees import Builder, Entry, EntryError, Tree
from grader.errors import UsageError

# What a zip file's list of its files has before each of them.
_LISTED: Final = b"PK\x01\x02"
_ZIPS: Final = (b"PK\x03\x04", b"PK\x05\x06", b"PK\x07\x08")
_OTHERS: Final = (
    (b"7z\xbc\xaf\x27\x1c", "is a 7z archive"),
    (b"Rar!", "is a rar archive"),
    (b"\xfd7zXZ", "is compressed by xz"),
)
# Types of a tar file's headers that tell of others, and of these, those that have records.
_EXTENDED: Final = (tarfile.XHDTYPE, tarfile.XGLTYPE, tarfile.SOLARIS_XHDTYPE)
_BEFORE_OTHERS: Final = (*_EXTENDED, tarfile.GNUTYPE_LONGNAME, tarfile.GNUTYPE_LONGLINK)
_RECORD: Final = re.compile(rb"([0-9]{1,6}) ([^=]+)=")
_DIGITS: Final = re.compile(rb"[0-9]{200}")
_UNUSUAL: Final = "has headers that no program writes: pack it again"
_SPARSE: Final = "holds a sparse file, which is not read here: pack it again without"
_UTF_8: Final = 0x800
_ENCRYPTED: Final = 0x1
_READ: Final = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
_CHUNK: Final = 2**20
_IN_MEMORY: Final = 8 * 2**20
_DAMAGED: Final = "is damaged: pack it again, or download it again"
_FAULTS: Final = (
    *(zipfile.BadZipFile, tarfile.TarError, zlib.error, struct.error, EOFError, OSError),
    *(ValueError, OverflowError, RecursionError, NotImplementedError, MemoryError),
)

# What the machine or a disk of it lacks: no fault of whoever packed an archive.
_OF_MACHINE: Final = (
    *(errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EMFILE, errno.ENFILE),
    *(errno.ENOMEM, errno.EIO, errno.ESTALE, errno.EROFS, errno.EACCES, errno.ENOENT),
)


class ArchiveError(Exception):
    """A whole archive cannot be used; the text says why, after its name."""


@dataclass(frozen=True)
class Limits:
    """How much an archive may hold: entries, bytes, and how tightly packed it may be."""

    entries: int
    size: int
    ratio: int | None


@dataclass
class Taken:
    """How much of what one submission may hold its archives have taken: entries, and bytes."""

    entries: int = 0
    size: int = 0

    @property
    def told(self) -> str:
        """What is to be said where the next archive is too much for that reason."""
        return ", with the archives beside it or around it," if self.entries else ""


OF_DOWNLOAD: Final = Limits(MOST_ENTRIES, LARGEST_UNPACKED, None)
OF_SUBMISSION: Final = Limits(MOST_PACKED, LARGEST_SUBMISSION, RATIO)


def tree_of(
    content: bytes | Path,
    source: str,
    limits: Limits,
    open_files: ExitStack,
    taken: Taken | None = None,
) -> Tree:
    """Return what an archive holds, which is read while `open_files` is open.

    `source` stands before the paths of what it holds. With `taken`, the limits are for several
    archives together. Raises ArchiveError, and nothing is left open for that archive; UsageError
    where this machine cannot read it now.
    """
    with ExitStack() as opened:
        tree = _tree_of(content, source, limits, opened, taken or Taken())
        open_files.push(opened.pop_all())
    return tree


def _tree_of(
    content: bytes | Path, source: str, limits: Limits, open_files: ExitStack, taken: Taken
) -> Tree:
    with _damage_told(ArchiveError):
        file: IO[bytes] = io.BytesIO(content) if isinstance(content, bytes) else content.open("rb")
        open_files.enter_context(file)
        start = file.read(8)
        for magic, what in _OTHERS:
            if start.startswith(magic):
                raise ArchiveError(f"{what}, which is not opened here: unpack it, or have it "
                                   "handed in as a zip file")  # fmt: skip
        if start.startswith(_ZIPS):
            return _zip(file, source, limits, open_files, taken)
        return _tar(file, start, source, limits, open_files, taken)


@contextmanager
def _damage_told(kind: type[Exception]) -> Iterator[None]:
    """Turn what reading an archive raises into an error of this `kind`, which says it is damaged.

    Raises UsageError where it is this machine that fails: no student is told to pack it again.
    """
    try:
        yield
    except _FAULTS as error:
        if isinstance(error, OSError) and error.errno in _OF_MACHINE:
            raise UsageError(
                f"Archives cannot be unpacked on this machine now: {error.strerror}. Large ones "
                f"are unpacked to {tempfile.gettempdir()}; TMPDIR names another folder. Mend that, "
                "and call again."
            ) from error
        raise kind(_DAMAGED) from error


def _zip(file: IO[bytes], source: str, limits: Limits, open_files: ExitStack, taken: Taken) -> Tree:
    size = file.seek(0, io.SEEK_END)
    # Each entry takes memory and time as soon as the list is read: it is looked at before.
    _require_few(file, limits.entries, taken)
    archive = open_files.enter_context(zipfile.ZipFile(file))
    infos = archive.infolist()
    total = sum(info.file_size for info in infos)
    _require_plausible(total, size, limits, taken)
    taken.entries += len(infos)
    taken.size += total
    builder = Builder(limits.entries)
    folders, holding = [], set()
    for info in infos:
        name = _name(info)
        parts = name.replace("\\", "/").split("/")
        place = builder.place(parts)
        if place is None:
            continue
        if info.is_dir():
            folders.append(place)
            continue
        holding |= {place[:depth] for depth in range(1, len(place))}
        kind = stat.S_IFMT(info.external_attr >> 16)
        if kind not in (0, stat.S_IFREG):
            builder.refuse(place, "is a link or a device, and was left alone")
            continue
        read = _zip_reader(archive, info)
        builder.add(Entry(place, f"{source}{'/'.join(place)}", info.file_size, read))
    builder.tree.empty = [each for each in dict.fromkeys(folders) if each not in holding]
    return builder.tree


def _require_few(file: IO[bytes], most: int, taken: Taken) -> None:
    """Raise ArchiveError where a zip file may list too much."""
    with ExitStack() as stack:
        content: bytes | mmap.mmap
        if isinstance(file, io.BytesIO):
            content = file.getvalue()
        else:
            whole = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
            content = stack.enter_context(whole)
        work = 0
        for count, at in enumerate(_listed(content), start=taken.entries + 1):
            if count > most:
                raise ArchiveError(f"holds{taken.told} more than {most} files")
            # What an entry has beside its name is copied anew for each piece of it.
            extra = int.from_bytes(content[at + 30 : at + 32], "little")
            work += extra * extra
            if work > MOST_EXTRA:
                raise ArchiveError("has far more beside the names of its files than others have")


def _listed(content: bytes | mmap.mmap) -> Iterator[int]:
    """Yield the places in a zip file of all that may be an entry of its list."""
    at = content.find(_LISTED)
    while at != -1:
        yield at
        at = content.find(_LISTED, at + 4)


def _name(info: zipfile.ZipInfo) -> str:
    """Return an entry's name: macOS writes UTF-8 and does not say so."""
    name = info.filename
    if not info.flag_bits & _UTF_8:
        try:
            return name.encode("cp437").decode("utf-8")
        except UnicodeError:
            return name
    return name


def _zip_reader(archive: zipfile.ZipFile, info: zipfile.ZipInfo) -> Callable[[int], bytes]:
    def read(limit: int) -> bytes:
        if info.flag_bits & _ENCRYPTED:
            raise EntryError("is encrypted: have it handed in without a password")
        # What others unpack to is not bounded piece by piece.
        if info.compress_type not in _READ:
            raise EntryError("is packed in a way that is not read here: unpack it")
        try:
            with _damage_told(EntryError), archive.open(info) as file:
                return file.read(limit + 1)
        except RuntimeError as error:
            raise EntryError("is encrypted: have it handed in without a password") from error

    return read


def _require_plausible(total: int, size: int, limits: Limits, taken: Taken) -> None:
    if taken.size + total > limits.size:
        raise ArchiveError(f"unpacks{taken.told} to more than {limits.size // 2**20} MB")
    if limits.ratio and total > UNSUSPECTED and total > limits.ratio * size:
        raise ArchiveError(f"unpacks to more than {limits.ratio} times its size")


class _Member(tarfile.TarInfo):
    """A header of a tar file, of which no more is read than those of honest files have."""

    def _proc_member(self, archive: tarfile.TarFile) -> tarfile.TarInfo:
        # The library's own entry point for subclasses.
        if self.type in _BEFORE_OTHERS and self.size > LARGEST_HEADER:
            raise ArchiveError("has a name or a header that is far longer than others have")
        if self.type in _EXTENDED:
            self._require_plain(archive)
        # Their maps may be as long as the archive.
        if self.type == tarfile.GNUTYPE_SPARSE:
            raise ArchiveError(_SPARSE)
        member: tarfile.TarInfo = super()._proc_member(archive)  # type: ignore[misc]
        return member

    def _require_plain(self, archive: tarfile.TarFile) -> None:
        """Raise ArchiveError where records of a header overlap, or are very many.

        Each member has a copy of those that hold for all.
        """
        file: Any = archive.fileobj
        start = file.tell()
        content = file.read(self.size)
        file.seek(start)
        # The library looks for a word after digits from each of them on.
        if _DIGITS.search(content):
            raise ArchiveError(_UNUSUAL)
        count, at = len(archive.pax_headers), 0
        while at < len(content) and content[at]:
            found = _RECORD.match(content, at)
            end = at + int(found[1]) if found else 0
            count += 1
            if found is None or end < found.end() or count > MOST_RECORDS:
                raise ArchiveError(_UNUSUAL)
            if found[2].startswith(b"GNU.sparse"):
                raise ArchiveError(_SPARSE)
            at = end


def _tar(
    file: IO[bytes],
    start: bytes,
    source: str,
    limits: Limits,
    open_files: ExitStack,
    taken: Taken,
) -> Tree:
    packed = file.seek(0, io.SEEK_END)
    file.seek(0)
    whole = file
    if start.startswith((b"\x1f\x8b", b"BZh")):
        whole = open_files.enter_context(tempfile.SpooledTemporaryFile(_IN_MEMORY))  # noqa: SIM115
        with _decompressed(file, start) as compressed:
            total = 0
            while chunk := compressed.read(_CHUNK):
                total += len(chunk)
                _require_plausible(total, packed, limits, taken)
                whole.write(chunk)
        taken.size += total
        whole.seek(0)
    archive = open_files.enter_context(
        tarfile.open(fileobj=whole, mode="r:", tarinfo=_Member)  # noqa: SIM115
    )
    others = taken.told
    builder = Builder(limits.entries)
    folders, holding = [], set()
    for info in archive:
        if taken.entries > limits.entries:
            raise ArchiveError(f"holds{others} more than {limits.entries} files")
        taken.entries += 1
        # Of these, what there is to use has been used.
        info.pax_headers = {}
        place = builder.place(info.name.split("/"))
        if place is None:
            continue
        if info.isdir():
            folders.append(place)
            continue
        holding |= {place[:depth] for depth in range(1, len(place))}
        if not info.isreg():
            builder.refuse(place, "is a link or a device, and was left alone")
            continue
        read = _tar_reader(archive, info)
        builder.add(Entry(place, f"{source}{'/'.join(place)}", info.size, read))
    builder.tree.empty = [each for each in dict.fromkeys(folders) if each not in holding]
    return builder.tree


def _decompressed(file: IO[bytes], start: bytes) -> gzip.GzipFile | bz2.BZ2File:
    return bz2.BZ2File(file) if start.startswith(b"BZh") else gzip.GzipFile(fileobj=file, mode="rb")


def _tar_reader(archive: tarfile.TarFile, info: tarfile.TarInfo) -> Callable[[int], bytes]:
    def read(limit: int) -> bytes:
        with _damage_told(EntryError):
            file = archive.extractfile(info)
            return file.read(limit + 1) if file else b""

    return read
