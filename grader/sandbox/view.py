"""What a submission sees of the machine: what its Python needs, and nothing that is private.

Of two paths on one way the deeper decides: what is needed inside a private folder, such as an
environment that lies beside the submissions, is seen, and a private folder inside one that is
needed is not.
"""

import os
import site
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Final

import grader
from grader.errors import UsageError
from grader.sandbox.folders import interpreter

# What programs need of a system: the programs and libraries, not what else lies below /usr, where
# courses live in containers; its dynamic linker's configuration, fonts, the time.
_PROGRAMS: Final = ("bin", "sbin", "lib", "lib32", "lib64", "libx32", "libexec", "include", "share")
# Not all that a machine shares: what students hand in through nbgrader's exchange lies there.
_LOCAL: Final = Path("/usr/local")
_SHARED: Final = ("share/fonts", "share/jupyter", "share/locale")
_SYSTEM: Final = tuple(
    Path(path)
    for path in (
        *("/bin", "/sbin", "/lib", "/lib32", "/lib64", "/libx32"),
        *(f"/usr/{part}" for part in _PROGRAMS),
        *(f"{_LOCAL}/{part}" for part in (*_PROGRAMS, *_SHARED) if part != "share"),
        *("/etc/ld.so.cache", "/etc/ld.so.conf", "/etc/ld.so.conf.d", "/etc/alternatives"),
        *("/etc/fonts", "/etc/localtime", "/etc/mime.types"),
    )
)
# What a Python and a virtual environment consist of, below their prefix; conda's certificates too.
_PREFIX: Final = (*_PROGRAMS, "etc", "ssl", "pyvenv.cfg")
_LINKER: Final = Path("/etc/ld.so.conf")


@dataclass(frozen=True)
class View:
    """What is `shown` of the machine, read-only, and what is `hidden` although it lies in there.

    A path that is a symbolic link is shown as the link that it is. Neither names a path twice.
    """

    shown: tuple[Path, ...]
    hidden: tuple[Path, ...]

    def parts(self) -> Iterator[Path]:
        """Yield the largest paths that make up what is seen, for who can only allow, not forbid.

        A link leads where it leads: a virtual environment has its packages under two names.
        """
        for path in self.shown:
            yield from _without(path, self.hidden)


def view(shown: Iterable[Path], private: Iterable[Path] = ()) -> View:
    """Return what a submission sees: what its Python needs, `shown`, and nothing that is `private`.

    The grader's own package is private too, and what is not there need not be hidden. Raises
    UsageError where what Python needs, or what is to be shown, is itself private.
    """
    every = (*needed(), *shown)
    hidden = {path.resolve() for path in (Path(grader.__file__).parent, *private) if path.exists()}
    for path in every:
        if path.resolve() in hidden:
            raise UsageError(
                f"{path} is needed to run notebooks, and holds what they must not read. Move the "
                "assignment, the submissions and the results to a folder of their own."
            )
    kept = _told_apart({**dict.fromkeys(every, True), **dict.fromkeys(hidden, False)})
    return View(
        tuple(path for path, seen in kept.items() if seen),
        tuple(path for path, seen in kept.items() if not seen),
    )


def _told_apart(marks: Mapping[Path, bool]) -> dict[Path, bool]:
    """Return those of `marks`, whether a path is seen, that change something; outer ones first."""
    kept: dict[Path, bool] = {}
    for path in sorted(marks, key=lambda each: len(each.parts)):
        above = [each for each in kept if path.is_relative_to(each) and not each.is_symlink()]
        # The deepest of them comes last.
        if marks[path] != (kept[above[-1]] if above else False):
            kept[path] = marks[path]
    return kept


def needed() -> tuple[Path, ...]:
    """Return the paths of the system and of the Python that runs notebooks, none twice."""
    prefixes = (sys.prefix, sys.base_prefix, sys.base_exec_prefix)
    return _needed(prefixes, interpreter(), tuple(sys.path))


@cache
def _needed(told: tuple[str, ...], executable: str, imports: tuple[str, ...]) -> tuple[Path, ...]:
    python = list(_way(Path(executable)))
    prefixes = [Path(each) for each in told]
    prefixes += [each.parent.parent for each in python if _is_prefix(each.parent.parent)]
    inside = [each / part for each in prefixes for part in _PREFIX]
    inside = [each for each in inside if each != _LOCAL / "share"]
    packages = [Path(each) for each in imports if "site-packages" in each]
    ways = (_way(each) for each in [*_SYSTEM, *_libraries(), *inside, *python, *packages])
    found = dict.fromkeys(part for way in ways for part in way)
    return tuple(path for path in found if path.exists() and path != Path("/"))


def _is_prefix(folder: Path) -> bool:
    """Whether this is where a Python is installed, or an environment: any folder may have a link.

    <https://docs.python.org/3/library/site.html> and getpath.py tell how Python finds out.
    """
    version = f"python{sys.version_info.major}.{sys.version_info.minor}"
    marks = ("pyvenv.cfg", f"lib/{version}/os.py", f"lib64/{version}/os.py")
    return any((folder / mark).is_file() for mark in marks)


def _libraries() -> Iterator[Path]:
    """Yield the folders that the dynamic linker is told to search, as ld.so.conf(5) says."""
    waiting, seen = [_LINKER], set()
    while waiting:
        file = waiting.pop()
        if file in seen or not file.is_file():
            continue
        seen.add(file)
        for line in file.read_text("utf-8", "replace").splitlines():
            words = line.partition("#")[0].split()
            if words[:1] == ["include"]:
                waiting += (found for each in words[1:] for found in _matching(file.parent, each))
            else:
                yield from (Path(each) for each in words if each.startswith("/"))


def _matching(folder: Path, pattern: str) -> Iterator[Path]:
    """Yield the files that a pattern of the dynamic linker's configuration names."""
    whole = folder / pattern
    return whole.parent.glob(whole.name)


def for_everyone() -> bool:
    """Whether any user may read the Python that runs notebooks, in folders open to all."""
    paths = [path for path in needed() if path not in _SYSTEM]
    folders = {folder for path in paths for folder in (path, *path.parents)}
    return all(folder.stat().st_mode & 0o001 for folder in folders)


def listed() -> list[Path]:
    """Return the folders whose names are needed, to find modules in, beside a hidden one."""
    return [Path(each) for each in site.getsitepackages() if Path(each).is_dir()]


def _way(path: Path) -> Iterator[Path]:
    """Yield the symbolic links on the way to `path`, outer ones first, and where it leads."""
    for part in (*reversed(path.parents), path):
        if part.is_symlink():
            yield part
            leads = part.parent / part.readlink() / path.relative_to(part)
            yield from _way(Path(os.path.normpath(leads)))
            return
    yield path


def _without(path: Path, hidden: Sequence[Path]) -> Iterator[Path]:
    """Yield the largest parts of `path` that leave out everything `hidden`."""
    real = path.resolve()
    if real in hidden:
        return
    if any(each.is_relative_to(real) for each in hidden):
        for part in sorted(real.iterdir()):
            yield from _without(part, hidden)
    else:
        yield path
