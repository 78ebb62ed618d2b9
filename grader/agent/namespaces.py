"""Namespaces for one submission inside those that bubblewrap has made for many.

A fork server serves one submission after the other. Each gets processes,
mounts, shared memory and a network of its own, so that it finds nothing of the one before: the
folders that it may write to are fresh, and nothing is left of it once its first process has ended.
"""

import ctypes
import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from .privileges import give_up_capabilities

# <linux/sched.h>: mounts, host name, interprocess communication, processes, network
_NAMESPACES = 0x00020000 | 0x04000000 | 0x08000000 | 0x20000000 | 0x40000000

_NEWUSER = 0x10000000

# <linux/mount.h>
_RDONLY, _NOSUID, _NODEV, _NOEXEC = 1, 2, 4, 8
_REMOUNT, _BIND, _REC, _PRIVATE = 32, 4096, 16384, 1 << 18

_SHARED_MEMORY = "/dev/shm"  # noqa: S108 - a fresh one of the submission's own


@dataclass(frozen=True)
class Mounts:
    """What to mount: `base` is emptied but for `kept`, folders and links that stay what they are.

    `scratch`, below it too, become empty folders in memory of at most `scratch_bytes` each. With
    `own_user`, who mounts is in a user namespace too: Linux counts a user's processes there for
    themselves.
    """

    base: str
    scratch: Sequence[str]
    scratch_bytes: int
    kept: Sequence[str]
    own_user: bool


def enter(mounts: Mounts) -> None:
    """Go on in fresh namespaces, as the first process there; the caller's process ends.

    Raises OSError where the kernel refuses.
    """
    user, group = os.geteuid(), os.getegid()
    _checked(_libc().unshare(_NAMESPACES | (_NEWUSER if mounts.own_user else 0)))
    if mounts.own_user:
        _stay(user, group)
    if os.fork() != 0:
        os._exit(0)
    _arrange(mounts)
    if mounts.own_user:
        # No more of them, in which a student's process would have capabilities.
        Path("/proc/sys/user/max_user_namespaces").write_text("0", "ascii")
        give_up_capabilities()


def _arrange(mounts: Mounts) -> None:
    """Mount what is to be there. Nobody else sees it."""
    _mount(None, "/", None, _REC | _PRIVATE)
    kept = [Path(path) for path in mounts.kept]
    links = {path: path.readlink() for path in kept if path.is_symlink()}
    opened = {path: os.open(path, os.O_PATH) for path in kept if path not in links}
    _mount("tmpfs", mounts.base, "tmpfs", _NOSUID | _NODEV, "mode=0755,size=1m")
    for folder in mounts.scratch:
        _scratch(folder, mounts.scratch_bytes)
    for path, leads in links.items():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.symlink_to(leads)
    for path, descriptor in opened.items():
        path.mkdir(parents=True, exist_ok=True)
        # With all that is mounted, or laid over something, below it.
        _mount(f"/proc/self/fd/{descriptor}", str(path), None, _BIND | _REC)
        os.close(descriptor)
    _mount(None, mounts.base, None, _REMOUNT | _BIND | _RDONLY | _NOSUID | _NODEV)
    _scratch(_SHARED_MEMORY, mounts.scratch_bytes)
    _mount("devpts", "/dev/pts", "devpts", _NOSUID | _NOEXEC, "newinstance,ptmxmode=0666,mode=620")
    _mount("proc", "/proc", "proc", _NOSUID | _NODEV | _NOEXEC)


def _stay(user: int, group: int) -> None:
    """Be the same user and group in a new user namespace as outside, the only ones there."""
    process = Path("/proc/self")
    # Only who may not change its groups may name one.
    (process / "setgroups").write_text("deny", "ascii")
    (process / "uid_map").write_text(f"{user} {user} 1", "ascii")
    (process / "gid_map").write_text(f"{group} {group} 1", "ascii")


def possible(mounts: Mounts) -> bool:
    """Whether the kernel lets this process `enter` such namespaces: tried in a child."""
    reader, writer = os.pipe()
    child = os.fork()
    if child == 0:
        try:
            enter(mounts)
            os.write(writer, b"y")
        finally:
            os._exit(0)
    os.close(writer)
    os.waitpid(child, 0)
    # The one that writes is the child's child: the pipe's end comes when all are gone.
    said = os.read(reader, 1)
    os.close(reader)
    return said == b"y"


def _scratch(folder: str, size: int) -> None:
    os.makedirs(folder, exist_ok=True)  # noqa: PTH103
    _mount("tmpfs", folder, "tmpfs", _NOSUID | _NODEV, f"mode=1777,size={size}")


def _mount(
    source: str | None, target: str, kind: str | None, flags: int, options: str | None = None
) -> None:
    encoded = [each if each is None else each.encode() for each in (source, target, kind, options)]
    what, where, filesystem, data = encoded
    _checked(_libc().mount(what, where, filesystem, ctypes.c_ulong(flags), data))


def _libc() -> ctypes.CDLL:
    return ctypes.CDLL(None, use_errno=True)


def _checked(result: int) -> None:
    if result != 0:
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number))
