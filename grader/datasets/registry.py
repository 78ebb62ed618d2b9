"""The data sets that the grader knows, and what it means to have found one."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final


@dataclass(frozen=True)
class Dataset:
    """A data set of small grey images in MNIST's four files.

    `name` is the name of torchvision's class. `files` maps each uncompressed
    file's name to the SHA-256 of its contents, in hexadecimal. `classes` are the
    names of the labels 0, 1, ... as torchvision spells them. `debian_folder` is
    where `debian_package` puts the files, below a share folder. `mirrors` are where
    torchvision downloads from, in place of its own.
    """

    name: str
    files: Mapping[str, str] = field(hash=False)
    classes: tuple[str, ...]
    debian_package: str
    debian_folder: str
    mirrors: tuple[str, ...] = ()

    def raw(self, root: Path) -> Path:
        """Return the folder in which torchvision, given `root`, reads the files."""
        return root / self.name / "raw"


DATASETS: Final[Mapping[str, Dataset]] = {
    "FashionMNIST": Dataset(
        name="FashionMNIST",
        files={
            "train-images-idx3-ubyte": (
                "c59f468a2f672dc815687fe0f83887768d799fd8a3f3276145d20f83aa44d888"
            ),
            "train-labels-idx1-ubyte": (
                "bad3541b69d912435c50bb6ba87bec294ff4f6a2e1246121d8633921760443d9"
            ),
            "t10k-images-idx3-ubyte": (
                "5b4141f0afbad91edebe8549f8fcffe087ea10ca49f1dbef5c9a5cd8815ce37b"
            ),
            "t10k-labels-idx1-ubyte": (
                "0402a96d92fd2663957122ceb108a494c5af83dab82d92729df917d7dec38c34"
            ),
        },
        classes=(
            "T-shirt/top",
            "Trouser",
            "Pullover",
            "Dress",
            "Coat",
            "Sandal",
            "Shirt",
            "Sneaker",
            "Bag",
            "Ankle boot",
        ),
        debian_package="dataset-fashion-mnist",
        debian_folder="datasets/fashion-mnist",
        # torchvision itself asks the first of these without https.
        mirrors=(
            "https://fashion-mnist.s3.eu-central-1.amazonaws.com/",
            "https://github.com/zalandoresearch/fashion-mnist/raw/master/data/fashion/",
        ),
    )
}
"""The data sets that can be found by name."""


@dataclass(frozen=True)
class Located:
    """A data set whose files were found and verified.

    `root` is what torchvision calls root: `root/<name>/raw` holds the
    uncompressed files. `source` says where they were found, as a fragment of a
    sentence for people, such as "the cache folder".
    """

    dataset: Dataset
    root: Path
    source: str

    @property
    def raw(self) -> Path:
        """The folder that holds the uncompressed files."""
        return self.dataset.raw(self.root)
