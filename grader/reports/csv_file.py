"""Many results as one CSV file, the form that spreadsheets and gradebooks read."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Final, Self

from grader.reports.formats import Course
from grader.reports.wording import number, points
from grader.results.model import Result
from grader.text import FORMULA, printable

_AFTER_SEPARATOR: Final = re.compile(rf"([;|][\s\"']*)(?=[{re.escape(FORMULA)}])")


@dataclass(frozen=True)
class Row:
    """A submission's line: no more than is written, since a course has many of them.

    `totals` are score, max_score and pending, and `scores` those of each exercise by its id; both
    are empty where nothing was graded.
    """

    submission: str
    status: str
    note: str
    totals: tuple[float, ...] = ()
    scores: Mapping[str, float] = field(default_factory=dict)

    @classmethod
    def graded(cls, submission: str, result: Result) -> Self:
        """Return the row of a submission that was graded."""
        return cls(
            submission,
            result.status,
            _note(result),
            (result.score, result.max_score, result.pending),
            {exercise.id: exercise.score for exercise in result.exercises},
        )

    @classmethod
    def unusable(cls, submission: str, sentence: str) -> Self:
        """Return the row of a submission that could not be graded, with the reason."""
        return cls(submission, "unusable", sentence)


def write_course(course: Course) -> str:
    """Return the table of a course's grades."""
    return grades_csv(course.rows[name] for name in course.names if name in course.rows)


def grades_csv(rows: Iterable[Row], part: str = "") -> str:
    """Return a table of `rows` as RFC 4180 has it, with a header line and CRLF line ends.

    The columns are submission, score, max_score and pending, the score of each
    exercise by its id, then status ("graded", "review", "error" or "unusable")
    and note. What was not graded is empty, never 0. A table that is not of the
    whole course says in a column more which `part` of it that is.
    """
    rows = list(rows)
    ids = tuple(dict.fromkeys(each for row in rows for each in row.scores))
    header = ["submission", "score", "max_score", "pending", *ids, "status", "note"]
    if not part:
        return table([header, *(_values(row, ids) for row in rows)])
    return table([[*header, "part"], *([*_values(row, ids), part] for row in rows)])


def table(rows: Iterable[Iterable[str | float]]) -> str:
    """Return `rows` as CSV. Numbers are plain, text is quoted and begins as no formula.

    Nor does what follows on another character that a spreadsheet may be told to separate cells by:
    it then sees no quotes but the first.
    """
    return "".join(f"{','.join(map(_written, row))}\r\n" for row in rows)


def _written(value: str | float) -> str:
    text = cell(value)
    if isinstance(value, float) or not text:
        return text
    escaped = text.replace('"', '""')
    return f'"{escaped}"'


def _values(row: Row, ids: tuple[str, ...]) -> list[str | float]:
    totals = row.totals or ("", "", "")
    by_exercise = [row.scores.get(each, "") for each in ids]
    return [row.submission, *totals, *by_exercise, row.status, row.note]


def _note(result: Result) -> str:
    statuses = [check.status for exercise in result.exercises for check in exercise.checks]
    parts = []
    if review := statuses.count("review"):
        parts.append(f"{review} to be looked at by a person")
    if error := statuses.count("error"):
        parts.append(f"{error} on which the grader failed")
    if parts:
        parts[0] = f"checks: {parts[0]}"
    if result.partial:
        parts.append("only some exercises graded")
    if result.quick:
        parts.append("the training was left out")
    if result.released:
        later = number(result.after_submission)
        parts.append(f"by public checks; {later} of {points(result.max_score)} after submission")
    return "; ".join(parts)


def cell(value: str | float) -> str:
    """Return a value as a cell: text is one line, and never a formula."""
    if isinstance(value, float):
        return str(int(value)) if value.is_integer() else str(value)
    text = _AFTER_SEPARATOR.sub(r"\1'", printable(value).replace("\n", " "))
    return f"'{text}" if text.lstrip().startswith(tuple(FORMULA)) else text
