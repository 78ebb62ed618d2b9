"""A result on a terminal, written for the student who wants to learn from it.

Cells are counted from 1, as a person counts them.
"""

from collections.abc import Iterable, Sequence
from textwrap import dedent
from typing import Final

from rich.console import Console
from rich.table import Table
from rich.text import Text

from grader.i18n import _
from grader.reports.arrays import furthest, is_raised_line, rows
from grader.reports.console import Page
from grader.reports.wording import (
    SlipTold,
    cells_that_failed,
    cost,
    has_more,
    is_told,
    measures,
    number,
    place,
    scope,
    score,
    share,
    skipped,
    slips,
    status,
    told_once,
)
from grader.results.evidence import Evidence
from grader.results.model import CellResult, CheckResult, ExerciseResult, MistakeInfo, Note, Result
from grader.text import one_line

_ENDLESS: Final = 10_000


def show(result: Result, console: Console) -> None:
    """Print `result` on `console`, ending with the line that gives the score."""
    page = Page(console)
    page.line(f"{one_line(result.submission.name)}: {score(result)}", "bold")
    page.line(
        _(
            "{title}, version {version}",
            title=result.assignment.title,
            version=result.assignment.version,
        ),
        "dim",
    )
    page.gap()
    page.table(_exercises(result.exercises, page))
    if {status(exercise) for exercise in result.exercises} == {"passed"}:
        page.gap()
        page.line(_("Every check passed."), "green")
    for exercise in told_once(result.exercises):
        if has_more(exercise):
            _show_exercise(exercise, page)
    _show_cells(result.cells, page)
    _show_notes(_("Notes"), result.notes, result.cells, page)
    _show_notes(_("For the instructor to look at"), result.integrity, result.cells, page)
    page.gap()
    if measures(result):
        page.line(measures(result))
    page.line(
        _(
            "Graded in {seconds:.0f} s; sandbox: {sandbox}.",
            seconds=result.seconds,
            sandbox=result.sandbox,
        ),
        "dim",
    )
    for sentence in scope(result):
        page.line(sentence, "yellow")
    page.line(_("Score: {score}", score=score(result)), "bold")


def show_exercises(
    exercises: Sequence[ExerciseResult], notes: Iterable[str], console: Console
) -> None:
    """Print what exercises came to, what to mend, and notes below it."""
    page = Page(console)
    if exercises:
        page.table(_exercises(exercises, page))
    for exercise in told_once(exercises):
        if has_more(exercise):
            _show_exercise(exercise, page)
    page.gap()
    for note in notes:
        page.line(note)


def _show_notes(
    heading: str, notes: Iterable[Note], cells: Sequence[CellResult], page: Page
) -> None:
    for number_, note in enumerate(notes):
        if number_ == 0:
            page.heading(heading)
        where = place(note.cell, cells)
        page.write(page.code(f"{where}: {note.text}" if where else note.text), indent=2)


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
    table = page.columns(_("Submission"), *ids, _("Score"), *[_("Pending")] * pending, left=1)
    for name, result in zip(names, results, strict=True):
        scores = {exercise.id: number(exercise.score) for exercise in result.exercises}
        cells = [one_line(name), *(scores.get(each, "") for each in ids), share(result)]
        if pending:
            cells.append(number(result.pending) if result.pending else "")
        table.add_row(*map(page.text, cells))
    return table


def _exercises(exercises: Sequence[ExerciseResult], page: Page) -> Table:
    pending = any(exercise.pending for exercise in exercises)
    table = page.columns("", _("Exercise"), _("Points"), *[_("Pending")] * pending, left=2)
    for exercise in exercises:
        cells = [one_line(exercise.title), share(exercise)]
        if pending:
            cells.append(number(exercise.pending) if exercise.pending else "")
        table.add_row(page.mark(status(exercise)), *map(page.text, cells))
    return table


def _show_exercise(exercise: ExerciseResult, page: Page) -> None:
    page.heading(one_line(exercise.title))
    for slip in slips(exercise):
        _show_slip(slip, page)
    if exercise.mistake is not None:
        _show_mistake(exercise.mistake, page)
    for check in exercise.checks:
        if is_told(check):
            _show_check(check, exercise.id, page)
    told = skipped(exercise)
    if told:
        page.line(told, "dim", indent=4, mark=page.mark("skipped"))
        page.gap()


def _show_check(check: CheckResult, exercise: str, page: Page) -> None:
    title = page.code(one_line(check.title), "bold")
    # By its id a student can ask the staff about it.
    price = page.text(f"  ({cost(check)}; {exercise}.{check.id})", "dim")
    page.write(Text.assemble(title, price), indent=4, mark=page.mark(check.status))
    if check.message:
        page.write(page.code(check.message), indent=4)
    if check.comment:
        page.write(page.text(check.comment, "bold"), indent=4)
    if check.evidence is not None and check.status != "passed":
        _show_evidence(check.evidence, page)
    if check.hint:
        _show_hint(check.hint, page)
    if check.evidence is not None and check.evidence.cell:
        page.gap()
        page.line(_("To see it yourself, run this below your code:"), "dim", indent=4)
        page.source(check.evidence.cell, indent=6)
    page.gap()


def _show_hint(hint: str, page: Page) -> None:
    page.write(Text.assemble(page.text(f"{_('Hint')}: ", "bold cyan"), page.code(hint)), indent=4)


def _show_slip(slip: SlipTold, page: Page) -> None:
    page.write(page.code(slip.place, "bold"), indent=4)
    page.write(page.code(slip.told), indent=4)
    if slip.hint:
        _show_hint(slip.hint, page)
    if slip.mend:
        page.line(_("This would mend it:"), indent=4)
        page.source(slip.mend, indent=6)
    page.gap()


def _show_mistake(mistake: MistakeInfo, page: Page) -> None:
    told = page.text(f"{_('This looks like a known mistake')}: ", "bold")
    page.write(Text.assemble(told, page.code(f"{mistake.name}. {mistake.explanation}")), indent=4)
    _show_hint(mistake.hint, page)
    page.gap()


def _show_evidence(evidence: Evidence, page: Page) -> None:
    page.gap()
    page.rows(rows(evidence), indent=6)
    if is_raised_line(evidence):
        page.gap()
        page.line(_("It was raised in this line of yours:"), indent=4)
    if evidence.text:
        page.line(dedent(evidence.text), indent=6)
    page.gap()
    if told := furthest(evidence):
        page.line(told, indent=4)


def _show_cells(cells: Iterable[CellResult], page: Page) -> None:
    for number_, line in enumerate(cells_that_failed(cells)):
        if number_ == 0:
            page.heading(_("Cells that did not run to their end"))
        page.write(page.code(line), indent=2)
