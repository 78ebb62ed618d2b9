"""What a course's results tell of its exercises and checks: how hard they are, how well they tell.

Both measures are those of classical test theory. *Difficulty* is the mean share of an item's
points, between 0 and 1: the higher, the easier. *Discrimination* is the corrected item-total
correlation, that of the item with the points of everything else: near 0, the item says nothing of
who can do the rest; below, those who can do the rest fail it, and the item deserves a look
(Crocker and Algina, Introduction to Classical and Modern Test Theory, chapter 14).
"""

import math
import statistics
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from grader.results.model import CheckResult, ExerciseResult, Result

# A correlation of fewer is luck.
FEWEST: Final = 10


@dataclass(frozen=True)
class Item:
    """One exercise or check over a course.

    `asked` is how many it was decided for, neither pending nor failed at by the grader; `passed`
    how many of them got all its points. `difficulty` is None where there are none of them,
    `discrimination` where there are fewer than 10 or all did alike.
    """

    id: str
    title: str
    max_points: float
    asked: int
    passed: int
    difficulty: float | None
    discrimination: float | None

    @property
    def pass_rate(self) -> float:
        """The share of those decided that got all the points."""
        return self.passed / self.asked if self.asked else 0.0


@dataclass(frozen=True)
class Mark:
    """What one submission got for one item, of how much, and for all else."""

    points: float
    max_points: float
    rest: float


@dataclass(frozen=True)
class ExerciseItems:
    """An exercise as an item, and each of its checks."""

    whole: Item
    checks: tuple[Item, ...]


class Tally:
    """The marks of a course, gathered one result at a time: results themselves may be let go."""

    def __init__(self) -> None:
        self._marks: dict[tuple[str, str], list[Mark]] = {}
        self._titles: dict[tuple[str, str], tuple[str, float]] = {}

    def add(self, result: Result) -> None:
        """Take in a result."""
        for exercise in result.exercises:
            self._add((exercise.id, ""), exercise, result)
            for check in exercise.checks:
                self._add((exercise.id, check.id), check, result)

    def _add(
        self, key: tuple[str, str], item: ExerciseResult | CheckResult, result: Result
    ) -> None:
        points = item.score if isinstance(item, ExerciseResult) else item.points
        most = item.max_score if isinstance(item, ExerciseResult) else item.max_points
        self._titles.setdefault(key, (item.title, most))
        marks = self._marks.setdefault(key, [])
        if not item.pending and most:
            marks.append(Mark(points, most, result.score - points))

    def items(self) -> list[ExerciseItems]:
        """Return the items, in the order in which they were met."""
        every = {key: self._item(key) for key in self._titles}
        return [
            ExerciseItems(
                whole, tuple(item for key, item in every.items() if key[0] == name and key[1])
            )
            for (name, check), whole in every.items()
            if not check
        ]

    def _item(self, key: tuple[str, str]) -> Item:
        marks = self._marks[key]
        title, most = self._titles[key]
        shares = [mark.points / mark.max_points for mark in marks]
        return Item(
            id=key[1] or key[0],
            title=title,
            max_points=most,
            asked=len(marks),
            passed=sum(mark.points == mark.max_points for mark in marks),
            difficulty=math.fsum(shares) / len(shares) if shares else None,
            discrimination=correlation(shares, [mark.rest for mark in marks]),
        )


def correlation(xs: Sequence[float], ys: Sequence[float]) -> float | None:
    """Return Pearson's correlation, None for fewer than 10 pairs or where either is constant."""
    if len(xs) < FEWEST:
        return None
    try:
        return statistics.correlation(xs, ys)
    except statistics.StatisticsError:
        return None
