"""Points that a person gives: read from a table, kept with the results, and counted.

The table is CSV with the columns submission, exercise, check and points, and if wanted comment and
notebook, in any order; others are left alone, and so are lines without points. Where notebook is
given it is the beginning of a digest: the points are for that notebook and no other. `waiting_csv`
writes one to be filled in. Only what waits for a person can be given points, each up to the points
of its check.
"""

import csv
import errno
import io
import json
import math
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Final

from grader import models
from grader.errors import UsageError
from grader.files import content_of, write_atomically
from grader.models import FieldError
from grader.reports.csv_file import cell, table
from grader.results.by_hand import Given
from grader.results.model import CheckResult, Result

# No name of a submission's own files ends like this.
FILE: Final = "by_hand.points"
COLUMNS: Final = ("submission", "exercise", "check", "points")
MOST_BYTES: Final = 2**24


# By the names of submissions.
Points = Mapping[str, tuple[Given, ...]]


def kept_points(folder: Path) -> Points:
    """Return what was given before and is kept in the folder of a store.

    Raises UsageError where it cannot be read: points must not be lost unnoticed.
    """
    path = folder / FILE
    try:
        return models.loads(dict[str, tuple[Given, ...]], content_of(path))
    except FileNotFoundError:
        return {}
    except (OSError, FieldError) as error:
        raise UsageError(
            f"{path} cannot be read, which holds the points given by hand. Restore it, or remove "
            "it and enter them again with --manual."
        ) from error


def keep_points(folder: Path, points: Points) -> None:
    """Keep all that was given in the folder of a store."""
    told = json.dumps(models.plain(points), indent=1, ensure_ascii=False, allow_nan=False)
    write_atomically(folder / FILE, f"{told}\n")


def joined(former: Points, new: Points) -> Points:
    """Return both, the new in the place of the former where they are about the same check."""
    together = {}
    for name in {**former, **new}:
        by_check = {
            (each.exercise, each.check): each
            for each in (*former.get(name, ()), *new.get(name, ()))
        }
        together[name] = tuple(by_check.values())
    return together


def read_points(path: Path, results: Mapping[str, Result], former: Points) -> Points:
    """Return the points in a table, which must be about `results`, by their names.

    They may be given to what waits for a person, and to what has `former` ones. Raises
    UsageError, naming the line, where anything in it does not fit: then none of it is used.
    """
    found: dict[str, dict[tuple[str, str], Given]] = {}
    for number, row in _rows(path):
        where = f"{path}, line {number}"
        name, given = _given(row, results, former, where)
        known = found.setdefault(name, {})
        if (given.exercise, given.check) in known:
            raise UsageError(
                f"{where}: {given.exercise}.{given.check} of {name} has points above already. "
                "Remove one of the two lines."
            )
        known[given.exercise, given.check] = given
    return {name: tuple(each.values()) for name, each in found.items()}


def _rows(path: Path) -> Iterable[tuple[int, dict[str, str]]]:
    """Yield the lines that have points, with their numbers."""
    try:
        text = content_of(path, MOST_BYTES).decode("utf-8-sig")
        text = text.replace("\r\n", "\n").replace("\r", "\n")
    except (OSError, UnicodeDecodeError) as error:
        if isinstance(error, OSError) and error.errno == errno.EFBIG:
            raise UsageError(f"{path} is too large to be a table of points.") from error
        raise UsageError(f"{path} cannot be read: save it as CSV in UTF-8.") from error
    # Spreadsheets of many countries write semicolons.
    head = text.partition("\n")[0]
    reader = csv.DictReader(io.StringIO(text), delimiter=";" if ";" in head else ",")
    try:
        missing = set(COLUMNS) - set(reader.fieldnames or ())
        if missing:
            raise UsageError(
                f"{path} has no column {', '.join(sorted(missing))}: its first line must name "
                f"{', '.join(COLUMNS)}."
            )
        for row in reader:
            plain = {key: (value or "").strip() for key, value in row.items() if key in KNOWN}
            if plain["points"]:
                yield reader.line_num, plain
    except csv.Error as error:
        raise UsageError(f"{path}, line {reader.line_num}: {error}.") from error


DIGEST: Final = "notebook"
KNOWN: Final = (*COLUMNS, "comment", DIGEST)


def _given(
    row: Mapping[str, str], results: Mapping[str, Result], former: Points, where: str
) -> tuple[str, Given]:
    # A quote before it kept it from being taken for a formula.
    name = next((each for each in results if cell(each) == row["submission"]), row["submission"])
    if name not in results:
        raise UsageError(
            f"{where}: there is no result of {name!r}. Its name is the one in `grades.csv`."
        )
    result = results[name]
    if row.get(DIGEST, "") not in ("", _short(result)):
        raise UsageError(
            f"{where}: the line was written for another notebook than the present one of {name}. "
            f"Look at that one, and empty the cell under {DIGEST!r}."
        )
    check = _check(result, row["exercise"], row["check"])
    what = f"{row['exercise']}.{row['check']}"
    if check is None:
        raise UsageError(f"{where}: {name} has no check {what}.")
    before = {(each.exercise, each.check) for each in former.get(name, ())}
    if check.status != "review" and (row["exercise"], row["check"]) not in before:
        raise UsageError(
            f"{where}: {what} of {name} does not wait for a person, it is {check.status}. Mend "
            "its check to change its points."
        )
    return name, Given(
        sha256=result.submission.sha256,
        sources=result.submission.sources,
        exercise=row["exercise"],
        check=row["check"],
        points=_points(row["points"], check, what, where),
        comment=row.get("comment", ""),
    )


def _check(result: Result, exercise: str, check: str) -> CheckResult | None:
    for each in result.exercises:
        for one in each.checks:
            if (each.id, one.id) == (exercise, check):
                return one
    return None


def _points(text: str, check: CheckResult, what: str, where: str) -> float:
    try:
        points = float(text.replace(",", "."))
    except ValueError:
        points = math.nan
    if not (0 <= points <= check.max_points and points % 0.5 == 0):
        raise UsageError(
            f"{where}: {text!r} cannot be the points of {what}: give a multiple of 0.5 from 0 to "
            f"{check.max_points:g}."
        )
    return points


def waiting_csv(results: Mapping[str, Result]) -> str:
    """Return a table of all that waits for a person, with an empty column for the points."""
    rows: list[tuple[str | float, ...]] = [(*COLUMNS, "of", "comment", "criterion", "text", DIGEST)]
    for name, result in results.items():
        for exercise in result.exercises:
            for check in exercise.checks:
                if check.status == "review":
                    text = (check.evidence.text if check.evidence else None) or check.message
                    whole = (name, exercise.id, check.id, "", check.max_points, "", check.title)
                    rows.append((*whole, text, _short(result)))
    return table(rows)


def _short(result: Result) -> str:
    """Return the beginning of a notebook's digest, which no spreadsheet takes for a number."""
    notebook = result.submission
    return f"cells:{notebook.sources[:16]}" if notebook.sources else f"file:{notebook.sha256[:16]}"
