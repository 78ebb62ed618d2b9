"""Grading jobs side by side, each worker a process that can be replaced.

A worker that dies costs nothing but time: its job is tried once more. What was ended at a limit for
which others may be why, who had the processor or the memory, is tried once more alone, before the
student is blamed. What used up time of its own is not: the same would come of it. Nor is one at
which the grader itself comes to no end.
"""

import os
import signal
import socket
import sys
import threading
import time
from collections import deque
from collections.abc import Sequence
from concurrent.futures import FIRST_COMPLETED, Future, wait
from contextlib import suppress
from dataclasses import dataclass
from multiprocessing.util import Finalize
from typing import Any, NoReturn

from pebble import ProcessExpired, ProcessPool

from grader.course.jobs import Job, Outcome, endless, lost, perform
from grader.course.own_time import HARD, OwnTime
from grader.course.workers.executor import Done
from grader.course.workers.forkserver_broker import Broker, BrokeredServers, kept
from grader.course.workers.processes import context
from grader.sandbox.forkserver import ServerCache

# A worker is renewed now and then, so that whatever a library leaks is bounded.
JOBS_A_WORKER = 200
# How long a worker may take to clean up whose main process is gone.
UNWIND_SECONDS = 5.0

# What a worker forks submissions from; only workers have it.
_servers: ServerCache | None = None


@dataclass(frozen=True)
class Pool:
    """Grades jobs in so many processes of this machine."""

    workers: int

    def run(self, jobs: Sequence[Job]) -> Done:
        """Grade `jobs` side by side."""
        return side_by_side(jobs, self.workers)


def side_by_side(jobs: Sequence[Job], workers: int) -> Done:
    """Grade `jobs` in so many processes, and yield each with its outcome as it is done.

    Closing the iterator ends the workers, and with them all that they run.
    """
    late: list[Job] = []
    broker = Broker()
    # Only this process has the one end: it closes with it, however it ends, and workers notice.
    ours, theirs = socket.socketpair()
    pool = ProcessPool(
        max_workers=workers,
        max_tasks=JOBS_A_WORKER,
        initializer=_begin,
        initargs=(broker.requests, theirs),
        context=context(),
    )
    try:
        for job, outcome in _through(pool, jobs, ahead=2 * workers):
            if outcome.contended and workers > 1:
                late.append(job)
            else:
                yield job, outcome
        # One after the other: nothing else keeps the machine busy now.
        for job in late:
            yield from _through(pool, [job.alone], ahead=1)
    finally:
        pool.stop()  # type: ignore[no-untyped-call]
        pool.join()
        broker.close()
        ours.close()
        theirs.close()


def _through(pool: ProcessPool, jobs: Sequence[Job], *, ahead: int) -> Done:
    """Put `jobs` through the pool, no more than `ahead` of them handed out at a time."""
    waiting = deque((job, 1) for job in jobs)
    running: dict[Future[Any], tuple[Job, int]] = {}
    while waiting or running:
        while waiting and len(running) < ahead:
            job, attempt = waiting.popleft()
            running[pool.schedule(_perform, args=(job,))] = (job, attempt)
        for future in wait(running, return_when=FIRST_COMPLETED).done:
            job, attempt = running.pop(future)
            outcome = _outcome(future, job, attempt)
            if outcome is None:
                waiting.append((job, attempt + 1))
            else:
                yield job, outcome


def _outcome(future: "Future[Any]", job: Job, attempt: int) -> Outcome | None:
    """Return what came of a job, None where it is to be tried once more."""
    try:
        outcome: Outcome = future.result()
    except ProcessExpired as died:
        if died.exitcode == -HARD:
            # It would take as long once more.
            return endless(job)
        return None if attempt == 1 else lost(job, f"exit status {died.exitcode}")
    return outcome


def _perform(job: Job) -> Outcome:
    return perform(job, servers=_servers, own=OwnTime(hard=True))


def _begin(requests: socket.socket, main: socket.socket) -> None:
    global _servers  # noqa: PLW0603 - a worker is begun once
    _servers = kept(BrokeredServers(requests))
    # Ctrl-C reaches the whole group: the parent decides what becomes of the workers.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, _end)
    # So does a terminal that goes. What is ignored, notebooks would ignore as well.
    signal.signal(signal.SIGHUP, _left_to_the_parent)
    # The first of all where it ends by itself, as it does when there is nothing left to do.
    Finalize(None, signal.signal, (signal.SIGTERM, signal.SIG_IGN), exitpriority=2)
    threading.Thread(target=_end_with, args=(main,), name="main process", daemon=True).start()


def _end_with(main: socket.socket) -> None:
    """End this process as soon as the main one has ended, which may be killed at any time."""
    with suppress(OSError):
        main.recv(1)
    signal.pthread_kill(threading.main_thread().ident or 0, signal.SIGTERM)
    # Whatever it is at may take the exception for its own, or never come to it.
    time.sleep(UNWIND_SECONDS)
    os._exit(1)


def _left_to_the_parent(_number: int, _frame: object) -> None:
    """Do nothing."""


def _end(_number: int, _frame: object) -> NoReturn:
    """Unwind, so that the sandbox in use and its folder are gone with the worker."""
    # Being told again must not keep it from that.
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    sys.exit(1)
