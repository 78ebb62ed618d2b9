"""Reading tables as platforms and spreadsheets write them: CSV of any separator and encoding."""

import codecs
import csv
import errno
import io
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from grader.collecting.limits import LARGEST_ROSTER, MOST_CELLS, MOST_COLUMNS
from grader.errors import UsageError
from grader.files import content_of
from grader.text import one_line

# In the order in which one is preferred: what has most columns wins.
_SEPARATORS: Final = ",;\t"
_WIDE: Final = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)


@dataclass(frozen=True)
class Line:
    """A row of a table: the line of the file that it begins in, and its cells by their headers."""

    number: int
    cells: dict[str, str]


def read_table(path: Path) -> tuple[list[str], list[Line]]:
    """Return a table's headers and its lines. Blank lines are left out.

    UTF-8 with and without a mark, and UTF-16, are read; commas, semicolons and tabs separate. Where
    two columns have one header, the first of them counts. A line with fewer cells than there are
    headers lacks the last ones. Raises UsageError, naming file and line.
    """
    text = _text(path)
    separator = _separator(text)
    rows = list(_rows(path, text, separator))
    if not rows:
        raise UsageError(f"{path} is empty. Export it again.")
    begin, first = rows[0]
    if len(first) > MOST_COLUMNS:
        raise UsageError(
            f"{path}, line {begin}: has {len(first)} columns, and at most {MOST_COLUMNS} are "
            "read. Take out those that tell nothing of the students."
        )
    if len(first) * len(rows) > MOST_CELLS:
        raise UsageError(
            f"{path} has {len(rows)} lines of {len(first)} columns, too much for a table of a "
            "course. Take out the columns that tell nothing of the students."
        )
    headers = [one_line(cell) for cell in first]
    return list(dict.fromkeys(headers)), [
        Line(number, _by_header(path, number, headers, cells)) for number, cells in rows[1:]
    ]


def _text(path: Path) -> str:
    try:
        content = content_of(path, LARGEST_ROSTER)
    except OSError as error:
        if error.errno == errno.EFBIG:
            most = LARGEST_ROSTER // 2**20
            raise UsageError(f"{path} is larger than {most} MB. Is it a table?") from error
        reason = error.strerror or str(error)
        raise UsageError(f"{path} cannot be read: {reason}. Check the name.") from error
    if content.startswith(b"PK\x03\x04"):
        raise UsageError(f"{path} is a workbook or an archive, not CSV. Save it as CSV (UTF-8).")
    encoding = "utf-16" if content.startswith(_WIDE) else "utf-8-sig"
    if encoding == "utf-8-sig" and b"\0" in content[:4]:
        encoding = "utf-16-be" if content.startswith(b"\0") else "utf-16-le"
    try:
        return content.decode(encoding)
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise UsageError(
            f"{path}, line {line}: is not in UTF-8. Save it as CSV in UTF-8."
        ) from error


def _separator(text: str) -> str:
    said = text.split("\n", 1)[0].strip().strip('"').lower()
    # Excel's way to say it.
    if said.startswith("sep=") and len(said) == 5:
        return said[-1]
    first = next((line for line in text.splitlines() if line.strip()), "")
    return max(_SEPARATORS, key=lambda each: _columns(first, each))


def _columns(line: str, separator: str) -> int:
    """Return how many columns a line has with a separator, 0 where it is none of a table then."""
    try:
        return len(next(csv.reader([line], delimiter=separator), []))
    except csv.Error:
        return 0


def _rows(path: Path, text: str, separator: str) -> Iterator[tuple[int, list[str]]]:
    """Yield every row that holds something, with the line it begins in."""
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=separator, strict=True)
    start = 1
    try:
        for cells in reader:
            said = len(cells) <= 2 and "".join(cells).lower().startswith("sep=") and start == 1
            if any(cell.strip() for cell in cells) and not said:
                yield start, cells
            start = reader.line_num + 1
    except csv.Error as error:
        raise UsageError(
            f"{path}, line {start}: cannot be read as CSV ({error}). Mend its quotes, or export it "
            "again."
        ) from error


def _by_header(path: Path, number: int, headers: list[str], cells: list[str]) -> dict[str, str]:
    if any(cell.strip() for cell in cells[len(headers) :]):
        raise UsageError(
            f"{path}, line {number}: has {len(cells)} cells, and there are {len(headers)} headers. "
            "Put quotes around a cell that holds the separator."
        )
    padded = [*cells, *[""] * (len(headers) - len(cells))]
    found: dict[str, str] = {}
    for header, cell in zip(headers, padded, strict=False):
        found.setdefault(header, cell)
    return found
