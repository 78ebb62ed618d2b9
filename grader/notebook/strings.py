"""The strings of a source that need not parse, as the grammar of Python 3.12 and later has them.

There, an expression in a formatted string may hold any string, also one in the same quotes.
"""

import re
from dataclasses import dataclass
from typing import Final

_OPENING: Final = re.compile(r"([A-Za-z]{0,2})('''|\"\"\"|'|\")")
_PREFIXES: Final = frozenset({"", "r", "u", "b", "f", "t", "br", "rb", "fr", "rf", "tr", "rt"})
_WORD: Final = re.compile(r"\w+")
# Python's own limit for one expression within another is 150.
_DEEPEST: Final = 50
_MARK: Final = "\x00{}\x00"
_MARKED: Final = re.compile("\x00(\\d+)\x00")


@dataclass(frozen=True)
class String:
    """One string as it is written; `parts` are the expressions in a formatted one."""

    text: str
    prefix: str
    quotes: str
    parts: tuple[str, ...] = ()

    def plain(self) -> "String":
        """Return an empty string in place of this one, over as many lines."""
        lines = self.text.count("\n")
        return String('""' if not lines else f'"""{chr(10) * lines}"""', "", '"')


@dataclass
class Masked:
    """A source whose strings are marks in `code`, one for each of `strings`, without comments."""

    code: str
    strings: list[String]

    def replace(self, pattern: re.Pattern[str], by: str) -> bool:
        """Replace what matches in the code; return whether anything did."""
        self.code, count = pattern.subn(by, self.code)
        return count > 0

    def unmasked(self) -> str:
        """Return the source with its strings."""
        return _MARKED.sub(lambda match: self.strings[int(match[1])].text, self.code)


class UnendedError(ValueError):
    """A string, or an expression in one, never ends."""


def masked(source: str) -> Masked:
    """Return a source with its strings apart. Raises UnendedError."""
    code: list[str] = []
    strings: list[String] = []
    at = 0
    if "\x00" in source:
        raise UnendedError
    while at < len(source):
        character = source[at]
        if character == "#":
            at = _line_end(source, at)
        elif string := _string(source, at, 0):
            code.append(_MARK.format(len(strings)))
            strings.append(string)
            at += len(string.text)
        elif word := _WORD.match(source, at):
            code.append(word[0])
            at = word.end()
        else:
            code.append(character)
            at += 1
    return Masked("".join(code), strings)


def _line_end(source: str, at: int) -> int:
    end = source.find("\n", at)
    return len(source) if end < 0 else end


def _string(source: str, at: int, depth: int) -> String | None:
    """Return the string that begins at a place, None where none does. Raises UnendedError."""
    opening = _OPENING.match(source, at)
    if opening is None or opening[1].lower() not in _PREFIXES:
        return None
    prefix, quotes = opening[1], opening[2]
    formatted = bool({"f", "t"} & set(prefix.lower()))
    parts: list[str] = []
    place = opening.end()
    while not source.startswith(quotes, place):
        if place >= len(source) or (source[place] == "\n" and len(quotes) == 1):
            raise UnendedError
        if source[place] == "\\" or (formatted and source.startswith(("{{", "}}"), place)):
            place += 2
        elif formatted and source[place] == "{":
            place = _field(source, place, quotes, parts, depth)
        else:
            place += 1
    return String(source[at : place + len(quotes)], prefix, quotes, tuple(parts))


def _field(source: str, at: int, quotes: str, parts: list[str], depth: int) -> int:
    """Return the place after a replacement field, and add its expressions to `parts`."""
    place = _expression_end(source, at + 1, depth + 1)
    # `{x=}` shows the expression as well.
    parts.append(re.sub(r"(?<![=!<>:])=\s*$", "", source[at + 1 : place]))
    if source.startswith("!", place):
        conversion = _WORD.match(source, place + 1)
        place = conversion.end() if conversion else place + 1
    if source.startswith(":", place):
        while not source.startswith("}", place):
            if place >= len(source) or source.startswith(quotes, place):
                raise UnendedError
            if source[place] == "{":
                place = _field(source, place, quotes, parts, depth)
            else:
                place += 1
    if not source.startswith("}", place):
        raise UnendedError
    return place + 1


def _expression_end(source: str, at: int, depth: int) -> int:
    """Return the place of the `!`, `:` or `}` that ends an expression. Raises UnendedError."""
    if depth > _DEEPEST:
        raise UnendedError
    brackets = 0
    while at < len(source):
        character = source[at]
        if character == "#":
            at = _line_end(source, at)
        elif string := _string(source, at, depth):
            at += len(string.text)
        elif word := _WORD.match(source, at):
            at = word.end()
        elif not brackets and (
            character in "}:" or (character == "!" and not source.startswith("!=", at))
        ):
            return at
        else:
            brackets += (character in "([{") - (character in ")]}")
            at += 1
    raise UnendedError
