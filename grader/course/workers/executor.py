"""What grades the notebooks of a batch, wherever it does so."""

from collections.abc import Generator, Sequence
from contextlib import closing
from dataclasses import dataclass
from typing import Final, Protocol

from rich.console import Console

from grader.course.jobs import Job, Outcome, perform
from grader.course.workers.progress import many, one
from grader.sandbox.forkserver import ServerCache

# In place of a scheduler's address: a cluster of processes on this machine, for one batch.
LOCAL: Final = "local"

# Each job once, as it is done. Whoever closes it ends all that still runs.
Done = Generator[tuple[Job, Outcome], None, None]


class Executor(Protocol):
    """Grades jobs: one after the other, in processes side by side, or on a cluster.

    It returns what came of them and writes nothing: what it is given to grade is all it knows.
    """

    def run(self, jobs: Sequence[Job]) -> Done:
        """Grade `jobs`, and yield each with its outcome as it is done, in any order.

        Raises InternalError where it cannot go on; what it has yielded before stands.
        """


@dataclass(frozen=True)
class InTurn:
    """Grades one job after the other in this process, and shows what is done with each."""

    told: Console

    def run(self, jobs: Sequence[Job]) -> Done:
        """Grade `jobs` in their order."""
        servers = ServerCache() if len(jobs) > 1 else None
        try:
            for job in jobs:
                with one(self.told, f"Grading {job.path.name}") as watch:
                    outcome = perform(job, watch, servers)
                yield job, outcome
        finally:
            if servers is not None:
                servers.close()


@dataclass(frozen=True)
class Shown:
    """Shows how far another executor has come with a batch of `total` jobs."""

    executor: Executor
    told: Console
    total: int

    def run(self, jobs: Sequence[Job]) -> Done:
        """Have `jobs` graded by the other."""
        with (
            many(self.told, self.total, self.total - len(jobs)) as step,
            closing(self.executor.run(jobs)) as done,
        ):
            for job, outcome in done:
                step(job.name)
                yield job, outcome
