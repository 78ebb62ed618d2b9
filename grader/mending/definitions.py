"""The definitions of a notebook that an exercise asks about, as text that can be edited."""

import ast
import hashlib
import re
from bisect import bisect_left
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING, Final, Self

from grader.notebook.cell_map import CellMap
from grader.notebook.parsing import parse, syntax, transformed, tree_of
from grader.notebook.reading import Notebook

if TYPE_CHECKING:
    from grader.mending.edits import Edit

# What is longer, or nested deeper, than any layer is not edited: that takes too long, or too much
# of the stack.
LONGEST: Final = 20_000
DEEPEST: Final = 60
# Of more bytes than this together no mend is looked for: each question is sent with them all.
MOST_TOGETHER: Final = 50_000
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
    def lines(self) -> Sequence[Sequence[str]]:
        """The lines of each part."""
        return [part.lines for part in self.parts]

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
    None, too, where a name is made by anything but a definition, where one cannot be told from its
    lines, and where they are too long together.
    """
    wanted = {*names, *cells.reached(names)}
    known = {
        syntax(statement)
        for cell in given.cells
        if cell.kind == "code"
        for statement in _statements(cell.source)
    }
    parts: list[Definition] = []
    left = MOST_TOGETHER
    for index in cells.slice(names):
        source = notebook.cells[index].source
        lines = _LINE_END.split(transformed(source)) if parse(source) is not None else []
        places = _places(source)
        for statement in _statements(source):
            if not _defines(statement) & wanted:
                continue
            first, last = _span(statement)
            own = lines[first:last]
            left -= len("\n".join(own).encode(errors="surrogatepass"))
            if left < 0:
                return None
            number = _number(lines[first], places, first)
            numbers = tuple(range(number, number + last - first))
            editable = _is_plain(statement, own) and syntax(statement) not in known
            parts.append(Definition(index, tuple(own), numbers, editable))
    bodies = [_body(part) for part in parts]
    defined = {name for body in bodies for each in body for name in _defines(each)}
    whole = all(bodies) and {*names} <= defined
    return Definitions(tuple(parts)) if whole and any(part.editable for part in parts) else None


def _body(part: Definition) -> Sequence[ast.stmt]:
    """Return the statements in the lines of a definition.

    There are none where the lines are no Python by themselves: a text may end in the first of them.
    """
    try:
        return tree_of(part.text).body
    except (SyntaxError, ValueError, RuntimeError, MemoryError):
        return ()


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


def _places(source: str) -> Mapping[str, Sequence[int]]:
    """Return where each line of a cell stands, whatever its indentation, in order."""
    places: dict[str, list[int]] = {}
    for index, line in enumerate(_LINE_END.split(source)):
        places.setdefault(line.strip(), []).append(index)
    return places


def _number(line: str, places: Mapping[str, Sequence[int]], least: int) -> int:
    """Return the number in a cell of a line that has the index `least` in it as Python.

    IPython leaves out empty lines above the first, and joins those of a command that goes on.
    """
    own = places.get(line.strip(), ())
    at = bisect_left(own, least)
    return (own[at] if at < len(own) else least) + 1


def _is_plain(statement: ast.stmt, lines: Sequence[str]) -> bool:
    """Whether a statement in `lines` can be written anew: it is not too long or nested too deep."""
    if sum(map(len, lines)) > LONGEST:
        return False
    level: list[ast.AST] = [statement]
    for _depth in range(DEEPEST):
        level = [child for node in level for child in ast.iter_child_nodes(node)]
    return not level and _is_writable(statement)


def _is_writable(statement: ast.stmt) -> bool:
    """Whether Python can write a statement: not a number of thousands of digits."""
    try:
        ast.unparse(statement)
    except ValueError:
        return False
    return True


def _span(statement: ast.stmt) -> tuple[int, int]:
    """Return the lines of a statement with its decorators, as a slice of those of its cell."""
    above = (each.lineno for each in getattr(statement, "decorator_list", ()))
    return min([statement.lineno, *above]) - 1, statement.end_lineno or statement.lineno
