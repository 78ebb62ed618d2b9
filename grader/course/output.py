"""What one call of `grade` writes: results, reports and grades, as they come in."""

import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Final

from rich.console import Console

from grader import models
from grader.course.jobs import Job, Outcome, failed
from grader.course.kept import Twins, everything
from grader.course.manual_points import kept_points
from grader.course.stamps import Stamp, Stamps, basis_of
from grader.course.store import POINTER, Contents, File, Record, Store, address, record_of
from grader.errors import GraderError, OutputError, UsageError
from grader.files import content_of, write_atomically
from grader.i18n import spoken
from grader.reports.csv_file import Row, grades_csv
from grader.reports.formats import Refused
from grader.reports.github import as_text, say
from grader.reports.history import continued
from grader.reports.json_file import from_json, to_json
from grader.reports.terminal import show, summary
from grader.reports.writer import Reports
from grader.results.by_hand import Given, with_points
from grader.results.feedback import Feedback, shown
from grader.results.identity import file_stem
from grader.results.model import Result, SubmissionInfo
from grader.text import encodable

if TYPE_CHECKING:
    # Only calls with a gradebook wait for what it takes to open one.
    from grader.course.bookkeeping.booking import Booking

GRADED, BELOW, UNUSABLE, FAILED = 0, 1, 2, 3

# A table of more lines than this tells nobody anything: `grades.csv` has them all.
MOST_SUMMED_UP: Final = 40
# Writing the grades of a whole course takes longer the more there are of them.
CSV_SECONDS: Final = 2.0


@dataclass
class Call:
    """What one call of `grade` is to write, and what it has come to so far.

    Where that is a folder of results, `store` knows its other submissions. `kept` are the names of
    those whose files are up to date as they are. `part` says of which part of a course the folder
    is, "" where it is of the whole.
    """

    console: Console
    told: Console
    feedback: Feedback | None
    json_file: str | None
    fail_under: float | None
    reports: Reports
    store: Store | None = None
    booking: "Booking | None" = None
    status: int = GRADED
    folder: Path = Path()
    given: dict[str, tuple[Given, ...]] = field(default_factory=dict)
    twins: Twins = field(default_factory=Twins)
    rows: dict[str, Row] = field(default_factory=dict)
    others: dict[str, Row] = field(default_factory=dict)
    results: dict[str, Result] = field(default_factory=dict)
    written: float = 0.0
    stamps: Stamps | None = None
    kept: set[str] = field(default_factory=set)
    part: str = ""

    @property
    def out(self) -> Path | None:
        """The folder of results."""
        return None if self.store is None else self.store.results

    @property
    def quiet(self) -> bool:
        """Whether stdout is for the result alone."""
        return self.json_file == "-" or self.reports.quiet

    def begin(self, folder: Path, jobs: Sequence[Job], files: Mapping[str, File]) -> None:
        """Take in what the folder of results holds beside `jobs`, whose names are below `folder`.

        A gradebook takes in those of `files` whose assignment is known. Raises UsageError where
        points given by hand cannot be read.
        """
        self.folder = folder
        own = {job.name for job in jobs}
        stems = {file_stem(name) for name in own}
        digests = {name: each.sha256 for name, each in files.items()}
        if self.store is not None:
            self.feedback = self._as_before(self.store)
            if self.booking is None:
                self.given = dict(kept_points(self.store.folder))
            else:
                known = {name: each for name, each in files.items() if isinstance(each, Contents)}
                self.booking.begin(folder, jobs, known)
                for sentence in self.booking.remarks:
                    say(self.told, sentence)
                self.given = dict(self.booking.points())
            self.stamps = Stamps.of(self.store)
            for each in everything(self.store, self.given, but=stems):
                if each.name not in own:
                    self.others[each.name] = each.row
                    digests |= {each.name: each.whole.submission.sha256} if each.whole else {}
        self.twins = Twins.of(digests, [name for name, each in files.items() if each.reference])

    def _as_before(self, store: Store) -> Feedback | None:
        """Return the level that was asked for, or else the lowest of what the folder holds.

        Whoever grades one late notebook of an exam need not say again how little is told of it.
        """
        levels = [record.feedback for _stem, record in store.records() if record is not None]
        if self.feedback is not None or not levels:
            return self.feedback
        level = min(map(Feedback.named, levels))
        if level is not Feedback.EVERYTHING:
            name = level.name.lower()
            say(self.told, f"Reports tell as much as before, {name}; --feedback says otherwise.")
        return level

    def keep(self, job: Job, keys: Mapping[str, str]) -> bool:
        """Take a submission as it is whose files say all that is known of it; whether it is one."""
        if self.stamps is None or self.json_file is not None or not keys.get(job.name):
            return False
        wanted = [each.name for each in self.reports.wanted]
        stamp = self.stamps.fitting(job.name, self._basis(job, keys[job.name]), wanted)
        if stamp is None or not (self.booking is None or self._booked(job, stamp)):
            return False
        if len(self.results) <= MOST_SUMMED_UP and self.out is not None:
            try:
                seen = from_json(content_of(self.out / f"{file_stem(job.name)}.json"))
            except (OSError, UsageError):
                return False
            self.results[job.name] = seen
        self.rows[job.name] = stamp.row(job.name)
        self.kept.add(job.name)
        self.status = max(self.status, self._graded_status(stamp.exit_status, stamp.totals[0]))
        return True

    def _booked(self, job: Job, stamp: Stamp) -> bool:
        booking = self.booking
        return booking is None or stamp.grading == booking.marks.get(job.name, "") != ""

    def _basis(self, job: Job, key: str) -> str:
        """Return what a submission's files are written from beside its record."""
        given = ",".join(models.dumps(each) for each in self.given.get(job.name, ()))
        twins = (self.twins.alike.get(job.name, ()), job.name in self.twins.reference)
        return basis_of(key, self.level, given, repr(twins), address(job.path), str(job.folder))

    def known(self, job: Job, keys: Mapping[str, str]) -> Result | None:
        """Return what a job came to before, where nothing that decides it has changed."""
        record = self.store.record(job.name) if self.store is not None else None
        if record is None or not record.key or record.key != keys.get(job.name):
            return None
        return called(record.result, job)

    def take(self, job: Job, outcome: Outcome, *, alone: bool, key: str | None = None) -> None:
        """Keep what a job came to, by its `key` where it is new, and write it.

        Where it cannot be written that is what it came to, and costs no other its own.
        """
        if outcome.result is None:
            self._fail(job, outcome, key or "")
            return
        if self.stamps is not None:
            self.stamps.forget(job.name)
        try:
            self._write(job, self._kept(job, outcome, outcome.result, key), alone=alone)
        except (OutputError, BrokenPipeError):
            # The submission is graded, and its files are written.
            raise
        except GraderError as error:
            self._fail(job, Outcome(None, f"{job.path}: {error}", error.exit_status))
        except Exception as error:  # noqa: BLE001 - the others of the course go on
            self._fail(job, failed(job, error))
        else:
            # A record may be older than that its reports could not be written.
            if self.store is not None:
                self.store.forget_unusable(job.name)

    def _fail(self, job: Job, outcome: Outcome, key: str = "") -> None:
        say(self.told, f"Error: {outcome.error}")
        self.rows[job.name] = Row.unusable(job.name, outcome.error)
        self.reports.refuse(Refused(job.name, job.path, outcome.error))
        self.status = max(self.status, outcome.status)
        if self.store is not None:
            # What a worker died of is not tried in this process.
            known = key if outcome.status == UNUSABLE else ""
            self.store.keep_unusable(job.name, job.path, outcome.error, known)
        if self.booking is not None and (told := self.booking.fail(job, outcome.error)):
            say(self.told, told)

    def _kept(self, job: Job, outcome: Outcome, result: Result, key: str | None) -> Result:
        """Return the result that is in force, kept where it is new."""
        if self.store is None:
            return result
        result, key = self._stored(self.store, job, outcome, result, key)
        if self.booking is not None:
            self.given[job.name] = self.booking.take(job, result, key, self.level)
        return result

    def _stored(
        self, store: Store, job: Job, outcome: Outcome, result: Result, key: str | None
    ) -> tuple[Result, str]:
        """Return the result that the folder of results has from now on, and its key."""
        former = store.record(job.name)
        if key is not None and result.status != "error":
            record = record_of(job, key, result, self.level, self.folder)
            kept = store.keep(record, outcome.recording)
            return kept.result, kept.key
        if former is not None and key is None and _moved(former, job, self.level):
            source = address(job.path)
            store.keep(replace(former, result=result, source=source, feedback=self.level))
        return result, former.key if former is not None and key is None else key or ""

    @property
    def level(self) -> str:
        """How much students are told, by its name."""
        return self._feedback.name.lower()

    @property
    def _feedback(self) -> Feedback:
        """How much students are told."""
        return Feedback.EVERYTHING if self.feedback is None else self.feedback

    def _write(self, job: Job, result: Result, *, alone: bool) -> None:
        whole = self.twins.noted(job.name, with_points(result, self.given.get(job.name, ())))
        with spoken(whole.language):
            seen = continued(shown(whole, self._feedback), self.places(job.name))
        if self.out is not None:
            write_atomically(self.out / f"{file_stem(job.name)}.json", to_json(seen))
        # Standard output may fail from here on, which takes nothing from the grades.
        self.rows[job.name] = Row.graded(job.name, seen)
        self.status = max(self.status, self._graded_status(seen.exit_status, seen.score))
        self.report(job, seen, whole)
        self._stamp(job, seen)
        if self.json_file is not None:
            self._json(seen)
        if not self.quiet and (alone or self.out is None):
            with as_text(self.console), spoken(seen.language):
                show(seen, self.console)
        if len(self.results) <= MOST_SUMMED_UP:
            self.results[job.name] = seen

    def report(self, job: Job, seen: Result, whole: Result) -> None:
        """Write the reports of a job. Raises UsageError where one cannot be written."""
        self.reports.take(job.name, job.path, seen, whole=whole, folder=job.folder)

    def places(self, name: str) -> list[Path]:
        """Return where results of this name are written."""
        named = [Path(self.json_file)] if self.json_file not in (None, "-") else []
        return [*named, self.out / f"{file_stem(name)}.json"] if self.out is not None else named

    def _json(self, result: Result) -> None:
        if self.quiet:
            sys.stdout.write(to_json(result))
        else:
            write_atomically(Path(str(self.json_file)), to_json(result))

    def _stamp(self, job: Job, seen: Result) -> None:
        """Remember what a submission's files were written from, where its record says all of it."""
        record = self.store.record(job.name) if self.store is not None else None
        if self.stamps is None or record is None or not record.key or seen.status == "error":
            return
        grading = "" if self.booking is None else self.booking.marks.get(job.name, "")
        row, basis = self.rows[job.name], self._basis(job, record.key)
        self.stamps.put(job.name, basis, row, grading, seen.exit_status)

    def _graded_status(self, exit_status: int, score: float) -> int:
        if exit_status == FAILED:
            return FAILED
        return BELOW if self.fail_under is not None and score < self.fail_under else GRADED

    def grades(self, *, last: bool = False) -> None:
        """Write `grades.csv`, of all that the folder holds: at the end, and now and then before."""
        if self.out is None or (not last and time.monotonic() - self.written < CSV_SECONDS):
            return
        rows = {**self.others, **self.rows}
        sheet = grades_csv((rows[name] for name in sorted(rows)), self.part)
        write_atomically(self.out / "grades.csv", sheet)
        self.written = time.monotonic()

    def close_reports(self) -> None:
        """Write the reports on all submissions, those included that the folder held before."""
        if self.store is None or self.stamps is None:
            self.reports.close(list(self.rows))
            return
        of_course = self.reports.of_course
        rows = {**self.others, **self.rows}
        basis = self.stamps.basis_of_course(rows, self.given, repr(self.twins))
        wanted = [each.name for each in of_course]
        files = any(each.file is not None for each in of_course)
        if files or not self.stamps.course_fits(basis, wanted):
            if of_course:
                for each in everything(self.store, self.given):
                    if each.name in self.others or each.name in self.kept:
                        each.add_to(self.reports, self.twins)
            self.reports.close(sorted(rows))
            self.stamps.put_course(basis)
        self.stamps.write(rows)

    def close(self, names: Sequence[str]) -> None:
        """Tell of all of them together, in the order of `names`, where there are several."""
        for sentence in self.booking.astray() if self.booking is not None else ():
            say(self.told, sentence)
        if len(self.rows) < 2 or self.quiet:
            return
        if len(self.rows) <= MOST_SUMMED_UP:
            results = [self.results[name] for name in names if name in self.results]
            with as_text(self.console):
                summary(results, self.console)
        else:
            graded = sum(bool(row.totals) for row in self.rows.values())
            self.console.print(f"{graded} of {len(self.rows)} notebooks graded.", highlight=False)


def called(result: Result, job: Job) -> Result:
    """Return a result with the name and the path that its notebook has now."""
    name = job.name if job.among_others else result.submission.name
    now = {"name": name, "path": encodable(str(job.path))}
    submission = SubmissionInfo(**{**models.plain(result.submission), **now})
    return replace(result, submission=submission)


def _moved(former: Record, job: Job, level: str) -> bool:
    """Whether a record does not know where its file is now, or how much is told of it."""
    return former.source != address(job.path) or former.feedback != level


def booking_of(store: Store, gradebook: Path | None) -> "Booking | None":
    """Return the gradebook that a folder of results is kept in step with, if it has one.

    Raises UsageError as `Booking.of` does.
    """
    if gradebook is None and not (store.folder / POINTER).exists():
        return None
    from grader.course.bookkeeping.booking import Booking  # noqa: PLC0415 - slow to import

    return Booking.of(store, gradebook)
