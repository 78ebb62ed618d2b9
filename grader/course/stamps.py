"""What was written of each submission, and from what: where nothing has changed, nothing is done.

A stamp holds as long as the record, the points by hand, the level of feedback and the grader are
those that the files were written from, and the files are those that were written then. Whoever
changes or removes one of them has it written anew by the next call.
"""

import hashlib
import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final, Self

from grader import models
from grader.course.manual_points import Points
from grader.course.store import Store, grader_digest
from grader.files import content_of, write_atomically
from grader.models import FieldError, Model
from grader.reports.csv_file import Row
from grader.reports.formats import COURSE_FORMATS, FORMATS
from grader.results.identity import file_stem

FILE: Final = "written.stamps"
# The files of the whole course have no submission's name.
COURSE: Final = ""
# Inode, size and time in ns: a file that is written anew has another inode.
Signature = tuple[int, int, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class Stamp(Model):
    """What a submission's files were written from, and what they are.

    `basis` is the digest of all that they say beside the record, `grading` what the gradebook had
    of it, "" where there is none. The others are its row in the grades, and its exit status.
    """

    record: Signature | None
    basis: str
    files: dict[str, Signature]
    grading: str = ""
    status: str = ""
    note: str = ""
    totals: tuple[float, ...] = ()
    scores: Mapping[str, float] = field(default_factory=dict)
    exit_status: int = 0

    def row(self, name: str) -> Row:
        """Return the row of the submission, which is called so."""
        return Row(name, self.status, self.note, self.totals, self.scores)


@dataclass
class Stamps:
    """The stamps of a folder of results, and what is in it now."""

    store: Store
    known: dict[str, Stamp] = field(default_factory=dict)
    records: Mapping[str, Signature] = field(default_factory=dict)
    files: Mapping[str, Signature] = field(default_factory=dict)

    @classmethod
    def of(cls, store: Store) -> Self:
        """Return those of a folder of results; there are none where they cannot be read."""
        try:
            known = models.loads(dict[str, Stamp], content_of(store.folder / FILE))
        except (OSError, FieldError):
            known = {}
        return cls(store, known, _listed(store.folder), _listed(store.results))

    def fitting(self, name: str, basis: str, wanted: Iterable[str]) -> Stamp | None:
        """Return the stamp of a submission whose files are up to date, and as they were written.

        `wanted` are the formats that were asked for. None where there is anything to write.
        """
        stamp, stem = self.known.get(name), file_stem(name)
        fits = (
            stamp is not None
            and (stamp.record, stamp.basis) == (self.records.get(f"{stem}.json"), basis)
            and stamp.files == self._there(stem)
            and {f"{stem}{FORMATS[each].suffix}" for each in wanted if each in FORMATS}
            <= stamp.files.keys()
        )
        return stamp if fits else None

    def put(self, name: str, basis: str, row: Row, grading: str, exit_status: int) -> None:
        """Stamp a submission whose files have just been written."""
        stem = file_stem(name)
        record = self.store.folder / f"{stem}.json"
        names = [f"{stem}{suffix}" for suffix in _SUFFIXES]
        files = {each: found for each in names if (found := _signature(self.store.results / each))}
        self.known[name] = Stamp(
            record=_signature(record),
            basis=basis,
            files=files,
            grading=grading,
            status=row.status,
            note=row.note,
            totals=row.totals,
            scores=dict(row.scores),
            exit_status=exit_status,
        )

    def course_fits(self, basis: str, wanted: Iterable[str]) -> bool:
        """Whether the files on the whole course are up to date, and as they were written."""
        stamp = self.known.get(COURSE)
        there = {name: self.files[name] for name in _OF_COURSE if name in self.files}
        lacking = {COURSE_FORMATS[each].file for each in wanted} - there.keys()
        return stamp is not None and not lacking and (stamp.basis, stamp.files) == (basis, there)

    def put_course(self, basis: str) -> None:
        """Stamp the files on the whole course, which have just been written."""
        found = {name: _signature(self.store.results / name) for name in _OF_COURSE}
        files = {name: each for name, each in found.items() if each is not None}
        self.known[COURSE] = Stamp(record=None, basis=basis, files=files)

    def forget(self, name: str) -> None:
        """Have a submission's files written anew by the next call, whatever ends this one."""
        self.known.pop(name, None)

    def basis_of_course(self, rows: Mapping[str, Row], given: Points, twins: str) -> str:
        """Return the digest of what the files on the whole course say, by the rows of all."""
        records, files = _listed(self.store.folder), _listed(self.store.results)
        parts = []
        for name, row in sorted(rows.items()):
            stem = file_stem(name)
            page = f"{stem}{FORMATS['html'].suffix}" in files
            parts.append(f"{records.get(f'{stem}.json')} {page} {given.get(name, ())} {row}")
        return basis_of(twins, *parts)

    def write(self, rows: Iterable[str]) -> None:
        """Keep the stamps of these submissions, and that of the course, for the next call."""
        kept = {name: self.known[name] for name in (COURSE, *rows) if name in self.known}
        write_atomically(self.store.folder / FILE, models.dumps(kept))

    def _there(self, stem: str) -> dict[str, Signature]:
        names = (f"{stem}{suffix}" for suffix in _SUFFIXES)
        return {name: self.files[name] for name in names if name in self.files}


_SUFFIXES: Final = tuple(dict.fromkeys((".json", *(each.suffix for each in FORMATS.values()))))
# The grades are written by each call.
_OF_COURSE: Final = tuple(each.file for name, each in COURSE_FORMATS.items() if name != "csv")


def basis_of(*parts: str) -> str:
    """Return the digest of what files say beside their records, in this version of the grader."""
    whole = hashlib.sha256()
    for part in (grader_digest(), *parts):
        whole.update(hashlib.sha256(part.encode("utf-8", "surrogateescape")).digest())
    return whole.hexdigest()


def _listed(folder: Path) -> dict[str, Signature]:
    try:
        with os.scandir(folder) as entries:
            return {
                each.name: (found.st_ino, found.st_size, found.st_mtime_ns)
                for each in entries
                if each.is_file(follow_symlinks=False)
                for found in [each.stat(follow_symlinks=False)]
            }
    except OSError:
        return {}


def _signature(path: Path) -> Signature | None:
    try:
        found = path.lstat()
    except OSError:
        return None
    return found.st_ino, found.st_size, found.st_mtime_ns
