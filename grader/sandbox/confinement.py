"""What one submission may see, change and use, put together for a rung."""

import os
import site
import stat
import sys
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import grader
from grader.sandbox.bubblewrap import bubblewrap
from grader.sandbox.limits import Limits
from grader.sandbox.rungs import Rung

# What programs need of a system: itself, its dynamic linker's configuration, fonts, the time.
SYSTEM: Final = tuple(
    Path(path)
    for path in (
        *("/usr", "/bin", "/sbin", "/lib", "/lib32", "/lib64", "/opt"),
        *("/etc/ld.so.cache", "/etc/ld.so.conf", "/etc/ld.so.conf.d", "/etc/alternatives"),
        *("/etc/fonts", "/etc/localtime", "/etc/mime.types"),
    )
)
DEVICES: Final = ("/dev/null", "/dev/zero", "/dev/full", "/dev/random", "/dev/urandom")
# Shared memory, the sandbox's own on rung 1 and everybody's on the others.
SHARED_MEMORY: Final = "/dev/shm"  # noqa: S108
# What numerical libraries read of the machine, where the rest of /proc is other processes'.
PROC: Final = ("/proc/cpuinfo", "/proc/meminfo", "/proc/stat", "/proc/filesystems", "/proc/self")

# By how many processes the limit for each user lies above that of a control group.
ROOM: Final = 16


@dataclass(frozen=True)
class Folders:
    """Where a submission lives: `code` is what it is run by, `data` the data sets it may read.

    `work` is where it starts, `scratch` all that it may write to, `run` where its sockets are.
    """

    code: Path
    data: tuple[Path, ...]
    work: Path
    scratch: tuple[Path, ...]
    run: Path


def command(rung: Rung, folders: Folders, limits: Limits, *, warm: bool = False) -> list[str]:
    """Return the command up to the program that is to be confined; empty but on rung 1.

    Where it is to be a `warm` one, it may confine what is forked from it further.
    """
    if rung is not Rung.NAMESPACES:
        return []
    readable = [*_environment(), folders.code, *folders.data]
    return bubblewrap(
        read=readable,
        hidden=[path for path in _hidden() if any(path.is_relative_to(each) for each in readable)],
        write=[folders.run],
        scratch=[folders.work, *folders.scratch],
        scratch_bytes=limits.disk_bytes,
        nested=warm,
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
        "read_all": uid is not None and rung is Rung.KERNEL and not _for_everyone(),
        "resources": resources if os.name == "posix" else {},
        "read": _readable(rung, folders),
        "names": [str(path) for path in _listed()] if rung is Rung.KERNEL else [],
        "write": [*write, SHARED_MEMORY] if rung is Rung.NAMESPACES else write,
        "seccomp": rung is not Rung.PROCESS,
        "namespaces": rung is Rung.NAMESPACES,
    }


def _readable(rung: Rung, folders: Folders) -> list[str] | None:
    if rung is Rung.PROCESS:
        return None
    if rung is Rung.NAMESPACES:
        return ["/"]
    paths = [*_environment(), folders.code, *folders.data]
    hidden = _hidden()
    return [str(part) for path in paths for part in _without(path, hidden)] + list(PROC)


def readable_below(folder: Path, data: Iterable[Path]) -> list[str] | None:
    """Return the paths below `folder` of all that a submission with these data sets reads.

    None where it reads the folder itself, which then cannot be emptied but for these.
    """
    paths = [*_environment(), *data]
    if any(folder.is_relative_to(path) for path in paths):
        return None
    return [str(path) for path in paths if path.is_relative_to(folder)]


def _environment() -> list[Path]:
    """Return the paths of the system and of the Python that runs notebooks, none twice."""
    prefixes = [Path(sys.base_prefix), Path(sys.base_exec_prefix), Path(sys.prefix)]
    python = Path(sys.executable)
    while python.is_symlink():
        python = python.parent / python.readlink()
        prefixes.append(python.parent.parent)
    packages = [Path(each) for each in sys.path if "site-packages" in each]
    found: list[Path] = []
    for path in (part for each in [*SYSTEM, *prefixes, *packages] for part in _way(each)):
        known = path in found or any(
            path.is_relative_to(each) for each in found if not each.is_symlink()
        )
        if path.exists() and path != Path("/") and not known:
            found.append(path)
    return found


def _way(path: Path) -> Iterator[Path]:
    """Yield the symbolic links on the way to `path`, outer ones first, and where it leads."""
    for part in (*reversed(path.parents), path):
        if part.is_symlink():
            yield part
            leads = part.parent / part.readlink() / path.relative_to(part)
            yield from _way(Path(os.path.normpath(leads)))
            return
    yield path


def _for_everyone() -> bool:
    """Whether any user may read the Python that runs notebooks, in folders open to all."""
    paths = [path for path in _environment() if path not in SYSTEM]
    folders = {folder for path in paths for folder in (path, *path.parents)}
    return all(folder.stat().st_mode & stat.S_IXOTH for folder in folders)


def _hidden() -> list[Path]:
    """Return what must not be seen although it lies in a folder that is: the grader itself."""
    return [Path(grader.__file__).resolve().parent]


def _listed() -> list[Path]:
    """Return the folders whose names are needed, to find modules in, beside a hidden one."""
    return [Path(each) for each in site.getsitepackages() if Path(each).is_dir()]


def _without(path: Path, hidden: Iterable[Path]) -> Iterator[Path]:
    """Yield the largest parts of `path` that leave out everything `hidden`.

    A link leads where it leads: a virtual environment has its packages under two names.
    """
    hidden = list(hidden)
    real = path.resolve()
    if real in hidden:
        return
    if any(each.is_relative_to(real) for each in hidden):
        for part in sorted(real.iterdir()):
            yield from _without(part, hidden)
    else:
        yield path
