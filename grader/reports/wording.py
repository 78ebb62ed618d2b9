"""How reports put points, marks and places into words, so that all of them say the same."""

from collections.abc import Iterable, Iterator
from itertools import groupby
from typing import Final

from grader.results import CellResult, CheckResult, ExerciseResult, Result, Status
from grader.text import cell_name, one_line

PENDING: Final = {
    "review": "neither given nor lost",
    "error": "the grader failed here, not you",
}
QUICK: Final = "Graded with --quick: the training was left out, and what needs it is pending."
OTHER_QUESTIONS: Final = "Official grading asks other questions."
CELL_ENDS: Final = {
    "ok": "",
    "error": "",
    "timeout": " ran out of time",
    "died": " ended the kernel",
    "skipped": " not run",
}


def number(points: float) -> str:
    """Return points without a needless decimal."""
    return str(int(points)) if float(points).is_integer() else str(points)


def points(value: float) -> str:
    """Return points with their unit."""
    return f"{number(value)} {'point' if value == 1 else 'points'}"


def score(result: Result) -> str:
    """Return the whole score in words, with what is pending."""
    told = f"{number(result.score)} of {points(result.max_score)}"
    return f"{told}, {number(result.pending)} pending" if result.pending else told


def scope(result: Result) -> list[str]:
    """Return sentences on what this result does not tell of."""
    told = ["Only some of the assignment's exercises were graded."] if result.partial else []
    if result.quick:
        told.append(QUICK)
    if result.released:
        later = result.after_submission
        other = result.pending - later
        seen = number(result.max_score - result.pending)
        parts = [f"{seen} of {points(result.max_score)} checked here"]
        parts += [f"{number(later)} after submission"]
        parts += [f"{number(other)} pending"] * bool(other)
        told.append(f"{'; '.join(parts)}. {OTHER_QUESTIONS}")
    return told


def share(scored: Result | ExerciseResult) -> str:
    """Return a score as a fraction."""
    return f"{number(scored.score)} / {number(scored.max_score)}"


def status(exercise: ExerciseResult) -> Status:
    """Return the gravest status of an exercise's checks, `passed` where all are."""
    statuses = {check.status for check in exercise.checks}
    order: tuple[Status, ...] = ("error", "failed", "review", "skipped")
    return next((each for each in order if each in statuses), "passed")


def cost(check: CheckResult) -> str:
    """Return what a check that did not pass costs, in words."""
    if check.after_submission:
        return f"{points(check.pending)} pending: checked after submission"
    if check.pending or check.status in PENDING:
        return f"{points(check.pending)} pending: {PENDING[check.status]}"
    if check.points:
        return f"{number(check.points)} of {points(check.max_points)} given"
    return f"{points(check.lost)} lost"


def skipped(exercise: ExerciseResult) -> str:
    """Return a sentence on the checks of an exercise that were skipped, "" where none was."""
    checks = [check for check in exercise.checks if check.status == "skipped"]
    if not checks:
        return ""
    told = f"{len(checks)} check{'s' if len(checks) > 1 else ''} skipped"
    told += f" ({points(sum(check.lost for check in checks))})"
    if status(exercise) != "skipped":
        they = "they build" if len(checks) > 1 else "it builds"
        return f"{told}: {they} on what did not pass above."
    reasons = dict.fromkeys(one_line(check.message) for check in checks if check.message)
    return f"{told}: {' '.join(reasons)}".rstrip(": ")


def measured(result: Result) -> list[tuple[str, str]]:
    """Return what was measured of the network, by name."""
    every = (("accuracy", result.accuracy), ("loss", result.loss))
    return [(name, f"{float(value):.4f}") for name, value in every if value is not None]


def measures(result: Result) -> str:
    """Return what was measured of the network, in words; "" where nothing was."""
    told = [f"{name} {value}" for name, value in measured(result)]
    return f"Measured: {', '.join(told)}." if told else ""


def cells_that_failed(cells: Iterable[CellResult]) -> Iterator[str]:
    """Yield a line on each cell that did not run to its end; skipped ones together."""
    failed = [cell for cell in cells if cell.status != "ok"]
    for _, group in groupby(failed, key=_alike):
        members = list(group)
        first, last = members[0], members[-1]
        where = cell_name(first.index, first.begins or "")
        if first is not last:
            where = f"cells {first.index + 1} to {last.index + 1}, from `{first.begins}` on,"
            where = where if first.begins else f"cells {first.index + 1} to {last.index + 1}"
        said = [f"{where}{CELL_ENDS[members[0].status]}", members[0].error]
        stage = f" ({members[0].stage})" if members[0].stage else ""
        yield ": ".join(part for part in said if part) + stage


def place(index: int | None, cells: Iterable[CellResult]) -> str:
    """Return how a person is told of the cell at `index`, "" for none."""
    if index is None:
        return ""
    first = (cell.begins for cell in cells if cell.index == index and cell.begins)
    return cell_name(index, next(first, ""))


def _alike(cell: CellResult) -> tuple[object, ...]:
    together = cell.status == "skipped"
    return (cell.status, cell.error, cell.stage, None if together else cell.index)
