"""What a student may have meant a block of statements, or the header of one, to be."""

import ast
from collections.abc import Iterator, Sequence
from copy import copy
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Any, Final

from grader.mutation.expressions import edited
from grader.mutation.scope import Scope
from grader.mutation.statements import is_docstring
from grader.results.model import SlipKind

Function = ast.FunctionDef | ast.AsyncFunctionDef
_LOOPS: Final = (ast.For, ast.While)
_ASSIGNING: Final = (ast.Assign, ast.AugAssign)
_STEPS: Final = (ast.Add, ast.Sub, ast.Mult, ast.Div)
# Slips by their likeliness: what cannot work, what is easily mixed up, what lacks a term at its
# end, what is written anew, and what is so within
# an expression.
CANNOT_WORK, MIXED_UP, INCOMPLETE, ANEW, UNLIKELY = range(5)
# How many statements another is taken past.
FARTHEST: Final = 3


@dataclass(frozen=True)
class Change:
    """Statements `first` up to `last` of a block become `new`; the slip is in the one at `at`."""

    first: int
    last: int
    new: tuple[ast.stmt, ...]
    kind: SlipKind
    at: int
    rank: int = MIXED_UP


def header_end(node: ast.stmt) -> int:
    """Return the number of the last line of a statement, or of its header if it holds others."""
    body: list[ast.stmt] = getattr(node, "body", [])
    if not body:
        return node.end_lineno or node.lineno
    decorators: list[ast.expr] = getattr(body[0], "decorator_list", [])
    first = min([body[0].lineno, *(each.lineno for each in decorators)])
    return max(node.lineno, first - 1)


def headers(
    node: ast.stmt, scope: Scope, asked: Sequence[str]
) -> Iterator[tuple[ast.stmt, SlipKind, int]]:
    """Yield what the header of a function may have been meant to be; `scope` is around it.

    `asked` are the attributes that the checks call or read.
    """
    if not isinstance(node, Function):
        return
    arguments, positional = node.args, [*node.args.posonlyargs, *node.args.args]
    is_method = bool(scope.owner) and not scope.method
    if is_method and (not positional or positional[0].arg != "self") and not node.decorator_list:
        own = edited(arguments, args=[ast.arg("self"), *arguments.args])
        yield edited(node, args=own), "self", CANNOT_WORK
    if is_method and node.name not in asked:
        for name in _meant(node.name, asked):
            yield edited(node, name=name), "name", CANNOT_WORK
    start = 1 if is_method else 0
    for index in range(start, len(arguments.args) - len(arguments.defaults)):
        fewer = [*arguments.args[:index], *arguments.args[index + 1 :]]
        yield edited(node, args=edited(arguments, args=fewer)), "argument", MIXED_UP
    for index in range(start, len(arguments.args) - 1):
        swapped = [*arguments.args]
        swapped[index : index + 2] = reversed(swapped[index : index + 2])
        yield edited(node, args=edited(arguments, args=swapped)), "argument", MIXED_UP


def _meant(name: str, asked: Sequence[str]) -> list[str]:
    special = ["__init__", "__call__"]
    if name.startswith("__") and name.endswith("__") and name in special:
        return []
    found = get_close_matches(name.strip("_"), [each.strip("_") for each in special], cutoff=0.7)
    return [*get_close_matches(name, asked, cutoff=0.6), *(f"__{each}__" for each in found)]


def changes(
    body: Sequence[ast.stmt], owner: ast.stmt, parameters: Sequence[str] = ()
) -> Iterator[Change]:
    """Yield what a block, that `owner` holds, may have been meant to be.

    `parameters` are those of the functions around.
    """
    if isinstance(owner, Function):
        yield from _returns(body, owner)
    yield from _twice(body)
    for index, statement in enumerate(body):
        if is_docstring(statement):
            continue
        yield from _one(index, statement)
        yield from _copied_first(index, statement, parameters)
        if not isinstance(owner, ast.ClassDef):
            yield from _earlier(index, body)
        yield from _nested(index, statement, owner)
        if index + 1 < len(body):
            yield from _two(index, statement, body[index + 1], owner)
        if not isinstance(statement, Function | ast.ClassDef | ast.Pass):
            rest = () if len(body) > 1 else (ast.Pass(),)
            yield Change(index, index + 1, rest, "statement", index)


def _one(index: int, statement: ast.stmt) -> Iterator[Change]:
    """Yield what may stand in the place of one statement."""

    def become(new: ast.stmt, kind: SlipKind) -> Change:
        return Change(index, index + 1, (new,), kind, index)

    match statement:
        case ast.Assign(
            targets=[ast.Name() | ast.Attribute() | ast.Subscript() as target], value=value
        ):
            for op in (ast.Sub(), ast.Add()):
                yield become(ast.AugAssign(target, op, value), "assignment")
        case ast.AugAssign(target=target, op=op, value=value):
            read: Any = copy(target)
            read.ctx = ast.Load()
            apart = ast.BinOp(read, op, value)
            yield become(ast.Assign([target], apart, lineno=0), "assignment")
            yield become(ast.Assign([target], value, lineno=0), "assignment")
            if isinstance(target, ast.Subscript):
                whole: Any = copy(target.value)
                whole.ctx = ast.Store()
                yield become(edited(statement, target=whole), "index")
            for kind in _STEPS:
                if not isinstance(op, kind):
                    both = {type(op), kind} == {ast.Add, ast.Sub}
                    yield become(edited(statement, op=kind()), "sign" if both else "operator")
        case ast.Break():
            yield become(ast.Continue(), "statement")
        case ast.Continue():
            yield become(ast.Break(), "statement")


def _two(index: int, first: ast.stmt, second: ast.stmt, owner: ast.stmt) -> Iterator[Change]:
    """Yield two statements in the other order, or with the second in the block of the first."""
    if not isinstance(owner, ast.ClassDef):
        yield Change(index, index + 2, (second, first), "order", index)
    if isinstance(first, ast.For | ast.While | ast.If | ast.With) and not isinstance(
        second, Function
    ):
        inside = edited(first, body=[*first.body, second])
        yield Change(index, index + 2, (inside,), "indentation", index + 1)


def _earlier(index: int, body: Sequence[ast.stmt]) -> Iterator[Change]:
    """Yield a statement taken past several that stand before it."""
    for first in range(max(0, index - FARTHEST), index - 1):
        between = body[first:index]
        if not any(map(is_docstring, between)):
            yield Change(first, index + 1, (body[index], *between), "order", index, ANEW)


def _twice(body: Sequence[ast.stmt]) -> Iterator[Change]:
    """Yield a block without the statements in it that are done a second time."""
    written = [ast.unparse(each) if isinstance(each, _ASSIGNING) else "" for each in body]
    again = [index for index, text in enumerate(written) if text and text in written[:index]]
    if again:
        first, last = again[0], again[-1] + 1
        rest = tuple(body[index] for index in range(first, last) if index not in again)
        yield Change(first, last, rest, "statement", first)


def _copied_first(index: int, statement: ast.stmt, parameters: Sequence[str]) -> Iterator[Change]:
    """Yield a statement that writes into an argument, with a copy of it made first."""
    for name in dict.fromkeys(_written_into(statement)):
        if name in parameters:
            read = ast.Name(name, ast.Load())
            copied = ast.Call(ast.Attribute(read, "copy", ast.Load()), [], [])
            made = ast.Assign([ast.Name(name, ast.Store())], copied, lineno=0)
            yield Change(index, index + 1, (made, statement), "copy", index)


def _written_into(statement: ast.stmt) -> Iterator[str]:
    """Yield the names of variables into whose arrays a statement writes."""
    match statement:
        case (
            ast.Assign(targets=[ast.Subscript(value=ast.Name(id=name)), *_])
            | ast.AugAssign(target=ast.Subscript(value=ast.Name(id=name)))
            | ast.AugAssign(target=ast.Name(id=name))
        ):
            yield name
    if not hasattr(statement, "body"):
        for each in ast.walk(statement):
            match each:
                case ast.keyword(arg="out", value=ast.Name(id=name)):
                    yield name
                case ast.Call(
                    func=ast.Attribute(value=ast.Name(id=name), attr="sort" | "fill" | "partition")
                ):
                    yield name


def _nested(index: int, statement: ast.stmt, owner: ast.stmt) -> Iterator[Change]:
    """Yield what stands too deep, taken out of the block that it ends or of the method it is in."""
    body: list[ast.stmt] = getattr(statement, "body", [])
    if isinstance(statement, (*_LOOPS, ast.If, ast.With)) and len(body) > 1:
        outside = edited(statement, body=body[:-1])
        yield Change(index, index + 1, (outside, body[-1]), "indentation", index)
    if isinstance(statement, Function) and isinstance(owner, ast.ClassDef):
        functions = [each for each in body if isinstance(each, Function)]
        rest = [each for each in body if each not in functions]
        if functions and rest:
            new = (edited(statement, body=rest), *functions)
            yield Change(index, index + 1, new, "indentation", index, CANNOT_WORK)


def _returns(body: Sequence[ast.stmt], owner: Function) -> Iterator[Change]:
    """Yield the block of a function with what it comes to returned."""
    last = body[-1]
    end = len(body) - 1
    if isinstance(last, ast.Expr) and not is_docstring(last):
        yield Change(end, end + 1, (ast.Return(last.value),), "return", end, CANNOT_WORK)
    if any(isinstance(each, ast.Return) for each in ast.walk(owner)):
        return
    bound: dict[str, None] = {}
    for each in ast.walk(owner):
        if isinstance(each, ast.Name | ast.Attribute) and isinstance(each.ctx, ast.Store):
            bound.setdefault(ast.unparse(each))
    for name in reversed(bound):
        value = ast.parse(name, mode="eval").body
        yield Change(end, end + 1, (last, ast.Return(value)), "return", end, CANNOT_WORK)
