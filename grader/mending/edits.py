"""Edits: what may mend a slip of the pen, made in one place of a definition.

They are what mutants are, backwards: most slips are undone by another change of the same sort, and
for those that left something out, `insertions` puts it in.
"""

import ast
import builtins
import re
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from copy import copy
from dataclasses import dataclass
from typing import Any, Final

from grader.mending import blocks
from grader.mending.confusions import confused
from grader.mending.definitions import Definition
from grader.mending.insertions import (
    Hand,
    alike,
    compared,
    completed,
    enlarged,
    inserted,
    mixed_up,
    renamed,
)
from grader.mending.kinds import kind_of
from grader.mending.twins import (
    Twin,
    as_others,
    as_twin,
    everywhere,
    forgotten,
    kept_as_well,
    twins,
)
from grader.mutation.expressions import Role, expressions, role_of
from grader.mutation.scope import Scope, kept, owned, unread
from grader.mutation.statements import is_docstring
from grader.notebook.labour import TooLaboriousError
from grader.results.model import SlipKind

_SKIPPED_FIELDS: Final = frozenset({"annotation", "returns", "decorator_list"})
_BLOCKS: Final = ("body", "orelse", "finalbody", "handlers")
# Characters of a statement's own lines. Each edit of an expression writes all of them anew.
LONGEST_STATEMENT: Final = 1000
# Of a name. Comparing two takes time that grows with the square of it.
LONGEST_NAME: Final = 60
# How much work the edits of all definitions may be, in characters that are written, or in what
# takes as long: some seconds. A layer of forty lines takes a twentieth of it.
MOST_WORK: Final = 20_000_000
# What an expression, and each name that may be meant by it, takes beside the edits.
WORK_OF_A_PART: Final = 200
WORK_OF_A_NAME: Final = 50


@dataclass
class Work:
    """What is left of the work that making edits may be."""

    left: int = MOST_WORK

    def take(self, amount: int) -> None:
        """Take so much of it. Raises TooLaboriousError where there is none left."""
        self.left -= amount
        if self.left < 0:
            raise TooLaboriousError("there are too many edits to try")


@dataclass(frozen=True)
class Edit:
    """Lines `first` up to `last`, a slice of a definition's lines, become `new`.

    The slip is of this `kind`; it stands in the line with the index `at`, in the function or class
    with the qualified name `place`. Of two edits, that of the lower `rank` is the likelier.
    """

    first: int
    last: int
    new: tuple[str, ...]
    kind: SlipKind
    at: int
    place: str
    rank: int


def edits(
    definition: Definition,
    *,
    names: Iterable[str],
    asked: Sequence[str],
    work: Work | None = None,
) -> Iterator[Edit]:
    """Yield the edits of a definition, each different from the others and from what is there.

    `names` are those of the notebook that it may mean, `asked` the attributes that checks call or
    read. Where they are more `work` than there is left, the first of them.
    """
    known = frozenset((*names, *dir(builtins)))
    walk = _Walk(definition.lines, known, tuple(asked), work or Work())
    seen = set()
    with suppress(TooLaboriousError):
        for statement in ast.parse(definition.text).body:
            for edit in walk.statement(statement, Scope()):
                made = (edit.first, edit.last, edit.new)
                if made not in seen:
                    seen.add(made)
                    yield edit


@dataclass
class _Walk:
    """Goes through a definition, and yields what each of its statements may have meant to be."""

    lines: Sequence[str]
    known: frozenset[str]
    asked: tuple[str, ...]
    work: Work
    owned: tuple[str, ...] = ()
    unread: tuple[str, ...] = ()
    kept: tuple[str, ...] = ()

    def statement(self, node: ast.stmt, scope: Scope) -> Iterator[Edit]:
        """Yield the edits of a statement and of all in it; `scope` is around it."""
        inner = scope.entered(node)
        if self._is_alone(node):
            yield from self._alone(node, scope, inner)
        if isinstance(node, ast.ClassDef):
            self.owned, self.kept = owned(node), kept(node)
            yield from self._throughout(node, inner)
            yield from self._of_the_class(node, inner)
        if isinstance(node, blocks.Function):
            self.unread = unread(node)
        for body in _bodies(node):
            alone = all(map(self._is_alone, body))
            if alone:
                for change in blocks.changes(body, node, inner.parameters):
                    yield self._changed(body, change, inner)
                if isinstance(node, blocks.Function):
                    for change in forgotten(body, node, inner):
                        yield self._changed(body, change, inner)
            for each in body:
                of_it = self.statement(each, inner)
                found = twins(each, body) if alone else ()
                yield from self._with_twins(each, found, of_it, inner) if found else of_it
                if alone and self._is_short(each):
                    for text, kind in as_others(each, body, inner):
                        yield self._replaced(each, text, kind, blocks.MIXED_UP, inner.place)

    def _alone(self, node: ast.stmt, scope: Scope, inner: Scope) -> Iterator[Edit]:
        """Yield the edits of what a statement itself holds; `scope` is around it."""
        hand = Hand(inner, self.known, self.asked, self.owned, self.unread, self.kept)
        if self._is_short(node):
            for part in _expressions_of(node):
                yield from self._expression(node, part, hand)
            for new in everywhere(node, hand):
                yield self._replaced(node, ast.unparse(new), "name", blocks.ANEW, inner.place)
            for new in kept_as_well(node, hand):
                yield self._replaced(node, _whole(new), "self", blocks.CANNOT_WORK, inner.place)
        for changed, kind, rank in blocks.headers(node, scope, self.asked):
            yield self._replaced(node, _written(changed), kind, rank, inner.place)

    def _with_twins(
        self, node: ast.stmt, found: Sequence[Twin], own: Iterator[Edit], scope: Scope
    ) -> Iterator[Edit]:
        """Yield the edits of a statement, and each made in its twins as well.

        Who has written `self.W + self.grad_W` in one line has written the same of `b` in the next.
        """
        first, last = node.lineno - 1, found[-1].node.end_lineno or found[-1].node.lineno
        for edit in own:
            yield edit
            if (edit.first, edit.last) != (first, node.end_lineno):
                continue
            lines = [*edit.new]
            end = node.end_lineno or node.lineno
            for twin in found:
                text = as_twin("\n".join(edit.new).strip(), twin)
                self.work.take(WORK_OF_A_PART + 2 * len(text))
                lines += self.lines[end : twin.node.lineno - 1]
                lines += self._indented(text, twin.node)
                end = twin.node.end_lineno or twin.node.lineno
            rank = edit.rank + 1
            yield Edit(first, last, tuple(lines), edit.kind, edit.at, scope.place, rank)

    def _of_the_class(self, node: ast.ClassDef, scope: Scope) -> Iterator[Edit]:
        """Yield a class with what its methods keep in the class kept in the object everywhere."""
        places: dict[str, list[int]] = {}
        for each in ast.walk(node):
            match each:
                case ast.Attribute(value=ast.Name(id=owner), attr=name) if owner == node.name:
                    places.setdefault(name, []).append(each.lineno - 1)
        methods = {each.name for each in node.body if isinstance(each, blocks.Function)}
        for name, lines in places.items():
            if name in methods or len(name) > LONGEST_NAME or len(node.name) > LONGEST_NAME:
                continue
            first, last = min(lines), max(lines) + 1
            word = re.compile(rf"\b{node.name}\.{name}\b")
            self.work.take(WORK_OF_A_PART + sum(map(len, self.lines[first:last])))
            new = tuple(word.sub(f"self.{name}", line) for line in self.lines[first:last])
            yield Edit(first, last, new, "self", first, scope.place, blocks.MIXED_UP)

    def _throughout(self, node: ast.ClassDef, scope: Scope) -> Iterator[Edit]:
        """Yield a class with an attribute that nothing sets called by another name everywhere.

        Who has kept a wrong name in mind writes it wherever it is wanted.
        """
        places: dict[str, list[int]] = {}
        for each in ast.walk(node):
            match each:
                case ast.Attribute(value=ast.Name(id="self"), attr=name):
                    places.setdefault(name, []).append(each.lineno - 1)
        methods = {each.name for each in node.body if isinstance(each, blocks.Function)}
        missing = tuple(x for x in self.asked if x not in (*scope.attributes, *methods))
        for name, lines in places.items():
            if name in methods or len(set(lines)) < 2 or len(name) > LONGEST_NAME:
                continue
            meant = scope.attributes
            if name in scope.attributes:
                meant = () if name in self.asked else missing
            first, last = min(lines), max(lines) + 1
            word = re.compile(rf"\bself\.{name}\b")
            self.work.take(WORK_OF_A_NAME * len(meant))
            for other in alike(name, meant):
                self.work.take(WORK_OF_A_PART + sum(map(len, self.lines[first:last])))
                new = tuple(word.sub(f"self.{other}", line) for line in self.lines[first:last])
                yield Edit(first, last, new, "name", first, scope.place, blocks.CANNOT_WORK)

    def _expression(self, node: ast.stmt, part: "_Part", hand: Hand) -> Iterator[Edit]:
        """Yield the edits of an expression in the statement `node`, and of its own parts."""
        value, written = part.value, _written(node)
        self._take_for(value, hand)
        called = isinstance(part.holder, ast.Call) and part.key == "func"
        for rank, new in (
            _meant(value, part.role, hand, whole=part.holder is node, called=called)
            if _is_brief(value)
            else ()
        ):
            part.put(new)
            text, kind = _written(node), kind_of(value, new)
            if text != written:
                yield self._replaced(node, text, kind, rank, hand.scope.place, _line_of(value, new))
        part.put(value)
        for inner in _parts_of(value):
            yield from self._expression(node, inner, hand)

    def _take_for(self, value: ast.expr, hand: Hand) -> None:
        """Take the work of looking through all that may be meant by an expression."""
        scope = hand.scope
        names = len(scope.names) + len(scope.parameters) + len(hand.own)
        self.work.take(WORK_OF_A_PART + WORK_OF_A_NAME * (names + compared(value, hand)))

    def _replaced(
        self,
        node: ast.stmt,
        text: str,
        kind: SlipKind,
        rank: int,
        place: str,
        line: int | None = None,
    ) -> Edit:
        """Return the edit that has `text` in the place of a statement, or of its header."""
        self.work.take(WORK_OF_A_PART + len(text))
        new = self._indented(text, node)
        first, last = node.lineno - 1, blocks.header_end(node)
        return Edit(first, last, new, kind, (line or node.lineno) - 1, place, rank)

    def _changed(self, body: Sequence[ast.stmt], change: blocks.Change, scope: Scope) -> Edit:
        old = body[change.first : change.last]
        texts = [_whole(each) for each in change.new]
        self.work.take(WORK_OF_A_PART + sum(map(len, texts)))
        new = [line for text in texts for line in self._indented(text, old[0])]
        first, last = old[0].lineno - 1, old[-1].end_lineno or old[-1].lineno
        at = body[change.at].lineno - 1
        return Edit(first, last, tuple(new), change.kind, at, scope.place, change.rank)

    def _indented(self, text: str, old: ast.stmt) -> tuple[str, ...]:
        """Return the lines of `text`, indented as those of the statement are that it replaces."""
        by, line = self.lines[old.lineno - 1][: old.col_offset], self.lines[old.lineno - 1]
        if line.strip().startswith("elif") and text.startswith("if "):
            text = f"el{text}"
        return tuple(f"{by}{each}" for each in text.split("\n"))

    def _is_short(self, node: ast.stmt) -> bool:
        """Whether the lines of a statement, or of its header, can be written anew many times."""
        own = self.lines[node.lineno - 1 : blocks.header_end(node)]
        return sum(map(len, own)) <= LONGEST_STATEMENT

    def _is_alone(self, node: ast.stmt) -> bool:
        """Whether a statement has its lines for itself, so that they can be replaced."""
        if self.lines[node.lineno - 1][: node.col_offset].strip():
            return False
        body = getattr(node, "body", None)
        if body:
            return bool(body[0].lineno > node.lineno)
        last = self.lines[(node.end_lineno or node.lineno) - 1]
        rest = last.encode()[node.end_col_offset or 0 :].decode().strip()
        return not rest or rest.startswith("#")


def _is_brief(value: ast.expr) -> bool:
    """Whether an expression is no overlong name."""
    match value:
        case ast.Name(id=name) | ast.Attribute(attr=name):
            return len(name) <= LONGEST_NAME
    return True


def _meant(
    value: ast.expr, role: Role, hand: Hand, *, whole: bool, called: bool
) -> Iterator[tuple[int, ast.expr]]:
    """Yield what an expression may have been meant to be, with the rank of the slip.

    It is a `whole` one, such as what is returned, or a part of one; a function that is `called` is
    no factor of anything.
    """
    yield from ((blocks.CANNOT_WORK, each) for each in renamed(value, hand))
    for each in (*expressions(value, hand.scope, role), *inserted(value, role)):
        yield blocks.MIXED_UP, each
    if called:
        return
    for each in completed(value, hand):
        yield blocks.INCOMPLETE, each
    yield from confused(value, hand, role)
    for each in mixed_up(value, hand):
        yield blocks.ANEW, each
    for each in enlarged(value, hand, role):
        rank = blocks.ANEW if role == "value" else blocks.UNLIKELY
        yield blocks.INCOMPLETE if whole and _is_own_term(each) else rank, each


def _is_own_term(value: ast.expr) -> bool:
    """Whether an expression has had an attribute added to it."""
    return (
        isinstance(value, ast.BinOp)
        and isinstance(value.op, ast.Add)
        and isinstance(value.right, ast.Attribute)
    )


def _line_of(old: ast.expr, new: ast.expr) -> int:
    """Return the number of the line in which `old` is not `new`."""
    if isinstance(old, ast.BinOp) and isinstance(new, ast.BinOp) and old.left is new.left:
        return old.right.lineno if old.right is not new.right else old.lineno
    return old.lineno


def _whole(node: ast.stmt) -> str:
    return ast.unparse(ast.fix_missing_locations(node))


def _bodies(node: ast.stmt) -> Iterator[list[ast.stmt]]:
    """Yield the blocks that a statement holds."""
    for name in _BLOCKS:
        body = getattr(node, name, None)
        if name == "handlers":
            yield from (handler.body for handler in body or ())
        elif body:
            yield body


def _written(node: ast.stmt) -> str:
    """Return a statement as text; of one that holds others, its header alone."""
    if not hasattr(node, "body"):
        return ast.unparse(node)
    alone: Any = copy(node)
    alone.body = [ast.Pass()]
    for name in ("orelse", "finalbody", "handlers"):
        if getattr(alone, name, None):
            setattr(alone, name, [])
    if isinstance(alone, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
        alone.decorator_list = []
    return "\n".join(ast.unparse(alone).split("\n")[:-1])


@dataclass(frozen=True)
class _Part:
    """An expression, its role, and where it stands: what `holder` has under `key`."""

    value: ast.expr
    role: Role
    holder: Any
    key: int | str

    def put(self, value: ast.expr) -> None:
        """Let another expression stand there."""
        if isinstance(self.key, int):
            self.holder[self.key] = value
        else:
            setattr(self.holder, self.key, value)


def _expressions_of(node: ast.stmt) -> Iterator[_Part]:
    """Yield the expressions that a statement itself holds, none of those in its blocks."""
    if not is_docstring(node) and not isinstance(node, ast.ClassDef):
        yield from _held(node)


def _parts_of(value: ast.expr) -> Iterator[_Part]:
    if not isinstance(value, ast.JoinedStr):
        yield from _held(value)


def _held(node: ast.AST) -> Iterator[_Part]:
    for name, field in ast.iter_fields(node):
        if name in _SKIPPED_FIELDS or (isinstance(node, ast.stmt) and name in _BLOCKS):
            continue
        if isinstance(field, ast.expr):
            yield _Part(field, role_of(node, name), node, name)
        elif isinstance(field, ast.AST):
            yield from _held(field)
        elif isinstance(field, list):
            for index, item in enumerate(field):
                if isinstance(item, ast.expr):
                    yield _Part(item, role_of(node, name), field, index)
                elif isinstance(item, ast.AST):
                    yield from _held(item)
