"""What an error looks like: from what was returned and what was expected to a short sentence.

Pure functions that say what a wrong array has in common with the right one. `diagnose` tries them
from the most specific to the most general and returns the first that fits; a look that fits by
chance, as 1/2 does where nothing has the size 2, is told as what it is, a number.
"""

from grader.asking.diagnosis import (
    FACTOR,
    SIZED,
    Context,
    Diagnosis,
    Kind,
    Look,
    accumulated,
    diagnose,
    instead,
    keeps_axes,
    mistaken,
    not_finite,
    not_summed,
    only_wrong,
    other_signs,
    scaled,
    stale,
    transposed,
    updated,
    wrong_axis,
    zeros,
)

__all__ = [
    "FACTOR",
    "SIZED",
    "Context",
    "Diagnosis",
    "Kind",
    "Look",
    "accumulated",
    "diagnose",
    "instead",
    "keeps_axes",
    "mistaken",
    "not_finite",
    "not_summed",
    "only_wrong",
    "other_signs",
    "scaled",
    "stale",
    "transposed",
    "updated",
    "wrong_axis",
    "zeros",
]
