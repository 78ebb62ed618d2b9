"""Text from strangers made fit to show: nothing in it steers a terminal, and it is bounded.

The types are for the fields of models, whose values they clean on their way in.
"""

import re
import unicodedata
from collections.abc import Callable, Iterable
from difflib import SequenceMatcher
from itertools import islice
from typing import Annotated, AnyStr, Final

from grader.i18n import _
from grader.models import Clean

# A text, whose end is looked for once however long it is, or what stands before a value.
_TEXT_OR_MARK = r'"(?:[^"\\]++|\\.)*+"|[,\[{]'
_IN_TEXT = re.compile(_TEXT_OR_MARK, re.DOTALL)
_IN_BYTES = re.compile(_TEXT_OR_MARK.encode("ascii"), re.DOTALL)


def has_many(text: AnyStr, most: int) -> bool:
    """Whether a JSON text, or its bytes in UTF-8, may hold `most` values or more.

    Each takes some ten bytes to some hundred once it is decoded, and one or two before.
    """
    # A comma, a bracket or a brace goes with each value but one; those in texts count too.
    if isinstance(text, str):
        if sum(map(text.count, ",[{")) < most:
            return False
        marks = (found for found in _IN_TEXT.finditer(text) if not found[0].startswith('"'))
        return next(islice(marks, most, None), None) is not None
    if sum(map(text.count, (b",", b"[", b"{"))) < most:
        return False
    raw = (found for found in _IN_BYTES.finditer(text) if not found[0].startswith(b'"'))
    return next(islice(raw, most, None), None) is not None


_LONGEST_TEXT = 4000
# What stands at the end of a text that was cut.
_MORE = "…"
_LONGEST_LINE = 400
_LONGEST_QUOTE = 60
_LONGEST_CODE = 160

# What spreadsheets take for the beginning of a formula; the last four are in full width.
# https://owasp.org/www-community/attacks/CSV_Injection
FORMULA: Final = "=+-@＝＋－＠"

# CSI and OSC sequences whole; of any other sequence the control character goes.
_ESCAPES = re.compile(r"(?:\x1b\[|\x9b)[0-?]*[ -/]*[@-~]|\x1b\][^\x07\x1b]*(?:\x07|\x1b\\)")
# A sentence that ends in what is quoted, and that had its own end already. Three dots are one sign.
_TWO_STOPS = re.compile(r"(?:([!?…])\.+|(?<=[^\s./\\])(\.)\.)(?=[\s)]|$)")
# The bidirectional overrides and isolates show text in another order than it has.
_REORDERING = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")


def printable(text: str) -> str:
    """Return `text` without escape sequences, control characters and lone surrogates.

    Every kind of line end becomes a newline, the only control character to
    stay, and tabs become spaces.
    """
    if text.isprintable():
        return text
    lines = _ESCAPES.sub("", text).expandtabs(4).splitlines()
    return "\n".join("".join(map(_visible, line)) for line in lines).rstrip("\n")


def _visible(character: str) -> str:
    category = unicodedata.category(character)
    if category == "Cs":
        return "\N{REPLACEMENT CHARACTER}"
    return "" if category == "Cc" or character in _REORDERING else character


def one_line(text: str) -> str:
    """Return `printable` text folded into one line, with single spaces."""
    return " ".join(printable(text).split())


def one_stop(text: str) -> str:
    """Return sentences that each end in one full stop, whatever they quote at their ends."""
    return _TWO_STOPS.sub(r"\1\2", text)


def begins(source: str) -> str:
    """Return the first line of a cell's source that is not empty, cut to what can be quoted."""
    first = next((line for line in printable(source).splitlines() if line.strip()), "")
    return quoted(first, _LONGEST_QUOTE)


def quoted(line: str, longest: int = _LONGEST_CODE) -> str:
    """Return a line of code, fit to stand between backticks and cut to what can be quoted."""
    return _cut(one_line(line).replace("`", "'"), longest)


def cell_name(index: int, beginning: str = "", count: int | None = None) -> str:
    """Return how a person is told of a cell: by the number that Jupyter shows, and its first line.

    `count` is that number, `beginning` what `begins` returns. Nobody counts a notebook's cells:
    the place `index`, counted from 0, is told only where there is nothing else.
    """
    if count is not None:
        return _("cell [{count}]", count=count) + (f" (`{beginning}`)" if beginning else "")
    if beginning:
        return _("the cell `{beginning}`", beginning=beginning)
    return _("cell number {number} from above", number=index + 1)


def capital(text: str) -> str:
    """Return a text as the beginning of a sentence."""
    return text[:1].upper() + text[1:]


def encodable(text: str) -> str:
    """Join the surrogate pairs of a text and replace what is half of a pair."""
    return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")


def _cut(text: str, longest: int) -> str:
    return text if len(text) <= longest else text[: longest - 1] + _MORE


def may_be_cut(text: str) -> bool:
    """Whether more may have followed on a text that was cut, so that equal ones need not be."""
    return text.endswith(_MORE)


def _bounded(clean: Callable[[str], str], text: str, longest: int) -> str:
    # Cleaning looks at every character: megabytes are cut before it as well.
    return _cut(clean(_cut(text, 4 * longest)), longest)


def bounded(text: str) -> str:
    """Return `printable` text, cut after 4,000 characters."""
    return _bounded(printable, text, _LONGEST_TEXT)


def _prose(text: str) -> str:
    return one_stop(bounded(text))


def _line(text: str) -> str:
    return _bounded(one_line, text, _LONGEST_LINE)


Name = Annotated[str, Clean(printable)]
"""Cleaned and never cut: two names that differ stay different."""
Text = Annotated[str, Clean(bounded)]
"""Cleaned, and cut after 4,000 characters."""
Prose = Annotated[str, Clean(_prose)]
"""Text in sentences: like `Text`, and none ends in two full stops."""
Line = Annotated[str, Clean(_line)]
"""Folded into one line, and cut after 400 characters."""


# `LinearLayer` is to `Linear` 0.71, and `Layer` is 0.55.
ALIKE: Final = 0.7


def nearest(name: str, candidates: Iterable[str]) -> str | None:
    """Return the candidate that is most like `name` apart from it, None where none is.

    Upper and lower case count as the same.
    """
    likeness = {
        each: SequenceMatcher(None, name.casefold(), each.casefold()).ratio()
        for each in candidates
        if each != name
    }
    best = max(likeness, key=lambda each: likeness[each], default=None)
    return best if best is not None and likeness[best] >= ALIKE else None
