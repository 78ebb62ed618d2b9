"""What an error looks like: from what was returned and what was expected to a short sentence.

Pure functions that say what a wrong array has in common with the right one. `diagnose` tries them
from the most specific to the most general and returns the first that fits; a look that fits by
chance, as 1/2 does where nothing has the size 2, is told as what it is, a number.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field, replace
from itertools import combinations_with_replacement
from typing import Final, Literal

import numpy as np

from grader.asking.compare import agrees, factor
from grader.i18n import _, _n, marked

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

Kind = Literal[
    "not finite", "zeros", "stale", "mistaken", "accumulated", "updated", "divided", "multiplied",
    "sign", "factor", "signs", "transposed", "shape", "not summed", "wrong axis", "instead",
]  # fmt: skip

# How exactly a factor must be met; the arrays themselves are compared by the tolerance.
FACTOR: Final = 1e-4


# Looks that fit by chance where sizes are equal: an example must have different ones.
SIZED: Final[frozenset[Kind]] = frozenset(
    {"mistaken", "transposed", "shape", "not summed", "wrong axis"}
)


@dataclass(frozen=True, slots=True)
class Diagnosis:
    """What an error looks like. `sentence` goes on after the name of what is wrong.

    `names` are what may explain it, any one of which may be the true one. Where it is a multiple,
    `by` is of how much. `others` are what it looks like as well, which is told less plainly.
    """

    kind: Kind
    sentence: str
    names: frozenset[str] = frozenset()
    by: str = ""
    others: tuple["Diagnosis", ...] = ()

    @property
    def sized(self) -> bool:
        """Whether an example tells this only where its sizes differ."""
        return self.kind in SIZED or len(self.names) > 1

    @property
    def causes(self) -> frozenset[tuple[str, str]]:
        """What may be behind it: what is in all examples of one error, can be."""
        named = {(str(self.kind), each) for each in self.names}
        return frozenset(named | ({("by", self.by)} if self.by else set()) or {(self.kind, "")})


# What was found since somebody began to listen, in the order in which it was. None where nobody
# does. Where `_silent`, nothing is found.
_heard: Final[ContextVar[list[Diagnosis | None] | None]] = ContextVar("heard", default=None)
_silent: Final[ContextVar[bool]] = ContextVar("silent", default=False)


@contextmanager
def listening() -> Iterator[list[Diagnosis | None]]:
    """Give the list of what `diagnose` returns meanwhile."""
    heard: list[Diagnosis | None] = []
    token = _heard.set(heard)
    try:
        yield heard
    finally:
        _heard.reset(token)


@contextmanager
def silence() -> Iterator[None]:
    """Let `diagnose` find nothing meanwhile, as where one example would say more than is true."""
    token = _silent.set(True)
    try:
        yield
    finally:
        _silent.reset(token)


@dataclass(frozen=True, kw_only=True)
class Context:
    """What else is known of an answer.

    `terms` and `magnitude` are those of `tolerance`. `sizes` are sizes by their names ("the batch
    size"), `rates` other numbers that may have got into it ("the learning rate"). `others` are
    arrays that may have been mistaken for it ("the gradient that it was given"). `earlier` is
    what an earlier call gave, `updated` what weights after the update would give. `unsummed` are
    the terms whose sum over the first axis is expected. `instead` are what other ways to compute
    it give, by what is told of them: they go on after the name of what is wrong.
    """

    terms: int
    magnitude: np.ndarray | float
    sizes: Mapping[str, int] = field(default_factory=dict)
    rates: Mapping[str, float] = field(default_factory=dict)
    others: Mapping[str, np.ndarray] = field(default_factory=dict)
    earlier: np.ndarray | None = None
    updated: np.ndarray | None = None
    unsummed: np.ndarray | None = None
    instead: Mapping[str, np.ndarray] = field(default_factory=dict)

    def same(self, got: np.ndarray, expected: np.ndarray) -> bool:
        """Whether two arrays have one shape and differ by no more than rounding."""
        return agrees(got, expected, terms=2 * self.terms, magnitude=self.magnitude)


Look = Callable[[np.ndarray, np.ndarray, Context], Diagnosis | None]


def diagnose(got: np.ndarray, expected: np.ndarray, context: Context) -> Diagnosis | None:
    """Return what the difference of `got` from `expected` looks like, None where like nothing.

    Both are float64, of any shapes.
    """
    found = None if _silent.get() else _looked(got, expected, context)
    heard = _heard.get()
    if heard is not None:
        heard.append(found)
    return found


def _looked(got: np.ndarray, expected: np.ndarray, context: Context) -> Diagnosis | None:
    with np.errstate(all="ignore"):
        looks = [look(got, expected, context) for look in _LOOKS]
    found = [each for look in looks if look is not None for each in (look, *look.others)]
    return _first(found)


def _first(found: Sequence[Diagnosis]) -> Diagnosis | None:
    """Return what is told of several, with the others; None where there is none."""
    return replace(found[0], others=tuple(found[1:])) if found else None


def not_finite(got: np.ndarray, expected: np.ndarray, _context: Context) -> Diagnosis | None:
    """Recognise NaN or infinity where a number was expected."""
    if np.all(np.isfinite(got)) or not np.all(np.isfinite(expected)):
        return None
    what = _("NaN (not a number)") if np.any(np.isnan(got)) else _("infinite numbers")
    return Diagnosis("not finite", _("contains {what}.", what=what))


def zeros(got: np.ndarray, expected: np.ndarray, _context: Context) -> Diagnosis | None:
    """Recognise nothing but zeros where something else was expected."""
    if not got.size or np.any(got) or not np.any(expected):
        return None
    return Diagnosis("zeros", _("is 0 everywhere."))


def stale(got: np.ndarray, expected: np.ndarray, context: Context) -> Diagnosis | None:
    """Recognise what an earlier call gave, in the place of what this one should."""
    earlier = context.earlier
    if earlier is None or not context.same(got, earlier) or context.same(got, expected):
        return None
    return Diagnosis("stale", _("is that of the batch before."))


def mistaken(got: np.ndarray, _expected: np.ndarray, context: Context) -> Diagnosis | None:
    """Recognise another array in the place of the right one."""
    if not np.any(got != 0):
        return None
    names = [
        name
        for name, other in context.others.items()
        if got.shape == other.shape and np.array_equal(got, other)
    ]
    return _first(
        [Diagnosis("mistaken", _("is {name}.", name=name), frozenset({name})) for name in names]
    )


def accumulated(got: np.ndarray, expected: np.ndarray, context: Context) -> Diagnosis | None:
    """Recognise the sum of what was expected and what an earlier call gave."""
    earlier = context.earlier
    if earlier is None or not got.shape == earlier.shape == expected.shape:
        return None
    if not np.any(earlier):
        return None
    if not context.same(got - earlier, expected):
        return None
    return Diagnosis("accumulated", _("is the sum of this one and the one before."))


def updated(got: np.ndarray, _expected: np.ndarray, context: Context) -> Diagnosis | None:
    """Recognise what was expected, but from the weights after the update."""
    if context.updated is None or not context.same(got, context.updated):
        return None
    return Diagnosis("updated", _("is computed from the weights after their update."))


def instead(got: np.ndarray, expected: np.ndarray, context: Context) -> Diagnosis | None:
    """Recognise what is computed in another way that is known."""
    if context.same(got, expected) or not np.any(got):
        return None
    return _first(
        [
            Diagnosis("instead", told, frozenset({told}))
            for told, other in context.instead.items()
            if context.same(got, other)
        ]
    )


def keeps_axes(got: np.ndarray, expected: np.ndarray, context: Context) -> Diagnosis | None:
    """Recognise the right numbers with axes of length 1 too many or too few."""
    if got.shape == expected.shape or got.size != expected.size:
        return None
    if [n for n in got.shape if n != 1] != [n for n in expected.shape if n != 1]:
        return None
    if not context.same(got.reshape(expected.shape), expected):
        return None
    return Diagnosis(
        "shape",
        _(
            "has the right numbers, but the shape {got}; expected is {expected}.",
            got=got.shape,
            expected=expected.shape,
        ),
    )


def scaled(got: np.ndarray, expected: np.ndarray, context: Context) -> Diagnosis | None:
    """Recognise what was expected, times one number, and the size that this is."""
    if got.shape != expected.shape or expected.size < 1 or not np.any(expected):
        return None
    by = factor(got, expected)
    if not np.isfinite(by) or abs(by) < FACTOR or not context.same(got / by, expected):
        return None
    return _first(list(_factors(by, context)))


# What a factor looks like: where the sign is right, and where it is not.
_TOO_SMALL: Final = (
    marked("points the right way, but is {size} times too small, and {size} is {names}."),
    marked(
        "lies on the right line, but is {size} times too small and has the opposite sign, "
        "and {size} is {names}."
    ),
)
_TOO_LARGE: Final = (
    marked("points the right way, but is {size} times too large, and {size} is {names}."),
    marked(
        "lies on the right line, but is {size} times too large and has the opposite sign, "
        "and {size} is {names}."
    ),
)
_TIMES_RATE: Final = (
    marked(
        "points the right way, but is {rate:g} times what it should be, and {rate:g} is {name}."
    ),
    marked(
        "lies on the right line, but is {rate:g} times what it should be and has the opposite "
        "sign, and {rate:g} is {name}."
    ),
)
_TIMES: Final = (
    marked("points the right way, but is {by:.4g} times what it should be."),
    marked("lies on the right line, but is {by:.4g} times what it should be."),
)


def _factors(by: float, context: Context) -> Iterator[Diagnosis]:
    """Yield what a factor may be: the opposite sign, else sizes, rates, and at last a number."""
    if _equal(by, -1):
        yield Diagnosis("sign", _("has the right length, but the opposite sign."))
        return
    turned, number = by < 0, f"{by:.3g}"
    for size, each in _products(context.sizes):
        names, listed = frozenset(each), _(" and ").join(each)
        if _equal(abs(by), 1 / size):
            told = _(_TOO_SMALL[turned], size=size, names=listed)
            yield Diagnosis("divided", told, names, number)
        if _equal(abs(by), size):
            told = _(_TOO_LARGE[turned], size=size, names=listed)
            yield Diagnosis("multiplied", told, names, number)
    for name, rate in context.rates.items():
        if rate not in (0, 1) and _equal(abs(by), rate):
            told = _(_TIMES_RATE[turned], rate=rate, name=name)
            yield Diagnosis("multiplied", told, frozenset({name}), number)
    yield Diagnosis("factor", _(_TIMES[turned], by=by), by=number)


def _products(sizes: Mapping[str, int]) -> Iterable[tuple[int, list[str]]]:
    """Yield sizes, and products of two, over 1 with all the names that they have."""
    named: dict[int, list[str]] = {}
    for name, size in sizes.items():
        if size > 1:
            named.setdefault(size, []).append(name)
    yield from named.items()
    for one, other in combinations_with_replacement(named, 2):
        if one * other not in named:
            first, second = (_(" and ").join(named[each]) for each in (one, other))
            yield one * other, [_("{one} times {other}", one=first, other=second)]


def _equal(by: float, value: float) -> bool:
    return abs(by - value) <= FACTOR * abs(value)


def other_signs(got: np.ndarray, expected: np.ndarray, context: Context) -> Diagnosis | None:
    """Recognise the right sizes with some wrong signs."""
    if got.shape != expected.shape or not context.same(np.abs(got), np.abs(expected)):
        return None
    if context.same(got, expected):
        return None
    return Diagnosis("signs", _("is right but for the signs of some elements."))


def transposed(got: np.ndarray, expected: np.ndarray, context: Context) -> Diagnosis | None:
    """Recognise rows and columns swapped."""
    if expected.ndim < 2 or got.shape != expected.T.shape:
        return None
    if not context.same(got.T, expected) or context.same(got, expected):
        return None
    return Diagnosis("transposed", _("has its rows and columns swapped."))


def not_summed(got: np.ndarray, expected: np.ndarray, context: Context) -> Diagnosis | None:
    """Recognise an axis too many that was to be summed, or the part of one example."""
    if got.ndim == expected.ndim + 1:
        for axis in range(got.ndim):
            if got.shape[axis] > 1 and context.same(got.sum(axis=axis), expected):
                told = _(
                    "has the shape {shape}: its sum over axis {axis} would be right.",
                    shape=got.shape,
                    axis=axis,
                )
                return Diagnosis("not summed", told, frozenset({str(axis)}))
    terms = context.unsummed
    for index in range(0 if terms is None or len(terms) < 2 else len(terms)):
        if terms is not None and context.same(got, terms[index]):
            return Diagnosis(
                "not summed", _("is the part of one example, row {index}, alone.", index=index)
            )
    return None


def wrong_axis(got: np.ndarray, expected: np.ndarray, context: Context) -> Diagnosis | None:
    """Recognise the sum over another axis than the first, or over all."""
    terms = context.unsummed
    if terms is None or context.same(got, expected):
        return None
    for axis in range(1, terms.ndim):
        if got.shape == terms.sum(axis=axis).shape and context.same(got, terms.sum(axis=axis)):
            told = _("is summed over axis {axis}, not over the examples.", axis=axis)
            return Diagnosis("wrong axis", told, frozenset({str(axis)}))
    if got.size and context.same(got, np.full(got.shape, terms.sum())):
        return Diagnosis("wrong axis", _("is the sum over everything."), frozenset({"all"}))
    return None


# An earlier look explains more than a later one where both fit: zeros are also a multiple.
_LOOKS: Final[tuple[Look, ...]] = (
    not_finite, zeros, keeps_axes, stale, mistaken, accumulated, updated, instead, scaled,
    transposed, not_summed, wrong_axis, other_signs,
)  # fmt: skip


def only_wrong(what: str, right: Mapping[str, bool]) -> str | None:
    """Return a sentence that what else was computed is right, None where it is not.

    `right` says of other answers, by their names, whether they are right.
    """
    if not right or not all(right.values()):
        return None
    names = list(right)
    listed = _(" and ").join([", ".join(names[:-1]), names[-1]] if len(names) > 1 else names)
    return _n(
        "{names} is right; only {what} is not.",
        "{names} are right; only {what} is not.",
        len(names),
        names=listed,
        what=what,
    )
