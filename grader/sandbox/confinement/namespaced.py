"""What one submission may see, change and use on rung 1: namespaces, with rung 2's rules on top.

Bubblewrap makes the mounts in order, so what is laid over a folder comes after it.
"""

import shutil
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, Final

from grader.i18n import marked
from grader.sandbox.confinement.base import SHARED_MEMORY, Folders, Policy, closed
from grader.sandbox.limits import Limits
from grader.sandbox.rungs import (
    BUBBLEWRAP,
    FORK,
    LANDLOCK,
    LINUX,
    SECCOMP,
    Rung,
    namespace_options,
)
from grader.sandbox.view import View


class Namespaced(Policy):
    """A process that is alone in a machine of its own, as it seems to it."""

    rung = Rung.NAMESPACES
    title = marked("rung 1: namespaces, Landlock and seccomp")
    needs = (FORK, LINUX, LANDLOCK, SECCOMP, BUBBLEWRAP)
    sandbox = True
    own_user = True
    own_namespaces = True

    def command(self, folders: Folders, limits: Limits, *, server: bool = False) -> list[str]:
        """Return the command that makes the namespaces."""
        return bubblewrap(
            folders.view,
            write=[folders.run],
            scratch=[folders.work, *folders.scratch],
            scratch_bytes=limits.disk_bytes,
            nested=server,
        )

    def confinement(
        self, folders: Folders, limits: Limits, uid: int | None, *, counted: bool = False
    ) -> dict[str, Any]:
        """Return what the kernel's process gives up by itself, as its `Confinement`."""
        common = super().confinement(folders, limits, uid, counted=counted)
        return {
            **common,
            "read": ["/"],
            "write": [*common["write"], SHARED_MEMORY],
            "seccomp": True,
            "namespaces": True,
            "closed": closed(folders),
        }


POLICY: Final = Namespaced()


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
