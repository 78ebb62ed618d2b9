"""Tables as platforms export them, in which single cells are replaced and every other byte stays.

A table is read as RFC 4180 has it, with whatever encoding, separator and line ends it came in, and
each cell knows where in the text it stands.
"""

import codecs
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Final

from grader.errors import UsageError

_SEPARATORS: Final = (",", "\t", ";")
_QUOTED: Final = re.compile(r'"((?:[^"]|"")*+)"')
_BOM: Final = "\ufeff"
# Excel's way to say what separates cells, before the headers.
_SAYS_SEPARATOR: Final = re.compile(r"sep=(.)(?:\r\n|\r|\n)", re.IGNORECASE)


@dataclass(frozen=True)
class Cell:
    """What a cell says, and the part of the text that it is written in, with its quotes."""

    value: str
    begin: int
    end: int
    quoted: bool


Row = tuple[Cell, ...]


@dataclass(frozen=True)
class Table:
    """A table: its whole text, and the cells of each line of it, the headers first."""

    text: str
    encoding: str
    separator: str
    rows: tuple[Row, ...]

    @classmethod
    def read(cls, content: bytes) -> "Table":
        """Return the table that these bytes are. Raises UsageError where they are none."""
        text, encoding = _decoded(content)
        begin = len(_BOM) if text.startswith(_BOM) else 0
        said = _SAYS_SEPARATOR.match(text, begin)
        separator = said[1] if said is not None else _separator(text, begin)
        rows = tuple(_rows(text, said.end() if said is not None else begin, separator))
        return cls(text, encoding, separator, rows)

    @property
    def headers(self) -> list[str]:
        """The titles of the columns."""
        return [cell.value for cell in self.rows[0]]

    def line(self, row: int) -> int:
        """Return the number of the line in the file on which a row begins, counted from 1."""
        before = self.text[: self.rows[row][0].begin]
        return len(re.findall(r"\r\n|\r|\n", before)) + 1

    def replaced(self, values: Mapping[Cell, str]) -> bytes:
        """Return the file with other values in some of its cells, quoted as they were."""
        parts, at = [], 0
        for cell in sorted(values, key=lambda each: each.begin):
            parts += [self.text[at : cell.begin], self._written(cell, values[cell])]
            at = cell.end
        return "".join([*parts, self.text[at:]]).encode(self.encoding)

    def _written(self, cell: Cell, value: str) -> str:
        needs = any(each in value for each in (self.separator, '"', "\r", "\n"))
        if not (cell.quoted or needs):
            return value
        escaped = value.replace('"', '""')
        return f'"{escaped}"'


def _decoded(content: bytes) -> tuple[str, str]:
    """Return the text of a file, the mark at its beginning included, and its encoding."""
    encodings = ["utf-8", "cp1252"]
    if content.startswith(codecs.BOM_UTF16_LE) or content[1:2] == b"\0":
        encodings = ["utf-16-le"]
    elif content.startswith(codecs.BOM_UTF16_BE) or content[:1] == b"\0":
        encodings = ["utf-16-be"]
    for encoding in encodings:
        try:
            text = content.decode(encoding)
        except UnicodeDecodeError:
            continue
        if "\0" not in text:
            return text, encoding
    raise UsageError(
        "it is no table of text. Export it as CSV, or as tab-separated values; a workbook (.xlsx) "
        "has to be saved as CSV."
    )


def _separator(text: str, begin: int) -> str:
    """Return what separates most cells of the first line."""
    counts = {each: len(next(_rows(text, begin, each))) for each in _SEPARATORS}
    return max(_SEPARATORS, key=lambda each: counts[each])


def _rows(text: str, at: int, separator: str) -> Iterator[Row]:
    row: list[Cell] = []
    while True:
        cell = _cell(text, at, separator)
        row.append(cell)
        at = cell.end
        if text.startswith(separator, at):
            at += 1
            continue
        yield tuple(row)
        row = []
        at += 2 if text.startswith("\r\n", at) else 1
        if at >= len(text):
            return


def _cell(text: str, begin: int, separator: str) -> Cell:
    value, at = "", begin
    quoted = text.startswith('"', begin)
    if quoted:
        inside = _QUOTED.match(text, begin)
        if inside is None:
            line = len(re.findall(r"\r\n|\r|\n", text[:begin])) + 1
            raise UsageError(
                f"line {line} opens a quote that nothing closes. Export the table again."
            )
        value, at = inside[1].replace('""', '"'), inside.end()
    # What follows on a closing quote belongs to the cell all the same, as every reader has it.
    rest = _plain(separator).match(text, at)
    if rest is None:
        raise TypeError("the pattern matches everything")
    return Cell(value + rest[0], begin, rest.end(), quoted)


@cache
def _plain(separator: str) -> re.Pattern[str]:
    return re.compile(rf"[^{re.escape(separator)}\r\n]*")
