"""Grading the notebooks of one call, and telling of each as it is done."""

import os
import sys
import time
from collections import Counter
from collections.abc import Generator, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from rich.console import Console

from grader.course import pool
from grader.course.jobs import How, Job, Outcome, perform
from grader.course.ledger import Ledger, key
from grader.course.progress import many, one
from grader.errors import GraderError, UnusableInputError
from grader.feedback import Feedback, shown
from grader.files import require_writable, write_atomically
from grader.notebook import find
from grader.reports.csv_file import Row, grades_csv
from grader.reports.json_file import to_json
from grader.reports.terminal import show, summary
from grader.reports.workflow import as_text
from grader.reports.writing import Reports
from grader.results import Result
from grader.sandbox.rungs import choose
from grader.sandbox.warm import Warmth
from grader.text import printable

GRADED, BELOW, UNUSABLE, FAILED = 0, 1, 2, 3
INTERRUPTED: Final = 130

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
        result = shown(outcome.result, self.feedback)
        self.rows[job.name] = Row.graded(job.name, result)
        self.status = max(self.status, self._status(result))
        if self.json_file is not None:
            self._json(result)
        if self.out is not None:
            write_atomically(self.out / f"{job.name}.json", to_json(result))
        self.reports.take(job.name, job.path, result, whole=outcome.result)
        if not self.quiet and (alone or self.out is None):
            with as_text(self.console):
                show(result, self.console)
        if len(self.results) <= MOST_SUMMED_UP:
            self.results[job.name] = result

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


def grade_paths(
    paths: Sequence[Path],
    *,
    json_file: str | None = None,
    out: Path | None = None,
    fail_under: float | None = None,
    feedback: str = "everything",
    require_sandbox: bool | None = None,
    jobs: int | None = None,
    force: bool = False,
    only: str = "",
    report: Sequence[str] = (),
    **how: Any,
) -> int:
    """Grade every notebook in `paths`, write the reports, and return the exit status.

    `how` are the other fields of `How`. With `out`, what was graded there already is not graded
    again unless `force` is set. A file that cannot be used, or on which the grader fails, is told
    of and the others go on. Raises UnusableInputError where the call itself cannot be carried out.
    """
    notebooks = find(paths)
    several = len(notebooks) > 1
    required = several if require_sandbox is None else require_sandbox
    choose(required=required)
    if json_file is not None and several:
        raise UnusableInputError("--json writes one result; use --out for several notebooks.")
    each = How(
        only=tuple(name.strip() for name in only.split(",") if name.strip()),
        require_sandbox=required,
        **how,
    )
    named = zip(notebooks, names(notebooks), strict=True)
    work = [Job(path, name, each, recorded=out is not None) for path, name in named]
    told = Console(stderr=True)
    reports = Reports.asked(report, out=out, notebooks=notebooks)
    if json_file == "-" and reports.quiet:
        raise UnusableInputError("Only one of --json and --report can go to stdout.")
    if json_file not in (None, "-"):
        require_writable(Path(str(json_file)))
    call = Call(Console(), told, Feedback.named(feedback), json_file, out, fail_under, reports)
    ledger = Ledger(out) if out is not None else None
    if ledger is not None:
        ledger.open()
    try:
        workers = min(len(work), jobs or processors())
        _grade(work, call, ledger, workers=workers, force=force)
    except KeyboardInterrupt:
        kept = f" What is done is kept in {out}; the same call goes on from there." if out else ""
        told.print(f"\nInterrupted.{kept}", markup=False, highlight=False)
        return INTERRUPTED
    finally:
        call.grades([job.name for job in work], last=True)
        reports.close([job.name for job in work])
    call.close([job.name for job in work])
    return call.status


def _grade(
    work: Sequence[Job],
    call: Call,
    ledger: Ledger | None,
    *,
    workers: int,
    force: bool,
) -> None:
    order = [job.name for job in work]
    alone = len(work) == 1
    keys = {job.name: _key(job) for job in work} if ledger is not None else {}
    left = []
    for job in work:
        known = None if ledger is None or force else ledger.known(job.name, keys[job.name])
        if known is None:
            left.append(job)
        else:
            call.take(job, Outcome(known), alone=alone)
    if len(left) < len(work):
        again = f"{len(work) - len(left)} of {len(work)} were graded before"
        call.told.print(f"{again}; --force grades them again.", highlight=False)
    if workers > 1:
        done = _shown(pool.side_by_side(left, workers), call, len(left), len(work))
    else:
        done = _in_turn(left, call)
    with closing(done):
        for job, outcome in done:
            if ledger is not None and outcome.result is not None:
                ledger.keep(job, keys[job.name], outcome.result, outcome.recording)
            call.take(job, outcome, alone=alone)
            call.grades(order)


def _key(job: Job) -> str:
    try:
        return key(job)
    except GraderError:
        # Why it cannot be graded is told where that is tried.
        return ""


def _in_turn(work: Sequence[Job], call: Call) -> Generator[tuple[Job, Outcome], None, None]:
    warmth = Warmth() if len(work) > 1 else None
    try:
        for job in work:
            with one(call.told, f"Grading {job.path.name}") as watch:
                outcome = perform(job, watch, warmth)
            yield job, outcome
    finally:
        if warmth is not None:
            warmth.close()


def _shown(
    done: Generator[tuple[Job, Outcome], None, None], call: Call, left: int, total: int
) -> Generator[tuple[Job, Outcome], None, None]:
    """Show how far those who work side by side have come."""
    with many(call.told, total, total - left) as step, closing(done):
        for job, outcome in done:
            step(job.name)
            yield job, outcome


def processors() -> int:
    """Return how many processors this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def names(paths: Sequence[Path]) -> list[str]:
    """Return a name for each path, its stem where that is its own, else one that is unique."""
    stems = [path.stem for path in paths]
    counts = Counter(stems)
    chosen: dict[str, None] = {}
    for path, stem in zip(paths, stems, strict=True):
        name = stem if counts[stem] == 1 else f"{path.resolve().parent.name}-{stem}"
        number = 2
        unique = name
        while unique in chosen:
            unique, number = f"{name}-{number}", number + 1
        chosen[unique] = None
    return list(chosen)
