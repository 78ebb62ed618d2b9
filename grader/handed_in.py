"""Finding what was handed in: the notebooks that a call names, itself or by the folders above."""

import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from grader.identity import SUFFIX
from grader.notebook import Notebook, read
from grader.unusable import NotebookError

# Where a folder of results keeps what belongs to the instructor alone.
KEPT: Final = ".grading"


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


def find(paths: Sequence[Path]) -> list[HandedIn]:
    """Expand files and folders into notebooks, each once.

    A file that is named is kept whatever it is: reading judges it. A folder
    gives the notebooks in and below it, sorted, without hidden files, hidden
    folders (`.ipynb_checkpoints` is one), `__MACOSX` and folders of results.
    Symbolic links to folders are not followed. A folder below that cannot be
    listed is found itself, with the reason. Raises `NotebookError` for a folder
    that holds no notebook, or is named and cannot be listed.
    """
    found: dict[Path, HandedIn] = {}
    for path in paths:
        for each in _below(path) if is_folder(path) else [HandedIn(path)]:
            found.setdefault(each.path, each)
    return list(found.values())


def is_folder(path: Path) -> bool:
    """Whether a path leads to a folder that can be looked at."""
    try:
        return path.is_dir()
    except OSError:
        return False


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
            if entry.is_dir(follow_symlinks=False):
                folders += [path] * (entry.name != "__MACOSX")
            elif entry.name.lower().endswith(SUFFIX):
                found.append(HandedIn(path, named))
    if not found:
        raise NotebookError(named, f"is a folder without a notebook ({SUFFIX}); name another")
    return sorted(found, key=lambda each: each.path)
