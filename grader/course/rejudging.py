"""Judging a graded course again, after a check or its points were mended.

Nothing of a student's is run where the answers that were kept suffice. Before anything is
written it is told who moves, by how much, and by which checks.
"""

import csv
import io
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import nullcontext
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from rich.console import Console
from rich.text import Text

from grader.assignment.loading import find_assignment
from grader.assignment.model import Assignment
from grader.course.jobs import Job, Outcome, perform
from grader.course.kept import UNREADABLE, Twins, everything
from grader.course.manual_points import (
    Points,
    joined,
    keep_points,
    kept_points,
    read_points,
    waiting_csv,
)
from grader.course.moves import changed_checks, move_row, moves_table, told_checks
from grader.course.output import booking_of
from grader.course.reach import Reach, keep_reach, kept_reaches, reach_of
from grader.course.settling import is_under_way, modernise
from grader.course.store import Record, Store, contents, how_of, key_of, key_with
from grader.course.workers.processes import context, processors
from grader.errors import GraderError, UsageError
from grader.execution.recording import Packed
from grader.files import content_of, write_atomically
from grader.grading import judged_again, part_judged_again
from grader.reports.console import Page
from grader.reports.csv_file import grades_csv
from grader.reports.github import as_text, say
from grader.reports.history import continued
from grader.reports.json_file import to_json
from grader.reports.writer import Reports
from grader.results.by_hand import with_points
from grader.results.feedback import Feedback
from grader.results.identity import file_stem
from grader.results.model import Result

if TYPE_CHECKING:
    # Only folders with a gradebook wait for what it takes to open one.
    from grader.course.bookkeeping.booking import Booking

# Starting a process takes longer than judging so many.
FEW: Final = 20
_CHUNK: Final = 8


@dataclass(frozen=True)
class Move:
    """What judging a submission again came to: the results before and after.

    `after` is None where it could not be judged, and `error` then says why. Both are with the
    points that a person gave, `judged` is `after` without them. `same` says that it was not judged
    since nothing that decides it has changed, `ran` whether the student's code had to be run for
    questions that were new. `record` is what is kept of it, None where that cannot be read, and
    `reach` what of the assignment its exercises are judged by now, as far as that is known.
    """

    name: str
    before: Result | None = None
    record: Record | None = None
    key: str = ""
    judged: Result | None = None
    after: Result | None = None
    error: str = ""
    same: bool = False
    ran: bool = False
    recording: bytes = b""
    reach: Reach | None = None

    @property
    def by(self) -> float:
        """How many points the submission gains, a negative number where it loses."""
        if self.after is None or self.before is None:
            return 0.0
        return self.after.score - self.before.score

    @property
    def checks(self) -> tuple[str, ...]:
        """The checks whose points or status have changed."""
        return changed_checks(self.before, self.after)


def moves(results: Path, workers: int, former: Points, given: Points) -> Iterator[Move]:
    """Judge every submission again whose result is kept in the folder, in the order of names.

    `given` are the points that a person gave to what waits for one, `former` those that counted
    before.

    Raises UsageError where the folder keeps none.
    """
    store = Store(results)
    stems = store.require_stems()
    again = partial(_again, results, former, given, kept_reaches(store))
    if len(stems) <= FEW or workers == 1:
        yield from map(again, stems)
        return
    with ProcessPoolExecutor(workers, mp_context=context()) as pool:
        yield from pool.map(again, stems, chunksize=_CHUNK)


def _again(
    results: Path, former: Points, given: Points, reaches: Sequence[Reach], stem: str
) -> Move:
    store = Store(results)
    record = store.at(stem)
    if record is None:
        return Move(stem, error=UNREADABLE.format(folder=store.folder))
    name = record.name
    move = Move(name, with_points(record.result, former.get(name, ())), record)
    try:
        move = _move(store, stem, record, move, reaches)
    except GraderError as error:
        return replace(move, error=str(error))
    except Exception as error:  # noqa: BLE001 - the others of the course go on
        return replace(move, error=f"{name}: {type(error).__name__}: {error}")
    if move.judged is None:
        return move
    if move.judged.status == "error" and record.result.status != "error":
        failed = _failed_at(move.judged)
        return replace(move, judged=None, error=f"the grader itself failed at {failed}.")
    return replace(move, after=with_points(move.judged, given.get(name, ())))


def _failed_at(result: Result) -> str:
    """Return at which checks the grader failed."""
    every = ((each.id, check) for each in result.exercises for check in each.checks)
    return told_checks([f"{id_}.{check.id}" for id_, check in every if check.status == "error"])


def job_of(record: Record, results: Path) -> Job:
    """Return the work that a record is the result of."""
    return Job(
        record.path,
        record.name,
        how_of(record.how),
        recorded=True,
        private=(results.absolute(), (record.within or record.path.parent).absolute()),
        folder=record.within,
    )


def _move(store: Store, stem: str, record: Record, move: Move, reaches: Sequence[Reach]) -> Move:
    path = store.recording(stem)
    job = job_of(record, store.results)
    try:
        packed = Packed(content_of(path), path)
    except FileNotFoundError:
        return _ran(record, job, move)
    except OSError as error:
        raise UsageError(
            f"{path} cannot be read, which holds its answers ({error.strerror}). Remove what is "
            "there: the notebook is then run again."
        ) from error
    assignment = find_assignment(packed.notebook, job.how.assignment)
    again = key_of(packed.notebook.sha256, assignment, job.how)
    before = record.result
    if again == record.key and not (record.floor or packed.absent or before.status == "error"):
        return replace(move, key=again, judged=before, same=True)
    result = None
    move = replace(move, reach=reach_of(assignment))
    moved = _moved(record, packed.notebook.sha256, assignment, job, reaches)
    if moved is not None:
        result = part_judged_again(packed.opened(), assignment, job.how, before, moved)
    if result is None:
        # One of a former version is read once from its beginning to its end.
        whole = packed if moved is None else Packed(packed.content, path)
        result = judged_again(whole.recording(), assignment, job.how)
    if result is None:
        return _ran(record, job, move)
    # What grading took is what it took when the notebook ran, and its file may have moved since.
    result = replace(result, seconds=before.seconds, submission=before.submission)
    return replace(move, key=again, judged=result)


def _moved(
    record: Record, sha256: str, assignment: Assignment, job: Job, reaches: Sequence[Reach]
) -> frozenset[str] | None:
    """Return the exercises that may be judged otherwise than a record says, None where any may."""
    now = reach_of(assignment)
    if now is None or record.floor:
        return None
    for reach in reaches:
        if key_with(sha256, reach.sources, job.how) == record.key:
            return reach.moved(now)
    return None


def _ran(record: Record, job: Job, move: Move) -> Move:
    """Run the notebook for what was never asked of it."""
    again = contents(job)
    if again.sha256 != record.result.submission.sha256:
        error = f"{job.path} has changed since it was graded: grade it with `grade`."
        return replace(move, error=error)
    outcome: Outcome = perform(job)
    if outcome.result is None:
        return replace(move, error=outcome.error)
    result = replace(outcome.result, submission=record.result.submission)
    return replace(move, key=again.key, judged=result, ran=True, recording=outcome.recording)


def kept(each: Iterable[Move], *, never_lower: bool) -> list[Move]:
    """Return the moves that are to be written."""
    return [move for move in each if move.after is not None and not (never_lower and move.by < 0)]


def write(store: Store, each: Iterable[Move], chosen: Collection[Move]) -> None:
    """Keep what the moves came to, those that are not chosen as results that stand all the same."""
    for move in each:
        if move.record is None or move.judged is None:
            continue
        record = replace(move.record, key=move.key, floor=False)
        if move in chosen:
            record = replace(record, result=move.judged)
        else:
            record = replace(record, floor=True)
        keep_reach(store, move.reach)
        store.put(record, move.recording)


UNFINISHED: Final = (
    "A call that was ended was giving submissions in {folder} other names. Some have the new ones "
    "here, some the former, and points by hand may be missing: `grade` and `grader rejudge` "
    "without --dry-run finish that first."
)
FAILED: Final = 3


def rejudge(path: Path, **options: Any) -> int:
    """Judge a folder of results again, or all folders of results of a gradebook; see below.

    Returns the gravest exit status. Raises UsageError as `rejudge_folder` does for the only folder,
    and where a table is to be read or written for several.
    """
    if not path.is_file():
        return rejudge_folder(path, **options)
    from grader.course.bookkeeping.booking import folders_of  # noqa: PLC0415 - slow to import

    folders = folders_of(path)
    if len(folders) > 1 and (options.get("manual") or options.get("waiting")):
        named = ", ".join(map(str, folders))
        raise UsageError(
            f"{path} has several folders of results, and a table is about one: name it in the "
            f"place of the gradebook. They are {named}."
        )
    if len(folders) == 1:
        return rejudge_folder(folders[0], **options)
    return max(_one_of_several(folder, options) for folder in folders)


def _one_of_several(folder: Path, options: Mapping[str, Any]) -> int:
    """Judge a folder of results again; where that cannot be, tell it, and the others go on."""
    try:
        return rejudge_folder(folder, **options)
    except UsageError as error:
        say(Console(stderr=True), f"Error: {error}")
        return error.exit_status


def rejudge_folder(results: Path, **options: Any) -> int:
    """Judge the results in a folder again, tell who moves, and write it but for a dry run.

    `options` are the fields of `Wish`. Returns the exit status: 3 where any could not be judged, a
    record could not be read, or a report stayed as it was. Raises UsageError where the folder keeps
    no results, or the table does not fit them.
    """
    store, console, wish = Store(results), Console(), Wish(**options)
    store.require_own()
    if not wish.writes and is_under_way(store):
        say(console, UNFINISHED.format(folder=results))
    if wish.waiting is not None and wish.only_waiting:
        return _write_waiting(store, wish.waiting, console)
    writes = wish.writes and store.folder.is_dir()
    with store.alone() if writes else nullcontext():
        if writes:
            modernise(store)
        points = _points(store, wish, console)
        every = list(moves(results, wish.jobs or processors(), points.former, points.given))
        chosen = kept(every, never_lower=wish.never_lower)
        with as_text(console):
            _tell(every, chosen, console)
        old: list[str] = []
        if wish.dry_run:
            say(console, "Nothing was written.")
        else:
            old = _carry_out(store, wish, points, every, chosen, console)
        if wish.waiting is not None:
            moved = {move.name: move.after for move in chosen if move.after is not None}
            _put_waiting(wish.waiting, {**_counted(store, points.former), **moved}, console)
    return FAILED if old or any(move.error for move in every) else 0


@dataclass(frozen=True)
class Wish:
    """What a call of `grader rejudge` asks for.

    `manual` is a table of points that a person gave. `waiting` is where one is to be written of
    what waits for a person; where nothing else is asked for, nothing else is done. `feedback` is
    the level to write results at, for each the one that it was written at if it is None.
    """

    dry_run: bool = False
    never_lower: bool = False
    jobs: int | None = None
    feedback: str | None = None
    manual: Path | None = None
    waiting: Path | None = None

    @property
    def only_waiting(self) -> bool:
        """Whether the table of what waits is all that is asked for."""
        other = self.manual is not None or self.dry_run or self.never_lower
        return self.waiting is not None and not other

    @property
    def writes(self) -> bool:
        """Whether results are to be written."""
        return not (self.dry_run or self.only_waiting)


@dataclass(frozen=True)
class _ByHand:
    """Points that persons gave: those that counted `former`ly, those that a table adds, and both.

    `booking` is the gradebook that keeps them, None where the folder of results does.
    """

    former: Points
    read: Points
    booking: "Booking | None"

    @property
    def given(self) -> Points:
        """All that count from now on."""
        return joined(self.former, self.read)


def _points(store: Store, wish: Wish, console: Console) -> _ByHand:
    """Return the points by hand, with those lines of a table that are decisions."""
    booking = booking_of(store, None)
    former = kept_points(store.folder) if booking is None else booking.points()
    read: Points = {}
    if wish.manual is not None:
        read = read_points(wish.manual, _results(store), former)
        if not any(read.values()):
            say(console, f"No line of {wish.manual} has points: fill in that column.")
        if booking is not None:
            saved = datetime.fromtimestamp(wish.manual.stat().st_mtime, UTC)
            read, told = booking.news(read, saved)
            for sentence in told:
                say(console, sentence)
    return _ByHand(former, read, booking)


def _carry_out(
    store: Store,
    wish: Wish,
    points: _ByHand,
    every: Sequence[Move],
    chosen: Sequence[Move],
    console: Console,
) -> list[str]:
    """Write what judging again came to: what is decided first, then what follows from it.

    Returns what stayed old, each with why.
    """
    if points.booking is not None:
        points.booking.decide(points.read)
    elif wish.manual is not None:
        keep_points(store.folder, points.given)
    write(store, every, chosen)
    if points.booking is not None:
        points.booking.rejudged(wish.feedback)
        for sentence in points.booking.astray():
            say(console, sentence)
    level = None if wish.feedback is None else Feedback.named(wish.feedback)
    old = [*refreshed(store, points.given, level)]
    for sentence in old:
        say(console, sentence)
    return old


def _write_waiting(store: Store, path: Path, console: Console) -> int:
    """Write the table of what waits for a person, and nothing else; return the exit status."""
    store.require_stems()
    unreadable = [stem for stem, record in store.records() if record is None]
    booking = booking_of(store, None)
    given = kept_points(store.folder) if booking is None else booking.points()
    _put_waiting(path, _counted(store, given), console)
    for stem in unreadable:
        say(console, f"{stem} is not in it: {UNREADABLE.format(folder=store.folder)}.")
    return FAILED if unreadable else 0


def _put_waiting(path: Path, results: Mapping[str, Result], console: Console) -> None:
    """Write the table of what waits for a person, and tell how much it is."""
    table = waiting_csv(results)
    write_atomically(path, table)
    lines = sum(1 for _ in csv.DictReader(io.StringIO(table)))
    say(console, f"{path}: {lines} {'check waits' if lines == 1 else 'checks wait'} for a person.")


def _results(store: Store) -> dict[str, Result]:
    """Return the results that are kept, by their names."""
    return {record.name: record.result for _, record in store.records() if record is not None}


def _counted(store: Store, given: Points) -> dict[str, Result]:
    """Return the results that are kept with the points that a person gave, by their names."""
    return {
        name: with_points(result, given.get(name, ())) for name, result in _results(store).items()
    }


def refreshed(store: Store, given: Points, level: Feedback | None) -> Iterator[str]:
    """Write all that the folder of results has from what is kept, and yield what stayed old."""
    reports = Reports(out=store.results)
    every = list(everything(store, given, level))
    twins = Twins.of({each.name: each.whole.submission.sha256 for each in every if each.whole})
    for each in every:
        if each.record is None or each.whole is None or each.seen is None:
            reports.fail(each.name, each.row.note)
            continue
        stem = file_stem(each.name)
        if level is not None and each.record.feedback != level.name.lower():
            store.put(replace(each.record, feedback=level.name.lower()))
        path = store.results / f"{stem}.json"
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
    write_atomically(store.results / "grades.csv", grades_csv(rows))
    reports.close([row.submission for row in rows])


def _tell(every: Sequence[Move], chosen: Sequence[Move], console: Console) -> None:
    page = Page(console)
    moved = [move for move in every if move.checks or move.by]
    if moved:
        table = moves_table(page)
        for move in sorted(moved, key=lambda each: (each.by, each.name)):
            table.add_row(*_row(move, page, written=move in chosen))
        page.table(table)
    for move in every:
        if move.error:
            page.line(f"{move.name} keeps its result: {move.error}", "yellow")
    ran = sum(move.ran for move in every)
    judged = sum(move.after is not None for move in every)
    same = sum(move.same for move in every)
    again = f"; {ran} had to be run again for new questions" if ran else ""
    again += f"; for {same} nothing that decides it has changed" if same else ""
    not_judged = f", {len(every) - judged} not" if judged < len(every) else ""
    page.line(f"{judged} judged{not_judged}, {len(moved)} of them differently{again}.")


def _row(move: Move, page: Page, *, written: bool) -> list[Text]:
    scores = [None if each is None else each.score for each in (move.before, move.after)]
    told = told_checks(move.checks) + ("" if written else " (kept as it was)")
    return move_row(page, move.name, scores[0], scores[1], told)
