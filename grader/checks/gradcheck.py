"""Whether a gradient is that of the student's own forward pass.

The forward pass is asked at the points of a `Probe`, all in one message; `check_gradient` compares
what the student claims with the differences of those answers. It says "fail" only where it is
sure: an element is decided where what the differences may be off by is a small part of the
slope there. At a kink, under rounding that hides the slope, or where answers are not finite it is
not, and the question is to be drawn again.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final, Literal

import numpy as np

from grader.checks.finite_differences import Estimate, Probe, estimate
from grader.checks.tolerance import SAFETY, UNIT_ROUNDOFF
from grader.i18n import _
from grader.scenario import Call, Set, Step, Transcript, Value

# A right gradient may be off by so many times the estimated error of the differences. Over 85,000
# right gradients of linear, smooth and piecewise linear maps, in float32 and float64, the error was
# never over 4.9 estimates once the rounding of the claim itself was allowed for.
K: Final = 10.0

# An element is decided where its allowance is below this part of the steepest slope: a gradient
# that is off by a tenth of itself is never let through because nobody could tell.
RESOLUTION: Final = 0.05

# Rounding exceeds so many times the root bound with a probability of at most 2 exp(-8).
PROBABLE: Final = 4

# Gradients at two places are taken for the same where they differ by no more, as a part of the
# larger: more than what a claim may be off by.
DIFFERENT: Final = 0.1

Status = Literal["pass", "fail", "inconclusive"]


@dataclass(frozen=True, slots=True)
class GradientVerdict:
    """Whether a claimed gradient is right.

    `reason` says why it is not, or why nobody can tell. For a gradient that fails by its numbers,
    `got` and `expected` are those of the worst element, at `index`, and `ratio` is got / expected
    (None where that is 0); where random directions were asked, of the worst direction, and
    `index` is None. `decided` is how many elements or directions could be judged.
    """

    status: Status
    reason: str = ""
    index: tuple[int, ...] | None = None
    got: float | None = None
    expected: float | None = None
    ratio: float | None = None
    decided: int = 0


def check_gradient(
    probed: Probe,
    outputs: Sequence[np.ndarray],
    upstream: np.ndarray,
    claimed: np.ndarray,
    *,
    dtype: np.dtype | type | None = None,
) -> GradientVerdict:
    """Return whether `claimed` is the gradient of sum(upstream * f) at the probe.

    `outputs` are f at the probe's points, in their order. Shapes are compared first, exactly, and
    the dtype where one is given. The verdict is "fail" where an element that is decided is off by
    more than `K` times the estimated error and the rounding of the claim itself, "inconclusive"
    where none fails and one is not decided, or where f does not depend on what was varied.
    """
    if claimed.shape != probed.at.shape:
        return GradientVerdict(
            "fail",
            _(
                "the shape is {got}, expected {expected}",
                got=claimed.shape,
                expected=probed.at.shape,
            ),
        )
    if dtype is not None and claimed.dtype != np.dtype(dtype):
        return GradientVerdict(
            "fail",
            _(
                "the dtype is {got}, expected {expected}",
                got=claimed.dtype,
                expected=np.dtype(dtype),
            ),
        )
    if any(output.shape != upstream.shape for output in outputs):
        return GradientVerdict("inconclusive", _("the answers do not have the upstream's shape"))
    found = estimate(probed, outputs, upstream)
    if found.flat and claimed.size:
        return GradientVerdict("inconclusive", _("the answers do not depend on what was varied"))
    return _verdict(probed, found, claimed, upstream.size)


# Returns what a student's own forward pass answers at a probe's points, and the gradient that is
# claimed there; None where there is none of it.
OwnPass = Callable[[Probe], tuple[Sequence[np.ndarray], np.ndarray] | None]


def elsewhere(shape: tuple[int, ...], seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Return two places, float64 of a shape, at which only a linear map has the same derivatives.

    All numbers are between 1 and 5 but for their signs, which are others in the second.
    """
    random = np.random.default_rng(seed)
    first = random.uniform(1, 2, shape) * random.choice([-1.0, 1.0], shape)
    return first, -2.5 * first


def bends(own: OwnPass, places: Sequence[Probe], upstream: np.ndarray) -> bool:
    """Whether a student's own forward pass has other gradients elsewhere, and they claim these.

    To be asked before the gradient of a wrong forward pass counts in the place of the right one:
    that of a linear map, such as one that hands its input on, can be claimed by whoever knows
    nothing of the gradient that is asked for. `upstream` is the same at all `places`.
    """
    claims = []
    for place in places:
        found = own(place)
        if found is None or any(output.shape != upstream.shape for output in found[0]):
            return False
        verdict = check_gradient(place, found[0], upstream, found[1])
        if verdict.status == "fail" or not verdict.decided:
            return False
        claims.append(np.asarray(found[1], np.float64))
    return differ(claims)


def differ(gradients: Sequence[np.ndarray]) -> bool:
    """Whether gradients of one shape, for one upstream gradient, are not all the same."""
    apart = np.max([np.abs(each - gradients[0]) for each in gradients], initial=0.0)
    return bool(apart > DIFFERENT * np.max(np.abs(gradients), initial=0.0))


def _verdict(probed: Probe, found: Estimate, claimed: np.ndarray, terms: int) -> GradientVerdict:
    with np.errstate(all="ignore"):
        got = probed.along(np.asarray(claimed, np.float64))
        allowed = allowance(probed, found, terms)
        off = np.abs(got - found.value)
        decided = is_decided(found, allowed)
        # A claim that is no number is wrong wherever the differences are one.
        wrong = decided & ~(off <= allowed)
        if not np.any(wrong):
            sure = int(np.sum(decided))
            if sure == len(got):
                return GradientVerdict("pass", decided=sure)
            reason = _(
                "{left} of {count} could not be decided", left=len(got) - sure, count=len(got)
            )
            return GradientVerdict("inconclusive", reason, decided=sure)
        excess = np.where(wrong, np.nan_to_num(off / allowed, nan=np.inf), -1.0)
    worst = int(np.argmax(excess))
    place = np.unravel_index(worst, probed.at.shape) if probed.elementwise else None
    value, expected = float(got[worst]), float(found.value[worst])
    return GradientVerdict(
        "fail",
        _("the values are not those of the differences"),
        None if place is None else tuple(int(each) for each in place),
        value,
        expected,
        value / expected if expected else None,
        int(np.sum(decided)),
    )


def allowance(probed: Probe, found: Estimate, terms: int) -> np.ndarray:
    """Return how far each derivative of a right gradient may be from the estimated one, (n,).

    `K` errors of the differences, and what rounding makes of the claim, sums of `terms` products:
    as in `tolerance`, but no more than `PROBABLE` times the root of their number, in which it grows
    in all probability (N. J. Higham, T. Mary, A new approach to probabilistic rounding error
    analysis, SIAM J. Sci. Comput. 41, 2019). The worst case would let a wrong sum of a thousand
    terms pass. Along a direction the roundings of many elements add up, again by their squares.
    """
    size = found.magnitude if probed.elementwise else found.spread
    count = min(terms + 2, PROBABLE * np.sqrt(terms + 2))
    own = 2 * SAFETY * UNIT_ROUNDOFF * count * size
    return np.asarray(K * found.error + own + UNIT_ROUNDOFF * np.max(own, initial=0.0))


def is_decided(found: Estimate, allowed: np.ndarray) -> np.ndarray:
    """Return for which derivatives the allowance is small beside the slopes, (n,)."""
    # Where nothing moved there is no slope; what the others' rounding allows says how well 0 is
    # known.
    slope = np.where(found.steepest > 0, found.steepest, np.max(found.steepest, initial=0.0))
    return np.asarray(np.isfinite(found.value) & (allowed <= RESOLUTION * slope))


def forward_at(
    points: Sequence[np.ndarray],
    target: str,
    method: str = "forward",
    *,
    attribute: str = "",
    argument: object = None,
) -> list[Step]:
    """Return the steps that ask `method` of `target` at every point; see `forward_answers`.

    The points are its argument, or, where an `attribute` is named, set as that one after the
    other while the argument stays.
    """

    def steps() -> Iterator[Step]:
        for index, point in enumerate(points):
            if attribute:
                yield Set(target, attribute, point)
            yield Call(f"at{index}", target, method, [argument if attribute else point])

    return list(steps())


def forward_answers(transcript: Transcript, count: int) -> list[np.ndarray] | None:
    """Return the answers to the steps of `forward_at` for `count` points.

    None where one is missing or is no array of numbers, or they are not all of one shape.
    """
    if transcript.failure is not None:
        return None
    outcomes = [transcript.outcome(f"at{index}") for index in range(count)]
    values = [each.value for each in outcomes if isinstance(each, Value)]
    if not all(isinstance(each, np.ndarray) and each.dtype.kind in "biuf" for each in values):
        return None
    return values if len({each.shape for each in values}) == 1 else None


def check_function(
    forward: Callable[[np.ndarray], np.ndarray],
    probed: Probe,
    upstream: np.ndarray,
    claimed: np.ndarray,
) -> GradientVerdict:
    """Return the verdict on a gradient of a function of the grader's own process."""
    outputs = [np.asarray(forward(point)) for point in probed.points]
    return check_gradient(probed, outputs, upstream, claimed)
