"""The command that judges a folder of results again: who moves, and then writing it."""

import csv
import io
from collections.abc import Iterator, Mapping, Sequence
from contextlib import nullcontext
from pathlib import Path
from typing import Final

from rich.console import Console
from rich.text import Text

from grader.course.by_hand import (
    Points,
    joined,
    keep_points,
    kept_points,
    read_points,
    waiting_csv,
    with_points,
)
from grader.course.kept import UNREADABLE, Twins, everything
from grader.course.ledger import Ledger
from grader.course.rejudging import Move, kept, moves, write
from grader.course.settling import modernise
from grader.course.workers import processors
from grader.errors import GraderError
from grader.files import write_atomically
from grader.identity import file_stem
from grader.reports.csv_file import grades_csv
from grader.reports.history import continued
from grader.reports.json_file import to_json
from grader.reports.page import Page
from grader.reports.workflow import as_text, say
from grader.reports.writing import Reports
from grader.results.feedback import Feedback
from grader.results.model import Result
from grader.text import one_line

MOST_CHECKS: Final = 3
FAILED: Final = 3


def rejudge_folder(
    results: Path,
    *,
    dry_run: bool = False,
    never_lower: bool = False,
    jobs: int | None = None,
    feedback: str | None = None,
    manual: Path | None = None,
    waiting: Path | None = None,
) -> int:
    """Judge the results in a folder again, tell who moves, and write it but for a dry run.

    `manual` is a table of points that a person gave. `waiting` is where one is to be written of
    what waits for a person; where nothing else is asked for, nothing else is done. `feedback` is
    the level to write results at, for each the one that it was written at if it is None.
    Returns the exit status: 3 where any could not be judged, or a record could not be read. Raises
    UsageError where the folder keeps no results, or the table does not fit them.
    """
    ledger, console = Ledger(results), Console()
    ledger.require_own()
    if waiting is not None and manual is None and not (dry_run or never_lower):
        return _write_waiting(ledger, waiting, console)
    writes = not dry_run and ledger.folder.is_dir()
    with ledger.alone() if writes else nullcontext():
        if writes:
            modernise(ledger)
        former = kept_points(ledger.folder)
        given = former
        if manual is not None:
            read = read_points(manual, _results(ledger), former)
            if not any(read.values()):
                say(console, f"No line of {manual} has points: fill in that column.")
            given = joined(former, read)
        every = list(moves(ledger.results, jobs or processors(), former, given))
        chosen = kept(every, never_lower=never_lower)
        with as_text(console):
            _tell(every, chosen, console)
        if dry_run:
            say(console, "Nothing was written.")
        else:
            if manual is not None:
                keep_points(ledger.folder, given)
            write(ledger, every, chosen)
            level = None if feedback is None else Feedback.named(feedback)
            for sentence in refreshed(ledger, given, level):
                say(console, sentence)
        if waiting is not None:
            moved = {move.name: move.after for move in chosen if move.after is not None}
            _put_waiting(waiting, {**_counted(ledger, former), **moved}, console)
    return FAILED if any(move.error for move in every) else 0


def _write_waiting(ledger: Ledger, path: Path, console: Console) -> int:
    """Write the table of what waits for a person, and nothing else; return the exit status."""
    ledger.require_stems()
    unreadable = [stem for stem, record in ledger.records() if record is None]
    _put_waiting(path, _counted(ledger, kept_points(ledger.folder)), console)
    for stem in unreadable:
        say(console, f"{stem} is not in it: {UNREADABLE.format(folder=ledger.folder)}.")
    return FAILED if unreadable else 0


def _put_waiting(path: Path, results: Mapping[str, Result], console: Console) -> None:
    """Write the table of what waits for a person, and tell how much it is."""
    table = waiting_csv(results)
    write_atomically(path, table)
    lines = sum(1 for _ in csv.DictReader(io.StringIO(table)))
    say(console, f"{path}: {lines} {'check waits' if lines == 1 else 'checks wait'} for a person.")


def _results(ledger: Ledger) -> dict[str, Result]:
    """Return the results that are kept, by their names."""
    return {record.name: record.result for _, record in ledger.records() if record is not None}


def _counted(ledger: Ledger, given: Points) -> dict[str, Result]:
    """Return the results that are kept with the points that a person gave, by their names."""
    return {
        name: with_points(result, given.get(name, ())) for name, result in _results(ledger).items()
    }


def refreshed(ledger: Ledger, given: Points, level: Feedback | None) -> Iterator[str]:
    """Write all that the folder of results has from what is kept, and yield what stayed old."""
    reports = Reports(out=ledger.results)
    every = list(everything(ledger, given, level))
    twins = Twins.of({each.name: each.whole.submission.sha256 for each in every if each.whole})
    for each in every:
        if each.record is None or each.whole is None or each.seen is None:
            reports.fail(each.name, each.row.note)
            continue
        stem = file_stem(each.name)
        if level is not None and each.record.feedback != level.name.lower():
            update = {"feedback": level.name.lower()}
            ledger.put(each.record.model_copy(update=update))
        path = ledger.results / f"{stem}.json"
        seen = continued(each.seen, [path])
        write_atomically(path, to_json(seen))
        whole = twins.noted(each.name, each.whole)
        try:
            reports.take(each.name, each.record.path, seen, whole=whole, folder=each.record.within)
        except GraderError as error:
            yield f"A report of {each.name} stays as it was: {error}"
        if not each.row.totals:
            reports.fail(each.name, each.row.note)
    rows = sorted((each.row for each in every), key=lambda row: row.submission)
    write_atomically(ledger.results / "grades.csv", grades_csv(rows))
    reports.close([row.submission for row in rows])


def _tell(every: Sequence[Move], chosen: Sequence[Move], console: Console) -> None:
    page = Page(console)
    moved = [move for move in every if move.checks or move.by]
    if moved:
        table = page.columns("Submission", "Before", "After", "By", "Checks", left=1)
        table.columns[-1].justify = "left"
        table.columns[-1].no_wrap = False
        for move in sorted(moved, key=lambda each: (each.by, each.name)):
            table.add_row(*_row(move, page, move in chosen))
        page.table(table)
    for move in every:
        if move.error:
            page.line(f"{move.name} keeps its result: {move.error}", "yellow")
    ran = sum(move.ran for move in every)
    judged = sum(move.after is not None for move in every)
    again = f"; {ran} had to be run again for new questions" if ran else ""
    not_judged = f", {len(every) - judged} not" if judged < len(every) else ""
    page.line(f"{judged} judged{not_judged}, {len(moved)} of them differently{again}.")


def _row(move: Move, page: Page, written: bool) -> list[Text]:
    scores = [each.score for each in (move.before, move.after) if each is not None]
    told = ", ".join(move.checks[:MOST_CHECKS])
    more = len(move.checks) - MOST_CHECKS
    told += f" and {more} more" if more > 0 else ""
    told += "" if written else " (kept as it was)"
    numbers = [f"{number:g}" for number in scores]
    return [page.text(each) for each in (one_line(move.name), *numbers, f"{move.by:+g}", told)]
