"""IPython's transformation of a cell to Python, in time that grows with the cell and no faster.

IPython tokenises a whole cell anew for each piece of its own syntax in it: a cell of a thousand
magics takes minutes. What it does to one statement does not hang on the others, so that few lines
at a time can be transformed by it, with the same outcome.
"""

import re
import tokenize
from collections.abc import Sequence
from typing import Final

from IPython.core import inputtransformer2

from grader.notebook.labour import TooLaboriousError

# Most cells have so little of IPython's syntax that they are best transformed whole.
WHOLE: Final = 4
# How many lines are transformed at a time from then on.
LINES: Final = 20
# How many characters may be tokenised for each of the cell's, and for any cell.
FACTOR: Final = 16
FLOOR: Final = 200_000

# What a tokenizer says of lines that something is missing after, by several Pythons.
_UNFINISHED: Final = re.compile("EOF in multi-line|unexpected EOF|unterminated triple-quoted")


def python(source: str) -> str:
    """Return a cell's source as Python.

    Raises SyntaxError where it is none, RuntimeError where IPython would give up as well, and
    TooLaboriousError.
    """
    text: str = _Bounded(FLOOR + FACTOR * len(source)).transform_cell(source)
    return text


class _Bounded(inputtransformer2.TransformerManager):  # type: ignore[misc]
    """Tokenises so many `characters` at most."""

    def __init__(self, characters: int) -> None:
        super().__init__()
        self._characters = characters
        self._left = inputtransformer2.TRANSFORM_LOOP_LIMIT

    def do_one_token_transform(self, lines: list[str]) -> tuple[bool, list[str]]:
        """Do what IPython does, within what may be done."""
        self._characters -= sum(map(len, lines))
        if self._characters < 0:
            raise TooLaboriousError("there is too much of IPython's syntax in it")
        changed, lines = super().do_one_token_transform(lines)
        if changed:
            self._left -= 1
            if self._left < 0:
                raise RuntimeError("IPython gives up on it")
        return changed, lines

    def do_token_transforms(self, lines: list[str]) -> list[str]:
        """Transform lines: whole at first, and then a few at a time."""
        for _ in range(WHOLE):
            changed, lines = self.do_one_token_transform(lines)
            if not changed:
                return lines
        done: list[str] = []
        while lines:
            some, lines = self._first(lines)
            done += some
        return done

    def _first(self, lines: list[str]) -> tuple[list[str], list[str]]:
        """Return the first few of `lines`, transformed, and the others."""
        count = LINES
        while True:
            count = _boundary(lines, count)
            some, others = lines[:count], lines[count:]
            # Where a bracket stays open, what IPython does hangs on what follows.
            if others and not _finished(some):
                count *= 2
                continue
            changed = True
            while changed:
                changed, some = self.do_one_token_transform(some)
            if not others or _finished(some):
                return some, others
            lines, count = some + others, 2 * len(some)


def _boundary(lines: Sequence[str], count: int) -> int:
    """Return a number of lines, at least `count`, after which no block goes on."""
    while count < len(lines) and (lines[count][:1].isspace() or not lines[count].strip()):
        count += 1
    return count


def _finished(lines: Sequence[str]) -> bool:
    """Whether no string, bracket or statement in the lines goes on after them."""
    if lines[-1].rstrip("\r\n").endswith("\\"):
        return False
    try:
        for _token in tokenize.generate_tokens(iter(lines).__next__):
            pass
    except tokenize.TokenError as error:
        return not _UNFINISHED.search(str(error))
    except SyntaxError:
        return True
    return True
