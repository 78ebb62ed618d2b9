"""What a `transform` makes of images of grey levels, where it treats each pixel by itself.

Such a transform is a table of what becomes of each level. Whether it is one is found by asking it
for images that show what any other kind would do: of each level alone, of few levels, of noise
that is dark, bright or sparse, and for some of the data set itself.
"""

import copy
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

LEVELS = 256
# Images of each kind of noise, and of the data set.
OF_A_KIND = 64
OF_THE_DATA = 256


@dataclass(frozen=True)
class Levels:
    """What becomes of each level, and of the shape of an image of a size, (height, width)."""

    table: np.ndarray
    shape: tuple[int, ...]
    size: tuple[int, ...]


def levels(dataset: Any, item: Callable[[Any, int], Any]) -> Levels | None:
    """Return the table of the `transform` of a data set like MNIST, None where it has none.

    `item(dataset, index)` returns one of its samples. The transform must be pure: it is called
    for images that the notebook does not know.
    """
    torch: Any = sys.modules["torch"]
    images = _images(dataset.data.numpy())
    twin = copy.copy(dataset)
    twin.data = torch.from_numpy(images)
    twin.targets = torch.zeros(len(images), dtype=torch.int64)
    return _table(images, [as_array(item(twin, index)[0]) for index in range(len(images))])


def _table(images: np.ndarray, made: Sequence[np.ndarray | None]) -> Levels | None:
    first = made[0]
    if first is None or first.size != images[0].size or first.dtype.kind not in "iufb":
        return None
    for each in made:
        if each is None or each.dtype != first.dtype or each.shape != first.shape:
            return None
    table = np.array([each.reshape(-1)[0] for each in made[:LEVELS] if each is not None])
    for image, each in zip(images, made, strict=True):
        if each is None or table[image].tobytes() != each.tobytes():
            return None
    return Levels(table, first.shape, images[0].shape)


def as_array(value: Any) -> np.ndarray | None:
    """Return a plain array or tensor as an array that shares its memory, None for anything else."""
    torch: Any = sys.modules["torch"]
    if type(value) is torch.Tensor:
        plain = value.layout == torch.strided and value.device.type == "cpu"
        if not plain or value.requires_grad or value.is_conj() or value.is_neg():
            return None
        try:
            value = value.numpy()
        except TypeError:  # a dtype that numpy does not have
            return None
    return value if type(value) is np.ndarray else None


def _images(data: np.ndarray) -> np.ndarray:
    """Return the images to ask for, uint8 (n, height, width): each level alone comes first."""
    size = data.shape[1:]
    alone = np.broadcast_to(np.arange(LEVELS, dtype=np.uint8)[:, None, None], (LEVELS, *size))
    noise = _noise((OF_A_KIND, *size), 1)
    few = (noise % np.arange(2, 2 + OF_A_KIND)[:, None, None]).astype(np.uint8)
    dark = (noise // 2).astype(np.uint8)
    sparse = np.where(_noise(noise.shape, 2) < LEVELS // 16, noise, 0).astype(np.uint8)
    some = data[:: max(1, len(data) // OF_THE_DATA)][:OF_THE_DATA]
    return np.concatenate([alone, noise, few, dark, 255 - dark, sparse, 255 - few, some])


def _noise(shape: tuple[int, ...], stream: int) -> np.ndarray:
    """Return noise, uint8, that draws from nobody's random numbers."""
    count = int(np.prod(shape))
    numbers = np.arange(1 + stream * count, 1 + (stream + 1) * count, dtype=np.uint64)
    # The finaliser of MurmurHash3.
    for factor in (0xFF51AFD7ED558CCD, 0xC4CEB9FE1A85EC53):
        numbers = (numbers ^ (numbers >> np.uint64(33))) * np.uint64(factor)
    return ((numbers >> np.uint64(33)) & np.uint64(255)).astype(np.uint8).reshape(shape)
