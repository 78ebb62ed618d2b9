"""Bringing what a folder of results keeps in line with the files that a call names.

A record belongs to a file. Where that file has another name by now, since another folder was named
or it was moved, its record, its points by hand and its reports get that name as well: nothing is
graded twice, and nothing is lost.
"""

import errno
import os
from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from grader import models
from grader.course.jobs import Job
from grader.course.manual_points import Points, joined, keep_points, kept_points
from grader.course.owners import student_named
from grader.course.store import ANSWERS, Record, Store, address
from grader.errors import UsageError
from grader.files import content_of, write_atomically
from grader.models import FieldError, Model
from grader.reports.formats import FORMATS
from grader.results.by_hand import Given
from grader.results.identity import file_stem

_MOST_NAMED: Final = 3
# Where it is written down which records are being renamed.
_UNDER_WAY: Final = "names.moving"
# Only these say that a file is gone; another error may be a folder that was closed for a while.
_GONE: Final = (errno.ENOENT, errno.ENOTDIR, errno.ENAMETOOLONG)


@dataclass(frozen=True)
class Renamed:
    """A record, the stem of the file that it is in, and the name that it gets."""

    stem: str
    record: Record
    name: str


def there(path: Path) -> bool:
    """Whether there is something at `path`, or may be: it is not known to be gone."""
    try:
        os.lstat(path)
    except OSError as error:
        return error.errno not in _GONE
    except ValueError:  # No file has such a name.
        return False
    return True


def remembered_folder(store: Store, folder: Path) -> Path:
    """Return the folder that names are below: one that was named before, if that holds `folder`."""
    known = {record.folder for _, record in store.records() if record is not None}
    above = [each for each in known if each and f"{address(folder)}/".startswith(f"{each}/")]
    if not above:
        return folder
    parts = len(min(above, key=len).split("/"))
    return Path(*folder.parts[:parts])


def settle(store: Store, jobs: Sequence[Job], digests: Mapping[str, str]) -> list[str]:
    """Give the records of the files of `jobs` their names, and return what is to be told of it.

    `digests` are those of the files by the jobs' names. Raises UsageError where a record
    of another file, which is still there, has the name of a job: then nothing is changed.
    """
    finish(store)
    _forget_stand_ins(store, jobs)
    records = {stem: record for stem, record in store.records() if record is not None}
    owners = _owners(records, jobs, digests)
    moving = [
        Renamed(stem, records[stem], name)
        for name, stem in owners.items()
        if stem != file_stem(name) or records[stem].name != name
    ]
    left = {stem: record for stem, record in records.items() if stem not in owners.values()}
    taken = {file_stem(job.name): job for job in jobs}
    held = {
        stem: left[stem]
        for stem, job in taken.items()
        if stem in left and address(left[stem].path) != address(job.path)
    }
    _refuse([(taken[stem], record) for stem, record in held.items() if there(record.path)])
    rename(store, moving)
    told = [
        f"{each.record.path} is gone, and {each.name} is the same notebook: the result of "
        f"{each.record.name}, with what persons decided about it, is that of {each.name} by now."
        for each in moving
        if student_named(each.record.name) != student_named(each.name)
        and not there(each.record.path)
    ]
    return told + [
        f"{record.name} was the name of {record.path}, which is gone; it is now that of "
        f"{taken[stem].path}."
        for stem, record in held.items()
        if record.result.submission.sha256 != digests.get(taken[stem].name)
    ]


def _forget_stand_ins(store: Store, jobs: Sequence[Job]) -> None:
    """Forget of folders and archives that there is no result of them, where jobs came of them."""
    come = {address(job.path.with_suffix("")) for job in jobs}
    come |= {address(folder) for job in jobs for folder in job.path.parents}
    named = {address(job.path) for job in jobs}
    for each in store.unusable():
        unpacked = each.source.rpartition(".")[0] in come
        if each.source not in named and (each.source in come or unpacked):
            store.forget_unusable(each.name)


def _owners(
    records: Mapping[str, Record], jobs: Sequence[Job], digests: Mapping[str, str]
) -> dict[str, str]:
    """Return the stem of each job's record, by the names of those that have one."""
    by_source = {address(record.path): stem for stem, record in records.items()}
    sources = {address(job.path) for job in jobs}
    gone = {
        stem: record.result.submission.sha256
        for stem, record in records.items()
        if address(record.path) not in sources and not there(record.path)
    }
    once = {digest for digest, times in Counter(gone.values()).items() if times == 1}
    # Whose own record still fits, though a copy of another's, looks for none.
    searching = [
        digests[job.name]
        for job in jobs
        if job.name in digests and not _fits(records, by_source, job, digests[job.name])
    ]
    alone = {digest for digest, times in Counter(searching).items() if times == 1}
    moved = {digest: stem for stem, digest in gone.items() if digest in once & alone}
    present = {student_named(job.name) for job in jobs}
    owners = {}
    for job in jobs:
        own = by_source.get(address(job.path))
        digest = digests.get(job.name, "")
        found = None if _fits(records, by_source, job, digest) else moved.get(digest)
        stem = own if found is None or _is_copy(records[found], job, present) else found
        # Results that came from another machine are called as they are here.
        named = records.get(file_stem(job.name))
        if stem is None and named is not None and not there(named.path):
            stem = file_stem(job.name) if named.result.submission.sha256 == digest else None
        if stem is not None:
            owners[job.name] = stem
    return owners


def _is_copy(record: Record, job: Job, present: Collection[str]) -> bool:
    """Whether a file is another student's copy of one that is gone, and not that file moved.

    Whose it was is `present` with other files: their folder was given no other name. A student who
    went from one section to another has the same path below it.
    """
    former, now = student_named(record.name), student_named(job.name)
    below = record.name.partition("/")[2]
    other_section = "/" in below and below == job.name.partition("/")[2]
    return former in present and former != now and not other_section


def _fits(
    records: Mapping[str, Record], by_source: Mapping[str, str], job: Job, digest: str
) -> bool:
    """Whether the record of a job's file is about what the file holds."""
    own = by_source.get(address(job.path))
    return own is not None and records[own].result.submission.sha256 == digest


def _refuse(held: Sequence[tuple[Job, Record]]) -> None:
    if not held:
        return
    named = "; ".join(
        f"{record.name} is {record.path} there and {job.path} now"
        for job, record in held[:_MOST_NAMED]
    )
    more = f"; and {len(held) - _MOST_NAMED} more" if len(held) > _MOST_NAMED else ""
    raise UsageError(
        f"The folder of results holds other submissions by the same names: {named}{more}. Name "
        "the folder above both, or another --out; or remove the former files."
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Moves(Model):
    """Records that get other names, written down before any does: a call may be ended at any time.

    `moves` has the stem of the file that each is in, and its new name, `points` all points by hand
    as they are then. They are `cleared` once all have left the place that another may take.
    """

    moves: tuple[tuple[str, str], ...]
    points: dict[str, tuple[Given, ...]]
    cleared: bool = False


def rename(store: Store, moving: Sequence[Renamed]) -> None:
    """Give records their new names, all at once, with all that belongs to them."""
    if not moving:
        return
    points = kept_points(store.folder)
    own: Points = {each.name: points.get(each.record.name, ()) for each in moving}
    old = {each.record.name for each in moving}
    rest = {name: given for name, given in points.items() if name not in old}
    given = joined(rest, {name: each for name, each in own.items() if each})
    moves = tuple((each.stem, each.name) for each in moving)
    _carry_out(store, _Moves(moves=moves, points=dict(given)))


def is_under_way(store: Store) -> bool:
    """Whether a call was ended while it gave records their names."""
    return (store.folder / _UNDER_WAY).exists()


def finish(store: Store) -> None:
    """Give records the names that a call which was ended was about to give them.

    Raises UsageError where that cannot be read.
    """
    path = store.folder / _UNDER_WAY
    try:
        moves = models.loads(_Moves, content_of(path))
    except FileNotFoundError:
        return
    except (OSError, FieldError) as error:
        raise UsageError(
            f"{path} cannot be read, in which a call that was ended wrote down what it was "
            "renaming. Restore it, or remove it and see which results are there."
        ) from error
    _carry_out(store, moves)


def _carry_out(store: Store, moves: _Moves) -> None:
    """Rename what is not renamed yet; each step may have been done before."""
    under_way = store.folder / _UNDER_WAY
    if not moves.cleared:
        write_atomically(under_way, models.dumps(moves))
        # Names may be exchanged: all make room before any is taken.
        for number, (stem, _name) in enumerate(moves.moves):
            for path, suffix in _files(store, stem):
                path.replace(path.with_name(f".{number}.moving{suffix}"))
        write_atomically(under_way, models.dumps(replace(moves, cleared=True)))
    for number, (_stem, name) in enumerate(moves.moves):
        stem = file_stem(name)
        for place, suffix in _places(store):
            waiting = place / f".{number}.moving{suffix}"
            if waiting.exists():
                waiting.replace(place / f"{stem}{suffix}")
        record = store.at(stem)
        if record is not None:
            renamed = replace(record, name=name)
            write_atomically(store.folder / f"{stem}.json", models.dumps(renamed))
    if moves.points:
        keep_points(store.folder, moves.points)
    under_way.unlink()


def _places(store: Store) -> list[tuple[Path, str]]:
    reports = [(store.results, form.suffix) for form in FORMATS.values()]
    return [(store.folder, ".json"), (store.folder, ANSWERS), *reports]


def _files(store: Store, stem: str) -> list[tuple[Path, str]]:
    every = [(place / f"{stem}{suffix}", suffix) for place, suffix in _places(store)]
    return [(path, suffix) for path, suffix in every if path.is_file()]


def modernise(store: Store) -> None:
    """Give the files of records that are older than `file_stem` the names that they have now.

    Raises UsageError as `finish` does, which comes before that.
    """
    finish(store)
    rename(
        store,
        [
            Renamed(stem, record, record.name)
            for stem, record in store.records()
            if record is not None and stem != file_stem(record.name)
        ],
    )
