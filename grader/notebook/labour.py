"""What Python's own parser and compiler would take far more for than a source's length.

A source of a kilobyte can take gigabytes of the grader's memory, in one call of C that no signal
ends. It is told beforehand, by counting what would be copied.
"""

import ast
import io
import re
import sys
import tokenize
from collections.abc import Iterable, Sequence
from typing import Final

# Sources that are shorter cannot take much to parse.
SHORT: Final = 5_000
# Bytes of names that the parser may copy: the whole of a dotted name for each dot in it.
MOST_COPIED: Final = 100 * 2**20
# Characters that it may look through for the expressions of formatted strings, a second's work.
MOST_SEARCHED: Final = 4 * 10**9
# Nodes that may be compiled for each of a tree's, and for any tree.
FACTOR: Final = 16
FLOOR: Final = 100_000

# Names with dots where they are imported. What identifiers are made of is more than `\w`.
_IMPORTED: Final = re.compile(
    r"(?:\bimport\b|\bfrom\b|,)[\s\\]*+"
    r"((?:[^\s.\\,;:()\[\]{}'\"#=+*/<>-]++[\s\\]*+\.[\s\\]*+)++)"
)
_FORMATTED: Final = re.compile(r"(?:\b[fF][rR]?|\b[rR][fF])['\"]")


class TooLaboriousError(RuntimeError):
    """A source needs more work than any honest one does."""


def require_parsable(source: str) -> None:
    """Raise TooLaboriousError where Python's parser would take far more than for other sources."""
    if len(source) < SHORT:
        return
    copied = sum(
        found[1].count(".") * len(found[1].encode("utf-8", "surrogatepass")) // 2
        for found in _IMPORTED.finditer(source)
    )
    if copied > MOST_COPIED:
        raise TooLaboriousError("it imports names with thousands of dots")
    # From Python 3.12 on, formatted strings are parsed as all else is.
    if sys.version_info < (3, 12) and _searched(source) > MOST_SEARCHED:
        raise TooLaboriousError("a formatted string has thousands of expressions")


def _searched(source: str) -> int:
    """Return how many characters are looked through for expressions of formatted strings."""
    if source.count("{") * len(source) <= MOST_SEARCHED or not _FORMATTED.search(source):
        return 0
    searched = 0
    try:
        for token in tokenize.generate_tokens(io.StringIO(source).readline):
            if token.type == tokenize.STRING and _FORMATTED.match(token.string):
                searched += token.string.count("{") * len(token.string)
    except (tokenize.TokenError, SyntaxError):
        # What follows is no Python either.
        pass
    return searched


def require_compilable(tree: ast.Module) -> None:
    """Raise TooLaboriousError where a tree's compiled code would be far larger than the tree.

    What stands below `finally` is compiled for each way that leads there: for the end of what
    is tried, for an exception, and for each `return`, `break` and `continue` within.
    """
    if any(isinstance(each, ast.Try | ast.TryStar) and each.finalbody for each in ast.walk(tree)):
        nodes = sum(1 for _ in ast.walk(tree))
        if _compiled(tree.body, 0) > FLOOR + FACTOR * nodes:
            raise TooLaboriousError("its `finally` blocks are compiled too many times")


def _compiled(body: Sequence[ast.stmt], leaving: int) -> int:
    """Return how many nodes are compiled for statements, none too few.

    `leaving` are those for leaving all that is tried around them.
    """
    return sum(_of_statement(each, leaving) for each in body)


def _of_statement(statement: ast.stmt, leaving: int) -> int:
    """Return how many nodes are compiled for a statement."""
    # A chain of `elif` is as deep as it is long.
    count = 0
    while isinstance(statement, ast.If) and len(statement.orelse) == 1:
        count += _own([statement.test]) + _compiled(statement.body, leaving)
        statement = statement.orelse[0]
    match statement:
        case ast.Return() | ast.Break() | ast.Continue():
            return count + _own([statement]) + leaving
        case ast.FunctionDef() | ast.AsyncFunctionDef() | ast.ClassDef():
            leaving = 0
        case ast.Try() | ast.TryStar():
            last = _compiled(statement.finalbody, leaving)
            count += 2 * last
            leaving += last + 1
    blocks, others = _parts(statement)
    return count + _own(others) + sum(_compiled(block, leaving) for block in blocks)


def _parts(statement: ast.stmt) -> tuple[list[list[ast.stmt]], list[ast.AST]]:
    """Return the blocks in a statement but for that below `finally`, and all else in it."""
    blocks: list[list[ast.stmt]] = []
    others: list[ast.AST] = []
    within: list[ast.AST] = [statement]
    while within:
        for name, value in ast.iter_fields(within.pop()):
            if name in ("body", "orelse") and isinstance(value, list):
                blocks.append(value)
            elif isinstance(value, list):
                each = [item for item in value if isinstance(item, ast.AST)]
                inner = name in ("handlers", "cases")
                (within if inner else others).extend([] if name == "finalbody" else each)
            elif isinstance(value, ast.AST):
                others.append(value)
    return blocks, others


def _own(nodes: Iterable[ast.AST]) -> int:
    return 1 + sum(1 for node in nodes for _ in ast.walk(node))
