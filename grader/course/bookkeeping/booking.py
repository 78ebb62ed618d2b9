"""Keeping a gradebook in step with a folder of results.

A folder of results belongs to one gradebook, or to none; it remembers which. From then on points
by hand are those of the gradebook.
"""

import os
from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Final, Self

from sqlalchemy import select
from sqlalchemy.orm import Session

from grader import models
from grader.collecting.manifest import MANIFEST, ROSTER
from grader.collecting.roster import read_roster
from grader.course.bookkeeping.later import is_new
from grader.course.bookkeeping.withdrawing import follow
from grader.course.jobs import Job
from grader.course.manual_points import Points, kept_points
from grader.course.owners import Owners, absolute
from grader.course.store import POINTER, Contents, Store, digests, place, quoted
from grader.errors import UsageError
from grader.files import content_of, write_atomically
from grader.gradebook.attempts import (
    Delivery,
    enrol,
    is_graded,
    last_grading,
    mark,
    marks,
    present,
    reconcile,
    record,
    record_problem,
    register,
    relocate,
    take_assignment,
    take_result,
)
from grader.gradebook.book import Gradebook
from grader.gradebook.decisions import astray, check_in, decide, decided, user
from grader.gradebook.grades import given, given_in
from grader.gradebook.tables import Assignment, Attempt
from grader.results.by_hand import Given
from grader.results.model import Result, SubmissionInfo
from grader.text import encodable, one_line

GRADE: Final = "grade"
REJUDGE: Final = "rejudge"
# By whom points were given that a table brought before there was a gradebook.
TABLE: Final = "table"
_FAULT: Final = "the grader itself failed at some of it, and what it found before counts"


@dataclass
class Booking:
    """The gradebook of a folder of results, whose place is relative to the gradebook's folder.

    `deliveries` say whose the files are, by the names of the submissions. The `marks` tell, by the
    same names, which gradings are in force.
    """

    book: Gradebook
    store: Store
    folder: Path = Path()
    deliveries: dict[str, Delivery] = field(default_factory=dict)
    assignments: dict[str, int] = field(default_factory=dict)
    of_jobs: dict[str, int] = field(default_factory=dict)
    tables: Points = field(default_factory=dict)
    owners: Owners = field(default_factory=Owners)
    remarks: list[str] = field(default_factory=list)
    marks: dict[str, str] = field(default_factory=dict)

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

        `folder` is the one that their names are below. What a person should know of it is added to
        the `remarks`. Raises UsageError where the same files are known as another assignment's.
        """
        self.folder = folder
        named = {job.folder for job in jobs if job.folder is not None}
        self.owners = Owners(named)
        kept = self._kept()
        assignments = {each.assignment.name: each.assignment for each in files.values()}
        with self.book.writing() as session:
            reconcile(session, self.results, kept)
            self._require_their_own(session, files)
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
        lists = {self.owners.list_of(job.path, job.folder) for job in jobs}
        for each in sorted(filter(None, lists)):
            self._collected(each)
        self._register()
        for each in sorted(filter(None, lists)):
            with self.book.writing() as session:
                rows = self.owners.listed(each).values()
                self.remarks += follow(session, self.results, each, rows)
        self.remarks += [*self._doubts(), *self._elsewhere(), *self._not_believed(named)]
        with self.book.reading() as session:
            self.marks = marks(session, self.results)

    def _require_their_own(self, session: Session, files: Mapping[str, Contents]) -> None:
        """Raise UsageError where files that are known are to begin anew as another assignment's."""
        names = {each.id: each.name for each in session.scalars(select(Assignment))}
        there = {each.submission: each for each in present(session, self.results)}
        for new in sorted({each.assignment.name for each in files.values()}):
            others = [
                names[attempt.assignment_id]
                for name, each in files.items()
                if each.assignment.name == new
                and (attempt := there.get(name)) is not None
                and names[attempt.assignment_id] != new
                and each.sha256 == attempt.sha256
            ]
            if others:
                old = min(others)
                way = f"`grader gradebook rename {self.book.path} {old} {new}`"
                raise UsageError(
                    f"{self.book.path} knows {len(others)} of these notebooks as those of {old}, "
                    f"not of {new}, and nothing was graded. If {old} is called {new} by now, tell "
                    f"it by {way}; if {new} is another assignment, name another folder with --out."
                )
            if names and new not in names.values():
                known = ", ".join(sorted(names.values()))
                self.remarks.append(f"{new} is new to {self.book.path}, beside {known}.")

    def _register(self) -> None:
        """Have all files as attempts before any is graded: who is first done changes no number."""
        deliveries: dict[int, list[Delivery]] = defaultdict(list)
        for name, id_ in self.of_jobs.items():
            deliveries[id_].append(self.deliveries[name])
        with self.book.writing() as session:
            for id_, some in deliveries.items():
                register(session, session.get_one(Assignment, id_), self.results, some)

    def _doubts(self) -> list[str]:
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

    def _not_believed(self, named: Collection[Path]) -> list[str]:
        """Return which lists are passed over, as students may have handed them in."""
        return [
            f"{one_line(str(each / MANIFEST))} is not believed: folders beside it that were named "
            "have none, so that it may be a student's own. Where `grader collect` wrote it, name "
            "that folder alone."
            for each in sorted(named)
            if self.owners.is_doubtful(absolute(each))
        ]

    def _elsewhere(self) -> list[str]:
        """Return who has other notebooks in another folder of results: perhaps of a namesake."""
        own = {each.person_id for each in self.deliveries.values() if each.number is None}
        with self.book.reading() as session:
            others = select(Attempt.person_id, Attempt.results).where(
                Attempt.assignment_id.in_(self.of_jobs.values()),
                Attempt.results.not_in(("", self.results)),
            )
            found = sorted({(who, where) for who, where in session.execute(others) if who in own})
        return [
            f"{one_line(who)} has attempts in {where} too, which are taken for the same student's. "
            "If there are two of that name, give each section a gradebook of its own."
            for who, where in found
        ]

    def astray(self) -> list[str]:
        """Return what a person should know of decisions that count nothing any more."""
        with self.book.reading() as session:
            lost = astray(session, self.results)
        return [
            f"{check}, about which a person decided, is no check of {count} "
            f"{'result' if count == 1 else 'results'} any more: that counts nothing there until "
            "the check has its former name again, or the points are given anew."
            for check, count in sorted(lost.items())
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
            for each in self.owners.listed(folder).values():
                # What was handed in that is no notebook; who handed in nothing has a row already.
                if each.student and each.source and not each.file:
                    name, source = encodable(each.student), encodable(each.source)
                    delivery = Delivery(name, name, source, self.results)
                    record_problem(session, row, delivery, encodable(each.note))

    def points(self) -> Points:
        """Return all points by hand: the gradebook's, and those of a table that it lacks yet."""
        with self.book.reading() as session:
            return {**self.tables, **given_in(session, self.results)}

    def take(self, job: Job, result: Result, key: str, feedback: str) -> tuple[Given, ...]:
        """Take in what a job came to, told at a level, and return the points that persons gave."""
        with self.book.writing() as session:
            # What it is called by now: a result of before may have a former name of it.
            id_ = self.of_jobs.get(job.name) or self.assignments[result.assignment.name]
            row = session.get_one(Assignment, id_)
            delivery = self.deliveries[job.name]
            if result.status == "error" and is_graded(session, row, delivery):
                # A fault of the grader's own takes nothing from what was found before.
                attempt = record_problem(session, row, delivery, _FAULT)
            else:
                attempt = record(session, row, delivery, result, key, GRADE, feedback)
            self.marks[job.name] = mark(attempt, last_grading(session, attempt))
            self._decide_as_before(session, attempt, result)
            return given(session, attempt)

    def _decide_as_before(self, session: Session, attempt: Attempt, result: Result) -> None:
        """Let points count that a table gave before there was a gradebook, each once."""
        for each in self.tables.get(attempt.submission, ()):
            check = check_in(result, each.exercise, each.check)
            known = decided(session, attempt, each.exercise, each.check)
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
                from_table=True,
            )

    def news(self, read: Points, saved: datetime) -> tuple[Points, list[str]]:
        """Return those points of a table that are decisions, and why others are left alone.

        `saved` is when the table was. A line that is as it was when it was last read is none, and
        what a person decided since the table was saved is later.
        """
        told: list[str] = []
        new: dict[str, tuple[Given, ...]] = {}
        with self.book.reading() as session:
            for attempt in present(session, self.results):
                name = attempt.submission
                new[name] = tuple(
                    each
                    for each in read.get(name, ())
                    if is_new(session, attempt, each, saved, told)
                )
        return new, told

    def decide(self, read: Points) -> None:
        """Let points of a table count, by whoever calls."""
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
                        from_table=True,
                    )

    def rejudged(self, feedback: str | None) -> None:
        """Take in what the folder of results holds after it was judged again.

        `feedback` is how much of it students are told from now on, None where that stays.
        """
        records = {each.name: each for _stem, each in self.store.records() if each is not None}
        with self.book.writing() as session:
            for attempt in present(session, self.results):
                found = records.get(attempt.submission)
                if found is not None and found.result.submission.sha256 == attempt.sha256:
                    last = last_grading(session, attempt)
                    faulty = found.result.status == "error"
                    if not faulty or last is None or last.status == "error":
                        result, level = found.result, found.feedback
                        take_result(session, attempt, result, found.key, REJUDGE, level)
                    if feedback is not None and (now := last_grading(session, attempt)) is not None:
                        now.feedback = feedback

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
        collected = self.owners.row(job.path, job.folder)
        sha256, sources = digests(job) if file is None else (file.sha256, file.sources)
        return Delivery(
            person_id=self.owners.student(job.path, job.folder, self.folder),
            submission=job.name,
            path=encodable(str(job.path)),
            results=self.results,
            number=collected.attempt or None if collected else None,
            handed_in=collected.handed_in if collected else None,
            sha256=sha256,
            sources=sources,
            source=encodable(collected.source) if collected else "",
        )


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


def _own(store: Store) -> Path | None:
    """Return the gradebook that a folder of results belongs to."""
    try:
        return _at(store) / place(content_of(store.folder / POINTER).decode("ascii"))
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
