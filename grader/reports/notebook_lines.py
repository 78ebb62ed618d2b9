"""On which lines of a notebook's file its cells begin."""

import json
import re
from typing import Final

_SPACE: Final = re.compile(r"[ \t\r\n]*")
# Possessive, so that a picture of megabytes is gone through once.
_STRING: Final = re.compile(r'"(?:[^"\\]++|\\.)*+"', re.DOTALL)
_ATOM: Final = re.compile(r"[^,\]}\s]+")


def source_lines(text: str) -> list[int]:
    """Return for each cell the line, counted from 1, on which its source begins.

    A cell without a source has the line on which it begins itself. The list is empty where
    `text` is no notebook of format 4: then nothing is known of its lines.
    """
    found: list[int] = []
    try:
        _Walk(text, found).value(0, ())
    except (ValueError, IndexError, RecursionError):
        return []
    return found


class _Walk:
    """A walk through JSON that keeps to the path of each value, and notes where cells are."""

    def __init__(self, text: str, found: list[int]) -> None:
        self.text = text
        self.found = found
        self.line, self.counted = 1, 0

    def value(self, at: int, path: tuple[str | int, ...]) -> int:
        """Step over the value at a place and return the place behind it."""
        at = self._skip(at)
        match path:
            case ("cells", int()):
                self.found.append(self._line(at))
            case ("cells", int(), "source"):
                self.found[-1] = self._line(self._first(at))
        if self.text[at] == "{":
            return self._members(at, path)
        if self.text[at] == "[":
            return self._elements(at, path)
        if self.text[at] == '"':
            return self._match(_STRING, at)
        return self._match(_ATOM, at)

    def _members(self, at: int, path: tuple[str | int, ...]) -> int:
        at = self._skip(at + 1)
        while self.text[at] != "}":
            start, at = at, self._match(_STRING, at)
            key = json.loads(self.text[start:at], strict=False)
            at = self._skip(self._skip(at) + 1)
            at = self._next(self.value(at, (*path, key)), "}")
        return at + 1

    def _elements(self, at: int, path: tuple[str | int, ...]) -> int:
        at, place = self._skip(at + 1), 0
        while self.text[at] != "]":
            at, place = self._next(self.value(at, (*path, place)), "]"), place + 1
        return at + 1

    def _next(self, at: int, end: str) -> int:
        at = self._skip(at)
        if self.text[at] == ",":
            return self._skip(at + 1)
        if self.text[at] != end:
            raise json.JSONDecodeError(f"no {end}", self.text, at)
        return at

    def _first(self, at: int) -> int:
        """Return the place of the first line of a source, which may be a list of lines."""
        if self.text[at] != "[":
            return at
        inside = self._skip(at + 1)
        return at if self.text[inside] == "]" else inside

    def _skip(self, at: int) -> int:
        space = _SPACE.match(self.text, at)
        return at if space is None else space.end()

    def _match(self, pattern: re.Pattern[str], at: int) -> int:
        match = pattern.match(self.text, at)
        if match is None:
            raise json.JSONDecodeError("no value", self.text, at)
        return match.end()

    def _line(self, at: int) -> int:
        # Cells come one after the other: what is counted once need not be counted again.
        self.line += self.text.count("\n", self.counted, at)
        self.counted = at
        return self.line
