"""The definitions of a notebook that an exercise asks about, as text that can be edited."""

import ast
import hashlib
import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING, Final, Self

from grader.notebook.cell_map import CellMap
from grader.notebook.parsing import parse, syntax, transformed
from grader.notebook.reading import Notebook

if TYPE_CHECKING:
    from grader.mending.edits import Edit

# What is longer, is nested deeper or has more names than any layer is not edited: that takes too
# long, or too much of the stack.
LONGEST: Final = 20_000
DEEPEST: Final = 60
MOST_NAMES: Final = 300
# Characters of all definitions of an exercise, which travel with each question.
LONGEST_OF_ALL: Final = 100_000
# Where a line ends for Python; `str.splitlines` knows of more ends.
_LINE_END: Final = re.compile(r"\r\n|\r|\n")


@dataclass(frozen=True)
class Definition:
    """A statement at the top of a cell that defines a class or function, or patches one.

    `numbers` has, for each of its `lines`, the line's number in the cell with the index `cell`,
    counted from 1. Only an `editable` one may hold the slip: others are as they were handed out.
    """

    cell: int
    lines: tuple[str, ...]
    numbers: tuple[int, ...]
    editable: bool

    @cached_property
    def text(self) -> str:
        """Its source."""
        return "\n".join(self.lines)

    def edited(self, edit: "Edit") -> Self:
        """Return it with one of its own edits.

        New lines have the numbers of those that they replace, all that of the first where there
        are more or fewer.
        """
        numbers = self.numbers[edit.first : edit.last]
        if len(numbers) != len(edit.new):
            at = self.numbers[min(edit.first, len(self.numbers) - 1)]
            numbers = (at,) * len(edit.new)
        return replace(
            self,
            lines=(*self.lines[: edit.first], *edit.new, *self.lines[edit.last :]),
            numbers=(*self.numbers[: edit.first], *numbers, *self.numbers[edit.last :]),
        )


@dataclass(frozen=True)
class Definitions:
    """All definitions that an exercise's names need, in the order in which they are executed."""

    parts: tuple[Definition, ...]

    @cached_property
    def source(self) -> str:
        """What executes them all."""
        return "\n\n".join(part.text for part in self.parts)

    @property
    def digest(self) -> str:
        """What tells them from others: edits of these are none of those."""
        return hashlib.sha256(self.source.encode(errors="surrogatepass")).hexdigest()

    def edited(self, index: int, edit: "Edit") -> Self:
        """Return them with one edit of the part at `index`."""
        parts = [*self.parts]
        parts[index] = parts[index].edited(edit)
        return replace(self, parts=tuple(parts))


def definitions(
    notebook: Notebook, cells: CellMap, names: Sequence[str], given: Notebook
) -> Definitions | None:
    """Return the definitions of `notebook` that `names` need, None where there are none to edit.

    `cells` are those that count. What stands in the notebook `given` as it does here is not edited.
    None, too, where a name is made by anything but a definition, where one cannot stand for itself,
    and where all together are longer than any.
    """
    wanted = {*names, *cells.reached(names)}
    known = {
        syntax(statement)
        for cell in given.cells
        if cell.kind == "code"
        for statement in _statements(cell.source)
    }
    parts = []
    for index in cells.slice(names):
        source = notebook.cells[index].source
        lines = _LINE_END.split(transformed(source)) if parse(source) is not None else []
        for statement in _statements(source):
            if _defines(statement) & wanted:
                first, last = _span(statement)
                number = _number(lines[first], source, first)
                numbers = tuple(range(number, number + last - first))
                editable = _is_plain(statement, lines) and syntax(statement) not in known
                parts.append(Definition(index, tuple(lines[first:last]), numbers, editable))
    apart = [_statements(part.text) for part in parts]
    defined = {name for statements in apart for each in statements for name in _defines(each)}
    if not (all(apart) and {*names} <= defined):
        return None
    parts = _with_room(parts)
    if sum(len(part.text) for part in parts) > LONGEST_OF_ALL:
        return None
    return Definitions(tuple(parts)) if any(part.editable for part in parts) else None


def _with_room(parts: Sequence[Definition]) -> list[Definition]:
    """Return definitions of which the last are editable, as long as these are no longer than one.

    Helpers stand above what needs them.
    """
    left, found = LONGEST, []
    for part in reversed(parts):
        left -= len(part.text) if part.editable else 0
        found.append(replace(part, editable=part.editable and left >= 0))
    return found[::-1]


def _statements(source: str) -> Sequence[ast.stmt]:
    tree = parse(source)
    return tree.body if tree is not None else ()


def _defines(statement: ast.stmt) -> set[str]:
    """Return the names that a statement defines or patches, none where it does anything else."""
    match statement:
        case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name) | ast.ClassDef(name=name):
            return {name}
        case ast.Assign(targets=[ast.Name(id=name)], value=ast.Lambda()):
            return {name}
        case ast.Assign(targets=[ast.Attribute(value=ast.Name(id=name))], value=ast.Name()):
            return {name}
    return set()


def _number(line: str, source: str, least: int) -> int:
    """Return the number in a cell of a line that has the index `least` in it as Python.

    IPython leaves out empty lines above the first, and joins those of a command that goes on.
    """
    own = [each.strip() for each in _LINE_END.split(source)]
    found = own.index(line.strip(), least) if line.strip() in own[least:] else least
    return found + 1


def _is_plain(statement: ast.stmt, lines: Sequence[str]) -> bool:
    """Whether a statement is short, shallow and plain enough to be edited."""
    first, last = _span(statement)
    if sum(map(len, lines[first:last])) > LONGEST:
        return False
    level: list[ast.AST] = [statement]
    names: set[str] = set()
    for _depth in range(DEEPEST):
        names.update(filter(None, map(_name, level)))
        level = [child for node in level for child in ast.iter_child_nodes(node)]
    return not level and len(names) <= MOST_NAMES and _is_writable(statement)


def _is_writable(statement: ast.stmt) -> bool:
    """Whether Python can write a statement anew: no number of thousands of digits, say."""
    try:
        ast.unparse(statement)
    except ValueError:
        return False
    return True


def _name(node: ast.AST) -> str | None:
    match node:
        case ast.Name(id=name) | ast.Attribute(attr=name) | ast.arg(arg=name):
            return name
    return None


def _span(statement: ast.stmt) -> tuple[int, int]:
    """Return the lines of a statement with its decorators, as a slice of those of its cell."""
    above = (each.lineno for each in getattr(statement, "decorator_list", ()))
    return min([statement.lineno, *above]) - 1, statement.end_lineno or statement.lineno
