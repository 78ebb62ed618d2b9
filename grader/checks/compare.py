"""Comparing what a student's code answered with what it should have been.

Every function returns where the two agree and raises CheckFailed where they do not, with the
worst element as evidence.
"""

from grader.asking.compare import (
    MOST_NUMBERS,
    agrees,
    array,
    close,
    differing,
    factor,
    is_real,
    misshapen,
    numpy_array,
    proportional,
    require_numbers,
    same_shape,
    unchanged,
    writes_nothing,
    wrong_values,
)

__all__ = [
    "MOST_NUMBERS",
    "agrees",
    "array",
    "close",
    "differing",
    "factor",
    "is_real",
    "misshapen",
    "numpy_array",
    "proportional",
    "require_numbers",
    "same_shape",
    "unchanged",
    "writes_nothing",
    "wrong_values",
]
