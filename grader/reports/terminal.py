"""A result on a terminal, written for the student who wants to learn from it.

Cells are counted from 1, as a person counts them.
"""

from collections.abc import Iterable, Sequence
from itertools import groupby
from textwrap import dedent
from typing import Final

from rich.console import Console
from rich.table import Table
from rich.text import Text

from grader.evidence import Evidence
from grader.reports.page import Page
from grader.reports.values import furthest, rows
from grader.results import CellResult, CheckResult, ExerciseResult, MistakeInfo, Note, Result
from grader.text import one_line

__all__ = ["show", "summary"]

_ENDLESS: Final = 10_000
_PENDING: Final = {
    "review": "a person will look at this",
    "error": "the grader failed here, not you",
}
_CELL_ENDS: Final = {
    "error": "",
    "timeout": " ran out of time",
    "died": " ended the kernel",
    "skipped": " not run",
}


def show(result: Result, console: Console) -> None:
    """Print `result` on `console`, ending with the line that gives the score."""
    page = Page(console)
    page.line(f"{one_line(result.submission.name)}: {_score(result)}", "bold")
    page.line(f"{result.assignment.title}, version {result.assignment.version}", "dim")
    page.gap()
    page.table(_exercises(result.exercises, page))
    if {_status(exercise) for exercise in result.exercises} == {"passed"}:
        page.gap()
        page.line("Every check passed.", "green")
    for exercise in result.exercises:
        if any(check.status != "passed" for check in exercise.checks):
            _show_exercise(exercise, page)
    _show_cells([cell for cell in result.cells if cell.status != "ok"], page)
    _show_notes("Notes", result.notes, page)
    _show_notes("For the instructor to look at", result.integrity, page)
    page.gap()
    if result.accuracy is not None or result.loss is not None:
        page.line(_measures(result))
    page.line(f"Graded in {result.seconds:.0f} s; sandbox: {result.sandbox}.", "dim")
    if result.partial:
        page.line("Only some of the assignment's exercises were graded.", "yellow")
    page.line(f"Score: {_score(result)}", "bold")


def _show_notes(heading: str, notes: Iterable[Note], page: Page) -> None:
    for number, note in enumerate(notes):
        if number == 0:
            page.heading(heading)
        where = "" if note.cell is None else f"cell {note.cell + 1}: "
        page.line(where + note.text, indent=2)


def summary(results: Iterable[Result], console: Console) -> None:
    """Print one line for each of `results`, by exercise where the terminal is wide enough."""
    page = Page(console)
    results = list(results)
    names = [result.submission.name for result in results]
    ids = tuple(dict.fromkeys(each.id for result in results for each in result.exercises))
    # Many a course has its submissions under one name in a folder each.
    if len(set(names)) < len(names):
        names = [result.submission.path for result in results]
    table = _summary(names, results, ids, page)
    endless = console.options.update_width(_ENDLESS)
    if console.measure(table, options=endless).maximum > console.width:
        table = _summary(names, results, (), page)
    page.table(table)


def _summary(
    names: Sequence[str], results: Sequence[Result], ids: Sequence[str], page: Page
) -> Table:
    pending = any(result.pending for result in results)
    table = page.columns("Submission", *ids, "Score", *["Pending"] * pending, left=1)
    for name, result in zip(names, results, strict=True):
        scores = {exercise.id: _number(exercise.score) for exercise in result.exercises}
        cells = [one_line(name), *(scores.get(each, "") for each in ids), _share(result)]
        if pending:
            cells.append(_number(result.pending) if result.pending else "")
        table.add_row(*map(page.text, cells))
    return table


def _exercises(exercises: Sequence[ExerciseResult], page: Page) -> Table:
    pending = any(exercise.pending for exercise in exercises)
    table = page.columns("", "Exercise", "Points", *["Pending"] * pending, left=2)
    for exercise in exercises:
        cells = [one_line(exercise.title), _share(exercise)]
        if pending:
            cells.append(_number(exercise.pending) if exercise.pending else "")
        table.add_row(page.mark(_status(exercise)), *map(page.text, cells))
    return table


def _share(scored: Result | ExerciseResult) -> str:
    return f"{_number(scored.score)} / {_number(scored.max_score)}"


def _status(exercise: ExerciseResult) -> str:
    statuses = {check.status for check in exercise.checks}
    order = ("error", "failed", "review", "skipped")
    return next((status for status in order if status in statuses), "passed")


def _show_exercise(exercise: ExerciseResult, page: Page) -> None:
    page.heading(one_line(exercise.title))
    if exercise.mistake is not None:
        _show_mistake(exercise.mistake, page)
    for check in exercise.checks:
        if check.status in ("failed", "review", "error"):
            _show_check(check, exercise.id, page)
    skipped = [check for check in exercise.checks if check.status == "skipped"]
    if skipped:
        page.line(_skipped(skipped, exercise), "dim", indent=4, mark=page.mark("skipped"))
        page.gap()


def _skipped(skipped: Sequence[CheckResult], exercise: ExerciseResult) -> str:
    number = f"{len(skipped)} check{'s' if len(skipped) > 1 else ''} skipped"
    points = _points(sum(check.lost for check in skipped))
    if _status(exercise) != "skipped":
        they = "they build" if len(skipped) > 1 else "it builds"
        return f"{number} ({points}): {they} on what did not pass above."
    reasons = dict.fromkeys(one_line(check.message) for check in skipped if check.message)
    return f"{number} ({points}): {' '.join(reasons)}".rstrip(": ")


def _show_check(check: CheckResult, exercise: str, page: Page) -> None:
    title = page.code(one_line(check.title), "bold")
    # By its id a student can ask the staff about it.
    cost = page.text(f"  ({_cost(check)}; {exercise}.{check.id})", "dim")
    page.write(Text.assemble(title, cost), indent=4, mark=page.mark(check.status))
    if check.message:
        page.write(page.code(check.message), indent=4)
    if check.evidence is not None:
        _show_evidence(check.evidence, page)
    if check.hint:
        _show_hint(check.hint, page)
    if check.evidence is not None and check.evidence.cell:
        page.gap()
        page.line("To see it yourself, run this below your code:", "dim", indent=4)
        page.source(check.evidence.cell, indent=6)
    page.gap()


def _show_hint(hint: str, page: Page) -> None:
    page.write(Text.assemble(page.text("Hint: ", "bold cyan"), page.code(hint)), indent=4)


def _show_mistake(mistake: MistakeInfo, page: Page) -> None:
    told = page.text("This looks like a known mistake: ", "bold")
    page.write(Text.assemble(told, page.code(f"{mistake.name}. {mistake.explanation}")), indent=4)
    _show_hint(mistake.hint, page)
    page.gap()


def _cost(check: CheckResult) -> str:
    if check.pending or check.status in _PENDING:
        return f"{_points(check.pending)} pending: {_PENDING[check.status]}"
    if check.points:
        return f"{_number(check.points)} of {_points(check.max_points)} given"
    return f"{_points(check.lost)} lost"


def _show_evidence(evidence: Evidence, page: Page) -> None:
    page.gap()
    page.rows(rows(evidence), indent=6)
    if evidence.text:
        page.line(dedent(evidence.text), "dim", indent=6)
    page.gap()
    if evidence.worst is not None and evidence.worst.index:
        page.line(furthest(evidence.worst), indent=4)


def _show_cells(cells: Sequence[CellResult], page: Page) -> None:
    if cells:
        page.heading("Cells that did not run to their end")
    # Each cell that ended in another way is told alone, those left out after it together.
    for _, group in groupby(cells, key=_alike):
        members = list(group)
        first, last = members[0].index + 1, members[-1].index + 1
        where = f"cell {first}" if first == last else f"cells {first} to {last}"
        said = [f"{where}{_CELL_ENDS[members[0].status]}", members[0].error]
        stage = f" ({members[0].stage})" if members[0].stage else ""
        page.line(": ".join(part for part in said if part) + stage, indent=2)


def _alike(cell: CellResult) -> tuple[object, ...]:
    together = cell.status == "skipped"
    return (cell.status, cell.error, cell.stage, None if together else cell.index)


def _measures(result: Result) -> str:
    measures = (("accuracy", result.accuracy), ("loss", result.loss))
    told = [f"{name} {float(value):.4f}" for name, value in measures if value is not None]
    return f"Measured: {', '.join(told)}."


def _score(result: Result) -> str:
    score = f"{_number(result.score)} of {_points(result.max_score)}"
    return f"{score}, {_number(result.pending)} pending" if result.pending else score


def _number(points: float) -> str:
    return str(int(points)) if points.is_integer() else str(points)


def _points(points: float) -> str:
    return f"{_number(points)} {'point' if points == 1 else 'points'}"
