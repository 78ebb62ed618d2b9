"""Which notebooks of a course are compared: one attempt of each student, and nobody with himself.

Who a notebook is by is told by the table that `grader collect` writes, or else by where it lies.
"""

import csv
import io
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from grader.course.submissions import KEPT, HandedIn, find, is_folder
from grader.errors import GraderError, UsageError
from grader.notebook.reading import Notebook
from grader.results.identity import name_of
from grader.similarity.plain_code import plain_code
from grader.text import encodable

COLLECTED: Final = "collected.csv"
_COLUMNS: Final = ("student", "attempt", "file")

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
    for student, each in chosen:
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
    table = folder / COLLECTED
    if not table.is_file():
        return [(_student(each.path, folder), each) for each in found], [], 0
    rows = _rows(table)
    last = _last_attempts(rows)
    by_place = {each.path.relative_to(folder).as_posix(): each for each in found}
    chosen, missing = [], []
    for student, place in last.items():
        each = by_place.get(Path(place).as_posix())
        if each is None:
            told = f"there is no notebook at {place!r}, where {COLLECTED} says that there is one"
            missing.append(LeftOut(student, told))
        else:
            chosen.append((student, each))
    return chosen, missing, len(rows) - len(last)


def _student(path: Path, folder: Path) -> str:
    """Return whose a notebook is: what the folder it lies in is called, or it itself."""
    return name_of(path, folder).partition("/")[0]


def _rows(table: Path) -> list[Mapping[str, str]]:
    """Return the lines of the table that have a student and a file."""
    try:
        text = table.read_text("utf-8-sig")
        reader = csv.DictReader(io.StringIO(text, newline=""))
        rows = [{key: value or "" for key, value in row.items() if key} for row in reader]
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise UsageError(
            f"{table} cannot be read ({error}). Let `grader collect` write it."
        ) from error
    lacking = [each for each in _COLUMNS if each not in (reader.fieldnames or ())]
    if lacking:
        raise UsageError(
            f"{table} has no column {', '.join(map(repr, lacking))}. Let `grader collect` write "
            "it, or remove it: then each folder is taken for a student's."
        )
    return [row for row in rows if row["student"].strip() and row["file"].strip()]


def _last_attempts(rows: Iterable[Mapping[str, str]]) -> dict[str, str]:
    """Return the file of the last attempt of each student, the later line where two are equal."""
    last: dict[str, tuple[tuple[int, int, str], str]] = {}
    for row in rows:
        student, attempt = encodable(row["student"].strip()), row["attempt"].strip()
        # Numbers go by their size, and anything else by its letters, as dates do.
        numbered = attempt.isascii() and attempt.isdigit()
        order = (0, int(attempt[:18]), "") if numbered else (1, 0, attempt)
        if student not in last or order >= last[student][0]:
            last[student] = order, row["file"].strip()
    return {student: place for student, (_order, place) in last.items()}
