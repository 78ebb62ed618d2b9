"""Where the grader may make control groups, by which the kernel bounds a submission's processes.

By the kernel's documentation: admin-guide/cgroup-v1/memory.rst and pids.rst, and cgroup-v2.rst.
Groups are made below the grader's own, so that whatever bounds the grader bounds them too.
"""

import os
import sys
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Final

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
        before, _, after = line.partition(" - ")
        root, point = before.split()[3:5]
        kind, _, options = after.split()[:3]
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
        _, controllers, path = line.split(":", 2)
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
