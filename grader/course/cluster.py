"""Grading on a cluster by Dask: workers return results, and this process alone writes them."""

import logging
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

from grader.course.crew import Crew
from grader.course.executor import LOCAL, Done
from grader.course.jobs import Job
from grader.errors import UsageError
from grader.extras import belonging, installing

if TYPE_CHECKING:
    from distributed import Client

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
            from distributed import LocalCluster  # noqa: PLC0415 - an extra, and slow to import
        except ImportError as error:
            raise UsageError(
                f"--dask needs Dask, here and on each worker: {installing(belonging('cluster'))}"
            ) from error
        for name in ("distributed", "distributed.client"):
            # Of a lost connection it is told here, and once.
            logging.getLogger(name).setLevel(logging.CRITICAL)
        with ExitStack() as stack:
            if self.address == LOCAL:
                ours = LocalCluster(
                    n_workers=self.workers, threads_per_worker=1, dashboard_address=None
                )
                yield stack.enter_context(_connected(stack.enter_context(ours).scheduler_address))
            else:
                yield stack.enter_context(_connected(self.address))


@contextmanager
def _connected(address: str) -> Iterator["Client"]:
    from distributed import Client  # noqa: PLC0415

    where = {"scheduler_file" if Path(address).is_file() else "address": address}
    for attempt in range(1, ATTEMPTS + 1):
        try:
            client = Client(**where, timeout=CONNECT_SECONDS)
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
