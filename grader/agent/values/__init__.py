"""What stands, on the wire and in the grader, for objects of libraries and of a notebook's own.

The grader need not have torch, pandas, scipy or PIL. Each class here holds what such an object
does as arrays and plain values, and has a method that makes the library's object of it, which
imports the library only then. All of them check what they are given, whoever gives it: they raise
ValueError (TypeError) for what no object of the library could be.

Two are equal where their types and fields are, arrays by dtype, shape and every byte but for NaNs.

A library has a file of its own: with its classes, and `recognised`, which tells its objects.
"""

from collections.abc import Mapping
from typing import Any, Final

from . import numpy_masked, own, pandas_tables, pil_images, scipy_sparse, torch_tensors
from .base import Described, Make, OfLibrary, Ref, Tagged
from .numpy_masked import Masked
from .own import Failure, Member, Named, Record, parts, rebuilt
from .pandas_tables import Categories, Frame, Index, Missing, MultiIndex, Series
from .pil_images import Picture
from .scipy_sparse import Sparse
from .torch_tensors import TENSOR_DTYPES, Tensor

__all__ = [
    "KINDS",
    "TENSOR_DTYPES",
    "Categories",
    "Described",
    "Failure",
    "Frame",
    "Index",
    "Masked",
    "Member",
    "Missing",
    "MultiIndex",
    "Named",
    "OfLibrary",
    "Picture",
    "Record",
    "Ref",
    "Series",
    "Sparse",
    "Tagged",
    "Tensor",
    "parts",
    "rebuilt",
    "recognised",
]

# A library more is a file, and a word here.
_LIBRARIES: Final = (numpy_masked, torch_tensors, pandas_tables, scipy_sparse, pil_images)

# The classes whose fields travel, by their names.
KINDS: Final[Mapping[str, type]] = {
    kind.__name__: kind for each in (*_LIBRARIES, own) for kind in each.KINDS
}


def recognised(value: Any, kind: type) -> Make | None:
    """Return what makes one of our own values of an object of a library, None for any other.

    A library's objects are looked for only where it is imported already. A class that a student
    derived from one of its goes by the library's own methods, as far as these call none of the
    derived class; of others nothing is told.
    """
    return next(filter(None, (each.recognised(value, kind) for each in _LIBRARIES)), None)
