"""Reading images and labels from MNIST's IDX files.

The format is two zero bytes, a type code (0x08 for uint8), the number of
dimensions, each dimension's length as a big-endian uint32, then the values in
C order: http://yann.lecun.com/exdb/mnist/.
"""

from math import prod
from typing import Final, Literal

import numpy as np
import numpy.typing as npt

from grader.datasets.files import UnfitError, verified_contents
from grader.datasets.registry import Located
from grader.errors import InternalError, UsageError

Split = Literal["train", "test"]

_PREFIXES: Final = {"train": "train", "test": "t10k"}
_IMAGE_SHAPE: Final = (28, 28)
# The files of one data set, for the many submissions that a process grades.
MOST_REMEMBERED: Final = 4
_read_before: dict[tuple[str, int], npt.NDArray[np.uint8]] = {}


def load_images(
    located: Located, split: Split
) -> tuple[npt.NDArray[np.uint8], npt.NDArray[np.uint8]]:
    """Read the images, shape (n, 28, 28), and the labels, shape (n,), of a split.

    Both arrays are read-only. The files are verified again, because a notebook
    may have run since they were located. What was verified and read once is not
    read again, whatever becomes of the files.

    Raises UsageError if there is no such split or a file has changed, and
    InternalError if verified files are not the IDX files that they should be.
    """
    if split not in _PREFIXES:
        raise UsageError(f"There is no split {split!r}: name 'train' or 'test'.")
    images = _read(located, f"{_PREFIXES[split]}-images-idx3-ubyte", ndim=3)
    labels = _read(located, f"{_PREFIXES[split]}-labels-idx1-ubyte", ndim=1)
    dataset = located.dataset
    if images.shape[1:] != _IMAGE_SHAPE:
        raise InternalError(
            f"The {split} images of {dataset.name} have the shape {images.shape[1:]} "
            f"instead of {_IMAGE_SHAPE}: its entry in the grader is wrong."
        )
    if len(images) != len(labels):
        raise InternalError(
            f"{dataset.name} has {len(images)} {split} images but {len(labels)} labels: "
            "its entry in the grader is wrong."
        )
    if labels.size and labels.max() >= len(dataset.classes):
        raise InternalError(
            f"{dataset.name} has a {split} label {labels.max()} but {len(dataset.classes)} "
            "classes: its entry in the grader is wrong."
        )
    return images, labels


def _read(located: Located, name: str, *, ndim: int) -> npt.NDArray[np.uint8]:
    path, sha256 = located.raw / name, located.dataset.files[name]
    if (sha256, ndim) in _read_before:
        return _read_before[sha256, ndim]
    try:
        contents = verified_contents(path, sha256)
    except UnfitError as unfit:
        raise UsageError(
            f"A file of {located.dataset.name} changed after it was found: {unfit}. Start "
            "again, and the file is replaced."
        ) from unfit
    fault = _fault(contents, ndim)
    if fault:
        raise InternalError(f"{path} is no IDX file of uint8: {fault}.")
    header = 4 + 4 * ndim
    found = np.frombuffer(contents, np.uint8, offset=header).reshape(_lengths(contents, ndim))
    while len(_read_before) >= MOST_REMEMBERED:
        del _read_before[next(iter(_read_before))]
    _read_before[sha256, ndim] = found
    return found


def _fault(contents: bytes, ndim: int) -> str | None:
    """Return what is wrong with the header or the size, or None."""
    magic = bytes([0, 0, 0x08, ndim])
    if contents[:4] != magic:
        return f"it begins with {contents[:4].hex(' ') or 'nothing'} instead of {magic.hex(' ')}"
    header = 4 + 4 * ndim
    if len(contents) < header:
        return f"its header ends after {len(contents)} of {header} bytes"
    values = prod(_lengths(contents, ndim))
    if len(contents) != header + values:
        return f"it has {len(contents) - header} values where its header promises {values}"
    return None


def _lengths(contents: bytes, ndim: int) -> list[int]:
    """Return the length of each dimension, as Python integers, which cannot overflow."""
    return [int(n) for n in np.frombuffer(contents, ">u4", count=ndim, offset=4)]
