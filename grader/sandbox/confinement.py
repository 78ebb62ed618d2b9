"""What one submission may see, change and use, put together for a rung."""

import os
import shutil
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from grader.sandbox.limits import Limits
from grader.sandbox.rungs import Rung, namespace_options
from grader.sandbox.view import View, for_everyone, listed, needed, view

DEVICES: Final = ("/dev/null", "/dev/zero", "/dev/full", "/dev/random", "/dev/urandom")
# Shared memory, the sandbox's own on rung 1 and everybody's on the others.
SHARED_MEMORY: Final = "/dev/shm"  # noqa: S108
# What numerical libraries read of the machine, where the rest of /proc is other processes'.
PROC: Final = (
    *("/proc/cpuinfo", "/proc/meminfo", "/proc/stat", "/proc/filesystems", "/proc/self"),
    # How much of the processors there is: joblib asks, and stumbles where it may not.
    *("/sys/fs/cgroup/cpu.max", "/sys/fs/cgroup/cpu/cpu.cfs_quota_us"),
    "/sys/fs/cgroup/cpu/cpu.cfs_period_us",
)

# By how many processes the limit for each user lies above that of a control group.
ROOM: Final = 16


@dataclass(frozen=True)
class Folders:
    """Where a submission lives: `code` is what it is run by, `data` the data sets it may read.

    `work` is where it starts, `scratch` all that it may write to, `run` where its sockets are.
    `private` are folders that it must not see, wherever they lie.
    """

    code: Path
    data: tuple[Path, ...]
    work: Path
    scratch: tuple[Path, ...]
    run: Path
    private: tuple[Path, ...] = ()

    @property
    def view(self) -> View:
        """What is seen of the machine. Raises UsageError as `view` does."""
        return view((self.code, *self.data), self.private)


def command(rung: Rung, folders: Folders, limits: Limits, *, server: bool = False) -> list[str]:
    """Return the command up to the program that is to be confined; empty but on rung 1.

    Where it is to be a `server` one, it may confine what is forked from it further.
    """
    if rung is not Rung.NAMESPACES:
        return []
    return bubblewrap(
        folders.view,
        write=[folders.run],
        scratch=[folders.work, *folders.scratch],
        scratch_bytes=limits.disk_bytes,
        nested=server,
    )


def confinement(
    rung: Rung, folders: Folders, limits: Limits, uid: int | None, *, counted: bool = False
) -> dict[str, Any]:
    """Return what the kernel's process gives up by itself, as its `Confinement`.

    Where its processes are `counted` by a control group, that one is to be met first, since it
    tells of it.
    """
    resources = {
        "RLIMIT_CORE": 0,
        "RLIMIT_NOFILE": limits.open_files,
        "RLIMIT_FSIZE": limits.disk_bytes,
        "RLIMIT_CPU": limits.cpu_seconds,
    }
    if uid is not None or rung is Rung.NAMESPACES:
        # Counted for each user, and in a user namespace for itself: elsewhere it would count the
        # processes of whoever runs the grader too, and the watchdog has to do.
        resources["RLIMIT_NPROC"] = limits.processes + (ROOM if counted else 0)
    write = [str(path) for path in (folders.work, *folders.scratch, folders.run, *DEVICES)]
    return {
        "uid": uid,
        "read_all": uid is not None and rung is Rung.KERNEL and not for_everyone(),
        "resources": resources if os.name == "posix" else {},
        "read": _readable(rung, folders),
        "names": [str(path) for path in listed()] if rung is Rung.KERNEL else [],
        "write": [*write, SHARED_MEMORY] if rung is Rung.NAMESPACES else write,
        "seccomp": rung is not Rung.PROCESS,
        "namespaces": rung is Rung.NAMESPACES,
        "closed": [] if rung is Rung.PROCESS else [str(each) for each in _files(folders.private)],
    }


def _files(paths: Iterable[Path]) -> Iterator[Path]:
    return (path for path in paths if path.is_file())


def _readable(rung: Rung, folders: Folders) -> list[str] | None:
    if rung is Rung.PROCESS:
        return None
    if rung is Rung.NAMESPACES:
        return ["/"]
    return [*map(str, folders.view.parts()), *PROC]


def readable_below(folder: Path, data: Iterable[Path]) -> list[str] | None:
    """Return the paths below `folder` of all that a submission with these data sets reads.

    None where it reads the folder itself, which then cannot be emptied but for these.
    """
    paths = [*needed(), *data]
    if any(folder.is_relative_to(path) for path in paths):
        return None
    return [str(path) for path in paths if path.is_relative_to(folder)]


def bubblewrap(
    view: View,
    *,
    write: Iterable[Path],
    scratch: Iterable[Path],
    scratch_bytes: int,
    nested: bool = False,
) -> list[str]:
    """Return the command up to the program that is to be confined.

    Inside, what `view` shows can be read, `write` be written to, `scratch` are empty folders in
    memory of at most `scratch_bytes` each, all at the paths that they have outside; what is hidden
    is empty. Nothing else of the machine is there, but for devices of no consequence and the
    sandbox's own processes. Where `nested`, the program may make namespaces inside these.
    """
    program = shutil.which("bwrap")
    assert program is not None, "the rung was chosen where bubblewrap works"  # noqa: S101
    write, scratch = list(write), list(scratch)
    command = namespace_options(program, nested=nested)
    command += _folders(_parents([*view.shown, *write, *scratch]))
    for path in sorted({*view.shown, *view.hidden}, key=lambda each: len(each.parts)):
        covers = [each for each in view.hidden if path != each and path.is_relative_to(each)]
        for cover in covers:
            command += _folders(each for each in _parents([path]) if cover in each.parents)
        command += _covered(path) if path in view.hidden else _bound(path)
    for path in view.hidden:
        command += ["--remount-ro", str(path)] if path.is_dir() else []
    # An ordinary user would own it, and so would every submission that is forked in there.
    command += ["--proc", "/proc", "--dev", "/dev", "--remount-ro", "/dev"]
    for folder in [*scratch, Path("/dev/shm")]:  # noqa: S108 - a fresh one of the sandbox's own
        command += ["--perms", "1777", "--size", str(scratch_bytes), "--tmpfs", str(folder)]
    for path in write:
        command += ["--bind", str(path), str(path)]
    command += ["--remount-ro", "/", "--hostname", "notebook", "--chdir", str(scratch[0])]
    return command


def _bound(path: Path) -> list[str]:
    """Return the options that show `path` read-only, a symbolic link as the link that it is."""
    if path.is_symlink():
        return ["--symlink", str(path.readlink()), str(path)]
    return ["--ro-bind", str(path), str(path)]


def _covered(path: Path) -> list[str]:
    """Return the options that lay something empty over what is at `path`."""
    if path.is_dir():
        return ["--perms", "0755", "--tmpfs", str(path)]
    return ["--ro-bind", "/dev/null", str(path)]


def _folders(paths: Iterable[Path]) -> list[str]:
    return [word for path in paths for word in ("--perms", "0755", "--dir", str(path))]


def _parents(paths: Iterable[Path]) -> Iterator[Path]:
    """Yield the folders above `paths`, outer ones first, each once.

    They are made by name: those that bubblewrap makes by itself only root may enter.
    """
    seen: dict[Path, None] = {}
    for path in paths:
        for folder in reversed(path.parents[:-1]):
            seen.setdefault(folder)
    yield from seen
