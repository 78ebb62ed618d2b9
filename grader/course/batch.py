"""Grading the notebooks of one call, and telling of each as it is done."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import closing, suppress
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from typing import Any, Final

from rich.console import Console

from grader.course.jobs import How, Job, Outcome, perform
from grader.course.output import Call, booking_of
from grader.course.parts.part import Part, Sharded, refuse_with_shard
from grader.course.reach import keep_reach, reach_of
from grader.course.settling import remembered_folder, settle
from grader.course.store import Contents, Store, contents, require_no_less
from grader.course.submissions import find, is_folder
from grader.course.workers.executor import LOCAL, Executor, InTurn, Shown
from grader.course.workers.processes import processors
from grader.errors import INTERRUPTED, GraderError, UnmetError, UsageError
from grader.execution.calibration import slowness
from grader.files import require_writable
from grader.reports.github import say
from grader.reports.writer import Reports
from grader.results.feedback import Feedback
from grader.results.identity import SUFFIX, name_of, shared_folder
from grader.sandbox.memory import available
from grader.sandbox.rungs import choose, policy

# How much of the memory that is free submissions may take together, and how much each needs at
# least: a notebook that trains a network by torch's data takes 0.9 GiB.
MEMORY_SHARE: Final = 0.9
LEAST_MEMORY: Final = 2**30


def grade_paths(
    paths: Sequence[Path],
    *,
    json_file: str | None = None,
    out: Path | None = None,
    gradebook: Path | None = None,
    fail_under: float | None = None,
    feedback: str | None = None,
    require_sandbox: bool | None = None,
    jobs: int | None = None,
    dask: str | None = None,
    force: bool = False,
    only: str = "",
    report: Sequence[str] = (),
    shard: str | None = None,
    **how: Any,
) -> int:
    """Grade every notebook in `paths`, write the reports, and return the exit status.

    `how` are the other fields of `How`. With `out`, what was graded there already is not graded
    again unless `force` is set. With `gradebook`, it is written to that file as well, and `out` is
    the folder beside it that is called so, where none is named. Without a level of `feedback`,
    reports in a folder of results tell no more than those that are there. With `dask`, the address
    of a scheduler or "local", the workers of that cluster grade. With `shard`, such as "3/16", only
    the submissions of that part are graded, to a folder of their own below `out`. A file that
    cannot be used, or on which the grader fails, is told of; the others go on. Raises UsageError
    where the call itself cannot be carried out.
    """
    if shard is not None:
        refuse_with_shard(out=out, gradebook=gradebook, json_file=json_file, reports=report)
    if gradebook is not None and out is None:
        out = gradebook.absolute().with_suffix(".results")
    found = find(paths, results=out)
    notebooks = [each.path for each in found]
    required = _several(notebooks) if require_sandbox is None else require_sandbox
    _refuse(notebooks, json_file=json_file, jobs=jobs, dask=dask, required=required)
    names = tuple(filter(None, map(str.strip, only.split(","))))
    settings = How(only=names, require_sandbox=required, **how)
    folders = [path if is_folder(path) else path.parent for path in paths]
    folder = shared_folder(folders)
    reports = _reports(report, out, notebooks, json_file)
    sharded = None
    if shard is not None and out is not None:
        sharded = Sharded(Part.named(shard), found, folder, settings, reports.names)
        found, reports = sharded.own, reports.of_each(sharded.part.within(out))
    call = _call(reports, feedback, json_file, fail_under, sharded)
    # The machines of a cluster are measured there.
    slow = slowness() if dask is None else None
    workers, memory = room(min(max(1, len(found)), jobs or processors()), dask, call.told)
    job = partial(
        Job,
        how=settings,
        recorded=out is not None,
        slowness=slow,
        private=_apart([*folders, *([out] if out else [])]),
        memory=memory,
    )
    executor = partial(_executor, len(found), workers, dask, call.told)
    work = [
        job(each.path, name_of(each.path, folder), folder=each.folder, problem=each.problem)
        for each in found
    ]
    batch = _Batch(call, work, executor, force, gradebook, sharded=sharded)
    try:
        return batch.grade(folder)
    finally:
        # Last: what a report says first is about the student.
        if call.results:
            _tell_slowness(slow, call.told)


def _apart(folders: Iterable[Path]) -> tuple[Path, ...]:
    """Return the paths of folders, each once."""
    return tuple(dict.fromkeys(folder.absolute() for folder in folders))


def _several(notebooks: Sequence[Path]) -> bool:
    """Whether there are several notebooks among what was handed in."""
    return sum(path.name.lower().endswith(SUFFIX) for path in notebooks) > 1


@dataclass
class _Batch:
    """The `work` of a call: by whom it is done, and whether all of it is to be done again.

    `keys` are what the results of the folder of results, where there is one, are known by. With
    `sharded`, the work is that of one part.
    """

    call: Call
    work: list[Job]
    executor: Callable[[], Executor]
    force: bool
    gradebook: Path | None = None
    keys: Mapping[str, str] = field(default_factory=dict)
    sharded: Sharded | None = None

    def grade(self, folder: Path) -> int:
        """Grade it, named by its places below `folder`, and return the exit status."""
        store = self.call.store
        if store is None:
            if len(self.work) > 1:
                self.call.begin(folder, self.work, _contents(self.work))
            return self._carry_out()
        store.open()
        with store.alone():
            self.call.booking = booking_of(store, self.gradebook)
            self._settle(store, remembered_folder(store, folder))
            return self._carry_out()

    def _settle(self, store: Store, folder: Path) -> None:
        """Bring the folder of results in line with the work. Raises UsageError as it cannot."""
        self.work = [replace(job, name=name_of(job.path, folder)) for job in self.work]
        files = _contents(self.work)
        settled = settle(store, self.work, {name: each.sha256 for name, each in files.items()})
        if not self.force:
            require_no_less(store, self.work)
        for sentence in settled:
            say(self.call.told, sentence)
        self.call.begin(folder, self.work, files)
        for each in files.values():
            keep_reach(store, reach_of(each.assignment))
        self.keys = {name: each.key for name, each in files.items()}
        if self.sharded is not None:
            self.sharded.declare(store, folder, self.work, files, self.call.level)

    def _carry_out(self) -> int:
        """Do the work and close the reports, whatever ends it; return the exit status."""
        call = self.call
        kept = f"What is done is kept in {call.out}; the same call goes on from there."
        try:
            self._do()
        except GraderError:
            if call.out:
                say(call.told, kept)
            raise
        except KeyboardInterrupt:
            say(call.told, f"\nInterrupted. {kept}" if call.out else "\nInterrupted.")
            return INTERRUPTED
        finally:
            call.grades(last=True)
            call.close_reports()
        call.close([job.name for job in self.work])
        if self.sharded is not None:
            say(call.told, f"{self.sharded.told}, in {call.out}; `grader merge` joins the parts.")
        return call.status

    def _do(self) -> None:
        """Take what was graded before, and have the rest graded. Raises UnmetError."""
        call, alone = self.call, len(self.work) == 1 and self.sharded is None
        left = []
        for job in self.work:
            if not self.force and not alone and call.keep(job, self.keys):
                continue
            known = None if self.force else call.known(job, self.keys)
            if known is None:
                left.append(job)
            else:
                call.take(job, Outcome(known), alone=alone)
        if len(left) < len(self.work):
            again = f"{len(self.work) - len(left)} of {len(self.work)} were graded before"
            call.told.print(f"{again}; --force grades them again.", highlight=False)
        if not alone and call.store is not None:
            left = self._without_unusable(left)
        if not left:
            return
        executor = self.executor()
        with closing(executor.run(left)) as done:
            for job, outcome in done:
                if outcome.unmet:
                    raise UnmetError(outcome.error)
                call.take(job, outcome, alone=alone, key=self.keys.get(job.name, ""))
                call.grades()

    def _without_unusable(self, left: Sequence[Job]) -> list[Job]:
        """Return the work without what could not be used before, and still cannot.

        It is tried here: a worker is not started to find that a file is broken.
        """
        call = self.call
        known = {each.name: each.key for each in call.store.unusable()} if call.store else {}
        rest = []
        for job in left:
            key = self.keys.get(job.name, "")
            outcome = None if key and known.get(job.name) != key else perform(job)
            if outcome is None or outcome.unmet:
                rest.append(job)
            else:
                call.take(job, outcome, alone=False, key=key)
        return rest


def _reports(
    asked: Sequence[str], out: Path | None, notebooks: Sequence[Path], json_file: str | None
) -> Reports:
    """Return the reports that are asked for. Raises UsageError where they cannot be written."""
    reports = Reports.asked(asked, out=out, notebooks=notebooks)
    if json_file == "-" and reports.quiet:
        raise UsageError("Only one of --json and --report can go to stdout.")
    if json_file not in (None, "-"):
        require_writable(Path(str(json_file)))
    return reports


def _call(
    reports: Reports,
    feedback: str | None,
    json_file: str | None,
    fail_under: float | None,
    sharded: Sharded | None,
) -> Call:
    """Return what the call is to write, to a folder of results where `reports` know one."""
    return Call(
        Console(),
        Console(stderr=True),
        None if feedback is None else Feedback.named(feedback),
        json_file,
        fail_under,
        reports,
        store=None if reports.out is None else Store(reports.out),
        part="" if sharded is None else str(sharded.part),
    )


def _refuse(
    notebooks: Sequence[Path],
    *,
    json_file: str | None,
    jobs: int | None,
    dask: str | None,
    required: bool,
) -> None:
    """Raise UsageError where the call cannot be carried out here."""
    if dask is None:
        rung = choose(required=required)
        if len(notebooks) > 1 and not policy(rung).boxed:
            raise UsageError(
                "Several notebooks are graded on Linux, macOS or WSL: this system has no fork, and "
                "grades one at a time. Name a single notebook."
            )
    elif jobs is not None and dask != LOCAL:
        raise UsageError(
            "--jobs is for this machine; a cluster has as many workers as it was started with."
        )
    if json_file is not None and len(notebooks) > 1:
        raise UsageError("--json writes one result; use --out for several notebooks.")


def _tell_slowness(slow: int | None, told: Console) -> None:
    """Tell how slow this machine was, where that changed anything."""
    if slow is not None and slow > 1:
        told.print(
            f"This machine was {slow} times slower than limits are meant for: those of the "
            f"assignment were {slow} times as long.",
            highlight=False,
            soft_wrap=True,
        )


def room(workers: int, dask: str | None, told: Console) -> tuple[int, int | None]:
    """Return how many can be graded at a time, and how many bytes of memory each then has.

    None where nothing is known of the machines, or where there is one at a time.
    """
    if workers == 1 or dask not in (None, LOCAL):
        return workers, None
    free = int(MEMORY_SHARE * available())
    fitting = max(1, min(workers, free // LEAST_MEMORY))
    if fitting < workers:
        told.print(f"There is memory for {fitting} at a time, not for {workers}.", highlight=False)
    return fitting, free // fitting if fitting > 1 else None


def _executor(total: int, workers: int, dask: str | None, told: Console) -> Executor:
    """Return what grades `total` notebooks; what only the others need is not imported."""
    if dask is not None:
        from grader.course.workers.dask_cluster import Cluster  # noqa: PLC0415

        return Shown(Cluster(dask, workers, partial(say, told)), told, total)
    if workers == 1:
        return InTurn(told)
    from grader.course.workers.pool import Pool  # noqa: PLC0415

    return Shown(Pool(workers), told, total)


def _contents(work: Sequence[Job]) -> dict[str, Contents]:
    """Return what is known of the files beforehand, by the names of the jobs."""
    found = {}
    for job in work:
        # Why one cannot be graded is told where that is tried, and costs no other its result.
        with suppress(Exception):
            found[job.name] = contents(job)
    return found
