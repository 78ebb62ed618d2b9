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
from grader.course.store import POINTER, Contents, Record, Store, address, record_of
from grader.errors import GraderError
from grader.files import write_atomically
from grader.i18n import spoken
from grader.reports.csv_file import Row, grades_csv
from grader.reports.formats import Refused
from grader.reports.github import as_text, say
from grader.reports.history import continued
from grader.reports.json_file import to_json
from grader.reports.terminal import show, summary
from grader.reports.writer import Reports
from grader.results.by_hand import Given, with_points
from grader.results.feedback import Feedback, shown
from grader.results.identity import file_stem
from grader.results.model import Result, SubmissionInfo
from grader.text import encodable

if TYPE_CHECKING:
    # Only calls with a gradebook wait for what it takes to open one.
    from grader.course.booking import Booking

GRADED, BELOW, UNUSABLE, FAILED = 0, 1, 2, 3

# A table of more lines than this tells nobody anything: `grades.csv` has them all.
MOST_SUMMED_UP: Final = 40
# Writing the grades of a whole course takes longer the more there are of them.
CSV_SECONDS: Final = 2.0


@dataclass
class Call:
    """What one call of `grade` is to write, and what it has come to so far.

    Where that is a folder of results, `store` knows its other submissions.
    """

    console: Console
    told: Console
    feedback: Feedback
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

    @property
    def out(self) -> Path | None:
        """The folder of results."""
        return None if self.store is None else self.store.results

    @property
    def quiet(self) -> bool:
        """Whether stdout is for the result alone."""
        return self.json_file == "-" or self.reports.quiet

    def begin(self, folder: Path, jobs: Sequence[Job], files: Mapping[str, Contents]) -> None:
        """Take in what the folder of results holds beside `jobs`, whose names are below `folder`.

        Raises UsageError where points given by hand cannot be read.
        """
        self.folder = folder
        own = {job.name for job in jobs}
        stems = {file_stem(name) for name in own}
        digests = {name: each.sha256 for name, each in files.items()}
        if self.store is not None:
            if self.booking is None:
                self.given = dict(kept_points(self.store.folder))
            else:
                self.booking.begin(folder, jobs, files)
                for sentence in self.booking.doubts():
                    say(self.told, sentence)
                self.given = dict(self.booking.points())
            for each in everything(self.store, self.given):
                if each.unread not in stems and each.name not in own:
                    self.others[each.name] = each.row
                    digests |= {each.name: each.whole.submission.sha256} if each.whole else {}
        self.twins = Twins.of(digests, [name for name, each in files.items() if each.reference])

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
            self._fail(job, outcome)
            return
        try:
            self._write(job, self._kept(job, outcome, outcome.result, key), alone=alone)
        except GraderError as error:
            self._fail(job, Outcome(None, f"{job.path}: {error}", error.exit_status))
        except Exception as error:  # noqa: BLE001 - the others of the course go on
            self._fail(job, failed(job, error))

    def _fail(self, job: Job, outcome: Outcome) -> None:
        say(self.told, f"Error: {outcome.error}")
        self.rows[job.name] = Row.unusable(job.name, outcome.error)
        self.reports.refuse(Refused(job.name, job.path, outcome.error))
        self.status = max(self.status, outcome.status)
        if self.store is not None:
            self.store.keep_unusable(job.name, job.path, outcome.error)
        if self.booking is not None and (told := self.booking.fail(job, outcome.error)):
            say(self.told, told)

    def _kept(self, job: Job, outcome: Outcome, result: Result, key: str | None) -> Result:
        """Return the result that is in force, kept where it is new."""
        if self.store is None:
            return result
        result, key = self._stored(self.store, job, outcome, result, key)
        if self.booking is not None:
            self.given[job.name] = self.booking.take(job, result, key)
        return result

    def _stored(
        self, store: Store, job: Job, outcome: Outcome, result: Result, key: str | None
    ) -> tuple[Result, str]:
        """Return the result that the folder of results has from now on, and its key."""
        former = store.record(job.name)
        if key is not None and result.status != "error":
            record = record_of(job, key, result, self._level, self.folder)
            kept = store.keep(record, outcome.recording)
            return kept.result, kept.key
        if former is not None and key is None and _moved(former, job, self._level):
            source = address(job.path)
            store.keep(replace(former, result=result, source=source, feedback=self._level))
        return result, former.key if former is not None and key is None else key or ""

    @property
    def _level(self) -> str:
        return self.feedback.name.lower()

    def _write(self, job: Job, result: Result, *, alone: bool) -> None:
        whole = self.twins.noted(job.name, with_points(result, self.given.get(job.name, ())))
        with spoken(whole.language):
            seen = continued(shown(whole, self.feedback), self._places(job.name))
        if self.json_file is not None:
            self._json(seen)
        if self.out is not None:
            write_atomically(self.out / f"{file_stem(job.name)}.json", to_json(seen))
        self.reports.take(job.name, job.path, seen, whole=whole, folder=job.folder)
        self.rows[job.name] = Row.graded(job.name, seen)
        self.status = max(self.status, self._status(seen))
        if not self.quiet and (alone or self.out is None):
            with as_text(self.console), spoken(seen.language):
                show(seen, self.console)
        if len(self.results) <= MOST_SUMMED_UP:
            self.results[job.name] = seen

    def _places(self, name: str) -> list[Path]:
        """Return where results of this name are written."""
        named = [Path(self.json_file)] if self.json_file not in (None, "-") else []
        return [*named, self.out / f"{file_stem(name)}.json"] if self.out is not None else named

    def _json(self, result: Result) -> None:
        if self.quiet:
            sys.stdout.write(to_json(result))
        else:
            write_atomically(Path(str(self.json_file)), to_json(result))

    def _status(self, result: Result) -> int:
        if result.exit_status == FAILED:
            return FAILED
        return BELOW if self.fail_under is not None and result.score < self.fail_under else GRADED

    def grades(self, *, last: bool = False) -> None:
        """Write `grades.csv`, of all that the folder holds: at the end, and now and then before."""
        if self.out is None or (not last and time.monotonic() - self.written < CSV_SECONDS):
            return
        rows = {**self.others, **self.rows}
        write_atomically(self.out / "grades.csv", grades_csv(rows[name] for name in sorted(rows)))
        self.written = time.monotonic()

    def close_reports(self) -> None:
        """Write the reports on all submissions, those included that the folder held before."""
        if self.store is not None and self.reports.of_course:
            for each in everything(self.store, self.given):
                if each.name in self.others:
                    each.add_to(self.reports, self.twins)
        names = list(self.rows) if self.store is None else sorted({**self.others, **self.rows})
        self.reports.close(names)

    def close(self, names: Sequence[str]) -> None:
        """Tell of all of them together, in the order of `names`, where there are several."""
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
    from grader.course.booking import Booking  # noqa: PLC0415 - slow to import, and rarely needed

    return Booking.of(store, gradebook)
