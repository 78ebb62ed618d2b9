"""Where a data set is looked for, and in which order."""

import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from os import environ
from pathlib import Path
from typing import Final

from platformdirs import user_cache_path

from grader.datasets.files import UnfitError, adopt, scratch_folder, verify
from grader.datasets.registry import DATASETS, Dataset, Located
from grader.errors import UsageError

FOLDER_VARIABLE: Final = "NOTEBOOK_GRADER_DATA"
"""The environment variable that names a folder with the files of a data set."""

SHARE_FOLDERS = (Path("/usr/share"), Path("/usr/local/share"))
"""Where Debian's packages, and those who install by hand, put data."""

DOWNLOAD_SECONDS: Final = 600
"""After this long a download is given up: 30 MB at 50 kB a second."""

_DOWNLOAD_PROGRAM: Final = """
import sys
try:
    import torchvision.datasets
    kind = getattr(torchvision.datasets, sys.argv[1])
    kind.mirrors = sys.argv[3:] or kind.mirrors
    kind(sys.argv[2], download=True)
except Exception as error:
    sys.exit(" ".join(str(error).split()))
"""


class DataMissingError(UsageError):
    """A data set is nowhere to be found, and nobody has named a folder that should hold it."""


def locate(
    name: str | Dataset,
    *,
    folder: Path | None = None,
    beside: Sequence[Path] = (),
    download: bool = True,
) -> Located:
    """Find a data set, or get it, and have it verified in the cache folder.

    Looked for in this order: `folder`, or else the folder that the environment
    variable NOTEBOOK_GRADER_DATA names; the cache folder; Debian's package;
    the folders `beside` a notebook that it reads from itself; torchvision's own
    download, unless `download` is false. A folder that is named must hold the
    files, plain or as .gz, directly, in `<name>/raw` or in `raw`. Several
    processes may do this at once.

    `name` is one of DATASETS, or a data set of your own.

    Raises DataMissingError when the data are nowhere to be found, and
    UsageError for an unknown name, for a named folder that does not
    hold the data, and for a cache folder that cannot be written.
    """
    dataset = _registered(name) if isinstance(name, str) else name
    cache = user_cache_path("notebook-grader") / "datasets"
    named = _named_folder(folder)
    if named is not None:
        path, source = named
        return _from_named_folder(dataset, path, source, cache)
    tried = []
    for source, attempt in _sources(dataset, cache, beside, download=download):
        try:
            attempt()
        except UnfitError as unfit:
            tried.append(f"  {source}: {unfit}")
        else:
            return Located(dataset, cache, source)
    if not download:
        tried.append("  torchvision's own download: not allowed here")
    raise DataMissingError(
        "\n".join(
            [
                f"The data set {dataset.name} was not found. Tried:",
                *tried,
                f"Install Debian's package (`apt install {dataset.debian_package}`), name a "
                f"folder that holds the files ({FOLDER_VARIABLE} can name it), or connect to the "
                "network and allow the download.",
            ]
        )
    )


def _registered(name: str) -> Dataset:
    try:
        return DATASETS[name]
    except KeyError:
        raise UsageError(
            f"There is no data set {name!r}: name one of {', '.join(DATASETS)}."
        ) from None


def _named_folder(folder: Path | None) -> tuple[Path, str] | None:
    """Return the folder that the user names, and what to call it."""
    if folder is not None:
        return folder, "the folder you named"
    if value := environ.get(FOLDER_VARIABLE):
        return Path(value), f"the folder that {FOLDER_VARIABLE} names"
    return None


def _from_named_folder(dataset: Dataset, folder: Path, source: str, cache: Path) -> Located:
    try:
        adopt(dataset, folder, cache)
    except UnfitError as unfit:
        raise UsageError(
            f"The data set {dataset.name} is not in {source} ({folder}): {unfit}. Name a folder "
            f"that holds {', '.join(dataset.files)}, each plain or as .gz, directly, in "
            f"{dataset.name}/raw or in raw; or name none, to have it looked for elsewhere."
        ) from unfit
    return Located(dataset, cache, source)


def _sources(
    dataset: Dataset, cache: Path, beside: Sequence[Path], *, download: bool
) -> Iterator[tuple[str, Callable[[], None]]]:
    """Yield each place to look at, and what gets its files into the cache."""
    yield "the cache folder", partial(verify, dataset, cache)
    for share in SHARE_FOLDERS:
        yield (
            f"Debian's package {dataset.debian_package}",
            partial(adopt, dataset, share / dataset.debian_folder, cache),
        )
    for folder in beside:
        yield "the folder that the notebook reads from", partial(adopt, dataset, folder, cache)
    if download:
        yield "torchvision's own download", partial(_download, dataset, cache)


def _download(dataset: Dataset, cache: Path) -> None:
    """Let torchvision download, in a process of its own because torch is heavy."""
    with scratch_folder(dataset, cache) as scratch:
        # -P: a torchvision.py in the working folder may be a student's.
        command = [sys.executable, "-P", "-c", _DOWNLOAD_PROGRAM, dataset.name, str(scratch)]
        command += dataset.mirrors
        try:
            done = subprocess.run(
                command,
                stdin=subprocess.DEVNULL,
                capture_output=True,
                text=True,
                errors="replace",
                timeout=DOWNLOAD_SECONDS,
                check=False,
            )
        except subprocess.TimeoutExpired:
            raise UnfitError(f"not done after {DOWNLOAD_SECONDS} seconds") from None
        except OSError as error:
            raise UnfitError(f"could not be started: {error.strerror}") from error
        if done.returncode != 0:
            lines = done.stderr.strip().splitlines() or [f"exit status {done.returncode}"]
            raise UnfitError(f"failed: {lines[-1].strip()}")
        adopt(dataset, scratch, cache)
