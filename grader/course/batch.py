"""Grading the notebooks of one call, and telling of each as it is done."""

from collections import Counter
from collections.abc import Callable, Sequence
from contextlib import closing
from pathlib import Path
from typing import Any, Final

from rich.console import Console

from grader.course.call import Call
from grader.course.executor import LOCAL, Executor, InTurn, Shown
from grader.course.jobs import How, Job, Outcome
from grader.course.ledger import Ledger, key
from grader.course.workers import processors
from grader.errors import GraderError, UnmetError, UnusableInputError
from grader.feedback import Feedback
from grader.files import require_writable
from grader.notebook import find
from grader.reports.writing import Reports
from grader.sandbox.rungs import choose
from grader.slowness import slowness

INTERRUPTED: Final = 130


def grade_paths(
    paths: Sequence[Path],
    *,
    json_file: str | None = None,
    out: Path | None = None,
    fail_under: float | None = None,
    feedback: str = "everything",
    require_sandbox: bool | None = None,
    jobs: int | None = None,
    dask: str | None = None,
    force: bool = False,
    only: str = "",
    report: Sequence[str] = (),
    **how: Any,
) -> int:
    """Grade every notebook in `paths`, write the reports, and return the exit status.

    `how` are the other fields of `How`. With `out`, what was graded there already is not graded
    again unless `force` is set. With `dask`, the address of a scheduler or "local", the workers of
    that cluster grade. A file that cannot be used, or on which the grader fails, is told
    of and the others go on. Raises UnusableInputError where the call itself cannot be carried out.
    """
    notebooks = find(paths)
    required = len(notebooks) > 1 if require_sandbox is None else require_sandbox
    _refuse(notebooks, json_file=json_file, jobs=jobs, dask=dask, required=required)
    reports = Reports.asked(report, out=out, notebooks=notebooks)
    if json_file == "-" and reports.quiet:
        raise UnusableInputError("Only one of --json and --report can go to stdout.")
    if json_file not in (None, "-"):
        require_writable(Path(str(json_file)))
    told = Console(stderr=True)
    call = Call(Console(), told, Feedback.named(feedback), json_file, out, fail_under, reports)
    each = How(
        only=tuple(name.strip() for name in only.split(",") if name.strip()),
        require_sandbox=required,
        **how,
    )
    # The machines of a cluster are measured there.
    slow = slowness() if dask is None else None
    named = zip(notebooks, names(notebooks), strict=True)
    private = _private(paths, out)
    work = [
        Job(path, name, each, recorded=out is not None, slowness=slow, private=private)
        for path, name in named
    ]
    workers = min(len(work), jobs or processors())
    try:
        return _carried_out(
            work, call, lambda: _executor(len(work), workers, dask, told), force=force
        )
    finally:
        # Last: what a report says first is about the student.
        _tell_slowness(slow, told)


def _private(paths: Sequence[Path], out: Path | None) -> tuple[Path, ...]:
    """Return the folders of all submissions of a call and of its results."""
    folders = [path if path.is_dir() else path.parent for path in paths]
    named = dict.fromkeys(path.absolute() for path in (*folders, *([out] if out else [])))
    return tuple(named)


def _refuse(
    notebooks: Sequence[Path],
    *,
    json_file: str | None,
    jobs: int | None,
    dask: str | None,
    required: bool,
) -> None:
    """Raise UnusableInputError where the call cannot be carried out here."""
    if dask is None:
        choose(required=required)
    elif jobs is not None and dask != LOCAL:
        raise UnusableInputError(
            "--jobs is for this machine; a cluster has as many workers as it was started with."
        )
    if json_file is not None and len(notebooks) > 1:
        raise UnusableInputError("--json writes one result; use --out for several notebooks.")


def _carried_out(
    work: Sequence[Job], call: Call, executor: Callable[[], Executor], *, force: bool
) -> int:
    """Do the work and close the reports, whatever ends it; return the exit status."""
    order = [job.name for job in work]
    ledger = Ledger(call.out) if call.out is not None else None
    kept = f"What is done is kept in {call.out}; the same call goes on from there." * bool(ledger)
    if ledger is not None:
        ledger.open()
    try:
        _grade(work, call, ledger, executor(), force=force)
    except GraderError:
        if kept:
            call.told.print(kept, markup=False, highlight=False, soft_wrap=True)
        raise
    except KeyboardInterrupt:
        told = f"\nInterrupted. {kept}".rstrip()
        call.told.print(told, markup=False, highlight=False, soft_wrap=True)
        return INTERRUPTED
    finally:
        call.grades(order, last=True)
        call.reports.close(order)
    call.close(order)
    return call.status


def _tell_slowness(slow: int | None, told: Console) -> None:
    """Tell how slow this machine was, where that changed anything."""
    if slow is not None and slow > 1:
        told.print(
            f"This machine was {slow} times slower than limits are meant for: those of the "
            f"assignment were {slow} times as long.",
            highlight=False,
            soft_wrap=True,
        )


def _executor(total: int, workers: int, dask: str | None, told: Console) -> Executor:
    """Return what grades `total` notebooks; what only the others need is not imported."""
    if dask is not None:
        from grader.course.cluster import Cluster  # noqa: PLC0415

        def tell(text: str) -> None:
            told.print(text, markup=False, highlight=False, soft_wrap=True)

        return Shown(Cluster(dask, workers, tell), told, total)
    if workers == 1:
        return InTurn(told)
    from grader.course.pool import Pool  # noqa: PLC0415

    return Shown(Pool(workers), told, total)


def _grade(
    work: Sequence[Job],
    call: Call,
    ledger: Ledger | None,
    executor: Executor,
    *,
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
    with closing(executor.run(left)) as done:
        for job, outcome in done:
            if outcome.unmet:
                raise UnmetError(outcome.error)
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
