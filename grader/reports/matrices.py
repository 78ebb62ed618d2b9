"""The values behind a verdict as small matrices, with the entries that are wrong marked."""

import math
from dataclasses import dataclass
from typing import Final, TypeGuard

import numpy as np

from grader.reports.arrays import Row, leaves, rows
from grader.results.evidence import Evidence

# Numbers that differ by less than this part of the largest look alike as they are written, and
# may well be right: what is marked must be wrong beyond doubt.
_SAME: Final = 1e-5
_ENDLESS: Final = 10_000


@dataclass(frozen=True)
class Entry:
    """One element as text, and whether it is one that is wrong."""

    text: str
    wrong: bool = False


@dataclass(frozen=True)
class Block:
    """A matrix of two dimensions; `caption` is its place in an array of more, like "[0, 1]"."""

    caption: str
    rows: tuple[tuple[Entry, ...], ...]


@dataclass(frozen=True)
class Matrix:
    """A named value: `blocks` of an array, or `text` for anything else and for what is too large.

    `kind` is "input", "expected" or "got", `note` tells the shape, and the type where it matters.
    `flat` says whether it has one dimension only.
    """

    label: str
    kind: str
    note: str
    blocks: tuple[Block, ...] = ()
    text: str = ""
    flat: bool = False


def matrices(evidence: Evidence) -> list[Matrix]:
    """Return what `evidence` shows: the inputs, what was expected, and what came."""
    wrong = _wrong(evidence)
    kinds = ["input"] * len(evidence.inputs)
    kinds += ["expected"] * (evidence.expected is not None) + ["got"] * (evidence.got is not None)
    return [
        _matrix(row, kind, wrong if kind != "input" else frozenset())
        for row, kind in zip(rows(evidence), kinds, strict=True)
    ]


def _matrix(row: Row, kind: str, wrong: frozenset[tuple[int, ...]]) -> Matrix:
    item = row.item
    if not item.shape or not isinstance(item.value, tuple) or 0 in item.shape:
        marked = Entry(row.writing.body(item, None, _ENDLESS), () in wrong)
        scalar = (Block("", ((marked,),)),) if marked.wrong else ()
        return Matrix(row.label, kind, row.note(), scalar, text=marked.text)
    elements = np.empty(item.shape, dtype=object)
    for place, leaf in zip(np.ndindex(item.shape), leaves(item.value), strict=True):
        elements[place] = Entry(row.writing.aligned(leaf), place in wrong)
    lead = item.shape[:-2]
    blocks = tuple(
        Block(str(list(place)) if place else "", _rows(elements[place]))
        for place in np.ndindex(lead)
    )
    return Matrix(row.label, kind, row.note(), blocks, flat=len(item.shape) == 1)


def _rows(elements: np.ndarray) -> tuple[tuple[Entry, ...], ...]:
    return tuple(tuple(row) for row in np.atleast_2d(elements))


def _wrong(evidence: Evidence) -> frozenset[tuple[int, ...]]:
    """Return the places at which what came is visibly not what was expected."""
    places = {evidence.worst.index} if evidence.worst is not None else set()
    expected, got = evidence.expected, evidence.got
    if expected is None or got is None or expected.shape != got.shape or not expected.shape:
        return frozenset(places)
    pairs = list(zip(leaves(expected.value), leaves(got.value), strict=False))
    if len(pairs) != math.prod(expected.shape):
        return frozenset(places)
    largest = max((abs(each) for pair in pairs for each in pair if _finite(each)), default=0.0)
    every = zip(np.ndindex(expected.shape), pairs, strict=True)
    return frozenset(places | {place for place, pair in every if _differ(*pair, largest)})


def _differ(expected: object, got: object, largest: float) -> bool:
    if _finite(expected) and _finite(got):
        return abs(expected - got) > _SAME * largest
    return expected != got


def _finite(value: object) -> TypeGuard[float]:
    return isinstance(value, int | float) and not isinstance(value, bool)
