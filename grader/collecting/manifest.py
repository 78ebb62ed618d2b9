"""The list of what was collected: a table that a person mends in a spreadsheet."""

import re
from collections.abc import Iterable
from dataclasses import dataclass, fields
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from grader.collecting.tables import Line, read_table
from grader.errors import UsageError
from grader.files import write_atomically
from grader.reports.csv_file import table
from grader.text import FORMULA, printable

MANIFEST: Final = "collected.csv"
ROSTER: Final = "roster.csv"
# As spreadsheets leave it alone.
_TIME: Final = "%Y-%m-%dT%H:%M:%SZ"
# Characters; Excel takes 32,767, and a path has 4,096 bytes.
_LONGEST: Final = 4_000
_LATE: Final = {True: "yes", False: "no", None: ""}
_SAID: Final = {
    "yes": True,
    "true": True,
    "1": True,
    "no": False,
    "false": False,
    "0": False,
    "": None,
}

_FORMULA: Final = re.escape(FORMULA)
_QUOTED_FORMULA: Final = re.compile(rf"\s*'[\s']*[{_FORMULA}]")
_ESCAPED: Final = re.compile(rf"'(?=[\s']*[{_FORMULA}])")
_ESCAPED_WITHIN: Final = re.compile(rf"([;|][\s\"']*)'(?=[{_FORMULA}])")


@dataclass(frozen=True)
class Collected:
    """A notebook that was handed in, or why there is none.

    `student` is an id of the roster, "" where whose it is is not known. `attempt` counts from 1 by
    time, and is 0 where there is no file. `handed_in` is in UTC. `late` is what the platform says.
    `file` is the notebook's path below the folder, "" where there is none. `source` says where it
    came from, `note` why there is no file, or what a person should know.
    """

    student: str
    name: str = ""
    email: str = ""
    section: str = ""
    attempt: int = 0
    handed_in: datetime | None = None
    late: bool | None = None
    file: str = ""
    source: str = ""
    note: str = ""

    @property
    def is_laid_out(self) -> bool:
        """Whether its file lies in a folder below the list's, as all do that were laid out.

        What lies beside the list may be of those who could put a list there.
        """
        return "/" in self.file


COLUMNS: Final = tuple(each.name for each in fields(Collected))


def read_manifest(folder: Path) -> list[Collected]:
    """Return the rows of a folder's list, in its order.

    Raises UsageError, naming file and line, where it is not there or a spreadsheet spoilt it.
    """
    path = folder / MANIFEST
    headers, lines = read_table(path)
    lacking = [column for column in COLUMNS if column not in headers]
    if lacking:
        raise UsageError(
            f"{path}, line 1: lacks the column {lacking[0]}. Take the headers from a list as "
            "`grader collect` writes it."
        )
    return [_row(path, line) for line in lines]


def write_manifest(folder: Path, rows: Iterable[Collected]) -> None:
    """Write a folder's list as a whole."""
    cells = [[_kept(each) for each in _cells(row)] for row in rows]
    write_atomically(folder / MANIFEST, table([COLUMNS, *cells]))


def shown(text: str) -> str:
    """Return a text as a cell can hold it: on one line, and no longer than spreadsheets take."""
    return printable(text[: 2 * _LONGEST]).replace("\n", " ")[:_LONGEST]


def _cells(row: Collected) -> tuple[str, ...]:
    handed_in = row.handed_in.astimezone(UTC).strftime(_TIME) if row.handed_in else ""
    number = str(row.attempt)
    late = _LATE[row.late]
    told = (row.student, row.name, row.email, row.section)
    return (*told, number, handed_in, late, row.file, row.source, row.note)


def _kept(text: str) -> str:
    # Else reading could not tell it from what was put before a formula.
    text = shown(text)
    return f"'{text}" if _QUOTED_FORMULA.match(text) else text


def _row(path: Path, line: Line) -> Collected:
    cells = {column: _read(line.cells[column]) for column in COLUMNS}
    where = f"{path}, line {line.number}"
    number, late = cells["attempt"].strip() or "0", cells["late"].strip().lower()
    if not re.fullmatch(r"[0-9]{1,6}", number):
        raise UsageError(f"{where}: the attempt {number!r} is no number. Write 0, 1, 2 and so on.")
    if late not in _SAID:
        raise UsageError(f"{where}: late is {late!r}. Write yes, no, or nothing.")
    return Collected(
        cells["student"].strip(),
        cells["name"],
        cells["email"],
        cells["section"],
        int(number),
        _time(where, cells["handed_in"].strip()),
        _SAID[late],
        cells["file"],
        cells["source"],
        cells["note"],
    )


def _read(cell: str) -> str:
    text = _ESCAPED_WITHIN.sub(r"\1", cell)
    return text[1:] if _ESCAPED.match(text) else text


def _time(where: str, said: str) -> datetime | None:
    if not said:
        return None
    try:
        time = datetime.fromisoformat(said)
        # Somebody who writes no zone means the column's.
        return (time if time.tzinfo else time.replace(tzinfo=UTC)).astimezone(UTC)
    except (ValueError, OverflowError):
        raise UsageError(
            f"{where}: handed_in is {said!r}. Write it as 2026-11-28T12:30:05Z, or nothing."
        ) from None
