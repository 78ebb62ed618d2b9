"""Keeping a gradebook in step with a folder of results.

A folder of results belongs to one gradebook, or to none; it remembers which. From then on points
by hand are those of the gradebook.
"""

import hashlib
import os
import unicodedata
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final, Self

from sqlalchemy import select
from sqlalchemy.orm import Session

from grader import models
from grader.collecting.manifest import MANIFEST, ROSTER, Collected, read_manifest
from grader.collecting.roster import read_roster
from grader.course.jobs import Job
from grader.course.manual_points import Points, kept_points
from grader.course.store import POINTER, Contents, Store, place, quoted
from grader.errors import GraderError, UsageError
from grader.files import write_atomically
from grader.gradebook.attempts import (
    Delivery,
    enrol,
    is_graded,
    present,
    reconcile,
    record,
    record_problem,
    relocate,
    take_assignment,
    take_result,
)
from grader.gradebook.book import Gradebook
from grader.gradebook.decisions import check_in, decide, ever_decided, user
from grader.gradebook.grades import given, given_in
from grader.gradebook.tables import Assignment, Attempt
from grader.notebook.opening import opened
from grader.notebook.reading import SIZE_LIMIT
from grader.notebook.sniffing import NotebookError
from grader.results.by_hand import Given
from grader.results.identity import SUFFIX, name_of
from grader.results.model import Result, SubmissionInfo
from grader.text import encodable, one_line

GRADE: Final = "grade"
REJUDGE: Final = "rejudge"
# By whom points were given that a table brought before there was a gradebook.
TABLE: Final = "table"
_FAULT: Final = "the grader itself failed at some of it, and what it found before counts"
# So many folders above the one that was named its list may lie: a student's and an attempt's.
ABOVE: Final = 3


@dataclass
class Booking:
    """The gradebook of a folder of results, whose place is relative to the gradebook's folder.

    `deliveries` say whose the files are, by the names of the submissions.
    """

    book: Gradebook
    store: Store
    folder: Path = Path()
    deliveries: dict[str, Delivery] = field(default_factory=dict)
    assignments: dict[str, int] = field(default_factory=dict)
    of_jobs: dict[str, int] = field(default_factory=dict)
    tables: Points = field(default_factory=dict)
    manifests: dict[Path, Mapping[str, Collected]] = field(default_factory=dict)

    @classmethod
    def of(cls, store: Store, path: Path | None) -> Self | None:
        """Return the booking of a folder of results that is open, in the gradebook at `path`.

        Where none is named it is the one that the folder belongs to, None where it belongs to none.
        Raises UsageError where the folder belongs to another, or where that is gone.
        """
        own = _own(store)
        if path is None and own is None:
            return None
        if own is not None and path is not None and not _same(own, path):
            raise UsageError(
                f"{store.results} belongs to the gradebook {own}: name that one, or another --out."
            )
        if path is None and own is not None and not own.exists():
            raise UsageError(
                f"{store.results} belongs to the gradebook {own}, which is not there. Restore it, "
                "or say by --gradebook where it is now."
            )
        book = Gradebook.opened(path or own or Path(), create=path is not None)
        # A course that is moved as a whole stays together.
        write_atomically(
            store.folder / POINTER, quoted(Path(os.path.relpath(book.path, _at(store))))
        )
        booking = cls(book, store, tables=kept_points(store.folder))
        booking._find_moved()
        return booking

    def _find_moved(self) -> None:
        """Know attempts again whose folder of results was moved, and is this one by now."""
        with self.book.reading() as session:
            every = session.scalars(select(Attempt.results).distinct()).all()
        gone = [
            each
            for each in every
            if each not in ("", self.results) and not (self.book.folder / each).is_dir()
        ]
        if not gone:
            return
        kept = self._kept()
        with self.book.writing() as session:
            for each in gone:
                if relocate(session, each, self.results, kept):
                    return

    def _kept(self) -> dict[str, SubmissionInfo]:
        """Return the notebooks that the folder of results has, by name."""
        records = (each for _stem, each in self.store.records() if each is not None)
        return {each.name: each.result.submission for each in records}

    @property
    def results(self) -> str:
        """The folder of results, as the gradebook names it."""
        return encodable(os.path.relpath(self.store.results.absolute(), self.book.folder))

    def begin(self, folder: Path, jobs: Sequence[Job], files: Mapping[str, Contents]) -> None:
        """Take in whose the files of `jobs` are, and the assignments that they are of.

        `folder` is the one that their names are below.
        """
        self.folder = folder
        kept = self._kept()
        assignments = {each.assignment.name: each.assignment for each in files.values()}
        with self.book.writing() as session:
            reconcile(session, self.results, kept)
            for name, assignment in assignments.items():
                config = assignment.config
                row = take_assignment(
                    session,
                    name,
                    config.title,
                    config.version,
                    models.changed(config.handing_in),
                )
                self.assignments[name] = row.id
            every = session.scalars(select(Assignment)).all()
            if not assignments and len(every) == 1:
                self.assignments[every[0].name] = every[0].id
        self.of_jobs = {
            name: self.assignments[each.assignment.name] for name, each in files.items()
        }
        self.deliveries = {job.name: self._delivery(job, files.get(job.name)) for job in jobs}
        for each in sorted({found for job in jobs if (found := self._list_of(job)) is not None}):
            self._collected(each)

    def doubts(self) -> list[str]:
        """Return what a person should look at: who may be several students taken for one.

        Without a list of what was collected, a student is the first folder of a path. Where the
        folders of two sections were named, or the one above them, that is a section.
        """
        folders: dict[str, set[str]] = defaultdict(set)
        for each in self.deliveries.values():
            if each.number is None and each.submission.count("/") > 1:
                folders[each.person_id].add(each.submission.rpartition("/")[0])
        return [
            f"{one_line(person)} has notebooks in {len(below)} folders, which are taken for the "
            "attempts of one student. If they are several students', lay them out by `grader "
            "collect`, or give each section a gradebook of its own."
            for person, below in sorted(folders.items())
            if len(below) > 1
        ]

    def _collected(self, folder: Path) -> None:
        """Take in what `grader collect` knows of a folder: the roster, and who has no notebook."""
        if (folder / ROSTER).is_file():
            with self.book.writing() as session:
                enrol(session, read_roster(folder / ROSTER).values(), whole=False)
        known = set(self.assignments.values())
        if len(known) != 1:
            return
        with self.book.writing() as session:
            row = session.get_one(Assignment, known.pop())
            for each in self._manifest(folder).values():
                # What was handed in that is no notebook; who handed in nothing has a row already.
                if each.student and each.source and not each.file:
                    name, source = encodable(each.student), encodable(each.source)
                    delivery = Delivery(name, name, source, self.results)
                    record_problem(session, row, delivery, encodable(each.note))

    def _list_of(self, job: Job) -> Path | None:
        """Return the folder that a job's file was collected into, None where it was not.

        It is the one that was named, or above it: what lies below may be a student's.
        """
        named = (job.folder or job.path.parent).absolute()
        for folder in reversed((named, *named.parents[:ABOVE])):
            if os.path.relpath(job.path.absolute(), folder) in self._manifest(folder):
                return folder
        return None

    def _manifest(self, folder: Path) -> Mapping[str, Collected]:
        """Return what was collected into a folder, by the files' paths."""
        if folder not in self.manifests:
            there = (folder / MANIFEST).is_file()
            rows = read_manifest(folder) if there else []
            # What has no file gets a key that is no path below the folder.
            self.manifests[folder] = {
                each.file or f"/{number}": each for number, each in enumerate(rows)
            }
        return self.manifests[folder]

    def points(self) -> Points:
        """Return all points by hand: the gradebook's, and those of a table that it lacks yet."""
        with self.book.reading() as session:
            return {**self.tables, **given_in(session, self.results)}

    def take(self, job: Job, result: Result, key: str) -> tuple[Given, ...]:
        """Take in what a job came to, and return the points that persons gave."""
        with self.book.writing() as session:
            row = session.get_one(Assignment, self.assignments[result.assignment.name])
            delivery = self.deliveries[job.name]
            if result.status == "error" and is_graded(session, row, delivery):
                # A fault of the grader's own takes nothing from what was found before.
                attempt = record_problem(session, row, delivery, _FAULT)
            else:
                attempt = record(session, row, delivery, result, key, GRADE)
            self._decide_as_before(session, attempt, result)
            return given(session, attempt)

    def _decide_as_before(self, session: Session, attempt: Attempt, result: Result) -> None:
        """Let points count that a table gave before there was a gradebook, each once."""
        for each in self.tables.get(attempt.submission, ()):
            check = check_in(result, each.exercise, each.check)
            known = ever_decided(session, attempt, each.exercise, each.check)
            if check is None or known or not each.belongs_to(result.submission):
                continue
            decide(
                session,
                attempt,
                min(each.points, check.max_points),
                who=TABLE,
                exercise=each.exercise,
                check_id=each.check,
                comment=each.comment,
            )

    def decide(self, read: Points) -> None:
        """Let the points of a table count, by whoever calls."""
        with self.book.writing() as session:
            for attempt in present(session, self.results):
                for each in read.get(attempt.submission, ()):
                    decide(
                        session,
                        attempt,
                        each.points,
                        who=user(),
                        exercise=each.exercise,
                        check_id=each.check,
                        comment=each.comment,
                    )

    def rejudged(self) -> None:
        """Take in what the folder of results holds after it was judged again."""
        records = {each.name: each for _stem, each in self.store.records() if each is not None}
        with self.book.writing() as session:
            for attempt in present(session, self.results):
                found = records.get(attempt.submission)
                if found is not None and found.result.submission.sha256 == attempt.sha256:
                    take_result(session, attempt, found.result, found.key, REJUDGE)

    def fail(self, job: Job, sentence: str) -> str:
        """Take in that a job came to no result; return what is to be told where it cannot be."""
        # Of a file that cannot be read: the only one of the call, or of the gradebook.
        known = set(self.assignments.values())
        row_id = self.of_jobs.get(job.name) or (known.pop() if len(known) == 1 else None)
        if row_id is None:
            return (
                f"{job.name} is not in the gradebook: which assignment it belongs to is not known. "
                "Name it by --assignment."
            )
        with self.book.writing() as session:
            row = session.get_one(Assignment, row_id)
            record_problem(session, row, self.deliveries[job.name], encodable(sentence))
        return ""

    def _delivery(self, job: Job, file: Contents | None) -> Delivery:
        folder = self._list_of(job)
        collected = None
        if folder is not None:
            below = os.path.relpath(job.path.absolute(), folder)
            collected = self._manifest(folder)[below]
        sha256, sources = _digests(job) if file is None else (file.sha256, file.sources)
        return Delivery(
            person_id=encodable(collected.student if collected else "")
            or _student_at(job.path, self.folder),
            submission=job.name,
            path=encodable(str(job.path)),
            results=self.results,
            number=collected.attempt or None if collected else None,
            handed_in=collected.handed_in if collected else None,
            sha256=sha256,
            sources=sources,
        )


def _digests(job: Job) -> tuple[str, str | None]:
    """Return the digests of a file, and of its cells, that cannot be graded now.

    "" and None where it cannot be read at all.
    """
    try:
        notebook = job.read()
    except GraderError:
        try:
            content = opened(job.path, job.folder, SIZE_LIMIT).content
        except NotebookError:
            return "", None
        return hashlib.sha256(content).hexdigest(), None
    return notebook.sha256, notebook.sources


def folders_of(path: Path) -> list[Path]:
    """Return the folders of results of a gradebook. Raises UsageError where there are none."""
    book = Gradebook.opened(path)
    with book.reading() as session:
        named = select(Attempt.results).where(Attempt.results != "").distinct()
        folders = [book.folder / each for each in session.scalars(named.order_by(Attempt.results))]
    if not folders:
        raise UsageError(
            f"{path} holds no results yet: `grade FOLDER --gradebook {path}` fills it."
        )
    return folders


def student_of(name: str) -> str:
    """Return whose a submission is by its name alone: the first folder's, or the file's."""
    return name.partition("/")[0]


def _student_at(path: Path, folder: Path) -> str:
    """Return whose a file is by its place below a folder alone.

    Two names are never one, whatever is in them, but for the ways in which a letter with an accent
    can be written.
    """
    below = path.absolute().relative_to(folder.absolute())
    first = unicodedata.normalize("NFC", below.parts[0].removesuffix(SUFFIX))
    return name_of(folder / f"{first}{SUFFIX}", folder)


def _own(store: Store) -> Path | None:
    """Return the gradebook that a folder of results belongs to."""
    try:
        return _at(store) / place((store.folder / POINTER).read_text("ascii"))
    except FileNotFoundError:
        return None
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError(
            f"{store.folder / POINTER} cannot be read, which says where the gradebook is. Say it "
            "by --gradebook."
        ) from error


def _at(store: Store) -> Path:
    return store.results.absolute()


def _same(one: Path, other: Path) -> bool:
    return not one.exists() or os.path.realpath(one) == os.path.realpath(other)
