"""What a student may have left out of an expression, or called by a name that is not there."""

import ast
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from functools import cache
from typing import Any, Final

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
# What is larger has no tenth among Python's floats, and is no number that a layer is about.
LARGEST: Final = 1e300


@dataclass(frozen=True)
class Hand:
    """What is at hand where an expression stands.

    `known` are the names of the notebook and of Python, `asked` the attributes that the checks
    read or call, `owned` those that the methods read, `kept` those that no other method reads than
    sets them, and `unread` the parameters and variables of the function that nothing in it reads.
    """

    scope: Scope
    known: frozenset[str]
    asked: tuple[str, ...] = ()
    owned: tuple[str, ...] = ()
    unread: tuple[str, ...] = ()
    kept: tuple[str, ...] = ()

    @property
    def own(self) -> tuple[str, ...]:
        """The attributes that the object has, or should have."""
        return tuple(dict.fromkeys((*self.scope.attributes, *self.asked)))

    @property
    def spare(self) -> tuple[str, ...]:
        """The attributes that are kept for nobody."""
        return tuple(each for each in self.kept if self.scope.me and each not in self.asked)


def alike(name: str, names: Sequence[str]) -> list[str]:
    """Return `names`, those first that are spelled most like `name`."""
    likely = get_close_matches(name, names, MOST_ALIKE, 0.3)
    return list(dict.fromkeys((*likely, *names)))


def compared(value: ast.expr, hand: Hand) -> int:
    """Return how many names `renamed` compares with what `value` is called."""
    match value:
        case ast.Name(id=name) if name not in hand.known and name not in hand.scope.names:
            return len(hand.known)
        case ast.Attribute(attr=name) if not hand.scope.is_own(value):
            names = _attributes_of(value.value)
            return 0 if name in names else len(names)
    return 0


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
        if scope.me and name.id in (*hand.own, *hand.owned):
            yield _own(scope, name.id, ast.Store())
        return
    if name.id in hand.known or name.id in (*scope.names, scope.me):
        return
    if scope.me:
        yield from (_own(scope, each) for each in hand.own if each == name.id)
        if get_close_matches(name.id, [scope.me]):
            yield edited(name, id=scope.me)
    here = [*scope.names, *sorted(hand.known)]
    for each in get_close_matches(name.id, here, MOST_ALIKE):
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
    names = _attributes_of(node.value)
    if node.attr not in names:
        for each in get_close_matches(node.attr, names, MOST_ALIKE):
            yield edited(node, attr=each)


def _missing(hand: Hand) -> list[str]:
    """Return the attributes that checks ask for and nothing sets."""
    return [each for each in hand.asked if each not in hand.scope.attributes]


def _attributes_of(node: ast.expr) -> tuple[str, ...]:
    return _numpys() if _is_numpy(node) else _arrays()


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


def completed(value: ast.expr, hand: Hand) -> Iterator[ast.expr]:
    """Yield `value` with a factor or a term that was made, and that nothing reads."""
    if not isinstance(getattr(value, "ctx", ast.Load()), ast.Load) or not isinstance(
        value, ast.BinOp | ast.Call | ast.Attribute | ast.Name
    ):
        return
    scope = hand.scope
    for name in hand.unread:
        for op in (ast.Mult(), ast.Sub(), ast.Add()):
            yield ast.BinOp(value, op, ast.Name(name, ast.Load()))
    for name in hand.spare:
        yield ast.BinOp(value, ast.Mult(), _own(scope, name))


def enlarged(value: ast.expr, hand: Hand, role: Role) -> Iterator[ast.expr]:
    """Yield `value` with a factor, a divisor, a term or a sum that may be missing."""
    if not isinstance(getattr(value, "ctx", ast.Load()), ast.Load) or not isinstance(
        value, ast.BinOp | ast.Call | ast.Attribute | ast.Name | ast.UnaryOp | ast.Subscript
    ):
        return
    scope = hand.scope
    own: list[ast.expr] = [_own(scope, each) for each in scope.attributes if scope.me]
    names: list[ast.expr] = [ast.Name(each, ast.Load()) for each in scope.parameters]
    lengths = [
        ast.Call(ast.Name("len", ast.Load()), [each], [])
        for each in names
        if ast.unparse(each) != ast.unparse(value)
    ]
    if role != "value":
        # Within an expression it is what is summed or averaged, or a term, that lacks a factor.
        yield from (ast.BinOp(value, ast.Mult(), other) for other in (*own, *names))
        if isinstance(value, ast.BinOp):
            local = [each for each in scope.names if each not in scope.parameters]
            for each in local:
                yield ast.BinOp(value, ast.Add(), ast.Name(each, ast.Load()))
        return
    for other in (*own, *names, *lengths):
        yield ast.BinOp(value, ast.Mult(), other)
        yield ast.BinOp(value, ast.Div(), other)
    for other in (*own, *names):
        rest = ast.BinOp(ast.Constant(value=1), ast.Sub(), other)
        yield ast.BinOp(value, ast.Mult(), rest)
        yield ast.BinOp(value, ast.Div(), rest)
    for other in own:
        yield ast.BinOp(value, ast.MatMult(), other)
        yield ast.BinOp(value, ast.MatMult(), ast.Attribute(other, "T", ast.Load()))
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


def is_number(value: object) -> bool:
    """Whether a constant is a number."""
    return isinstance(value, int | float) and not isinstance(value, bool)


def _other_numbers(value: Any) -> Iterator[float]:
    if not is_number(value):
        return
    if isinstance(value, int):
        yield value - 1
    if value and abs(value) <= LARGEST:
        yield from (value / 2, value * 10, value / 10)
        if value != 1:
            yield 1
