"""Syntax of a Python newer than the one that grades, told from a cell that does not parse here.

What the newer grammars added is written again in the older one, each addition by itself. A cell
that parses then, and not before, needs the newest Python of those additions. A plain mistake is
still one, and so is a cell that has both.
"""

import re
import sys
from collections.abc import Callable
from typing import Final

from grader.notebook.parsing import (
    PYTHON_MAGICS,
    cell_magic,
    parse,
    remembered,
    transformed,
    tree_of,
)
from grader.notebook.strings import Masked, masked

Version = tuple[int, int]

# The first line of a definition with type parameters (PEP 695), or of a type alias.
_DEFINITION: Final = re.compile(
    r"^[ \t]*(?:(?:async[ \t]+)?def|class|type)[ \t]+\w+[ \t]*(?=\[)", re.MULTILINE
)
_PARAMETER: Final = re.compile(r"\s*\*{0,2}[A-Za-z_]")
_ALIAS: Final = re.compile(r"^([ \t]*)type[ \t]+(?=\w+[ \t]*=(?!=))", re.MULTILINE)
# Several exceptions without parentheses (PEP 758). A lower-case name after the comma is what
# Python 2 called the exception, and no Python 3 has ever read.
_SEVERAL: Final = re.compile(
    r"^([ \t]*except\*?[ \t]+)((?:[\w.]+[ \t]*,[ \t]*)+(?:\w+\.)*[A-Z]\w*[ \t]*(?:,[ \t]*)?):",
    re.MULTILINE,
)


def here() -> Version:
    """Return the version of Python that grades."""
    return sys.version_info[:2]


@remembered
def newer(source: str) -> tuple[str, str] | None:
    """Return the Python that a cell needs, as "3.12", and the cell written for older ones.

    What the older writing does with names is what the cell would do, apart from what is read in
    strings. None where the cell parses here, or where no Python known parses it.
    """
    tree = parse(source)
    if tree is not None:
        magic = cell_magic(tree)
        return newer(magic[2]) if magic and magic[0] in PYTHON_MAGICS else None
    try:
        text = masked(transformed(source))
    except (SyntaxError, ValueError, RuntimeError):
        return None
    needed = here()
    for version, rewrite in _REWRITES:
        if version > here() and rewrite(text):
            needed = max(needed, version)
    older = text.unmasked()
    if needed == here() or not _parses(older):
        return None
    return f"{needed[0]}.{needed[1]}", older


def _type_parameters(text: Masked, *, defaults: bool) -> bool:
    """Take away the type parameters of definitions, those with a default or those without."""
    code, kept, at = text.code, [], 0
    while match := _DEFINITION.search(code, at):
        start = match.end()
        end = _closing(code, start)
        parameters = code[start + 1 : end - 1]
        has_default = re.search(r"(?<![=!<>:])=(?!=)", parameters) is not None
        taken = _PARAMETER.match(parameters) is not None and has_default == defaults
        kept.append(code[at : start if taken else end])
        # No parameter holds a definition: what is in there is not gone through again.
        at = end
    found = len("".join(kept)) < at
    text.code = "".join([*kept, code[at:]])
    return found


def _closing(code: str, start: int) -> int:
    """Return the place after the bracket that closes the one at `start`."""
    depth = 0
    for place in range(start, len(code)):
        depth += (code[place] in "([{") - (code[place] in ")]}")
        if depth == 0:
            return place + 1
    return len(code)


def _aliases(text: Masked) -> bool:
    """Make assignments of type aliases."""
    return text.replace(_ALIAS, r"\1")


def _several(text: Masked) -> bool:
    """Put parentheses around the exceptions of an `except`."""
    return text.replace(_SEVERAL, r"\1(\2):")


def _strings(prefixes: str, text: Masked) -> bool:
    """Make plain strings of those formatted strings that do not parse here."""
    found = False
    for index, string in enumerate(text.strings):
        if not set(prefixes) & set(string.prefix.lower()) or _parses(f"({string.text})"):
            continue
        if all(map(_is_expression, string.parts)):
            text.strings[index] = string.plain()
            found = True
    return found


def _is_expression(part: str) -> bool:
    """Tell whether some Python parses an expression of a formatted string."""
    code = f"({part}\n)"
    return bool(part.strip()) and (_parses(code) or newer(code) is not None)


def _parses(code: str) -> bool:
    try:
        tree_of(code)
    except (SyntaxError, ValueError, RuntimeError, MemoryError):
        return False
    return True


# Each addition to the grammar, with the Python that made it. Aliases come after the parameters.
_REWRITES: Final[tuple[tuple[Version, Callable[[Masked], bool]], ...]] = (
    ((3, 12), lambda text: _type_parameters(text, defaults=False)),
    ((3, 13), lambda text: _type_parameters(text, defaults=True)),
    ((3, 12), _aliases),
    ((3, 12), lambda text: _strings("f", text)),
    ((3, 14), lambda text: _strings("t", text)),
    ((3, 14), _several),
)
