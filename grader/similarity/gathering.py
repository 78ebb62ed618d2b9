"""Which notebooks of a course are compared: one attempt of each student, and nobody with himself.

Who a notebook is by is told by the table that `grader collect` writes, or else by where it lies.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from grader.collecting.limits import MOST_NOTEBOOKS
from grader.collecting.manifest import MANIFEST, read_manifest
from grader.course.submissions import KEPT, HandedIn, find, is_folder
from grader.errors import GraderError, UsageError
from grader.notebook.reading import Notebook
from grader.results.identity import name_of
from grader.similarity.plain_code import plain_code
from grader.text import encodable

# Characters of code. A course's longest notebooks have some ten thousand, and what a lexer makes of
# so many takes seconds at worst.
MOST_CODE: Final = 200_000


@dataclass(frozen=True)
class Handed:
    """A notebook that is compared: whose it is, what it is called, and its code as one text.

    `sha256` is the digest of its file.
    """

    student: str
    name: str
    code: str
    sha256: str
    notebook: Notebook = field(repr=False, compare=False)


@dataclass(frozen=True)
class LeftOut:
    """What is not compared, and why."""

    name: str
    reason: str


@dataclass(frozen=True)
class Gathered:
    """What is compared, what is not, and how many earlier attempts of the same students there are.

    `earlier` are passed over: only the last attempt counts.
    """

    handed: tuple[Handed, ...]
    left_out: tuple[LeftOut, ...]
    earlier: int = 0


def gathered(folder: Path, results: Path | None = None) -> Gathered:
    """Read what is to be compared below a folder.

    Raises UsageError where the folder, or its table of what was collected, cannot be used.
    """
    if not is_folder(folder):
        raise UsageError(f"{folder} is no folder. Name the one that holds the submissions.")
    found = find([folder], results or folder / KEPT)
    chosen, missing, earlier = _chosen(folder, found)
    handed: list[Handed] = []
    left_out = [*missing]
    every = Counter(student for student, _each in chosen)
    left_out += [
        LeftOut(student, f"has {count} notebooks, of which the first {MOST_NOTEBOOKS} are compared")
        for student, count in every.items()
        if count > MOST_NOTEBOOKS
    ]
    taken: Counter[str] = Counter()
    for student, each in chosen:
        taken[student] += 1
        if taken[student] > MOST_NOTEBOOKS:
            continue
        name = name_of(each.path, folder)
        try:
            notebook = each.read()
        except GraderError as error:
            left_out.append(LeftOut(name, str(error)))
            continue
        code = plain_code(notebook)
        if len(code) > MOST_CODE:
            left_out.append(LeftOut(name, f"has {len(code)} characters of code, {_TOO_LONG}"))
            continue
        handed.append(Handed(student, name, code, notebook.sha256, notebook))
    return Gathered(tuple(handed), tuple(left_out), earlier)


_TOO_LONG: Final = f"and at most {MOST_CODE} are compared; look at it yourself"


def _chosen(
    folder: Path, found: Sequence[HandedIn]
) -> tuple[list[tuple[str, HandedIn]], list[LeftOut], int]:
    """Return the files to compare with their students, what there is not, and earlier attempts."""
    if not (folder / MANIFEST).is_file():
        return [(_student(each.path, folder), each) for each in found], [], 0
    listed = [each for each in read_manifest(folder) if each.is_laid_out]
    if not listed:
        return [(_student(each.path, folder), each) for each in found], [], 0
    rows = [each for each in listed if each.student]
    of_last = sorted(rows, key=lambda row: (row.student, row.attempt))
    last = {encodable(row.student): row.file for row in of_last}
    by_place = {each.path.relative_to(folder).as_posix(): each for each in found}
    chosen, missing = [], []
    for student, place in last.items():
        each = by_place.get(Path(place).as_posix())
        if each is None:
            told = f"there is no notebook at {place!r}, where {MANIFEST} says that there is one"
            missing.append(LeftOut(student, told))
        else:
            chosen.append((student, each))
    # Who could put a list there leaves nobody out without a word.
    known = {Path(each.file).as_posix() for each in listed}
    missing += [
        LeftOut(name_of(each.path, folder), f"is not in {MANIFEST}")
        for place, each in by_place.items()
        if place not in known
    ]
    return chosen, missing, len(rows) - len(last)


def _student(path: Path, folder: Path) -> str:
    """Return whose a notebook is: what the folder it lies in is called, or it itself."""
    return name_of(path, folder).partition("/")[0]
