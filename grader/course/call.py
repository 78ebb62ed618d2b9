"""What one call of `grade` writes: results, reports and grades, as they come in."""

import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from rich.console import Console

from grader.course.jobs import Job, Outcome
from grader.feedback import Feedback, shown
from grader.files import write_atomically
from grader.languages import spoken
from grader.reports.csv_file import Row, grades_csv
from grader.reports.history import continued
from grader.reports.json_file import to_json
from grader.reports.terminal import show, summary
from grader.reports.workflow import as_text
from grader.reports.writing import Reports
from grader.results import Result
from grader.text import printable

GRADED, BELOW, UNUSABLE, FAILED = 0, 1, 2, 3

# A table of more lines than this tells nobody anything: `grades.csv` has them all.
MOST_SUMMED_UP: Final = 40
# Writing the grades of a whole course takes longer the more there are of them.
CSV_SECONDS: Final = 2.0


@dataclass
class Call:
    """What one call of `grade` is to write, and what it has come to so far."""

    console: Console
    told: Console
    feedback: Feedback
    json_file: str | None
    out: Path | None
    fail_under: float | None
    reports: Reports
    status: int = GRADED
    rows: dict[str, Row] = field(default_factory=dict)
    results: dict[str, Result] = field(default_factory=dict)
    written: float = 0.0

    @property
    def quiet(self) -> bool:
        """Whether stdout is for the result alone."""
        return self.json_file == "-" or self.reports.quiet

    def take(self, job: Job, outcome: Outcome, *, alone: bool) -> None:
        """Write what a job came to."""
        if outcome.result is None:
            with as_text(self.told):
                said = f"Error: {printable(outcome.error)}"
                self.told.print(said, markup=False, highlight=False, soft_wrap=True)
            self.rows[job.name] = Row.unusable(job.name, outcome.error)
            self.reports.fail(job.name, outcome.error)
            self.status = max(self.status, outcome.status)
            return
        with spoken(outcome.result.language):
            result = shown(outcome.result, self.feedback)
        result = continued(result, self._places(job.name))
        self.rows[job.name] = Row.graded(job.name, result)
        self.status = max(self.status, self._status(result))
        if self.json_file is not None:
            self._json(result)
        if self.out is not None:
            write_atomically(self.out / f"{job.name}.json", to_json(result))
        self.reports.take(job.name, job.path, result, whole=outcome.result)
        if not self.quiet and (alone or self.out is None):
            with as_text(self.console), spoken(result.language):
                show(result, self.console)
        if len(self.results) <= MOST_SUMMED_UP:
            self.results[job.name] = result

    def _places(self, name: str) -> list[Path]:
        """Return where results of this name are written."""
        named = [Path(self.json_file)] if self.json_file not in (None, "-") else []
        return [*named, self.out / f"{name}.json"] if self.out is not None else named

    def _json(self, result: Result) -> None:
        if self.quiet:
            sys.stdout.write(to_json(result))
        else:
            write_atomically(Path(str(self.json_file)), to_json(result))

    def _status(self, result: Result) -> int:
        if result.exit_status == FAILED:
            return FAILED
        return BELOW if self.fail_under is not None and result.score < self.fail_under else GRADED

    def grades(self, names: Sequence[str], *, last: bool = False) -> None:
        """Write `grades.csv`, in the order of `names`: at the end, and now and then before."""
        if self.out is None or (not last and time.monotonic() - self.written < CSV_SECONDS):
            return
        rows = [self.rows[name] for name in names if name in self.rows]
        write_atomically(self.out / "grades.csv", grades_csv(rows))
        self.written = time.monotonic()

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
