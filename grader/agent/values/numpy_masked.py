"""Masked arrays of numpy."""

from dataclasses import dataclass
from typing import Any, Final

import numpy as np

from .. import looking
from .base import Make, OfLibrary, require


@dataclass(frozen=True, slots=True, eq=False)
class Masked(OfLibrary):
    """A masked array of numpy, some of which is masked.

    `data` are its values, `mask` is bool of the same shape, True where one is masked. One of which
    nothing is masked arrives as an ordinary array.
    """

    called = "masked array"

    data: np.ndarray
    mask: np.ndarray

    def __post_init__(self) -> None:
        """Check the fields. Raises ValueError."""
        require(
            type(self.data) is np.ndarray
            and type(self.mask) is np.ndarray
            and self.mask.dtype == bool
            and self.mask.shape == self.data.shape,
            "a masked array has data, and a mask of the same shape",
        )

    def numpy(self) -> Any:
        """Return the array of `numpy.ma`."""
        return np.ma.MaskedArray(self.data.copy(), self.mask.copy())

    made = numpy


def recognised(value: Any, kind: type) -> Make | None:
    """Return what makes our own value of a masked array, None where no value is masked."""
    base = looking.loaded("numpy.ma", "MaskedArray")
    if base is looking.ABSENT or not issubclass(kind, base):
        return None
    mask = looking.own(value, "_mask")
    if not issubclass(type(mask), np.ndarray) or mask.dtype != bool or not mask.any():
        return None
    data = np.ndarray.view(value, np.ndarray)
    return lambda: Masked(data, np.ndarray.view(mask, np.ndarray))


KINDS: Final = (Masked,)
