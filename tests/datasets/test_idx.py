"""Reading images and labels, strictly."""

import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import cast

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from grader.datasets import Located, Split, load_images
from grader.errors import InternalError, UsageError
from tests.datasets.tiny import CONTENTS, TRAIN_IMAGES, TRAIN_LABELS, dataset_of, idx, write


def located_with(root: Path, changed: Mapping[str, bytes]) -> Located:
    """Write files with the given changes, declared as the right ones."""
    contents = {**CONTENTS, **changed}
    write(root / "Tiny" / "raw", contents)
    return Located(dataset_of(contents), root, "the test")


@given(
    n=st.integers(0, 20), seed=st.integers(0, 2**32 - 1), split=st.sampled_from(["train", "test"])
)
def test_images_are_read_as_they_were_written(n: int, seed: int, split: Split) -> None:
    """Any images and labels come back equal, in order, and read-only."""
    rng = np.random.default_rng(seed)
    images = rng.integers(0, 256, (n, 28, 28), dtype=np.uint8)
    labels = rng.integers(0, 3, n, dtype=np.uint8)
    prefix = {"train": "train", "test": "t10k"}[split]
    changed = {
        f"{prefix}-images-idx3-ubyte": idx(images),
        f"{prefix}-labels-idx1-ubyte": idx(labels),
    }
    with tempfile.TemporaryDirectory() as folder:
        read_images, read_labels = load_images(located_with(Path(folder), changed), split)
    np.testing.assert_array_equal(read_images, images, strict=True)
    np.testing.assert_array_equal(read_labels, labels, strict=True)
    assert not read_images.flags.writeable
    assert not read_labels.flags.writeable


IMAGES = CONTENTS[TRAIN_IMAGES]
LABELS = CONTENTS[TRAIN_LABELS]


@pytest.mark.parametrize(
    ("name", "data", "said"),
    [
        (TRAIN_IMAGES, b"", "begins with nothing"),
        (TRAIN_IMAGES, b"\x00\x00\x0d\x03" + IMAGES[4:], "begins with 00 00 0d 03"),
        (TRAIN_IMAGES, LABELS, "begins with 00 00 08 01"),
        (TRAIN_IMAGES, IMAGES[:13], "header ends after 13 of 16 bytes"),
        (TRAIN_IMAGES, IMAGES[:-1], "has 3919 values where its header promises 3920"),
        (TRAIN_IMAGES, IMAGES + b"\x00", "has 3921 values"),
        # The product of the lengths is 2**96, which wraps round to 0 in 64 bits.
        (TRAIN_IMAGES, b"\x00\x00\x08\x03" + b"\x80\x00\x00\x00" * 3, "promises 9903520314"),
        (TRAIN_IMAGES, idx(np.zeros((5, 28, 27), np.uint8)), r"shape \(28, 27\)"),
        (TRAIN_IMAGES, idx(np.zeros((4, 28, 28), np.uint8)), "4 train images but 5 labels"),
        (TRAIN_LABELS, idx(np.full(5, 3, np.uint8)), "label 3 but 3 classes"),
    ],
    ids=[
        "empty",
        "type of float32",
        "labels for images",
        "header cut short",
        "a value too few",
        "a value too many",
        "overflow",
        "image shape",
        "counts differ",
        "label out of range",
    ],
)
def test_idx_is_read_strictly(tmp_path: Path, name: str, data: bytes, said: str) -> None:
    """A file that is not exactly what its header says is refused, as the grader's fault."""
    located = located_with(tmp_path, {name: data})
    with pytest.raises(InternalError, match=said) as caught:
        load_images(located, "train")
    assert not isinstance(caught.value, UsageError)


def test_file_changed_after_it_was_located(tmp_path: Path) -> None:
    """Labels that a running notebook rewrote are refused, not read."""
    located = located_with(tmp_path, {TRAIN_LABELS: idx(np.full(5, 2, np.uint8))})
    (located.raw / TRAIN_LABELS).write_bytes(idx(np.zeros(5, np.uint8)))
    with pytest.raises(UsageError, match=f"changed after it was found: .*{TRAIN_LABELS}"):
        load_images(located, "train")


def test_what_was_read_is_known_whatever_becomes_of_the_files(tmp_path: Path) -> None:
    """A process that grades many has one copy of the images, which a notebook cannot spoil."""
    located = located_with(tmp_path, {TRAIN_LABELS: idx(np.array([0, 1, 2, 0, 1], np.uint8))})
    images, labels = load_images(located, "train")
    (located.raw / TRAIN_LABELS).write_bytes(idx(np.zeros(5, np.uint8)))
    again_images, again_labels = load_images(located, "train")
    assert again_images is images
    assert again_labels is labels


def test_unknown_split(tmp_path: Path) -> None:
    """A split other than the two is refused with their names."""
    with pytest.raises(UsageError, match="'validation': name 'train' or 'test'"):
        load_images(located_with(tmp_path, {}), cast(Split, "validation"))
