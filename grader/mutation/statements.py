"""Changing the statements of a block by one slip of the pen."""

import ast
from collections.abc import Callable, Iterator, Sequence
from typing import Final

from grader.mutation.expressions import edited
from grader.mutation.scope import Scope

Block = list[ast.stmt]
_STEPS: Final = (ast.Add, ast.Sub, ast.Mult, ast.Div)
_DEFINITIONS: Final = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)


def blocks(
    body: Sequence[ast.stmt], scope: Scope, within: Callable[[ast.AST], bool]
) -> Iterator[Block]:
    """Yield what an author may have written for a block by mistake; `body` stays as it is.

    A statement is left out, done twice or done differently, or two are done in the other order.
    Only statements `within` what is to be changed are.
    """
    for index, statement in enumerate(body):
        if is_docstring(statement) or isinstance(statement, ast.Pass) or not within(statement):
            continue
        before, after = body[:index], body[index + 1 :]
        for changed in _changed(statement, scope):
            yield [*before, *changed, *after] or [ast.Pass()]
        if not after or isinstance(statement, _DEFINITIONS) or not within(after[0]):
            continue
        if _in_order(statement, after[0]):
            yield [*before, after[0], statement, *after[1:]]


def _in_order(first: ast.stmt, second: ast.stmt) -> bool:
    """Whether it may matter which of two statements is done first.

    It does not where both only bind, and neither binds what the other names.
    """
    if not all(isinstance(each, ast.Assign | ast.AugAssign) for each in (first, second)):
        return True
    names = [set(_named(each, ast.Load, ast.Store)) for each in (first, second)]
    bound = [set(_named(each, ast.Store)) for each in (first, second)]
    return bool(bound[0] & names[1] or bound[1] & names[0])


def _named(statement: ast.stmt, *contexts: type[ast.expr_context]) -> Iterator[str]:
    """Yield the variables and attributes that a statement names in one of these contexts."""
    for node in ast.walk(statement):
        if isinstance(node, ast.Name | ast.Attribute) and isinstance(node.ctx, contexts):
            yield ast.unparse(node)
        elif isinstance(node, ast.Subscript) and isinstance(node.ctx, contexts):
            yield ast.unparse(node.value)


def is_docstring(statement: ast.stmt) -> bool:
    """Whether a statement is only a text."""
    return (
        isinstance(statement, ast.Expr)
        and isinstance(statement.value, ast.Constant)
        and isinstance(statement.value.value, str)
    )


def _changed(statement: ast.stmt, scope: Scope) -> Iterator[Block]:
    """Yield the statements that may stand in the place of one."""
    yield []
    if isinstance(statement, ast.Assign) and len(statement.targets) == 1:
        yield from _assigned(statement, scope)
    elif isinstance(statement, ast.AugAssign):
        yield [statement, statement]
        yield [ast.Assign([statement.target], statement.value, lineno=0)]
        for kind in _STEPS:
            if not isinstance(statement.op, kind):
                yield [edited(statement, op=kind())]
    elif isinstance(statement, ast.Return) and statement.value is not None:
        yield [ast.Return()]
        yield from _in_place(statement, statement.value, scope)
    elif isinstance(statement, ast.Break):
        yield [ast.Continue()]
    elif isinstance(statement, ast.Continue):
        yield [ast.Break()]
    elif isinstance(statement, ast.For | ast.While):
        yield [edited(statement, body=[*statement.body, ast.Break()])]


def _assigned(statement: ast.Assign, scope: Scope) -> Iterator[Block]:
    (target,), value = statement.targets, statement.value
    if isinstance(target, ast.Name | ast.Attribute | ast.Subscript):
        yield [ast.AugAssign(target, ast.Add(), value)]
        yield [ast.AugAssign(target, ast.Sub(), value)]
        if ast.unparse(target) in ast.unparse(value):
            yield [statement, statement]
    yield from _in_place(statement, value, scope)
    if isinstance(target, ast.Attribute) and scope.is_own(target):
        yield from _kept_elsewhere(statement, target, scope)


def _kept_elsewhere(statement: ast.Assign, target: ast.Attribute, scope: Scope) -> Iterator[Block]:
    """Yield what keeps an attribute in a local name, for all objects, or from the first time."""
    yield [edited(statement, targets=[ast.Name(target.attr, ast.Store())])]
    shared = ast.Attribute(ast.Name(scope.owner, ast.Load()), target.attr, ast.Store())
    yield [edited(statement, targets=[shared])]
    if scope.method != "__init__":
        known = ast.Call(
            ast.Name("hasattr", ast.Load()),
            [ast.Name(scope.me, ast.Load()), ast.Constant(value=target.attr)],
            [],
        )
        yield [ast.If(ast.UnaryOp(ast.Not(), known), [statement], [])]


def _in_place(statement: ast.stmt, value: ast.expr, scope: Scope) -> Iterator[Block]:
    """Yield what computes a value in the caller's own array, where one can be written to."""
    if not isinstance(value, ast.BinOp) or isinstance(value.op, ast.MatMult):
        return
    first = value.left
    if isinstance(first, ast.Name) and first.id in scope.parameters:
        written = ast.Name(first.id, ast.Store())
        yield [ast.AugAssign(written, value.op, value.right), edited(statement, value=first)]
