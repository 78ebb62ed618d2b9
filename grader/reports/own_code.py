"""The student's own source that a verdict is about, cut out of the notebook as it was read."""

import ast
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import dropwhile
from typing import Final, NamedTuple

from grader.notebook.parsing import PYTHON_MAGICS, cell_magic, parse
from grader.notebook.reading import Cell, Notebook
from grader.results.evidence import Code
from grader.text import one_line, printable

# What is shown is to be looked through at a glance.
MOST_LINES: Final = 32
_LONGEST_LINE: Final = 160
# As many characters of a line are kept where an exception was raised.
_KEPT: Final = 300
_MOST_BASES: Final = 8

Function = ast.FunctionDef | ast.AsyncFunctionDef
Definition = ast.ClassDef | Function


class Line(NamedTuple):
    """A line as it is shown, and its number in its cell, from 1; 0 where lines are left out."""

    number: int
    text: str
    marked: bool = False


@dataclass(frozen=True)
class Excerpt:
    """Some lines of a cell, and the `name` of what they define.

    `cell` is the cell's index, `place` how a person is told of it.
    """

    name: str
    cell: int
    place: str
    lines: tuple[Line, ...]

    @property
    def marked(self) -> bool:
        """Whether the line that raised is among them."""
        return any(line.marked for line in self.lines)


@dataclass(frozen=True)
class _Place:
    """A definition in a cell, `within` the class that it is a method of."""

    cell: Cell
    node: Definition
    offset: int
    within: ast.ClassDef | None = None

    @property
    def lines(self) -> list[str]:
        return self.cell.source.split("\n")

    @property
    def first(self) -> int:
        """The index of its first line in the cell."""
        decorators = [each.lineno for each in self.node.decorator_list]
        return min([self.node.lineno, *decorators]) - 1 + self.offset

    @property
    def end(self) -> int:
        """The index behind its last line."""
        return (self.node.end_lineno or self.node.lineno) + self.offset

    @property
    def sound(self) -> bool:
        """Whether the lines are where they were found: what IPython made of them may be others."""
        at = self.node.lineno - 1 + self.offset
        return at < len(self.lines) and self.node.name in self.lines[at]


def excerpt(notebook: Notebook, code: Code, last: int | None = None) -> Excerpt | None:
    """Return the lines that `code` names, with the one that raised marked where it is known.

    Of several definitions the last counts, up to the cell with the index `last`. None where the
    notebook does not define it in a way that can be told from its source alone.
    """
    cells = [cell for cell in notebook.cells if cell.kind == "code"]
    until = [cell for cell in cells if last is None or cell.index <= last]
    place = _defined(until, code.name)
    if place is not None and code.method:
        place = _method(until, place, code.method) or place
    if code.line and (place is None or not _having(place, code.line)):
        # It arose in a helper.
        elsewhere = [each for each in _functions(cells) if _having(each, code.line)]
        place = elsewhere[0] if len(elsewhere) == 1 else place
    if place is None or not place.sound:
        return None
    return _cut(place, code)


def _cut(place: _Place, code: Code) -> Excerpt:
    having = _having(place, code.line) if code.line else []
    # Of equal lines nobody knows which one it was.
    marked = having[0] if len(having) == 1 else None
    start, end = place.first, place.end
    told = _docstring(place)
    if end - start > MOST_LINES:
        middle = start if marked is None else marked
        start = max(start, min(middle - MOST_LINES // 2, end - MOST_LINES))
        end = start + MOST_LINES
    lines = [
        _line(place, index, marked) if index not in told else Line(0, "")
        for index in range(start, end)
        if index not in told or index == told[0]
    ]
    head = [] if place.within is None else [place.within.lineno - 1 + place.offset]
    # A long one is cut between its head and the line in question.
    if start > place.first:
        head.append(place.node.lineno - 1 + place.offset)
    before = [_line(place, index, marked) for index in head if index < start]
    gap = [Line(0, "")] if before and head[-1] + 1 < start else []
    after = [Line(0, "")] if end < place.end else []
    name = place.node.name if place.within is None else f"{place.within.name}.{place.node.name}"
    return Excerpt(name, place.cell.index, place.cell.name, (*before, *gap, *lines, *after))


def _docstring(place: _Place) -> range:
    """Return the indices of a long docstring's lines: what a function is to do tells no mistake."""
    match place.node.body[:1]:
        case [ast.Expr(value=ast.Constant(value=str())) as node] if node.end_lineno is not None:
            if node.end_lineno > node.lineno:
                return range(node.lineno - 1 + place.offset, node.end_lineno + place.offset)
    return range(0)


def _line(place: _Place, index: int, marked: int | None) -> Line:
    text = printable(place.lines[index])
    cut = text if len(text) <= _LONGEST_LINE else f"{text[: _LONGEST_LINE - 1]}…"
    return Line(index + 1, cut, index == marked)


def _having(place: _Place, line: str) -> list[int]:
    """Return the indices of the lines of a definition that read like `line`."""
    wanted = one_line(line)
    return [
        index
        for index in range(place.first, min(place.end, len(place.lines)))
        if one_line(place.lines[index].strip()[:_KEPT]) == wanted
    ]


def _defined(cells: Sequence[Cell], name: str, bases: int = _MOST_BASES) -> _Place | None:
    """Return the last definition of a class or function, through other names for it."""
    for cell in reversed(cells):
        for node, offset in reversed(list(_statements(cell))):
            match node:
                case ast.ClassDef() | ast.FunctionDef() | ast.AsyncFunctionDef():
                    if node.name == name:
                        return _Place(cell, node, offset)
                case ast.Assign(targets=[ast.Name(id=target)], value=ast.Name(id=other)):
                    if target == name and bases:
                        return _defined(cells, other, bases - 1)
    return None


def _method(
    cells: Sequence[Cell], place: _Place, name: str, bases: int = _MOST_BASES
) -> _Place | None:
    """Return a method of a class: its own, one that is set on it, or one that it inherits."""
    if not isinstance(place.node, ast.ClassDef):
        return None
    for node in reversed(place.node.body):
        if isinstance(node, Function) and node.name == name:
            return _Place(place.cell, node, place.offset, place.node)
    patched = _set_on(cells, place.node.name, name)
    if patched is not None:
        return patched
    for base in place.node.bases if bases else ():
        parent = _defined(cells, base.id) if isinstance(base, ast.Name) else None
        found = _method(cells, parent, name, bases - 1) if parent is not None else None
        if found is not None:
            return found
    return None


def _set_on(cells: Sequence[Cell], kind: str, name: str) -> _Place | None:
    """Return the function that is made a method of a class outside of it."""
    for cell in reversed(cells):
        for node, _offset in reversed(list(_statements(cell))):
            match node:
                case ast.Assign(
                    targets=[ast.Attribute(value=ast.Name(id=owner), attr=attribute)],
                    value=ast.Name(id=function),
                ) if (owner, attribute) == (kind, name):
                    return _defined(cells, function)
    return None


def _functions(cells: Sequence[Cell]) -> Iterator[_Place]:
    """Yield every function and method at the top of a cell."""
    for cell in cells:
        for node, offset in _statements(cell):
            if isinstance(node, Function):
                yield _Place(cell, node, offset)
            elif isinstance(node, ast.ClassDef):
                for inner in node.body:
                    if isinstance(inner, Function):
                        yield _Place(cell, inner, offset, node)


def _statements(cell: Cell) -> Iterator[tuple[ast.stmt, int]]:
    """Yield the statements of a cell, with the lines of the cell above what they were told from."""
    tree = parse(cell.source)
    lines = cell.source.split("\n")
    blank = len(lines) - len(list(dropwhile(lambda line: not line.strip(), lines)))
    magic = None if tree is None else cell_magic(tree)
    if magic is not None and magic[0] in PYTHON_MAGICS:
        tree, blank = parse(magic[2]), blank + 1
    pending: list[ast.stmt] = [] if tree is None else list(tree.body)
    while pending:
        node = pending.pop(0)
        yield node, blank
        # What a condition or an attempt defines is defined all the same.
        pending[:0] = [
            each
            for name in ("body", "orelse", "finalbody")
            if isinstance(node, ast.If | ast.Try | ast.With)
            for each in getattr(node, name, ())
        ]
