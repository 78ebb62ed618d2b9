"""What the workers of a cluster do: grade one notebook at a time, or say why they cannot."""

import socket
import threading
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from grader.assignment.loading import in_sight
from grader.course.jobs import Job, Outcome, perform
from grader.course.store import digest, grader_digest
from grader.course.workers.forkserver_broker import servers
from grader.errors import UsageError
from grader.sandbox.rungs import choose


@dataclass(frozen=True)
class Task:
    """A job, with what another machine must have to do it.

    The notebook travels inside the job. Checks do not: `assignment` is the folder of the assignment
    where the job comes from, and the digests say what it and the grader must be.
    """

    job: Job
    assignment: Path
    assignment_digest: str
    grader_digest: str


@dataclass(frozen=True)
class UnfitError:
    """Why this worker cannot do what it was given, though another may."""

    reason: str


# A fork server is for one submission at a time, however many threads a worker has.
_turn: Final = threading.Lock()


def work(task: Task) -> Outcome | UnfitError:
    """Grade the notebook of a task."""
    with _turn:
        try:
            here = _fit(task)
        except UsageError as error:
            return UnfitError(f"{socket.gethostname()}: {error}")
        return perform(here, servers=servers())


def _fit(task: Task) -> Job:
    """Return the task's job as it is to be done here. Raises UsageError where it cannot."""
    if grader_digest() != task.grader_digest:
        raise UsageError(
            "Another version of the grader is installed there: install the one that hands out the "
            "work, and start the worker anew."
        )
    choose(required=task.job.how.require_sandbox, wanted=task.job.how.wanted)
    folder = _assignment(task)
    return replace(task.job, how=replace(task.job.how, assignment=str(folder)))


def _assignment(task: Task) -> Path:
    """Return the folder of the assignment here, by its path or by its name."""
    candidates = list(_candidates(task.assignment))
    for folder in candidates:
        if digest(folder) == task.assignment_digest:
            return folder
    name = task.assignment.name
    if candidates:
        raise UsageError(
            f"The assignment {name!r} in {candidates[0]} differs from that in {task.assignment} "
            "where the work is handed out: make them the same, and start the worker anew."
        )
    raise UsageError(
        f"There is no assignment {name!r} there, neither in {task.assignment} nor seen from the "
        f"worker's folder {Path.cwd()}: copy it there, or start the worker above its `reference` "
        "folder."
    )


def _candidates(folder: Path) -> Iterator[Path]:
    if folder.is_dir():
        yield folder
    yield from (each for each in in_sight(Path.cwd()) if each.name == folder.name)
