"""Whether the files of an assignment are still those that were read."""

from pathlib import Path
from typing import Final

from grader.assignment.loading import is_assignment
from grader.assignment.model import CONFIG, PUBLIC

Stamp = frozenset[tuple[str, int, int]]

# What Python writes there itself.
_COMPILED: Final = "__pycache__"


def stamp_of(folder: Path) -> Stamp:
    """Return the paths, the times and the sizes of all files that an assignment consists of.

    Of what students were handed out, the notebook that they work in is none of them.
    """
    if is_assignment(folder, released=True):
        files = [folder / CONFIG, *(folder / PUBLIC).rglob("*")]
    else:
        files = [*folder.rglob("*")]
    found = set()
    for file in files:
        parts = file.relative_to(folder).parts
        if _COMPILED in parts or any(part.startswith(".") for part in parts):
            continue
        try:
            told = file.stat()
        except OSError:
            continue
        if not file.is_dir():
            found.add((str(file), told.st_mtime_ns, told.st_size))
    return frozenset(found)
