"""The student's own source that a verdict is about, cut out of the notebook as it was read."""

import ast
import math
from bisect import bisect_left
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
# Classes in which a method is looked for, and other names that lead to one.
_MOST_BASES: Final = 8
# Characters. A notebook with more code is not gone through: a course's longest have ten thousand.
MOST_CODE: Final = 500_000

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
    """A definition in a cell of these `lines`, `within` the class that it is a method of."""

    cell: Cell
    lines: Sequence[str]
    node: Definition
    offset: int
    within: ast.ClassDef | None = None

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


@dataclass(frozen=True)
class _Alias:
    """Another name for the function or class called `name`, which the cell at an index gives it."""

    cell: int
    name: str


class Source:
    """The code of a notebook, gone through once, however much is then looked up in it."""

    def __init__(self, notebook: Notebook) -> None:
        self._named: dict[str, list[_Place | _Alias]] = {}
        # Functions that are made methods of a class outside of it, by its name and the method's.
        self._set: dict[tuple[str, str], list[_Alias]] = {}
        self._functions: list[_Place] = []
        self._read: dict[int, dict[str, list[int]]] = {}
        cells = [cell for cell in notebook.cells if cell.kind == "code"]
        if sum(len(cell.source) for cell in cells) <= MOST_CODE:
            for cell in cells:
                self._take(cell)

    def _take(self, cell: Cell) -> None:
        lines = cell.source.split("\n")
        for node, offset in _statements(cell):
            match node:
                case ast.ClassDef() | ast.FunctionDef() | ast.AsyncFunctionDef():
                    place = _Place(cell, lines, node, offset)
                    self._named.setdefault(node.name, []).append(place)
                    self._functions += _functions(place)
                case ast.Assign(targets=[ast.Name(id=name)], value=ast.Name(id=other)):
                    self._named.setdefault(name, []).append(_Alias(cell.index, other))
                case ast.Assign(
                    targets=[ast.Attribute(value=ast.Name(id=owner), attr=attribute)],
                    value=ast.Name(id=function),
                ):
                    set_on = self._set.setdefault((owner, attribute), [])
                    set_on.append(_Alias(cell.index, function))

    def excerpt(self, code: Code, last: int | None = None) -> Excerpt | None:
        """Return the lines that `code` names, with the one that raised marked where it is known.

        Of several definitions the last counts, up to the cell with the index `last`. None where the
        notebook does not define it in a way that can be told from its source alone.
        """
        until = math.inf if last is None else last
        place = self._defined(code.name, until)
        if place is not None and code.method:
            place = self._method(place, code.method, until) or place
        if code.line and (place is None or not self._having(place, code.line)):
            # It arose in a helper.
            elsewhere = [each for each in self._functions if self._having(each, code.line)]
            place = elsewhere[0] if len(elsewhere) == 1 else place
        if place is None or not place.sound:
            return None
        return _cut(place, self._having(place, code.line) if code.line else [])

    def _defined(self, name: str, until: float) -> _Place | None:
        """Return the last definition of a class or function, through other names for it."""
        for _alias in range(_MOST_BASES + 1):
            known = reversed(self._named.get(name, ()))
            found = next((each for each in known if _index(each) <= until), None)
            if not isinstance(found, _Alias):
                return found
            name = found.name
        return None

    def _method(self, place: _Place, name: str, until: float) -> _Place | None:
        """Return a method of a class: its own, one that is set on it, or one that it inherits."""
        pending = [place]
        for _class in range(_MOST_BASES + 1):
            if not pending:
                return None
            place = pending.pop()
            if not isinstance(place.node, ast.ClassDef):
                continue
            methods = [each for each in _functions(place) if each.node.name == name]
            found = methods[-1] if methods else self._set_on(place.node.name, name, until)
            if found is not None:
                return found
            bases = place.node.bases[:_MOST_BASES]
            named = [self._defined(each.id, until) for each in bases if isinstance(each, ast.Name)]
            pending += [each for each in reversed(named) if each is not None]
        return None

    def _set_on(self, kind: str, name: str, until: float) -> _Place | None:
        """Return the function that is made a method of a class outside of it."""
        known = reversed(self._set.get((kind, name), ()))
        found = next((each for each in known if each.cell <= until), None)
        return None if found is None else self._defined(found.name, until)

    def _having(self, place: _Place, line: str) -> list[int]:
        """Return the indices of the lines of a definition that read like `line`."""
        if place.cell.index not in self._read:
            read = self._read[place.cell.index] = {}
            for index, each in enumerate(place.lines):
                read.setdefault(one_line(each.strip()[:_KEPT]), []).append(index)
        found = self._read[place.cell.index].get(one_line(line), [])
        return found[bisect_left(found, place.first) : bisect_left(found, place.end)]


def excerpt(notebook: Notebook, code: Code, last: int | None = None) -> Excerpt | None:
    """Return what `Source.excerpt` does, of a notebook in which nothing else is looked up."""
    return Source(notebook).excerpt(code, last)


def _index(found: _Place | _Alias) -> int:
    """Return the index of the cell in which a name is given."""
    return found.cell if isinstance(found, _Alias) else found.cell.index


def _cut(place: _Place, having: Sequence[int]) -> Excerpt:
    """Return the lines of a definition, with the one marked that is known by being alone."""
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


def _functions(place: _Place) -> Iterator[_Place]:
    """Yield a function itself, the methods of a class."""
    if isinstance(place.node, ast.ClassDef):
        for inner in place.node.body:
            if isinstance(inner, Function):
                yield _Place(place.cell, place.lines, inner, place.offset, place.node)
    else:
        yield place


def _statements(cell: Cell) -> Iterator[tuple[ast.stmt, int]]:
    """Yield the statements of a cell, with the lines of the cell above what they were told from."""
    tree = parse(cell.source)
    lines = cell.source.split("\n")
    blank = len(lines) - len(list(dropwhile(lambda line: not line.strip(), lines)))
    magic = None if tree is None else cell_magic(tree)
    if magic is not None and magic[0] in PYTHON_MAGICS:
        tree, blank = parse(magic[2]), blank + 1
    # The last is the next: to take the first out of a long list takes as long as the list is.
    pending: list[ast.stmt] = [] if tree is None else tree.body[::-1]
    while pending:
        node = pending.pop()
        yield node, blank
        # What a condition or an attempt defines is defined all the same.
        if isinstance(node, ast.If | ast.Try | ast.With):
            for name in ("finalbody", "orelse", "body"):
                pending += getattr(node, name, [])[::-1]
