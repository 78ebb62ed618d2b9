"""Many results as one CSV file, the form that spreadsheets and gradebooks read."""

import csv
import io
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final, Self

from grader.results import Result
from grader.text import printable

__all__ = ["Row", "grades_csv"]

# What makes a spreadsheet take text for a formula; the last four in full width.
# https://owasp.org/www-community/attacks/CSV_Injection
_STARTS_A_FORMULA: Final = ("=", "+", "-", "@", "＝", "＋", "－", "＠")


@dataclass(frozen=True)
class Row:
    """A submission, and its result or the sentence that says why it has none."""

    submission: str
    result: Result | None
    note: str

    @classmethod
    def graded(cls, submission: str, result: Result) -> Self:
        """Return the row of a submission that was graded."""
        return cls(submission, result, _note(result))

    @classmethod
    def unusable(cls, submission: str, sentence: str) -> Self:
        """Return the row of a submission that could not be graded, with the reason."""
        return cls(submission, None, sentence)


def grades_csv(rows: Iterable[Row]) -> str:
    """Return a table of `rows` as RFC 4180 has it, with a header line and CRLF line ends.

    The columns are submission, score, max_score and pending, the score of each
    exercise by its id, then status ("graded", "review", "error" or "unusable")
    and note. What was not graded is empty, never 0. Numbers are plain, text is
    kept from being taken for a formula by a single quote before it.
    """
    rows = list(rows)
    results = [row.result for row in rows if row.result is not None]
    ids = tuple(dict.fromkeys(each.id for result in results for each in result.exercises))
    file = io.StringIO()
    writer = csv.writer(file, lineterminator="\r\n")
    header = ["submission", "score", "max_score", "pending", *ids, "status", "note"]
    writer.writerow(map(_cell, header))
    for row in rows:
        writer.writerow(map(_cell, _values(row, ids)))
    return file.getvalue()


def _values(row: Row, ids: tuple[str, ...]) -> list[str | float]:
    result = row.result
    if result is None:
        return [row.submission, "", "", "", *("" for _ in ids), "unusable", row.note]
    scores = {exercise.id: exercise.score for exercise in result.exercises}
    totals = [result.score, result.max_score, result.pending]
    by_exercise = [scores.get(each, "") for each in ids]
    return [row.submission, *totals, *by_exercise, result.status, row.note]


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
    return "; ".join(parts)


def _cell(value: str | float) -> str:
    if isinstance(value, float):
        return str(int(value)) if value.is_integer() else str(value)
    text = printable(value).replace("\n", " ")
    return f"'{text}" if text.lstrip().startswith(_STARTS_A_FORMULA) else text
