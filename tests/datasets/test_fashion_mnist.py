"""The real data set: found in Debian's package, and read as torchvision reads it."""

import hashlib
import importlib.util
import subprocess
import sys
from pathlib import Path
from typing import cast

import numpy as np
import pytest

from grader.datasets import DATASETS, Split, load_images, locate

FASHION = DATASETS["FashionMNIST"]
DEBIAN_FASHION = Path("/usr/share") / FASHION.debian_folder

needs_debian_package = pytest.mark.skipif(
    not DEBIAN_FASHION.is_dir(), reason="Debian's package dataset-fashion-mnist is not installed"
)


@needs_debian_package
def test_debian_package_serves_fashion_mnist(cache: Path) -> None:
    """FashionMNIST comes from Debian's package, then from the cache, and reads as it should."""
    first = locate("FashionMNIST", download=False)
    assert first.source == "Debian's package dataset-fashion-mnist"
    assert first.root == cache
    again = locate("FashionMNIST", download=False)
    assert again.source == "the cache folder"
    for split, n in [("train", 60_000), ("test", 10_000)]:
        images, labels = load_images(again, cast(Split, split))
        assert images.shape == (n, 28, 28)
        assert images.dtype == labels.dtype == np.uint8
        # Every class has as many images as the others.
        assert np.bincount(labels).tolist() == [n // 10] * 10
    # The first training image is an ankle boot.
    assert FASHION.classes[load_images(again, "train")[1][0]] == "Ankle boot"


@needs_debian_package
@pytest.mark.skipif(not importlib.util.find_spec("torchvision"), reason="torchvision is missing")
def test_torchvision_reads_what_was_located() -> None:
    """Given `root`, torchvision downloads nothing, and has the same data and names."""
    located = locate("FashionMNIST", download=False)
    program = """
import hashlib, sys, torchvision
for train in True, False:
    data = torchvision.datasets.FashionMNIST(sys.argv[1], train=train, download=False)
    print(hashlib.sha256(data.data.numpy()).hexdigest())
    print(hashlib.sha256(data.targets.numpy().astype("uint8")).hexdigest())
print(*data.classes, sep=",")
"""
    printed = subprocess.run(
        [sys.executable, "-c", program, str(located.root)],
        capture_output=True,
        text=True,
        check=True,
    ).stdout.split("\n")
    arrays = [*load_images(located, "train"), *load_images(located, "test")]
    assert printed[:4] == [hashlib.sha256(array.tobytes()).hexdigest() for array in arrays]
    assert printed[4] == ",".join(FASHION.classes)
