"""Statements that are alike but for their names, in which a slip is made as often as there are."""

import ast
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from grader.mending.blocks import CANNOT_WORK, Change
from grader.mending.insertions import Hand, mixed_up
from grader.mending.kinds import kind_of
from grader.mutation.expressions import edited
from grader.mutation.scope import Scope
from grader.results.model import SlipKind


@dataclass(frozen=True)
class Twin:
    """A statement, and what each name of the one that it is like is called there."""

    node: ast.stmt
    names: Mapping[str, str]


def twins(node: ast.stmt, body: Sequence[ast.stmt]) -> tuple[Twin, ...]:
    """Return the statements after `node` in a block that assign as it does, by other names."""
    if not isinstance(node, ast.Assign | ast.AugAssign):
        return ()
    own, shape = _names(node), _shape(node)
    found = []
    for other in body[body.index(node) + 1 :]:
        if type(other) is not type(node) or _shape(other) != shape:
            continue
        theirs = _names(other)
        names = dict(zip(own, theirs, strict=True))
        # One name for two, or the same ones again, is no statement about something else.
        if own != theirs and [names[each] for each in own] == theirs:
            found.append(Twin(other, names))
    return tuple(found)


def as_twin(text: str, twin: Twin) -> str:
    """Return a statement as it is called in a twin."""
    tree = ast.parse(text)
    for each in ast.walk(tree):
        if isinstance(each, ast.Name):
            each.id = twin.names.get(each.id, each.id)
        elif isinstance(each, ast.Attribute):
            each.attr = twin.names.get(each.attr, each.attr)
    return ast.unparse(tree)


def as_others(
    node: ast.stmt, body: Sequence[ast.stmt], scope: Scope
) -> Iterator[tuple[str, SlipKind]]:
    """Yield what a statement is where it does what another of its block does, and the slip's kind.

    Who has written `self.W -= rate * self.grad_W` has meant the same of `b`, and not
    `self.b -= self.grad_b`.
    """
    if not isinstance(node, ast.Assign | ast.AugAssign):
        return
    mine = _target(node)
    here = {*scope.names, *scope.attributes}
    for other in body:
        theirs = _target(other)
        if not mine or not theirs or mine == theirs or type(other) is not type(node):
            continue
        called = {name: _called_as(name, theirs, mine) for name in _names(other)}
        names = {old: new for old, new in called.items() if new in here}
        text = as_twin(ast.unparse(other), Twin(node, names))
        if text != ast.unparse(node) and names.keys() - {theirs}:
            new: Any = ast.parse(text).body[0]
            yield text, kind_of(node.value, new.value)


def forgotten(body: Sequence[ast.stmt], function: ast.AST, scope: Scope) -> Iterator[Change]:
    """Yield a block with a statement for another attribute, where the function has none for it.

    Who has written the step of `self.W` may have forgotten that of `self.b`. It is one that has
    names for that attribute to read, such as `grad_b` beside `grad_W`.
    """
    made = {_target(each) for each in ast.walk(function) if isinstance(each, ast.stmt)}
    here = {*scope.names, *scope.attributes}
    others = [each for each in scope.attributes if each not in made]
    gaps = [at for at, each in enumerate(body) if isinstance(each, ast.Pass)]
    for index, node in enumerate(body):
        theirs = _target(node)
        # Names that are made of that of the attribute.
        like = {each for each in _names(node) if theirs in each.split("_")} if theirs else set()
        if theirs not in scope.attributes or not like - {theirs}:
            continue
        for mine in others:
            names = {name: _called_as(name, theirs, mine) for name in like}
            if not here.issuperset(names.values()):
                continue
            new = ast.parse(as_twin(ast.unparse(node), Twin(node, names))).body[0]
            at, both = (gaps[0], (new,)) if gaps else (index, (node, new))
            yield Change(at, at + 1, both, "statement", at, CANNOT_WORK)


def _target(node: ast.stmt) -> str:
    """Return the name of the variable or attribute that a statement assigns to, "" for none."""
    match node:
        case (
            ast.Assign(targets=[ast.Name(id=name) | ast.Attribute(attr=name)])
            | ast.AugAssign(target=ast.Name(id=name) | ast.Attribute(attr=name))
        ):
            return name
    return ""


def _called_as(name: str, theirs: str, mine: str) -> str:
    """Return what is called `name` beside `theirs` as it is called beside `mine`."""
    if name == theirs:
        return mine
    return "_".join(mine if each == theirs else each for each in name.split("_"))


def kept_as_well(node: ast.stmt, hand: Hand) -> Iterator[ast.stmt]:
    """Yield a statement that makes a variable, with the object's attribute of that name made too.

    What follows may read the variable.
    """
    match node:
        case ast.Assign(targets=[ast.Name(id=name) as target]) if hand.scope.me and (
            name in (*hand.own, *hand.owned)
        ):
            me = ast.Name(hand.scope.me, ast.Load())
            yield edited(node, targets=[ast.Attribute(me, name, ast.Store()), target])


def everywhere(node: ast.stmt, hand: Hand) -> Iterator[ast.stmt]:
    """Yield a statement with a name that it reads more than once mixed up wherever it reads it."""
    if hasattr(node, "body"):
        return
    read: dict[str, list[ast.expr]] = {}
    for each in ast.walk(node):
        match each:
            case ast.Name(ctx=ast.Load()) | ast.Attribute(ctx=ast.Load()):
                read.setdefault(ast.unparse(each), []).append(each)
    for same in read.values():
        if len(same) > 1:
            for other in mixed_up(same[0], hand):
                yield _Replacing(same, other).visit(_copied(node))


def _copied(node: Any) -> Any:
    """Return a copy of a tree down to its expressions' leaves, which it shares."""
    if isinstance(node, list):
        return [_copied(each) for each in node]
    if not isinstance(node, ast.AST) or isinstance(node, ast.Name | ast.Attribute):
        return node
    return edited(node, **{name: _copied(value) for name, value in ast.iter_fields(node)})


class _Replacing(ast.NodeTransformer):
    """Puts another expression in the place of some."""

    def __init__(self, old: Sequence[ast.expr], new: ast.expr) -> None:
        self._old = {id(each) for each in old}
        self._new = new

    def visit(self, node: Any) -> Any:
        """Return what stands in the place of a node."""
        if id(node) in self._old:
            return self._new
        if isinstance(node, ast.Attribute):
            # It is shared with the statement that was written.
            return edited(node, value=self.visit(node.value))
        return self.generic_visit(node)


def _names(node: ast.AST) -> list[str]:
    """Return the names in a statement, of variables and of attributes, in order."""
    named = (getattr(each, "id", getattr(each, "attr", None)) for each in ast.walk(node))
    return [each for each in named if each is not None]


def _shape(node: ast.AST) -> list[object]:
    """Return what a statement is but for its names."""
    return [each.value if isinstance(each, ast.Constant) else type(each) for each in ast.walk(node)]
