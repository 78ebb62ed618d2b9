"""Watching what a submission takes where no limit of the kernel's binds.

That is what lies in folders, locks on files, and memory and the number of processes where there
is no control group. RLIMIT_AS does not suit numpy and torch, which reserve far more than they use.
Memory is measured as the proportional set size of all processes together: snapshots share most of
their pages with the kernel that they were forked from, and what is shared counts once.
"""

import shutil
import threading
from collections.abc import Callable, Iterable
from contextlib import suppress
from contextvars import copy_context
from pathlib import Path

import psutil

from grader.i18n import _
from grader.sandbox.cgroup import Group
from grader.sandbox.limits import ENTRY_BYTES, MEBIBYTE, Breach, Limits
from grader.sandbox.memory import kills
from grader.sandbox.usage import (
    Inherited,
    at_most,
    deleted,
    entries,
    folder_size,
    held,
    inherited,
    proportional,
    size,
    unseen,
)

INTERVAL_SECONDS = 0.2
# Folders are walked far less often: a slow disk must not slow the notebook.
DISK_EVERY = 10
# A process's list of what it has mapped is long, and is read less often.
MAPS_EVERY = 5
# Each takes a quarter of a kilobyte of the kernel's memory, which is counted nowhere. A database
# needs a handful.
MOST_LOCKS = 10_000


class Watchdog:
    """Watches the processes below each of `supervisors()` and what lies in `folders()`.

    What the kernel bounds by their `group` is left to it, and told like the rest.
    `mounted()` are folders that are file systems of the submission's own, of limited size: only
    their entries are counted. Over the limit of memory the largest process is killed, over any
    other limit all of them; the supervisors, which run no student code, stay. What the folders
    hold goes with the processes. Where the limits are not `whole`, there was no more memory for the
    submission beside others.
    """

    def __init__(
        self,
        limits: Limits,
        supervisors: Callable[[], Iterable[int]],
        group: Group,
        folders: Callable[[], Iterable[Path]] = tuple,
        mounted: Callable[[], Iterable[Path]] = tuple,
        *,
        whole: bool = True,
    ) -> None:
        self._breach: Breach | None = None
        self._whole = whole
        self._kills = kills()
        self._limits = limits
        self._supervisors = supervisors
        self._group = group
        self._folders = folders
        self._mounted = mounted
        self._inherited: Inherited = {}
        self._stop = threading.Event()
        self._thread = threading.Thread(
            # It speaks the language of whoever started it.
            target=copy_context().run,
            args=(self._watch,),
            name="watchdog",
            daemon=True,
        )
        self._thread.start()

    def breach(self) -> Breach | None:
        """Return which limit was broken since the last call, None where none was."""
        breach, self._breach = self._breach, None
        before, self._kills = self._kills, kills()
        killed = self._group.killed()
        if killed and self._group.reached():
            return Breach(self._over_memory, own=self._whole)
        guessed = "memory" not in self._group.controllers
        others = self._kills > before if guessed else killed
        if breach is None and others:
            text = _("memory: there was none left on the machine")
            return Breach(text, own=False, guessed=guessed)
        return breach

    def close(self) -> None:
        """Stop watching."""
        self._stop.set()
        self._thread.join()

    def _watch(self) -> None:
        turn = 0
        while not self._stop.wait(INTERVAL_SECONDS):
            turn += 1
            processes = self._processes()
            try:
                self._check(processes, turn)
            # Whatever it is, what nobody watches must not run on.
            except Exception as error:  # noqa: BLE001
                told = f"{type(error).__name__}: {error}"
                self._end(
                    processes,
                    _("resources: they could not be watched ({error})", error=told),
                    own=False,
                )

    def _check(self, processes: list[psutil.Process], turn: int) -> None:
        if "memory" not in self._group.controllers:
            self._check_memory(processes, turn)
        if "pids" not in self._group.controllers:
            self._check_number(processes)
        self._check_locks(processes)
        if turn % DISK_EVERY == 0:
            self._check_disk(processes)

    def _processes(self) -> list[psutil.Process]:
        found: list[psutil.Process] = []
        for pid in self._supervisors():
            with suppress(psutil.Error):
                found += psutil.Process(pid).children(recursive=True)
        return found

    def _check_memory(self, processes: list[psutil.Process], turn: int) -> None:
        most = self._limits.memory_bytes
        pids = [process.pid for process in processes]
        if turn % MAPS_EVERY == 0:
            self._inherited = inherited(pids)
        # Those that have ended since, as at a limit, hold nothing.
        shared = {pid: self._inherited[pid] for pid in pids if pid in self._inherited}
        # It costs little to read, and is never below the real one.
        if size(shared) + at_most(pids) <= most:
            return
        sizes = {process: proportional(process.pid) for process in processes}
        hidden = unseen(shared)
        if hidden + sum(sizes.values()) > most:
            largest = max(sizes, key=lambda process: sizes[process])
            sharing = [process for process in processes if process.pid in shared]
            # It is there until the last of them has ended.
            self._end(
                sharing if hidden > sizes[largest] else [largest],
                self._over_memory,
                own=self._whole,
            )

    @property
    def _over_memory(self) -> str:
        most = self._limits.memory_bytes // MEBIBYTE
        return _("memory: over {most} MiB in all processes together", most=most)

    def _check_number(self, processes: list[psutil.Process]) -> None:
        most = self._limits.processes
        if len(processes) > most or sum(map(_threads, processes)) > most:
            self._end(processes, _("processes: over {most}", most=most))

    def _check_locks(self, processes: list[psutil.Process]) -> None:
        if held({process.pid for process in processes}, MOST_LOCKS) > MOST_LOCKS:
            self._end(processes, _("locks on files: over {most}", most=MOST_LOCKS))

    def _check_disk(self, processes: list[psutil.Process]) -> None:
        most = self._limits.disk_bytes
        for folder in self._folders():
            size = folder_size(folder, most)
            if size + deleted((each.pid for each in processes), folder) > most:
                text = _(
                    "disk: over {most:g} MiB of files in {name}",
                    most=most / MEBIBYTE,
                    name=folder.name,
                )
                self._end(processes, text)
                _empty(folder)
        for folder in self._mounted():
            if entries(self._supervisors(), folder) * ENTRY_BYTES > most:
                text = _(
                    "disk: over {most} files and folders in {name}",
                    most=most // ENTRY_BYTES,
                    name=folder.name,
                )
                self._end(processes, text)

    def _end(self, processes: list[psutil.Process], breach: str, *, own: bool = True) -> None:
        self._breach = Breach(breach, own)
        end(processes)


def end(processes: Iterable[psutil.Process]) -> None:
    """Kill processes, all of which are stopped before the first is: what is stopped cannot fork."""
    processes = list(processes)
    for action in (psutil.Process.suspend, psutil.Process.kill):
        for process in processes:
            with suppress(psutil.Error):
                action(process)


def _threads(process: psutil.Process) -> int:
    try:
        return int(process.num_threads())
    except psutil.Error:
        return 0


def _empty(folder: Path) -> None:
    for entry in folder.iterdir():
        if entry.is_dir() and not entry.is_symlink():
            shutil.rmtree(entry, ignore_errors=True)
        else:
            entry.unlink(missing_ok=True)
