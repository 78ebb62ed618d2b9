"""Grading on a cluster by Dask: workers return results, and this process alone writes them."""

import logging
import time
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import CancelledError
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit

from grader.assignment.loading import find_assignment
from grader.course.jobs import Job, Outcome, failed, lost, refuse_reference
from grader.course.store import digest, grader_digest
from grader.course.workers.dask_worker import Task, UnfitError, work
from grader.course.workers.executor import LOCAL, Done
from grader.errors import GraderError, InternalError, UsageError
from grader.extras import belonging, installing

if TYPE_CHECKING:
    from distributed import Client, Future, Security

# How often it is looked who has joined and who is gone.
LOOK_SECONDS: Final = 0.5
# How long a scheduler may take to answer that.
ANSWER_SECONDS: Final = 30.0


@dataclass(frozen=True)
class _Handed:
    """What a worker is at: a job, for the first or for the second time."""

    job: Job
    attempt: int
    worker: str


@dataclass
class Crew:
    """The workers of the scheduler that `client` is connected to; `tell` hears of their troubles.

    Each has one notebook at a time, which is handed to it and to no other. So it is known what a
    worker that dies was at: that is tried once more elsewhere, and nothing is counted twice.
    `hosts` are the machines of those who are there, by their addresses.
    """

    client: "Client"
    tell: Callable[[str], None]
    hosts: dict[str, str] = field(default_factory=dict)
    unfit: dict[str, str] = field(default_factory=dict)
    running: "dict[Future, _Handed]" = field(default_factory=dict)
    waiting: deque[tuple[Job, int]] = field(default_factory=deque)
    looked: float = float("-inf")
    missed: bool = False

    def through(self, jobs: Sequence[Job], *, alone: bool = False) -> Done:
        """Put `jobs` through the workers; `alone` they have their machines to themselves.

        Raises UsageError where no worker is fit, InternalError where the scheduler is gone.
        """
        self.waiting.extend((job, 1) for job in jobs)
        try:
            while self.waiting or self.running:
                self._look()
                yield from self._buried()
                yield from self._hand_out(alone=alone)
                yield from self._finished()
        finally:
            for future in self.running:
                future.cancel()

    def _look(self) -> None:
        """Take note of who is there."""
        if time.monotonic() - self.looked < LOOK_SECONDS:
            return
        self._require_scheduler()
        try:
            there = self.client.nthreads()
        except (OSError, TimeoutError) as error:
            raise self._gone() from error
        self.hosts = {address: urlsplit(address).hostname or address for address in there}
        self.looked = time.monotonic()
        if self.hosts and self.hosts.keys() <= self.unfit.keys() and not self.running:
            reasons = "; ".join(dict.fromkeys(self.unfit[each] for each in self.hosts))
            raise UsageError(f"No worker of the cluster can grade. {reasons}")
        if not self.hosts and not self.missed:
            self.missed = True
            self.tell("The cluster has no worker at the moment; waiting for one.")

    def _require_scheduler(self) -> None:
        if self.client.status != "running":
            raise self._gone()

    @staticmethod
    def _gone() -> InternalError:
        return InternalError("The scheduler of the cluster went away, and its workers with it.")

    def _buried(self) -> Done:
        """Give up what those were at who are gone."""
        gone = [each for each in self.running.items() if each[1].worker not in self.hosts]
        for future, handed in gone:
            del self.running[future]
            future.cancel()
            yield from self._again(handed, lost(handed.job, "its worker is gone"))

    def _again(self, handed: _Handed, otherwise: Outcome) -> Done:
        """Try a job once more, elsewhere if possible; after that it comes to `otherwise`."""
        if handed.attempt == 1:
            self.waiting.append((handed.job, 2))
        else:
            yield handed.job, otherwise

    def _hand_out(self, *, alone: bool) -> Done:
        """Give each idle worker a job. Those that nobody can do are yielded with the reason."""
        idle = self._idle(alone=alone)
        while self.waiting and (worker := next(idle, None)):
            job, attempt = self.waiting.popleft()
            try:
                task = _task(job)
            except GraderError as error:
                yield job, Outcome(None, str(error), error.exit_status)
                continue
            future = self.client.submit(
                work, task, workers=[worker], allow_other_workers=False, pure=False
            )
            self.running[future] = _Handed(job, attempt, worker)

    def _idle(self, *, alone: bool) -> Iterator[str]:
        busy = {handed.worker for handed in self.running.values()}
        taken = {self.hosts.get(worker) for worker in busy} if alone else set()
        for worker, host in self.hosts.items():
            if worker in busy or worker in self.unfit or host in taken:
                continue
            if alone:
                taken.add(host)
            yield worker

    def _finished(self) -> Done:
        """Wait a moment for what is done."""
        from distributed import wait  # noqa: PLC0415 - an extra

        if not self.running:
            time.sleep(LOOK_SECONDS)
            return
        try:
            done = wait(list(self.running), LOOK_SECONDS, return_when="FIRST_COMPLETED").done
        except TimeoutError:
            return
        except CancelledError:
            self._require_scheduler()
            raise
        for future in done:
            yield from self._taken(future, self.running.pop(future))

    def _taken(self, future: "Future", handed: _Handed) -> Done:
        """Take what came of a job."""
        if future.status in ("cancelled", "lost"):
            self._require_scheduler()
        try:
            came = future.result(timeout=ANSWER_SECONDS)
        except (Exception, CancelledError) as error:  # noqa: BLE001 - whatever Dask makes of it
            self._refuse(handed.worker, f"{type(error).__name__}: {error}")
            yield from self._again(handed, failed(handed.job, error))
            return
        if isinstance(came, UnfitError):
            self._refuse(handed.worker, came.reason)
            self.waiting.appendleft((handed.job, handed.attempt))
            return
        yield handed.job, came

    def _refuse(self, worker: str, reason: str) -> None:
        self.unfit[worker] = reason
        self.tell(f"The worker at {worker} gets no more work. {reason}")


def _task(job: Job) -> Task:
    """Return what a worker needs to do a job. Raises GraderError as `grade` does."""
    notebook = job.read()
    assignment = find_assignment(notebook, job.how.assignment)
    refuse_reference(job, assignment)
    folder = assignment.folder.resolve()
    return Task(replace(job, notebook=notebook), folder, digest(folder), grader_digest())


CONNECT_SECONDS: Final = 15.0
CLOSE_SECONDS: Final = 5.0
ATTEMPTS: Final = 3


@dataclass(frozen=True)
class Cluster:
    """Grades jobs by the workers of the scheduler at `address`, or of a file that names it.

    `local` stands for a scheduler of its own with so many `workers` on this machine. `tell` takes
    what is to be said besides progress.
    """

    address: str
    workers: int
    tell: Callable[[str], None]

    def run(self, jobs: Sequence[Job]) -> Done:
        """Grade `jobs` by whoever is there, and by those who join later.

        Raises UsageError where there is no scheduler, or where no worker is fit to grade,
        InternalError where the scheduler goes away.
        """
        if not jobs:
            return
        with self._client() as client:
            crew = Crew(client, self.tell)
            late: list[Job] = []
            for job, outcome in crew.through(jobs):
                if outcome.contended:
                    late.append(job)
                else:
                    yield job, outcome
            yield from crew.through([job.alone for job in late], alone=True)

    @contextmanager
    def _client(self) -> Iterator["Client"]:
        try:
            from distributed import Security  # noqa: PLC0415 - an extra, and slow to import

            # Whoever can speak to a scheduler runs code as us, and other users reach its port.
            security = Security.temporary() if self.address == LOCAL else None
        except ImportError as error:
            raise UsageError(
                f"--dask needs Dask, here and on each worker: {installing(belonging('cluster'))}"
            ) from error
        for name in ("distributed", "distributed.client"):
            # Of a lost connection it is told here, and once.
            logging.getLogger(name).setLevel(logging.CRITICAL)
        with ExitStack() as stack:
            address = self.address
            if security is not None:
                address = stack.enter_context(_local(self.workers, security))
            yield stack.enter_context(_connected(address, security))


@contextmanager
def _local(workers: int, security: "Security") -> Iterator[str]:
    """Start a scheduler and so many workers on this machine, and yield the scheduler's address.

    Only who has the certificates of `security` can speak to them.
    """
    import dask  # noqa: PLC0415
    from distributed import LocalCluster  # noqa: PLC0415

    # Dask serves HTTP whether there is a dashboard or not, and to anybody: then nothing by it.
    routes = [f"distributed.{each}.http.routes" for each in ("scheduler", "worker")]
    with (
        dask.config.set({each: [] for each in routes}),
        LocalCluster(
            n_workers=workers,
            threads_per_worker=1,
            security=security,
            dashboard_address=None,
            # It would be port 8787, and whoever uses that would be in the way.
            scheduler_kwargs={"dashboard_address": "127.0.0.1:0"},
            # At the end some worker finds its scheduler gone. What matters is told by us.
            silence_logs=logging.CRITICAL,
        ) as ours,
    ):
        yield ours.scheduler_address


@contextmanager
def _connected(address: str, security: "Security | None" = None) -> Iterator["Client"]:
    from distributed import Client  # noqa: PLC0415

    where = {"scheduler_file" if Path(address).is_file() else "address": address}
    for attempt in range(1, ATTEMPTS + 1):
        try:
            client = Client(**where, security=security, timeout=CONNECT_SECONDS)
            break
        except (OSError, ValueError, TypeError, KeyError) as error:
            raise UsageError(
                f"There is no Dask scheduler at {address} ({error}). Give the address that "
                "`dask scheduler` prints, such as tcp://host:8786, the file that it writes with "
                f"--scheduler-file, or `{LOCAL}`."
            ) from error
        except AssertionError:
            # Dask's client does so where the scheduler's greeting comes together with more.
            if attempt == ATTEMPTS:
                raise
    try:
        yield client
    finally:
        with suppress(OSError, TimeoutError):
            client.close(timeout=CLOSE_SECONDS)
