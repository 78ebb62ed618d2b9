"""Filling scores into the table that a platform exported, and nothing else of it."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from grader.collecting.roster import Person as Student
from grader.publishing.matching import Matching, column_titled, matched
from grader.publishing.spans import Cell, Row, Table
from grader.reports.wording import number
from grader.text import one_line

_COMMA: Final = re.compile(r"[+-]?\d+,\d+")
_POINT: Final = re.compile(r"[+-]?\d+\.\d+")
_EMPTY: Final = ("", "-", "n/a", "needs grading", "in progress")
_MOST_POINTS: Final = "points possible"


@dataclass(frozen=True)
class Change:
    """A cell that is to be filled in: whose, on which line, and what it said before."""

    student: str
    line: int
    cell: Cell
    after: str

    @property
    def before(self) -> str:
        """What the cell says now."""
        return self.cell.value


@dataclass(frozen=True)
class Filling:
    """What is to be filled into a table, and what is left alone.

    `same` are students whose cell says what it is to say already, `missing` those with a grade who
    have no line, `unknown` the lines of nobody whom the gradebook knows, `refused` lines with the
    reason. `most` is what the table says can be reached, None where it does not.
    """

    table: Table
    column: str
    matching: Matching
    changes: tuple[Change, ...]
    same: tuple[str, ...]
    missing: tuple[str, ...]
    unknown: tuple[str, ...]
    refused: tuple[str, ...]
    most: float | None = None

    def content(self) -> bytes:
        """Return the file as it is to be."""
        return self.table.replaced({each.cell: each.after for each in self.changes})


def filled(
    content: bytes,
    column: str,
    students: Sequence[Student],
    grades: Mapping[str, float],
    match: str | None = None,
) -> Filling:
    """Return what the grades, by the students' identifiers, change in a column of a table.

    `students` are all of the gradebook, those without a grade too. Raises UsageError where the file
    is no table, has no such column, or where nobody in it is known.
    """
    table = Table.read(content)
    place = column_titled(table.headers, column)
    rows = {at: row for at, row in enumerate(table.rows) if at and not _is_head(row)}
    cells = {at: [cell.value for cell in row] for at, row in rows.items()}
    matching = matched(table.headers, cells, students, match)
    comma = _decimal_comma(table)
    changes, same = [], []
    refused = [_told(table, at, why) for at, why in matching.refused.items()]
    for at, student in matching.found.items():
        if student.id not in grades:
            continue
        if place >= len(rows[at]):
            refused.append(_told(table, at, "it has no cell in that column"))
            continue
        cell = rows[at][place]
        if _number(cell.value) == grades[student.id]:
            same.append(student.id)
            continue
        if not _may_be_filled(cell.value):
            refused.append(_told(table, at, f"its cell says {one_line(cell.value)!r}"))
            continue
        after = number(grades[student.id])
        after = after.replace(".", ",") if comma else after
        changes.append(Change(student.id, table.line(at), cell, after))
    named = matching.people | {each.id for each in students if each.id not in grades}
    nobody = [at for at in rows if at not in matching.found and at not in matching.refused]
    return Filling(
        table,
        table.headers[place],
        matching,
        tuple(changes),
        tuple(same),
        tuple(sorted(each for each in grades if each not in named)),
        tuple(_told(table, at) for at in nobody if any(cell.value.strip() for cell in rows[at])),
        tuple(refused),
        _most(table, place),
    )


def _is_head(row: Row) -> bool:
    """Whether a line below the titles is of no person: Canvas has one or two such."""
    first = row[0].value.strip().casefold()
    posting = {cell.value.strip().casefold() for cell in row} <= {"", "manual posting"}
    return first == _MOST_POINTS or (posting and len(row) > 1)


def _most(table: Table, place: int) -> float | None:
    for row in table.rows[1:3]:
        if row[0].value.strip().casefold() == _MOST_POINTS and place < len(row):
            return _number(row[place].value)
    return None


def _told(table: Table, at: int, why: str = "") -> str:
    words = [cell.value.strip() for cell in table.rows[at] if cell.value.strip()]
    who = one_line(", ".join(words[:2]))
    return f"line {table.line(at)} ({who})" + (f": {why}" if why else "")


def _number(text: str) -> float | None:
    said = text.strip()
    if _COMMA.fullmatch(said):
        said = said.replace(",", ".")
    try:
        return float(said)
    except ValueError:
        return None


def _may_be_filled(text: str) -> bool:
    """Whether a cell is empty or has a score: other words, as EX for excused, are a decision."""
    return text.strip().casefold() in _EMPTY or _number(text) is not None


def _decimal_comma(table: Table) -> bool:
    """Whether the table writes numbers with a comma: it has such, and none with a point."""
    values = [cell.value.strip() for row in table.rows[1:] for cell in row]
    return any(map(_COMMA.fullmatch, values)) and not any(map(_POINT.fullmatch, values))
