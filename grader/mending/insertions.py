"""What a student may have left out of an expression, or called by a name that is not there."""

import ast
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from functools import cache, lru_cache
from typing import Final

import numpy as np

from grader.mutation.expressions import Role, edited
from grader.mutation.scope import Scope

# Functions and methods of arrays that go along an axis.
_ALONG: Final = frozenset(
    {"sum", "mean", "max", "min", "prod", "argmax", "argmin", "std", "var", "any", "all", "cumsum"}
)
# Methods of arrays that do something with no argument.
_PLAIN_METHODS: Final = frozenset({"copy", "item", "ravel", "flatten", "transpose", *_ALONG})
_MODULES: Final = ("np", "numpy")
# How many names that are spelled alike are tried where there is none of that name.
MOST_ALIKE: Final = 4
# No layer has a larger number in it.
LARGEST: Final = 1e15


@dataclass(frozen=True)
class Hand:
    """What is at hand where an expression stands.

    `known` are the names of the notebook and of Python, `spelled` those that may be meant by
    another, and `asked` the attributes that the checks read or call.
    """

    scope: Scope
    known: frozenset[str]
    spelled: tuple[str, ...]
    asked: tuple[str, ...] = ()

    @property
    def own(self) -> tuple[str, ...]:
        """The attributes that the object has, or should have."""
        return tuple(dict.fromkeys((*self.scope.attributes, *self.asked)))


def alike(name: str, names: Sequence[str]) -> list[str]:
    """Return `names`, those first that are spelled most like `name`."""
    likely = get_close_matches(name, names, MOST_ALIKE, 0.3)
    return list(dict.fromkeys((*likely, *names)))


@lru_cache(maxsize=1024)
def _close(name: str, names: tuple[str, ...]) -> Sequence[str]:
    return get_close_matches(name, names, MOST_ALIKE)


def renamed(value: ast.expr, hand: Hand) -> Iterator[ast.expr]:
    """Yield what `value` may mean where it is a name that does not exist."""
    if isinstance(value, ast.Name):
        yield from _of_unknown(value, hand)
    elif isinstance(value, ast.Attribute):
        yield from _of_unknown_attribute(value, hand)


def _of_unknown(name: ast.Name, hand: Hand) -> Iterator[ast.expr]:
    scope = hand.scope
    if isinstance(name.ctx, ast.Store):
        # What is kept for later, and only bound to a name of the call.
        if scope.me and name.id in hand.own:
            yield _own(scope, name.id, ast.Store())
        return
    if name.id in hand.known or name.id in (*scope.names, scope.me):
        return
    if scope.me:
        yield from (_own(scope, each) for each in hand.own if each == name.id)
        if get_close_matches(name.id, [scope.me]):
            yield edited(name, id=scope.me)
    for each in _close(name.id, (*scope.names, *hand.spelled)):
        yield edited(name, id=each)
    if scope.me:
        for each in get_close_matches(name.id, hand.own, MOST_ALIKE):
            yield _own(scope, each)
    yield from (edited(name, id=each) for each in scope.names)


def _of_unknown_attribute(node: ast.Attribute, hand: Hand) -> Iterator[ast.expr]:
    scope = hand.scope
    if scope.is_own(node):
        set_here = isinstance(node.ctx, ast.Store)
        if set_here and node.attr not in hand.asked:
            yield from (edited(node, attr=each) for each in _missing(hand))
        elif not set_here and node.attr not in scope.attributes:
            yield from (edited(node, attr=each) for each in alike(node.attr, hand.own))
            if node.attr in scope.names:
                yield ast.Name(node.attr, ast.Load())
        return
    names = _numpys() if _is_numpy(node.value) else _arrays()
    if node.attr not in names:
        for each in get_close_matches(node.attr, names, MOST_ALIKE):
            yield edited(node, attr=each)


def _missing(hand: Hand) -> list[str]:
    """Return the attributes that checks ask for and nothing sets."""
    return [each for each in hand.asked if each not in hand.scope.attributes]


def _is_numpy(node: ast.expr) -> bool:
    return isinstance(node, ast.Name) and node.id in _MODULES


@cache
def _numpys() -> tuple[str, ...]:
    return tuple(each for each in dir(np) if not each.startswith("_"))


@cache
def _arrays() -> tuple[str, ...]:
    return tuple(each for each in dir(np.ndarray) if not each.startswith("_"))


def inserted(value: ast.expr, role: Role) -> Iterator[ast.expr]:
    """Yield `value` with what may be missing from it put in; `value` stays as it is."""
    if not isinstance(getattr(value, "ctx", ast.Load()), ast.Load):
        return
    if isinstance(value, ast.Call):
        yield from _along_an_axis(value)
        yield from _arguments(value)
    if isinstance(value, ast.Attribute) and value.attr in _PLAIN_METHODS:
        yield ast.Call(value, [], [])
    if isinstance(value, ast.Constant):
        yield from (ast.Constant(value=each) for each in _other_numbers(value.value))
    if isinstance(value, ast.Name | ast.Attribute) and role == "value":
        yield ast.Call(ast.Attribute(value, "copy", ast.Load()), [], [])


def mixed_up(value: ast.expr, hand: Hand) -> Iterator[ast.expr]:
    """Yield the other things at hand that may be meant by a name of something that exists."""
    scope = hand.scope
    local = isinstance(value, ast.Name) and value.id in scope.names
    if not isinstance(getattr(value, "ctx", None), ast.Load) or not (local or scope.is_own(value)):
        return
    written = ast.unparse(value)
    others: list[ast.expr] = [ast.Name(each, ast.Load()) for each in scope.names]
    others += [_own(scope, each) for each in scope.attributes if scope.me]
    yield from (each for each in others if ast.unparse(each) != written)


def enlarged(value: ast.expr, hand: Hand, role: Role) -> Iterator[ast.expr]:
    """Yield `value` with a factor, a divisor, a term or a sum that may be missing."""
    if role != "value" or not isinstance(
        value, ast.BinOp | ast.Call | ast.Attribute | ast.Name | ast.UnaryOp | ast.Subscript
    ):
        return
    scope = hand.scope
    own: list[ast.expr] = [_own(scope, each) for each in scope.attributes if scope.me]
    names: list[ast.expr] = [ast.Name(each, ast.Load()) for each in scope.parameters]
    lengths = [
        ast.Call(ast.Name("len", ast.Load()), [each], [])
        for each in (*names, *own)
        if ast.unparse(each) != ast.unparse(value)
    ]
    for other in (*own, *names, *lengths):
        yield ast.BinOp(value, ast.Mult(), other)
        yield ast.BinOp(value, ast.Div(), other)
    for other in (*own, *names):
        yield ast.BinOp(value, ast.Add(), other)
        yield ast.BinOp(value, ast.Sub(), other)
    for function in ("sum", "mean"):
        for axis in (0, 1):
            yield ast.Call(
                ast.Attribute(value, function, ast.Load()),
                [],
                [ast.keyword("axis", ast.Constant(value=axis))],
            )


def _own(scope: Scope, name: str, ctx: ast.expr_context | None = None) -> ast.Attribute:
    return ast.Attribute(ast.Name(scope.me, ast.Load()), name, ctx or ast.Load())


def _along_an_axis(call: ast.Call) -> Iterator[ast.expr]:
    name = getattr(call.func, "attr", "")
    given = {each.arg: each for each in call.keywords}
    if name not in _ALONG or (call.args and not _is_numpy(getattr(call.func, "value", call.func))):
        return
    others = [each for each in call.keywords if each.arg not in ("axis", "keepdims")]
    for axis in (0, 1, -1):
        for kept in (False, True):
            keywords = [*others, ast.keyword("axis", ast.Constant(value=axis))]
            if kept:
                keywords.append(ast.keyword("keepdims", ast.Constant(value=True)))
            if len(call.args) <= 1 or "axis" in given:
                yield edited(call, keywords=keywords)


def _arguments(call: ast.Call) -> Iterator[ast.expr]:
    """Yield a call with one of its arguments turned, or with the other sign."""
    for index, each in enumerate(call.args):
        if not isinstance(each, ast.Name | ast.Attribute | ast.BinOp | ast.Call | ast.Subscript):
            continue
        for other in (ast.Attribute(each, "T", ast.Load()), ast.UnaryOp(ast.USub(), each)):
            yield edited(call, args=[*call.args[:index], other, *call.args[index + 1 :]])


def _other_numbers(value: object) -> Iterator[float]:
    if isinstance(value, bool) or not isinstance(value, int | float) or abs(value) > LARGEST:
        return
    if isinstance(value, int):
        yield value - 1
    if value:
        yield from (value / 2, value * 10, value / 10)
        if value != 1:
            yield 1
