"""What a student drew of a training, as a result keeps it: curves and pictures, bounded in size."""

import base64
import struct
import zlib
from dataclasses import dataclass
from typing import Annotated, Final, Self

import numpy as np
from annotated_types import MaxLen

from grader.models import Model, Pattern
from grader.results.evidence import Finite
from grader.text import Line

MOST_POINTS: Final = 200
MOST_EXAMPLES: Final = 12
# 128 by 128 grey levels that cannot be compressed; FashionMNIST's pictures take under a thousand.
_LONGEST_PICTURE: Final = 24_000
_DIGITS: Final = 6


@dataclass(frozen=True, slots=True, kw_only=True)
class Curve(Model):
    """A line over the steps or epochs of a training."""

    name: Line
    """What it shows, such as "loss"."""
    x: Annotated[tuple[Finite, ...], MaxLen(MOST_POINTS)]
    y: Annotated[tuple[Finite, ...], MaxLen(MOST_POINTS)]

    @classmethod
    def of(cls, name: str, x: np.ndarray, y: np.ndarray) -> Self:
        """Return the curve through the finite points of `x` and `y`, float64 (n,) each.

        Of more than 200 points, each point kept is the mean of its neighbours, as many for each.
        """
        finite = np.isfinite(x) & np.isfinite(y)
        x, y = x[finite], y[finite]
        if len(x) > MOST_POINTS:
            x, y = (_means(each) for each in (x, y))
        return cls(name=name, x=_rounded(x), y=_rounded(y))

    def require_sound(self) -> None:
        """Raise ValueError where the points are no points."""
        if len(self.x) != len(self.y):
            raise ValueError("a curve has as many x as y")


@dataclass(frozen=True, slots=True, kw_only=True)
class Example(Model):
    """A picture that was drawn, and what it was taken for."""

    picture: Annotated[str, Pattern(r"^[A-Za-z0-9+/]+={0,2}$"), MaxLen(_LONGEST_PICTURE)]
    """The picture as a PNG file in base64."""
    predicted: Line | None
    """The label that the network gives it, null if that is not known."""
    true: Line

    @classmethod
    def of(cls, picture: np.ndarray, *, predicted: str | None, true: str) -> Self:
        """Return the example of a grey picture, uint8 (height, width) of up to 128 by 128."""
        encoded = base64.b64encode(png(picture)).decode("ascii")
        return cls(picture=encoded, predicted=predicted, true=true)


def png(grey: np.ndarray) -> bytes:
    """Return a picture, uint8 (height, width), as a PNG file.

    https://www.w3.org/TR/png-3/: grey levels of eight bits, every row unfiltered.
    """
    height, width = grey.shape
    rows = np.zeros((height, width + 1), np.uint8)
    rows[:, 1:] = grey
    header = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    chunks = [(b"IHDR", header), (b"IDAT", zlib.compress(rows.tobytes(), 9)), (b"IEND", b"")]
    return b"\x89PNG\r\n\x1a\n" + b"".join(_chunk(*each) for each in chunks)


def _chunk(kind: bytes, data: bytes) -> bytes:
    check = zlib.crc32(kind + data)
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", check)


def _means(values: np.ndarray) -> np.ndarray:
    # Dividing first: the sum of large numbers need not be finite.
    return np.array([np.sum(part / len(part)) for part in np.array_split(values, MOST_POINTS)])


def _rounded(values: np.ndarray) -> tuple[float, ...]:
    return tuple(float(f"{value:.{_DIGITS}g}") for value in values)
