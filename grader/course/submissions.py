"""Finding what was handed in: the notebooks that a call names, itself or by the folders above."""

import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from grader.assignment.model import CONFIG, HANDED_OUT, PUBLIC
from grader.notebook.reading import Notebook, read
from grader.notebook.sniffing import NotebookError
from grader.results.identity import SUFFIX
from grader.text import encodable, one_line

# Where a folder of results keeps what belongs to the instructor alone.
KEPT: Final = ".grading"
_ARCHIVES: Final = frozenset((".7z", ".bz2", ".gz", ".rar", ".tar", ".tgz", ".xz", ".zip"))
# What else is handed in by mistake; between students' folders it is mostly the instructor's.
_DOCUMENTS: Final = frozenset((".doc", ".docx", ".htm", ".html", ".odt", ".pdf", ".py", ".rtf"))
_MOST_NAMED: Final = 3
# How far it is looked into a folder without a notebook: whoever handed it in chose how deep and how
# full it is.
_DEEPEST: Final = 32
_MOST_ENTRIES: Final = 10_000


@dataclass(frozen=True)
class HandedIn:
    """A notebook's file, or what stands where one might be.

    `folder` is the one that was named and in which it was found, None where the file itself was
    named. `problem` says, after its path, why it is nothing that can be read.
    """

    path: Path
    folder: Path | None = None
    problem: str = ""

    def read(self) -> Notebook:
        """Read it. Raises NotebookError where it cannot be used."""
        if self.problem:
            raise NotebookError(self.path, self.problem)
        return read(self.path, self.folder)


def find(paths: Sequence[Path], results: Path | None = None) -> list[HandedIn]:
    """Expand files and folders into notebooks, each once.

    A file that is named is kept whatever it is: reading judges it. A folder
    gives the notebooks in and below it, sorted, without hidden files, hidden
    folders (`.ipynb_checkpoints` is one), `__MACOSX` and folders of results,
    and without what a released folder holds of the notebook as it was handed
    out: students hand in that folder whole. Symbolic links to folders are not
    followed. A folder below that cannot be listed is found itself, with the
    reason. With `results`, the folder that a
    course's are kept in, so is what somebody handed in in a notebook's place:
    a folder beside those of others in which there is none, an archive, and
    among several notebooks a document. Raises `NotebookError` for a folder that holds
    no notebook, or is named and cannot be listed.
    """
    found: dict[Path, HandedIn] = {}
    for path in paths:
        below = _below(path) if is_folder(path) else [HandedIn(path)]
        if results is not None and is_folder(path):
            below = sorted([*below, *_without(path, below, results)], key=lambda each: each.path)
        for each in below:
            found.setdefault(each.path, each)
    return list(found.values())


def _without(named: Path, found: Sequence[HandedIn], results: Path) -> Iterator[HandedIn]:
    """Yield what lies in `named` where a student's notebook might, and neither is nor holds one."""
    places = [each.path.relative_to(named).parts for each in found]
    folders = {parts[0] for parts in places if len(parts) > 1}
    alone = {parts[0].removesuffix(SUFFIX) for parts in places if len(parts) == 1}
    # Beside a single notebook they are its own: modules, what it was exported to.
    several = len(alone | folders) > 1
    kinds = _ARCHIVES | _DOCUMENTS if alone and several else _ARCHIVES
    with os.scandir(named) as listed:
        entries = sorted(listed, key=lambda each: each.name)
    for entry in entries:
        path = named / entry.name
        if entry.name.startswith(".") or _is_link(entry):
            continue
        if _is_folder(entry):
            other = path.name == "__MACOSX" or path.absolute() == results.absolute()
            if not folders or path.name in folders | alone or other:
                continue
            inside = _Inside.of(path)
            if not inside.results:
                yield HandedIn(path, named, f"holds no notebook ({SUFFIX}); {inside.told}")
        elif path.suffix.lower() in kinds and path.stem not in folders | alone:
            yield HandedIn(path, named)


@dataclass
class _Inside:
    """What lies in and below a folder, as far as it is looked into.

    `files` are the paths of its files, `results` is whether it, or a folder in it, is one of
    results. `whole` says that nothing in it was passed over: for it lies deeper than `_DEEPEST`,
    there are more than `_MOST_ENTRIES`, or it cannot be listed.
    """

    files: list[str] = field(default_factory=list)
    results: bool = False
    whole: bool = True
    entries: int = 0

    @classmethod
    def of(cls, folder: Path) -> "_Inside":
        """Look into a folder, without following links; whatever it holds, nothing is raised."""
        inside, level = cls(), [os.fspath(folder)]
        for _ in range(_DEEPEST):
            level = [below for each in level for below in inside._taken(each)]
        inside.whole = inside.whole and not level
        return inside

    def _taken(self, folder: str) -> list[str]:
        """Take in what one folder lists, and return the folders in it."""
        folders: list[str] = []
        # Asked for by its name: among many reports it might be listed too late.
        self.results = self.results or os.path.lexists(f"{folder}/{KEPT}")
        try:
            with os.scandir(folder) as entries:
                for entry in entries:
                    if self.entries == _MOST_ENTRIES:
                        self.whole = False
                        break
                    self.entries += 1
                    if entry.is_dir(follow_symlinks=False):
                        folders.append(entry.path)
                    elif entry.is_file(follow_symlinks=False):
                        self.files.append(entry.path)
        except OSError:
            self.whole = False
        return folders

    @property
    def told(self) -> str:
        """What there is in place of a notebook, and what to do."""
        if not self.files:
            empty = "it is empty" if self.whole else "as far as it can be looked into, it is empty"
            return f"{empty}: ask for the file"
        first = sorted(self.files)[:_MOST_NAMED]
        names = ", ".join(one_line(encodable(Path(each).name)) for each in first)
        count = len(self.files) - len(first)
        more = f" and {count} more" if count else ""
        if not self.whole:
            more = f" and at least {count} more" if count else ", and perhaps more"
        archive = any(Path(each).suffix.lower() in _ARCHIVES for each in self.files)
        advice = "unpack it" if archive else "ask for the .ipynb file itself"
        return f"there is {names}{more}: {advice}"


def _is_folder(entry: "os.DirEntry[str]") -> bool:
    """Whether an entry is a folder and no link to one, as far as that can be told."""
    try:
        return entry.is_dir(follow_symlinks=False)
    except OSError:
        return False


def _is_link(entry: "os.DirEntry[str]") -> bool:
    """Whether an entry is a symbolic link, as far as that can be told."""
    try:
        return entry.is_symlink()
    except OSError:
        return False


def is_folder(path: Path) -> bool:
    """Whether a path leads to a folder that can be looked at."""
    try:
        return path.is_dir()
    except OSError:
        return False


def _is_handed_out(path: Path) -> bool:
    """Whether a file is a released folder's own, which nobody has worked on."""
    own = path.name == HANDED_OUT and path.parent.name == PUBLIC
    return own and (path.parent.parent / CONFIG).is_file()


def _below(named: Path) -> list[HandedIn]:
    found: list[HandedIn] = []
    folders = [named]
    while folders:
        folder = folders.pop()
        try:
            with os.scandir(folder) as entries:
                inside = [each for each in entries if not each.name.startswith(".")]
            results = folder != named and (folder / KEPT).is_dir()
        except OSError as error:
            problem = f"cannot be listed ({error.strerror}); change that or leave it out"
            if folder == named:
                raise NotebookError(folder, problem) from error
            found.append(HandedIn(folder, named, problem))
            continue
        for entry in () if results else inside:
            path = folder / entry.name
            if _is_folder(entry):
                folders += [path] * (entry.name != "__MACOSX")
            elif entry.name.lower().endswith(SUFFIX) and not _is_handed_out(path):
                found.append(HandedIn(path, named))
    if not found:
        raise NotebookError(named, f"is a folder without a notebook ({SUFFIX}); name another")
    return sorted(found, key=lambda each: each.path)
