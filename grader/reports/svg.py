"""Lines and bars as the numbers that an SVG is drawn from. Drawn here, they need no script."""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from grader.i18n import _, _n
from grader.reports.wording import number, points
from grader.results.drawings import Curve
from grader.results.model import Grading

# In the units of the drawing, which is scaled to its place on the page.
WIDTH: Final = 360
HEIGHT: Final = 200
LEFT, RIGHT, TOP, BOTTOM = 46, 12, 12, 30
_TICKS: Final = 5


@dataclass(frozen=True)
class Tick:
    """A mark on an axis, at a place in the drawing."""

    place: float
    label: str


@dataclass(frozen=True)
class LineChart:
    """A curve: its `path` in SVG's language, the ticks of both axes, its last point, in words.

    `ends` are its first and its last value.
    """

    name: str
    path: str
    xs: tuple[Tick, ...]
    ys: tuple[Tick, ...]
    end: tuple[float, float]
    ends: tuple[str, str]
    told: str


@dataclass(frozen=True)
class Bar:
    """One bar of a distribution, and its label: which scores, how many."""

    x: float
    y: float
    width: float
    height: float
    label: str
    count: int


@dataclass(frozen=True)
class Histogram:
    """A distribution of scores from 0 to the most that can be had."""

    bars: tuple[Bar, ...]
    xs: tuple[Tick, ...]
    ys: tuple[Tick, ...]


def line_chart(curve: Curve) -> LineChart | None:
    """Return the drawing of a curve, None where it has too few points for a line."""
    if len(curve.x) < 2:
        return None
    across = _Scale(min(curve.x), max(curve.x), LEFT, WIDTH - RIGHT)
    up = _Scale(min(0.0, *curve.y), max(curve.y), HEIGHT - BOTTOM, TOP)
    places = [(across(x), up(y)) for x, y in zip(curve.x, curve.y, strict=True)]
    path = "M" + "L".join(f"{x:.1f},{y:.1f}" for x, y in places)
    ends = (f"{curve.y[0]:.3g}", f"{curve.y[-1]:.3g}")
    told = _(
        "{name}: from {first} to {last} over {count} points",
        name=curve.name,
        first=ends[0],
        last=ends[1],
        count=len(curve.x),
    )
    return LineChart(curve.name, path, across.ticks(), up.ticks(), places[-1], ends, told)


@dataclass(frozen=True)
class ScoreChart:
    """Scores over the gradings of a submission: the line, its points, and all of it in words."""

    path: str
    points: tuple[tuple[float, float], ...]
    xs: tuple[Tick, ...]
    ys: tuple[Tick, ...]
    told: str


def score_chart(history: Sequence[Grading]) -> ScoreChart | None:
    """Return the drawing of the scores so far, None where there is but one."""
    if len(history) < 2:
        return None
    most = max(grading.max_score for grading in history) or 1
    across = _Scale(1, len(history), LEFT, WIDTH - RIGHT)
    up = _Scale(0, most, HEIGHT - BOTTOM, TOP)
    places = tuple((across(place), up(each.score)) for place, each in enumerate(history, start=1))
    told = _n(
        "From {first} to {last} of {most} in {number} grading.",
        "From {first} to {last} of {most} in {number} gradings.",
        len(history),
        first=number(history[0].score),
        last=number(history[-1].score),
        most=points(history[-1].max_score),
    )
    whole = tuple(tick for tick in across.ticks() if float(tick.label).is_integer())
    path = "M" + "L".join(f"{x:.1f},{y:.1f}" for x, y in places)
    return ScoreChart(path, places, whole, up.ticks(), told)


def histogram(scores: Sequence[float], most: float, bins: int = 10) -> Histogram:
    """Return how `scores`, each from 0 to `most`, are distributed over so many equal bins."""
    counts = [0] * bins
    for score in scores:
        counts[min(bins - 1, int(bins * score / most)) if most else 0] += 1
    across = _Scale(0, most or 1, LEFT, WIDTH - RIGHT)
    up = _Scale(0, max([*counts, 1]), HEIGHT - BOTTOM, TOP)
    step = (most or 1) / bins
    bars = []
    for place, count in enumerate(counts):
        low, high = place * step, (place + 1) * step
        until = "to" if place == bins - 1 else "to below"
        label = f"{low:g} {until} {high:g} points: {count}"
        x, top = across(low) + 1, up(count)
        bars.append(Bar(x, top, across(high) - x - 1, HEIGHT - BOTTOM - top, label, count))
    whole = tuple(tick for tick in up.ticks() if float(tick.label).is_integer())
    return Histogram(tuple(bars), across.ticks(), whole)


@dataclass(frozen=True)
class _Scale:
    """Numbers from `low` to `high` as places from `start` to `end`."""

    low: float
    high: float
    start: float
    end: float

    def __call__(self, value: float) -> float:
        # Each is divided by itself: their difference need not be finite.
        size = max(abs(self.low), abs(self.high)) or 1.0
        low, high = self.low / size, self.high / size
        part = (value / size - low) / (high - low) if high > low else 0.5
        return self.start + part * (self.end - self.start)

    def ticks(self) -> tuple[Tick, ...]:
        """Return round numbers between the ends, about five of them."""
        return tuple(Tick(self(value), f"{value:.6g}") for value in _round(self.low, self.high))


def _round(low: float, high: float) -> Iterable[float]:
    span = high / _TICKS - low / _TICKS
    if not math.isfinite(span) or span <= 0 or span < 1e-12 * max(abs(low), abs(high)):
        return [low]
    power = 10.0 ** math.floor(math.log10(span))
    if power == 0:
        return [low]
    step = next(each * power for each in (1, 2, 5, 10) if each * power >= span * (1 - 1e-9))
    first, last = math.ceil(low / step - 1e-9), math.floor(high / step + 1e-9)
    return [place * step for place in range(first, last + 1)]
