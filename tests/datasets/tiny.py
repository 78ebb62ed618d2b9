"""A data set small enough for tests, and its files."""

import gzip
import hashlib
from collections.abc import Mapping
from pathlib import Path

import numpy as np
import numpy.typing as npt

from grader.datasets import Dataset, Located

TRAIN_IMAGES = "train-images-idx3-ubyte"
TRAIN_LABELS = "train-labels-idx1-ubyte"
TEST_LABELS = "t10k-labels-idx1-ubyte"


def idx(array: npt.NDArray[np.uint8]) -> bytes:
    """Write an array as an IDX file, independently of the code under test."""
    header = bytes([0, 0, 8, array.ndim])
    return header + b"".join(n.to_bytes(4, "big") for n in array.shape) + array.tobytes()


def tiny_contents(images: int = 5) -> dict[str, bytes]:
    """Make the four files of a data set: random images, labels 0, 1, 2, 0, ..."""
    rng = np.random.default_rng(0)
    contents = {}
    for prefix, n in [("train", images), ("t10k", 3)]:
        values = rng.integers(0, 256, (n, 28, 28), dtype=np.uint8)
        contents[f"{prefix}-images-idx3-ubyte"] = idx(values)
        contents[f"{prefix}-labels-idx1-ubyte"] = idx(np.arange(n, dtype=np.uint8) % 3)
    return contents


def dataset_of(contents: Mapping[str, bytes]) -> Dataset:
    """Describe files as a data set that no package and no torchvision has."""
    return Dataset(
        name="Tiny",
        files={name: hashlib.sha256(data).hexdigest() for name, data in contents.items()},
        classes=("a", "b", "c"),
        debian_package="dataset-tiny",
        debian_folder="datasets/tiny",
    )


CONTENTS = tiny_contents()
TINY = dataset_of(CONTENTS)


def write(folder: Path, contents: Mapping[str, bytes], *, zipped: bool = False) -> Path:
    """Write files into a folder, gzipped if wanted, and return the folder."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, data in contents.items():
        if zipped:
            (folder / f"{name}.gz").write_bytes(gzip.compress(data))
        else:
            (folder / name).write_bytes(data)
    return folder


def holds_exactly(located: Located, contents: Mapping[str, bytes]) -> bool:
    """Whether the located files, and no others, are there with the right contents."""
    return {p.name: p.read_bytes() for p in located.raw.iterdir()} == dict(contents)
