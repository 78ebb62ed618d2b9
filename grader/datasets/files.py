"""Reading files whose contents are known beforehand, and keeping them in a cache.

Verifying FashionMNIST's 55 MB takes about 0.06 s, so it is done at every start
and nothing remembers the outcome: whoever can change the files could forge a
stamp that vouches for them.
"""

import gzip
import hashlib
import tempfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from grader.datasets.registry import Dataset
from grader.errors import UsageError

MOST_BYTES: Final = 2**28
"""More than any file of a known data set holds: whoever is graded may have put another there."""


class UnfitError(Exception):
    """A place does not hold the data; the message names the file and says why."""


def verified_contents(path: Path, sha256: str) -> bytes:
    """Return what a file holds, uncompressed if its name ends in .gz.

    Raises UnfitError if there is no such file, if it cannot be read, or if the
    SHA-256 of its contents is not `sha256`.
    """
    try:
        if not path.is_file():
            raise UnfitError(f"there is no file {path}")
        with (gzip.open if path.suffix == ".gz" else open)(path, "rb") as file:
            contents = file.read(MOST_BYTES + 1)
    except (gzip.BadGzipFile, EOFError, zlib.error) as error:
        raise UnfitError(f"{path} is damaged: {error}") from error
    except OSError as error:
        raise UnfitError(f"{path} cannot be read: {error.strerror}") from error
    if len(contents) > MOST_BYTES:
        raise UnfitError(f"{path} is another file: it holds more than {MOST_BYTES // 2**20} MB")
    found = hashlib.sha256(contents).hexdigest()
    if found != sha256:
        raise UnfitError(
            f"{path} is damaged or another file: the SHA-256 of its contents begins with "
            f"{found[:12]} instead of {sha256[:12]}"
        )
    return contents


def verify(dataset: Dataset, root: Path) -> None:
    """Raise UnfitError unless torchvision's folder below `root` holds the files."""
    for name, sha256 in dataset.files.items():
        verified_contents(dataset.raw(root) / name, sha256)


def adopt(dataset: Dataset, folder: Path, cache: Path) -> None:
    """Bring the files that `folder` holds into the cache, where it lacks them.

    Each file may be plain or gzipped, and lie directly in the folder, in
    `<name>/raw` or in `raw`.

    Raises UnfitError if a file has no intact copy in the folder, and
    UsageError if the cache cannot be written.
    """
    found = {name: _find(dataset, name, folder) for name in dataset.files}
    raw = dataset.raw(cache)
    absent = {
        name: contents
        for name, contents in found.items()
        if not _is_intact(raw / name, dataset.files[name])
    }
    if not absent:
        return
    with scratch_folder(dataset, cache) as scratch:
        for name, contents in absent.items():
            (scratch / name).write_bytes(contents)
            (scratch / name).chmod(0o444)
        raw.mkdir(exist_ok=True)
        # Each rename is atomic and brings the same contents, so whoever does this
        # at the same time, or reads meanwhile, only ever sees whole files.
        for name in absent:
            (scratch / name).replace(raw / name)


@contextmanager
def scratch_folder(dataset: Dataset, cache: Path) -> Iterator[Path]:
    """Make a temporary folder from which files can be renamed into the cache.

    Raises UsageError if it, or what is done within, cannot be written.
    """
    parent = dataset.raw(cache).parent
    try:
        parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=parent, prefix=".new-") as name:
            yield Path(name)
    except OSError as error:
        raise UsageError(
            f"The cache folder {cache} cannot be written: {error.strerror or error}. Make room "
            "in it and make it writable, or set XDG_CACHE_HOME to a folder that is."
        ) from error


def _find(dataset: Dataset, name: str, folder: Path) -> bytes:
    """Return a file's contents from the first intact copy in a folder."""
    try:
        if not folder.is_dir():
            raise UnfitError(f"there is no folder {folder}")
        places = [folder, dataset.raw(folder), folder / "raw"]
        paths = [place / f"{name}{end}" for place in places for end in ("", ".gz")]
        copies = [path for path in paths if path.exists()]
    except OSError as error:
        raise UnfitError(f"{folder} cannot be read: {error.strerror}") from error
    faults = []
    for path in copies:
        try:
            return verified_contents(path, dataset.files[name])
        except UnfitError as fault:
            faults.append(str(fault))
    raise UnfitError("; ".join(faults) or f"{folder} has neither {name} nor {name}.gz")


def _is_intact(path: Path, sha256: str) -> bool:
    try:
        verified_contents(path, sha256)
    except UnfitError:
        return False
    return True
