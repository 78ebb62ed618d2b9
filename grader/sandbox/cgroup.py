"""A control group for each submission: the kernel itself bounds its memory and its processes.

It is the stronger beside the watchdog, which looks at both only now and then. Groups are made below
the grader's own, so that whatever bounds the grader bounds them too. By the kernel's documentation:
admin-guide/cgroup-v1/memory.rst and pids.rst, and cgroup-v2.rst.
"""

import itertools
import os
import signal
import sys
import time
from collections.abc import Collection, Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Final

from grader.i18n import _
from grader.sandbox.limits import Limits
from grader.sandbox.rungs import Finding

CONTROLLERS: Final = ("memory", "pids")

# Version 2 has processes in leaves alone: into this one the grader moves, beside its submissions.
LEAF: Final = "notebook-grader"
# What systemd marks the groups with that it has handed over.
_DELEGATED: Final = ("user.delegate", "trusted.delegate")


@dataclass(frozen=True)
class Hierarchy:
    """A folder of the cgroup file system of `version` below which groups can be made.

    `controllers` are those of CONTROLLERS that bind there.
    """

    folder: Path
    version: int
    controllers: tuple[str, ...]

    @property
    def entrance(self) -> str:
        """The name of the file of a group by which a process takes itself in.

        On version 1 by its only thread, for which the kernel waits for nobody.
        """
        return "tasks" if self.version == 1 else "cgroup.procs"


@cache
def hierarchies() -> tuple[Hierarchy, ...]:
    """Return where groups can be made here, each controller once; empty where there are none.

    On version 2 the processes of a group that was handed over to the grader are moved into a leaf
    of it, without which none of the group's controllers would bind.
    """
    if sys.platform != "linux":
        return ()
    found: list[Hierarchy] = []
    with suppress(OSError, ValueError):
        for mount in mounted():
            hierarchy = _first(mount) if mount.version == 1 else _second(mount)
            if hierarchy is not None and _can_be_used(hierarchy):
                found.append(hierarchy)
    return tuple(found)


@dataclass(frozen=True)
class Mount:
    """A mounted hierarchy: `own` is the folder of the grader's group in it."""

    version: int
    controllers: tuple[str, ...]
    own: Path


def mounted() -> Iterator[Mount]:
    """Yield the hierarchies that are mounted here. Raises OSError where the system has none."""
    groups = Path("/proc/self/cgroup").read_text("utf-8")
    yield from mounts(Path("/proc/self/mountinfo").read_text("utf-8"), groups)


def mounts(mountinfo: str, groups: str) -> Iterator[Mount]:
    """Yield the hierarchies that tell of CONTROLLERS, from the texts of two files of /proc/self.

    Those are left out in which the grader's own group lies outside what is mounted.
    """
    own_paths = _own_paths(groups)
    for line in mountinfo.splitlines():
        before, _dash, after = line.partition(" - ")
        root, point = before.split()[3:5]
        kind, _source, options = after.split()[:3]
        names = options.split(",")
        controllers = tuple(each for each in CONTROLLERS if each in names)
        key = "" if kind == "cgroup2" else next(iter(controllers), None)
        if kind not in ("cgroup", "cgroup2") or key is None or key not in own_paths:
            continue
        own = Path(own_paths[key])
        if own.is_relative_to(root):
            folder = Path(point) / own.relative_to(root)
            yield Mount(2 if kind == "cgroup2" else 1, controllers, folder)


def _own_paths(groups: str) -> dict[str, str]:
    """Return the path of the grader's group by controller, that of version 2 by ""."""
    paths: dict[str, str] = {}
    for line in groups.splitlines():
        _number, controllers, path = line.split(":", 2)
        paths.update(dict.fromkeys(controllers.split(","), path))
    return paths


def _first(mount: Mount) -> Hierarchy | None:
    return Hierarchy(mount.own, 1, mount.controllers)


def _second(mount: Mount) -> Hierarchy | None:
    """Return where groups can be made on version 2, None where nothing was handed over."""
    folder = mount.own.parent if mount.own.name == LEAF else mount.own
    there = (folder / "cgroup.controllers").read_text("ascii").split()
    controllers = tuple(each for each in CONTROLLERS if each in there)
    switch = folder / "cgroup.subtree_control"
    missing = set(controllers) - set(switch.read_text("ascii").split())
    if missing:
        # The root of all groups alone may have processes beside groups, and has no type.
        if (folder / "cgroup.type").exists():
            if not _handed_over(folder):
                return None
            _move_into_leaf(folder)
        with suppress(OSError):
            switch.write_text(" ".join(f"+{each}" for each in missing), "ascii")
        controllers = tuple(
            each for each in controllers if each in switch.read_text("ascii").split()
        )
    return Hierarchy(folder, 2, controllers) if controllers else None


def _handed_over(folder: Path) -> bool:
    """Whether a group is the grader's to divide: by systemd's word, or as a container's root."""
    for name in _DELEGATED:
        with suppress(OSError):
            if os.getxattr(folder, name) == b"1":
                return True
    return any(line == "0::/" for line in Path("/proc/self/cgroup").read_text().splitlines())


def _move_into_leaf(folder: Path) -> None:
    leaf = folder / LEAF
    leaf.mkdir(exist_ok=True)
    for pid in (folder / "cgroup.procs").read_text("ascii").split():
        # Some may have ended since.
        with suppress(OSError):
            (leaf / "cgroup.procs").write_text(pid, "ascii")


def _can_be_used(hierarchy: Hierarchy) -> bool:
    """Whether a group can be made there, which is tried."""
    trial = hierarchy.folder / f"{LEAF}-trial-{os.getpid()}"
    try:
        trial.mkdir()
    except OSError:
        return False
    usable = os.access(trial / hierarchy.entrance, os.W_OK)
    with suppress(OSError):
        trial.rmdir()
    return usable


# How long removing a group may take, whose processes are ending.
REMOVE_SECONDS: Final = 2.0
POLL_SECONDS: Final = 0.01
# The kernel takes memory for a process in batches: a limit is reached a little below it.
NEAR: Final = 0.98

_numbers = itertools.count(1)


@dataclass(frozen=True)
class _Files:
    """The names of a controller's files: what it bounds, and the count of how often it had to."""

    limit: str
    swap: str = ""
    swap_limit: str = ""
    events: str = ""
    event: str = ""
    peak: str = ""
    # The count of how often the limit was reached, where there is one that can be relied on.
    reached: str = ""


_FILES: Final = {
    ("memory", 1): _Files(
        limit="memory.limit_in_bytes",
        # Memory and swap together.
        swap="memory.memsw.limit_in_bytes",
        events="memory.oom_control",
        event="oom_kill",
        peak="memory.max_usage_in_bytes",
    ),
    ("memory", 2): _Files(
        limit="memory.max",
        swap="memory.swap.max",
        swap_limit="0",
        events="memory.events",
        event="oom_kill",
        peak="memory.peak",
        reached="max",
    ),
    ("pids", 1): _Files(limit="pids.max", events="pids.events", event="max"),
    ("pids", 2): _Files(limit="pids.max", events="pids.events", event="max"),
}


class Group:
    """The control group of one submission, gone with `close`.

    Where the grader may make none, it bounds nothing: see `controllers`.
    """

    def __init__(self, limits: Limits) -> None:
        self._places: dict[str, tuple[Path, int]] = {}
        self._entrances: list[Path] = []
        self._seen: dict[str, int] = {}
        wanted = {"memory": limits.memory_bytes, "pids": limits.processes}
        name = f"{LEAF}-{os.getpid()}-{_birth(os.getpid())}-{next(_numbers)}"
        for hierarchy in hierarchies():
            _sweep(hierarchy)
            with suppress(OSError):
                self._make(hierarchy, name, wanted)

    def _make(self, hierarchy: Hierarchy, name: str, wanted: dict[str, int]) -> None:
        folder = hierarchy.folder / name
        folder.mkdir()
        try:
            for controller in hierarchy.controllers:
                files = _FILES[controller, hierarchy.version]
                most = str(wanted[controller])
                (folder / files.limit).write_text(most, "ascii")
                if files.swap and (folder / files.swap).exists():
                    (folder / files.swap).write_text(files.swap_limit or most, "ascii")
        except OSError:
            folder.rmdir()
            raise
        self._entrances.append(folder / hierarchy.entrance)
        for controller in hierarchy.controllers:
            self._places[controller] = (folder, hierarchy.version)

    @property
    def controllers(self) -> tuple[str, ...]:
        """What is bounded: "memory", "pids", both or nothing."""
        return tuple(self._places)

    @contextmanager
    def entrances(self) -> Iterator[Sequence[int]]:
        """Open what a process writes "0" to, to be in the group with all that it will fork.

        It is not moved from here: then the kernel would make sure that none of its threads forks
        meanwhile, and have the grader wait for that, 10 to 20 ms.
        """
        with ExitStack() as opened:
            descriptors: list[int] = []
            try:
                for path in self._entrances if self._places else ():
                    descriptors.append(os.open(path, os.O_WRONLY | os.O_CLOEXEC))
                    opened.callback(os.close, descriptors[-1])
            except OSError:
                self.give_up()
            yield descriptors

    def give_up(self) -> None:
        """Bound nothing from here on, as far as anybody relies on it: it did not take all in.

        Those that are in it stay, until `close`.
        """
        self._places.clear()

    def killed(self) -> int:
        """Return how many processes were ended at the limit of memory since the last call."""
        return self._since("memory")

    def reached(self) -> bool:
        """Whether its limit of memory was ever reached: what is killed below it is not to blame."""
        if "memory" not in self._places:
            return False
        folder, version = self._places["memory"]
        files = _FILES["memory", version]
        with suppress(OSError, ValueError):
            if files.reached:
                lines = (folder / files.events).read_text("ascii").splitlines()
                return any(
                    line.startswith(f"{files.reached} ") and line[-2:] != " 0" for line in lines
                )
            return (self.peak() or 0) >= NEAR * int((folder / files.limit).read_text("ascii"))
        return True

    def refused(self) -> int:
        """Return how often a process or a thread was refused since the last call."""
        return self._since("pids")

    def _since(self, controller: str) -> int:
        if controller not in self._places:
            return 0
        folder, version = self._places[controller]
        files = _FILES[controller, version]
        with suppress(OSError):
            for line in (folder / files.events).read_text("ascii").splitlines():
                name, _space, count = line.partition(" ")
                if name == files.event:
                    before, self._seen[controller] = self._seen.get(controller, 0), int(count)
                    return int(count) - before
        return 0

    def peak(self) -> int | None:
        """Return the most memory in bytes that it held at once, None where that is not known."""
        if "memory" not in self._places:
            return None
        folder, version = self._places["memory"]
        with suppress(OSError):
            return int((folder / _FILES["memory", version].peak).read_text("ascii"))
        return None

    def close(self) -> None:
        """End what is left in it and remove it."""
        until = time.monotonic() + REMOVE_SECONDS
        left = [path.parent for path in self._entrances]
        while left and time.monotonic() < until:
            left = [folder for folder in left if not _removed(folder)]
            if left:
                time.sleep(POLL_SECONDS)
        self._entrances.clear()
        self._places.clear()


def _removed(folder: Path) -> bool:
    """Remove a group, or else kill the processes in it; return whether it is gone."""
    with suppress(FileNotFoundError):
        try:
            folder.rmdir()
        except OSError:
            for pid in (folder / "cgroup.procs").read_text("ascii").split():
                with suppress(ProcessLookupError, PermissionError):
                    os.kill(int(pid), signal.SIGKILL)
            return False
    return True


def _sweep(hierarchy: Hierarchy) -> None:
    """Remove the groups of graders that were killed."""
    for folder in hierarchy.folder.glob(f"{LEAF}-*-*-*"):
        pid, birth = folder.name.removeprefix(f"{LEAF}-").split("-")[:2]
        if pid.isdigit() and _birth(int(pid)) != birth:
            # The submission's processes are ending where the grader was killed just now.
            with suppress(OSError):
                folder.rmdir()


def _birth(pid: int) -> str:
    """Return when a process was started, in ticks since the machine was, "" where there is none."""
    with suppress(OSError):
        # The name in parentheses may hold anything, spaces and parentheses included.
        return (
            Path(f"/proc/{pid}/stat").read_text("ascii", "replace").rpartition(")")[2].split()[19]
        )
    return ""


def told(controllers: Collection[str]) -> str:
    """Return what a report says of who holds a submission to its limit of memory."""
    bounded = "memory" in controllers
    return _("memory bounded by the kernel") if bounded else _("memory watched")


def finding() -> Finding:
    """Return whether the kernel can bound memory here, and if not, what that needs."""
    versions = {each: found.version for found in hierarchies() for each in found.controllers}
    if "memory" not in versions:
        return Finding(
            "cgroups",
            False,
            "memory is watched every 0.2 s instead of bounded by the kernel: grade as root, or by "
            "`systemd-run --user --scope -p Delegate=yes`, where /sys/fs/cgroup can be written to",
        )
    what = "memory and the number of processes are" if "pids" in versions else "memory is"
    return Finding("cgroups", True, f"{what} bounded by the kernel, version {versions['memory']}")
