"""The view of the machine that a submission gets on rung 1, as bubblewrap's options.

Mounts are made in order, so what is laid over a folder comes after it.
"""

import shutil
from collections.abc import Iterable, Iterator
from pathlib import Path

from grader.sandbox.rungs import namespace_options


def bubblewrap(
    *,
    read: Iterable[Path],
    hidden: Iterable[Path],
    write: Iterable[Path],
    scratch: Iterable[Path],
    scratch_bytes: int,
    nested: bool = False,
) -> list[str]:
    """Return the command up to the program that is to be confined.

    Inside, `read` can be read, `write` be written to, `scratch` are empty folders in memory of at
    most `scratch_bytes` each, all at the paths that they have outside; `hidden` are empty folders
    laid over what is there. Nothing else of the machine is there, but for devices of no
    consequence and the sandbox's own processes. Where `nested`, the program may make namespaces
    inside these.
    """
    program = shutil.which("bwrap")
    assert program is not None, "the rung was chosen where bubblewrap works"  # noqa: S101
    read, write, scratch = list(read), list(write), list(scratch)
    hidden = list(hidden)
    command = namespace_options(program, nested=nested)
    for folder in _parents([*read, *write, *scratch]):
        command += ["--perms", "0755", "--dir", str(folder)]
    for path in read:
        command += _bound(path)
    for path in hidden:
        command += ["--perms", "0755", "--tmpfs", str(path), "--remount-ro", str(path)]
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


def _parents(paths: Iterable[Path]) -> Iterator[Path]:
    """Yield the folders above `paths`, outer ones first, each once.

    They are made by name: those that bubblewrap makes by itself only root may enter.
    """
    seen: dict[Path, None] = {}
    for path in paths:
        for folder in reversed(path.parents[:-1]):
            seen.setdefault(folder)
    yield from seen
