"""Who moves between two results of one submission, by how much, and by which checks."""

from collections.abc import Collection
from typing import Final

from rich.table import Table
from rich.text import Text

from grader.reports.console import Page
from grader.results.model import ExerciseResult, Result
from grader.text import one_line

MOST_CHECKS: Final = 3
# What `grader.results.feedback` calls checks that it does not show.
_MERGED: Final = ("hidden", "hidden_pending")


def changed_checks(before: Result | None, after: Result | None) -> tuple[str, ...]:
    """Return the checks whose points or status differ, as EXERCISE.CHECK.

    It is the exercise alone where one of both does not show all its checks.
    """
    if before is None or after is None:
        return ()
    former = {each.id: each for each in before.exercises}
    present = {each.id: each for each in after.exercises}
    return tuple(
        name for id_ in former | present for name in _changed(former.get(id_), present.get(id_))
    )


def _changed(before: ExerciseResult | None, after: ExerciseResult | None) -> list[str]:
    sides = [each for each in (before, after) if each is not None]
    one, other = (_judged(each) if each is not None else {} for each in (before, after))
    if any(check.id in _MERGED for each in sides for check in each.checks) and len(sides) == 2:
        sums = {(each.score, each.max_score, each.pending) for each in sides}
        return [sides[0].id] if len(sums) > 1 else []
    names = dict.fromkeys((*one, *other))
    return [f"{sides[0].id}.{name}" for name in names if one.get(name) != other.get(name)]


def _judged(exercise: ExerciseResult) -> dict[str, tuple[object, ...]]:
    return {check.id: (check.status, check.points, check.max_points) for check in exercise.checks}


def told_checks(checks: Collection[str]) -> str:
    """Return the first of some checks, and how many more there are."""
    more = len(checks) - MOST_CHECKS
    told = ", ".join(list(checks)[:MOST_CHECKS])
    return told + (f" and {more} more" if more > 0 else "")


def moves_table(page: Page, whose: str = "Submission") -> Table:
    """Return a table of moves, to which `move_row` makes the rows; `whose` is what they are of."""
    table = page.columns(whose, "Before", "After", "By", "Checks", left=1)
    table.columns[-1].justify = "left"
    table.columns[-1].no_wrap = False
    return table


def move_row(
    page: Page, name: str, before: float | None, after: float | None, why: str
) -> list[Text]:
    """Return the row of a submission; None is where it has no points."""
    numbers = ["-" if number is None else f"{number:g}" for number in (before, after)]
    by = "" if before is None or after is None else f"{after - before:+g}"
    return [page.text(each) for each in (one_line(name), *numbers, by, why)]
