"""Images of PIL."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

import numpy as np

from .. import looking
from .base import MOST_CONVERTED, Make, OfLibrary, all_of, is_text, require

# The dtype and the channels of the pixels, by PIL's name of the mode.
MODES: Final[Mapping[str, tuple[str, int]]] = {
    "1": ("bool", 0),
    **dict.fromkeys(("L", "P"), ("uint8", 0)),
    **dict.fromkeys(("LA", "PA"), ("uint8", 2)),
    **dict.fromkeys(("RGB", "YCbCr", "LAB", "HSV"), ("uint8", 3)),
    **dict.fromkeys(("RGBA", "CMYK"), ("uint8", 4)),
    "I": ("int32", 0),
    "F": ("float32", 0),
    "I;16": ("uint16", 0),
}


@dataclass(frozen=True, slots=True, eq=False)
class Picture(OfLibrary):
    """An image of PIL.

    `array` are its pixels, (height, width) or (height, width, channels), of the dtype that the
    `mode` has: uint8 for "L", "P", "RGB", "RGBA" and most others, bool for "1", int32 for "I",
    float32 for "F". `palette` are the colours of a "P" or "PA", uint8 (n, 3), None for any other.
    """

    called = "PIL image"

    array: np.ndarray
    mode: str
    palette: np.ndarray | None = None

    def __post_init__(self) -> None:
        """Check the fields. Raises ValueError."""
        require(is_text(self.mode) and self.mode in MODES, "an image has no such mode")
        dtype, channels = MODES[self.mode]
        array, palette = self.array, self.palette
        require(
            type(array) is np.ndarray
            and array.dtype.name == dtype
            and array.shape[2:] == ((channels,) if channels else ())
            and array.ndim == 2 + bool(channels)
            and 0 not in array.shape,
            f"the pixels of an image of the mode {self.mode} are {dtype}, of another shape",
        )
        require(
            (palette is None) is (self.mode not in ("P", "PA"))
            and (
                palette is None
                or (
                    type(palette) is np.ndarray
                    and palette.dtype == np.uint8
                    and palette.ndim == 2
                    and palette.shape[1] == 3
                    and len(palette) <= 256
                )
            ),
            "a palette has up to 256 colours, and images of the modes P and PA alone have one",
        )

    def pil(self) -> Any:
        """Return the image. Imports PIL."""
        from PIL import Image  # noqa: PLC0415 - only where it is asked for

        height, width = self.array.shape[:2]
        if self.mode == "1":
            return Image.fromarray(self.array.astype(np.uint8) * 255).convert("1")
        made = Image.frombytes(self.mode, (width, height), self.array.tobytes())
        if self.palette is not None:
            made.putpalette(self.palette.tobytes())
        return made

    made = pil


def recognised(value: Any, kind: type) -> Make | None:
    """Return what makes our own value of an image, None for anything else."""
    image = looking.loaded("PIL.Image", "Image")
    if image is looking.ABSENT or not issubclass(kind, image):
        return None
    return (lambda: _picture(value)) if all_of(kind, "PIL") else None


def _picture(value: Any) -> Picture:
    width, height = value.size
    if width * height > MOST_CONVERTED:
        raise ValueError("the image is too large")
    palette = None
    if value.mode in ("P", "PA"):
        palette = np.array(value.getpalette("RGB"), np.uint8).reshape(-1, 3)
    pixels = np.array(value)
    if pixels.dtype == bool:
        # PIL writes 255 for what is true.
        pixels = pixels.view(np.uint8) != 0
    return Picture(pixels, value.mode, palette)


KINDS: Final = (Picture,)
