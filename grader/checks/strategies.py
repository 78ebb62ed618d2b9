"""What layers are fed: Hypothesis strategies for their inputs, and the arrays that these stand for.

A case holds a few small values, from which its arrays are made: drawing and shrinking stay fast,
and what shrinking ends in is a case that a person can check by hand. The values are sizes
(`SIZES`, from 1 on, so that square and not, and batches of one, all occur) and `Numbers`: how
large the numbers are, their dtype, their layout in memory. Layout and writability travel to the
student's process with the array.
"""

from grader.asking.numbers import (
    DTYPES,
    INTEGERS,
    KINDS,
    LAYOUTS,
    MANY_ZEROS,
    MATRICES,
    SCALES,
    SHAPES,
    SIZES,
    Numbers,
    laid_out,
    read_only,
)

__all__ = [
    "DTYPES",
    "INTEGERS",
    "KINDS",
    "LAYOUTS",
    "MANY_ZEROS",
    "MATRICES",
    "SCALES",
    "SHAPES",
    "SIZES",
    "Numbers",
    "laid_out",
    "read_only",
]
