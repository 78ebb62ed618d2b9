"""The numbers that questions are asked with: arrays made from a few small values."""

from dataclasses import dataclass
from typing import Final, Self

import numpy as np
from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy

SIZES: Final = st.integers(1, 5)
# One to four axes; four of length four make 256 elements at most.
SHAPES: Final = st.lists(st.integers(1, 4), min_size=1, max_size=4).map(tuple)
MATRICES: Final = st.tuples(SIZES, SIZES)

# The simplest first: shrinking ends in it.
KINDS: Final = ("integers", "normal", "zeros", "large", "tiny")
DTYPES: Final = ("float64", "float32")
LAYOUTS: Final = ("C", "F", "strided")

# Small numbers to compute with by hand. No zeros: a zero hides what it is multiplied by.
INTEGERS: Final = (1.0, 2.0, 3.0, -1.0, -2.0)
MANY_ZEROS: Final = (0.0, 1.0, 0.0, -2.0, 3.0)
SCALES: Final = {"normal": 1.0, "large": 1e3, "tiny": 1e-3}


@dataclass(frozen=True)
class Numbers:
    """How the arrays of a case are filled.

    `kind` is how large the numbers are, `dtype` and `layout` are those of the arrays that a layer
    is given: loaders deliver float32, and arrays come in every layout.
    """

    kind: str = "integers"
    dtype: str = "float64"
    layout: str = "C"
    seed: int = 0

    @classmethod
    def strategy(cls) -> SearchStrategy[Self]:
        """Return how they are drawn, small integers first."""
        return st.builds(
            cls,
            kind=st.sampled_from(KINDS),
            dtype=st.sampled_from(DTYPES),
            layout=st.sampled_from(LAYOUTS),
            seed=st.integers(0, 2**16),
        )

    def array(self, which: int, *shape: int) -> np.ndarray:
        """Return the array number `which` of the case, float64 in C order."""
        if self.kind in SCALES:
            random = np.random.default_rng([self.seed, which])
            return SCALES[self.kind] * random.standard_normal(shape)
        numbers = MANY_ZEROS if self.kind == "zeros" else INTEGERS
        if self.seed == 0:
            # What shrinking ends in: numbers in a row, each array with a start of its own.
            return np.resize(np.roll(numbers, -which), shape)
        return np.random.default_rng([self.seed, which]).choice(numbers, size=shape)

    def given(self, which: int, *shape: int) -> np.ndarray:
        """Return the array number `which` as a layer is given it: of the dtype, in the layout."""
        return laid_out(self.array(which, *shape).astype(self.dtype), self.layout)


def laid_out(array: np.ndarray, layout: str) -> np.ndarray:
    """Return an equal array in the layout "C", "F" or "strided" (every other element).

    Arrays of one row, one column or one element are contiguous in any case.
    """
    if layout == "F":
        return np.asfortranarray(array)
    if layout == "strided" and array.ndim:
        return np.repeat(array, 2, axis=-1)[..., ::2]
    return np.ascontiguousarray(array)


def read_only(array: np.ndarray) -> np.ndarray:
    """Return a view of `array`, in its layout, through which it cannot be changed.

    A layer that works in place fails on it whatever else is asked: use it only where that is the
    question.
    """
    view = array.view()
    view.flags.writeable = False
    return view
