"""Recognising images of a data set in pictures that were drawn of them."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from grader.agent.figures import MAX_ELEMENTS
from grader.datasets import Located, Split, load_images

# A picture shows an image where the two correlate so highly: they do by 1 whatever the scale, and
# half precision costs less than 1e-6. A few of FashionMNIST's images correlate by as much with
# another one, so it is the most alike that counts.
SAME: Final = 0.999
# A picture that correlates by less with every image shows none of them. Noise reaches 0.17 with
# the most alike of FashionMNIST's 70,000.
UNLIKE: Final = 0.3

# Few enough images and views at a time for their floats to take some megabytes.
_CHUNK: Final = 5000
_VIEWS: Final = 500
_TURNED: Final[tuple[Callable[[np.ndarray], np.ndarray], ...]] = (
    np.ascontiguousarray,
    np.transpose,
    np.flipud,
)
_SPLITS: Final[tuple[Split, ...]] = ("test", "train")


@dataclass(frozen=True)
class Match:
    """What a picture shows: the image of the data set that is most like it, and its label.

    `likeness` is the absolute correlation of the two, 0 for a picture that cannot be compared.
    """

    likeness: float = 0.0
    image: np.ndarray | None = None
    label: int = -1

    @property
    def same(self) -> bool:
        """Whether the picture shows this image."""
        return self.likeness >= SAME


def recognise(pictures: Sequence[np.ndarray], located: Located) -> list[Match]:
    """Return what each picture shows, of shape (height, width) or (height, width, channels).

    A picture may be of any scale, a negative, grey in colours, transposed, upside down (as a mesh
    is drawn whose rows count upwards), and enlarged by a whole factor. The test images are looked
    at first, since most pictures are among them.
    """
    found = [Match()] * len(pictures)
    upright = [_view(each) for each in pictures]
    for turned in _TURNED:
        for split in _SPLITS:
            left = [
                (number, turned(view))
                for number, view in enumerate(upright)
                if view is not None and not found[number].same
            ]
            if not left:
                return found
            images, labels = load_images(located, split)
            for start in range(0, len(left), _VIEWS):
                part = left[start : start + _VIEWS]
                views = np.stack([view.ravel() for _, view in part])
                rows, likenesses = _most_alike(images, views)
                for (number, _), row, likeness in zip(part, rows, likenesses, strict=True):
                    if likeness > found[number].likeness:
                        found[number] = Match(float(likeness), images[row], int(labels[row]))
    return found


@np.errstate(all="ignore")
def _view(picture: np.ndarray, size: int = 28) -> np.ndarray | None:
    """Return a picture as float32 (size, size), of mean 0 and length 1; None where it is none."""
    factor = len(picture) // size
    # An honest process thins what it describes: more is what nobody drew.
    if not 0 < picture.size <= MAX_ELEMENTS or picture.shape[:2] != (factor * size, factor * size):
        return None
    grey = picture.astype(np.float64)
    grey = grey[..., :3].mean(axis=-1) if grey.ndim == 3 else grey
    small = grey.reshape(size, factor, size, factor).mean(axis=(1, 3))
    centred = small - small.mean()
    length = np.linalg.norm(centred)
    if not np.isfinite(length) or length == 0:
        return None
    return np.asarray(centred / length, np.float32)


def _most_alike(images: np.ndarray, views: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return for each view the row of the most alike image, and the likeness of the two."""
    best, rows = np.full(len(views), -1.0), np.zeros(len(views), np.intp)
    for start in range(0, len(images), _CHUNK):
        part = images[start : start + _CHUNK].reshape(-1, views.shape[1]).astype(np.float32)
        # A view's mean is 0, so that the image's own takes no part in their product.
        variance = np.einsum("ij,ij->i", part, part) - part.sum(axis=1) ** 2 / part.shape[1]
        products = np.abs(part @ views.T)
        likeness = products / np.sqrt(np.maximum(variance, 1))[:, np.newaxis]
        top = likeness.argmax(axis=0)
        highest = likeness[top, np.arange(len(views))]
        better = highest > best
        best[better], rows[better] = highest[better], top[better] + start
    return rows, best
