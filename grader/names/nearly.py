"""Names that are nearly the one that was asked for."""

from collections.abc import Iterable
from difflib import SequenceMatcher
from typing import Final

# `LinearLayer` is to `Linear` 0.71, and `Layer` is 0.55.
ALIKE: Final = 0.7


def nearest(name: str, candidates: Iterable[str]) -> str | None:
    """Return the candidate that is most like `name` apart from it, None where none is.

    Upper and lower case count as the same.
    """
    likeness = {
        each: SequenceMatcher(None, name.casefold(), each.casefold()).ratio()
        for each in candidates
        if each != name
    }
    best = max(likeness, key=lambda each: likeness[each], default=None)
    return best if best is not None and likeness[best] >= ALIKE else None
