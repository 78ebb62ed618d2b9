"""Comparing two runs: who moved, by how much, by which checks, and who is only in one.

A run is a folder of results, or an assignment in a gradebook, also as it was at a moment.
"""

import json
import sys
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any, Final

from rich.console import Console

from grader.course.kept import everything
from grader.course.manual_points import kept_points
from grader.course.moves import changed_checks, move_row, moves_table, told_checks
from grader.course.owners import Owners, student_named
from grader.course.store import POINTER, Store
from grader.errors import UsageError
from grader.files import content_of, write_atomically
from grader.reports.console import Page
from grader.reports.github import as_text, say
from grader.reports.json_file import from_json
from grader.results.model import Result

FAILED: Final = 3
# What a grade is made of beside its checks, by the names that are shown.
_LATE: Final = "late"
_BESIDE: Final = "beside the checks"
_ATTEMPT: Final = "another attempt"
_STDOUT: Final = "-"


@dataclass(frozen=True)
class Entry:
    """What a submission, or a student, came to: `points` is None where there was no grade.

    `beside` are the points that its checks did not give, by the reason; `note` says why there is
    no grade.
    """

    points: float | None
    most: float
    pending: float = 0.0
    result: Result | None = None
    beside: tuple[tuple[str, float], ...] = ()
    note: str = ""


@dataclass
class Run:
    """What a run came to, by names, those of `students` or else of submissions.

    `unread` says what of it could not be read.
    """

    label: str
    students: bool = False
    entries: dict[str, Entry] = field(default_factory=dict)
    unread: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class Change:
    """A submission that came to something else."""

    name: str
    before: Entry
    after: Entry

    @property
    def by(self) -> float:
        """How many points it gained, 0 where one of both has no grade."""
        if self.before.points is None or self.after.points is None:
            return 0.0
        return self.after.points - self.before.points

    @property
    def why(self) -> tuple[str, ...]:
        """The checks that came to something else, and what else did."""
        checks = changed_checks(self.before.result, self.after.result)
        former, present = dict(self.before.beside), dict(self.after.beside)
        # A folder of results does not know any.
        beside = [each for each in former if each in present and former[each] != present[each]]
        unusable = [
            f"no grade {where}: {each.note}" if each.note else f"no grade {where}"
            for where, each in (("before", self.before), ("after", self.after))
            if each.points is None
        ]
        return (*checks, *beside, *unusable)

    @property
    def moved(self) -> bool:
        """Whether anything is different."""
        one, other = ((each.points, each.pending) for each in (self.before, self.after))
        return one != other or bool(changed_checks(self.before.result, self.after.result))


def diff(before: str, after: str, assignment: str | None, json_file: str | None) -> int:
    """Compare two runs and tell, or write as JSON, what is different.

    Returns the exit status: 3 where something of them could not be read. Raises UsageError where
    one of both is no run.
    """
    one, other = _read(before, after, assignment)
    both = [
        Change(name, entry, other.entries[name])
        for name, entry in one.entries.items()
        if name in other.entries
    ]
    moved = sorted((each for each in both if each.moved), key=lambda each: (each.by, each.name))
    only = [
        sorted(run.entries.keys() - rest.entries.keys())
        for run, rest in ((one, other), (other, one))
    ]
    if json_file is not None:
        text = _as_json(one, other, moved, only, len(both))
        if json_file == _STDOUT:
            sys.stdout.write(text)
        else:
            write_atomically(Path(json_file), text)
    if json_file != _STDOUT:
        _tell(Console(), one, other, moved, only, len(both))
    errors = Console(stderr=True)
    for told in (*one.unread, *other.unread):
        say(errors, told)
    return FAILED if one.unread or other.unread else 0


def _tell(
    console: Console,
    one: Run,
    other: Run,
    moved: Sequence[Change],
    only: Sequence[Sequence[str]],
    count: int,
) -> None:
    page = Page(console)
    with as_text(console):
        if moved:
            table = moves_table(page, "Student" if other.students else "Submission")
            for each in moved:
                points = (each.before.points, each.after.points)
                table.add_row(*move_row(page, each.name, *points, told_checks(each.why)))
            page.table(table)
        for run, names in zip((one, other), only, strict=True):
            if names:
                page.line(f"Only in {run.label}: {', '.join(names)}.")
        up, down = (sum(sign * each.by > 0 for each in moved) for sign in (1, -1))
        changes = [f"{up} up", f"{down} down", f"{len(moved) - up - down} otherwise"]
        page.line(f"{count} compared: {', '.join(changes)}, {count - len(moved)} the same.")


def _as_json(
    one: Run, other: Run, moved: Sequence[Change], only: Sequence[Sequence[str]], count: int
) -> str:
    told: dict[str, Any] = {
        "before": one.label,
        "after": other.label,
        "compared": count,
        "moved": [
            {
                "name": each.name,
                "before": _told(each.before),
                "after": _told(each.after),
                "by": each.by,
                "why": list(each.why),
            }
            for each in moved
        ],
        "only_before": only[0],
        "only_after": only[1],
    }
    return json.dumps(told, indent=2, ensure_ascii=False) + "\n"


def _told(entry: Entry) -> dict[str, object]:
    return {"points": entry.points, "max_score": entry.most, "pending": entry.pending}


def _read(before: str, after: str, assignment: str | None) -> tuple[Run, Run]:
    """Return two runs by names that can be compared."""
    sides = [_Side.named(before), _Side.named(after)]
    folders = [side.path.is_dir() for side in sides]
    # What students were shown knows the points of a gradebook, and records do not.
    shown = not all(folders) or any((Store(side.path).folder / POINTER).exists() for side in sides)
    runs = [
        _of_folder(side, shown=shown) if folder else _of_book(side, assignment)
        for side, folder in zip(sides, folders, strict=True)
    ]
    if any(folders) and not all(folders):
        runs = [
            _by_student(run, side.path) if side.path.is_dir() else run
            for run, side in zip(runs, sides, strict=True)
        ]
    return runs[0], runs[1]


@dataclass(frozen=True)
class _Side:
    """What names a run: a folder, or a gradebook and perhaps a moment."""

    label: str
    path: Path
    moment: datetime | None = None

    @classmethod
    def named(cls, text: str) -> "_Side":
        path, at, said = text.rpartition("@")
        if Path(text).exists() or not at:
            if not Path(text).exists():
                raise UsageError(f"{text} is not there: name a folder of results or a gradebook.")
            return cls(text, Path(text))
        try:
            moment = datetime.fromisoformat(said)
        except ValueError:
            raise UsageError(
                f"{said!r} is no moment: write it as in {path}@2026-11-30T12:00."
            ) from None
        if not Path(path).is_file():
            raise UsageError(f"{path} is no gradebook, and nothing else knows how it was.")
        return cls(text, Path(path), moment.astimezone())


def _of_folder(side: _Side, *, shown: bool) -> Run:
    """Return the run that a folder of results holds.

    It is what students were `shown`, or else the records, in which every check is.
    """
    store, run = Store(side.path), Run(side.label)
    store.require_own()
    entries = _shown(store, run) if shown or not store.stems() else _recorded(store, run)
    run.entries = dict(sorted(entries))
    if not run.entries and not run.unread:
        raise UsageError(f"{side.path} holds no results: `grade FOLDER --out` makes them.")
    return run


def _recorded(store: Store, run: Run) -> Iterator[tuple[str, Entry]]:
    for each in everything(store, kept_points(store.folder)):
        if each.unread:
            run.unread.append(f"{store.results}: {each.name}: {each.row.note}")
        elif each.whole is None or not each.row.totals:
            yield each.name, Entry(None, 0.0, note=each.row.note)
        else:
            yield each.name, _entry(each.whole)


def _shown(store: Store, run: Run) -> Iterator[tuple[str, Entry]]:
    broken = {each.name: each.sentence for each in store.unusable()}
    for path in sorted(store.results.glob("*.json")):
        if path.name.endswith((".gradescope.json", ".classroom50.json")):
            continue
        try:
            result = from_json(content_of(path))
        except (OSError, UsageError) as error:
            run.unread.append(f"{path}: {error}")
            continue
        if result.submission.name not in broken:
            yield result.submission.name, _entry(result)
    for name, sentence in broken.items():
        yield name, Entry(None, 0.0, note=sentence)


def _entry(result: Result) -> Entry:
    return Entry(result.score, result.max_score, result.pending, result)


def _of_book(side: _Side, assignment: str | None) -> Run:
    """Return the run of an assignment in a gradebook, by the students' identifiers."""
    # Only what is about gradebooks waits for what they take.
    from grader.course.past import book_at  # noqa: PLC0415
    from grader.gradebook.book import Gradebook, assignment_named  # noqa: PLC0415
    from grader.gradebook.export import grades  # noqa: PLC0415
    from grader.gradebook.grades import result_of  # noqa: PLC0415

    opened: AbstractContextManager[Gradebook]
    if side.moment is None:
        opened = nullcontext(Gradebook.opened(side.path))
    else:
        opened = book_at(side.path, side.moment)
    run = Run(side.label, students=True)
    with opened as book, book.reading() as session:
        for grade in grades(session, assignment_named(session, assignment)):
            attempt = grade.attempt
            run.entries[grade.person_id] = Entry(
                grade.grade,
                grade.max_score,
                grade.pending,
                None if attempt is None else result_of(session, attempt),
                (
                    (_LATE, -grade.deduction),
                    (_BESIDE, grade.adjustment),
                    (_ATTEMPT, 0.0 if attempt is None else float(attempt.number)),
                ),
                "" if grade.grade is not None else grade.note,
            )
    return run


def _by_student(run: Run, results: Path) -> Run:
    """Return a folder's run by whom its submissions are of, as a gradebook has it."""
    known = Owners().of_kept(Store(results))
    entries: dict[str, Entry] = {}
    for name, entry in run.entries.items():
        student = known.get(name) or student_named(name)
        if student in entries:
            raise UsageError(
                f"{run.label} has several submissions of {student}, and a gradebook knows "
                "which counts: compare it with a gradebook."
            )
        # Which attempt it is, and what beside its checks counts, a folder does not know.
        entries[student] = entry
    return Run(run.label, True, entries, run.unread)
