"""The command that judges a folder of results again: who moves, and then writing it."""

from collections.abc import Sequence
from pathlib import Path
from typing import Final

from rich.console import Console
from rich.text import Text

from grader.course.by_hand import (
    joined,
    keep_points,
    kept_points,
    read_points,
    waiting_csv,
)
from grader.course.ledger import Ledger
from grader.course.rejudging import Move, kept, moves, write
from grader.course.workers import processors
from grader.feedback import Feedback, shown
from grader.files import write_atomically
from grader.reports.csv_file import Row, grades_csv
from grader.reports.history import continued
from grader.reports.json_file import to_json
from grader.reports.page import Page
from grader.results import Result
from grader.text import one_line

MOST_CHECKS: Final = 3


def rejudge_folder(
    results: Path,
    *,
    dry_run: bool = False,
    never_lower: bool = False,
    jobs: int | None = None,
    feedback: str = "everything",
    manual: Path | None = None,
    waiting: Path | None = None,
) -> int:
    """Judge the results in a folder again, tell who moves, and write it but for a dry run.

    `manual` is a table of points that a person gave, `waiting` where one is to be written of what
    waits for a person afterwards. Returns the exit status: 3 where any could not be judged. Raises
    UnusableInputError where the folder keeps no results, or the table does not fit them.
    """
    console = Console()
    folder = Ledger(results).folder
    given = kept_points(folder)
    if manual is not None:
        given = joined(given, read_points(manual, _kept_results(results), given))
    every = list(moves(results, jobs or processors(), given))
    chosen = kept(every, never_lower=never_lower)
    _tell(every, chosen, console)
    if dry_run:
        console.print("Nothing was written.", highlight=False)
    else:
        level = Feedback.named(feedback)

        def report(name: str, result: Result) -> None:
            path = results / f"{name}.json"
            write_atomically(path, to_json(continued(shown(result, level), [path])))

        if manual is not None:
            keep_points(folder, given)
        write(results, chosen, report)
        _grades(results, level)
    if waiting is not None:
        write_atomically(waiting, waiting_csv(_judged(results, chosen)))
    return 3 if any(move.error for move in every) else 0


def _kept_results(results: Path) -> dict[str, Result]:
    """Return the results that are kept, by their names."""
    ledger = Ledger(results)
    names = sorted(path.stem for path in ledger.folder.glob("*.json"))
    records = {name: ledger.record(name) for name in names}
    return {name: record.result for name, record in records.items() if record is not None}


def _judged(results: Path, chosen: Sequence[Move]) -> dict[str, Result]:
    """Return the results as they are after these moves."""
    moved = {move.job.name: move.after for move in chosen if move.after is not None}
    return {**_kept_results(results), **moved}


def _tell(every: Sequence[Move], chosen: Sequence[Move], console: Console) -> None:
    page = Page(console)
    moved = [move for move in every if move.checks or move.by]
    if moved:
        table = page.columns("Submission", "Before", "After", "By", "Checks", left=1)
        table.columns[-1].justify = "left"
        table.columns[-1].no_wrap = False
        for move in sorted(moved, key=lambda each: (each.by, each.job.name)):
            table.add_row(*_row(move, page, move in chosen))
        page.table(table)
    for move in every:
        if move.error:
            page.line(f"{move.job.name} keeps its result: {move.error}", "yellow")
    ran = sum(move.ran for move in every)
    again = f"; {ran} had to be run again for new questions" if ran else ""
    page.line(f"{len(every)} judged, {len(moved)} of them differently{again}.")


def _row(move: Move, page: Page, written: bool) -> list[Text]:
    after = move.after.score if move.after is not None else move.before.score
    told = ", ".join(move.checks[:MOST_CHECKS])
    more = len(move.checks) - MOST_CHECKS
    told += f" and {more} more" if more > 0 else ""
    told += "" if written else " (kept as it was)"
    numbers = [f"{number:g}" for number in (move.before.score, after)]
    return [page.text(each) for each in (one_line(move.job.name), *numbers, f"{move.by:+g}", told)]


def _grades(results: Path, level: Feedback) -> None:
    """Write `grades.csv` from all that is kept."""
    rows = [
        Row.graded(name, shown(result, level)) for name, result in _kept_results(results).items()
    ]
    write_atomically(results / "grades.csv", grades_csv(rows))
