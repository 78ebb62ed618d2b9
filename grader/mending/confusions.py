"""What a student may have mixed up in an expression that works: shapes, brackets, kinds of things.

Unlike a mutant, backwards, each of these is two changes of one expression that go together.
"""

import ast
from collections.abc import Iterator
from itertools import product
from typing import Final

from grader.mending.blocks import ANEW, INCOMPLETE, MIXED_UP, UNLIKELY
from grader.mending.insertions import Hand, is_number
from grader.mutation.expressions import Role, edited

# Functions of one meaning each that are spelled or thought alike, beyond those that mutants
# exchange.
_ALIKE: Final = (
    ("exp", "exp2", "expm1"),
    ("log", "log2", "log10", "log1p"),
    ("sin", "cos", "tan", "sinh", "cosh", "tanh"),
    ("max", "maximum", "amax", "fmax"),
    ("min", "minimum", "amin", "fmin"),
    ("random", "random_sample", "rand", "standard_normal", "randn", "uniform", "normal"),
    ("dot", "matmul", "multiply", "outer"),
    ("argmax", "max"),
    ("argsort", "sort"),
)
# What NumPy has for arrays in the place of Python's own functions.
_OF_ARRAYS: Final = {"max": "maximum", "min": "minimum", "abs": "abs", "sum": "sum"}
_ARRAY_PRODUCTS: Final = (ast.Mult, ast.MatMult)
_PROPORTIONAL: Final = (ast.Mult, ast.Div)
_SUMS: Final = (ast.Add, ast.Sub)


def confused(value: ast.expr, hand: Hand, role: Role) -> Iterator[tuple[int, ast.expr]]:
    """Yield what an expression may have been meant to be, with the rank of the slip."""
    if not isinstance(getattr(value, "ctx", ast.Load()), ast.Load):
        return
    match value:
        case ast.BinOp():
            yield from ((ANEW, each) for each in (*_turned(value), *_bracketed(value)))
            yield from ((INCOMPLETE, each) for each in _forgotten(value, hand))
        case ast.Call():
            yield from ((MIXED_UP, each) for each in _of_calls(value))
            yield from ((INCOMPLETE, each) for each in _needless(value))
            yield from ((ANEW, each) for each in _opened(value))
        case ast.Compare(left=left, comparators=[limit, *others]):
            yield ANEW, left
            if not others and not isinstance(limit, ast.Constant):
                yield ANEW, edited(value, comparators=[ast.Constant(value=0)])
        case ast.Constant() if is_number(value.value):
            yield from _named(hand)
        case ast.Tuple(elts=elements) if role == "value":
            yield from ((MIXED_UP, each) for each in elements if len(elements) > 1)
        case ast.Attribute(value=ast.Name(id=owner), attr=name) if hand.scope.me and (
            owner == hand.scope.owner
        ):
            yield MIXED_UP, ast.Attribute(ast.Name(hand.scope.me, ast.Load()), name, ast.Load())
        case ast.Subscript(value=whole, slice=ast.Constant() | ast.UnaryOp()):
            yield from ((ANEW, each) for each in _reduced(whole))
        case ast.Subscript(
            value=whole, slice=ast.Name() | ast.Attribute() | ast.Compare() as chosen
        ):
            # Who has a mask may pick entries out where the others were to become zeros.
            yield ANEW, ast.BinOp(whole, ast.Mult(), chosen)
    if _is_variable(value, hand):
        yield ANEW, ast.BinOp(value, ast.Pow(), ast.Constant(value=2))
        yield ANEW, ast.BinOp(ast.Constant(value=1), ast.Sub(), value)
        yield UNLIKELY, ast.Compare(value, [ast.Gt()], [ast.Constant(value=0)])


def _is_variable(value: ast.expr, hand: Hand) -> bool:
    """Whether an expression is a local variable, or what the object keeps."""
    return hand.scope.is_own(value) or (
        isinstance(value, ast.Name) and value.id in hand.scope.names
    )


def _named(hand: Hand) -> Iterator[tuple[int, ast.expr]]:
    """Yield what a number may stand for; what nothing reads yet is the likeliest."""
    scope = hand.scope
    for name in scope.parameters:
        yield MIXED_UP if name in hand.unread else INCOMPLETE, ast.Name(name, ast.Load())
    for name in scope.attributes if scope.me else ():
        rank = MIXED_UP if name not in hand.owned else INCOMPLETE
        yield rank, ast.Attribute(ast.Name(scope.me, ast.Load()), name, ast.Load())


def _turned(value: ast.BinOp) -> Iterator[ast.expr]:
    """Yield the matrix products of two factors, in either order, each transposed or not.

    Who minds the shapes alone turns this one and that until the product exists.
    """
    if not isinstance(value.op, _ARRAY_PRODUCTS):
        return
    plain = [_untransposed(each) for each in (value.left, value.right)]
    for first, second in (plain, reversed(plain)):
        for turned in product((False, True), repeat=2):
            left, right = (
                ast.Attribute(each, "T", ast.Load()) if is_turned else each
                for each, is_turned in zip((first, second), turned, strict=True)
            )
            yield ast.BinOp(left, ast.MatMult(), right)


def _untransposed(value: ast.expr) -> ast.expr:
    return value.value if isinstance(value, ast.Attribute) and value.attr == "T" else value


def _bracketed(value: ast.BinOp) -> Iterator[ast.expr]:
    """Yield two operations of three operands with the brackets elsewhere."""
    left, right, op = value.left, value.right, value.op
    if isinstance(left, ast.BinOp):
        inner = ast.BinOp(left.right, op, right)
        yield ast.BinOp(left.left, left.op, inner)
    if isinstance(right, ast.BinOp):
        inner = ast.BinOp(left, op, right.left)
        yield ast.BinOp(inner, right.op, right.right)
        if isinstance(op, ast.Mult) and isinstance(right.op, _SUMS):
            yield ast.BinOp(right.left, right.op, ast.BinOp(left, op, right.right))
    if isinstance(left, ast.BinOp) and isinstance(left.op, _SUMS) and isinstance(op, _PROPORTIONAL):
        yield ast.BinOp(ast.BinOp(left.left, op, right), left.op, left.right)


def _forgotten(value: ast.BinOp, hand: Hand) -> Iterator[ast.expr]:
    """Yield a product or quotient whose factors were to be one that was made, and is read nowhere.

    Who has kept a mask for later may compute it once more, or something in its place.
    """
    if not isinstance(value.op, _PROPORTIONAL):
        return
    first: ast.expr = value
    while isinstance(first, ast.BinOp) and isinstance(first.op, _PROPORTIONAL):
        first = first.left
    for name in hand.unread:
        yield ast.BinOp(first, ast.Mult(), ast.Name(name, ast.Load()))
    for name in hand.spare:
        own = ast.Attribute(ast.Name(hand.scope.me, ast.Load()), name, ast.Load())
        yield ast.BinOp(first, ast.Mult(), own)


def _opened(call: ast.Call) -> Iterator[ast.expr]:
    """Yield a call of an operation with one of the operands outside of the brackets."""
    match call:
        case ast.Call(func=ast.Attribute(value=ast.BinOp(left=left, op=op, right=right)) as func):
            yield ast.BinOp(edited(call, func=edited(func, value=left)), op, right)
            yield ast.BinOp(left, op, edited(call, func=edited(func, value=right)))
        case ast.Call(args=[ast.BinOp(left=left, op=op, right=right), *rest]):
            yield ast.BinOp(edited(call, args=[left, *rest]), op, right)
            yield ast.BinOp(left, op, edited(call, args=[right, *rest]))


def _needless(call: ast.Call) -> Iterator[ast.expr]:
    """Yield a call with less: without a limit, without its list, without two calls at once.

    Or with the list in another order.
    """
    for index, each in enumerate(call.args[1:], 1):
        if isinstance(each, ast.Constant) and is_number(each.value):
            without = [*call.args[:index], ast.Constant(value=None), *call.args[index + 1 :]]
            yield edited(call, args=without)
    match call:
        case ast.Call(args=[ast.List(elts=elements) | ast.Tuple(elts=elements), *_rest]):
            yield from (each for each in elements if not isinstance(each, ast.Constant))
            for at in range(1, len(elements)):
                swapped = [*elements]
                swapped[at - 1 : at + 1] = reversed(swapped[at - 1 : at + 1])
                first = edited(call.args[0], elts=swapped)
                yield edited(call, args=[first, *call.args[1:]])
        case ast.Call(func=ast.Attribute(value=ast.Call(func=ast.Attribute(value=inner)))):
            yield inner


def _of_calls(call: ast.Call) -> Iterator[ast.expr]:
    """Yield a call of a function that is thought alike, or what one of its arguments is alone."""
    match call.func:
        case (
            ast.Attribute(value=ast.Name(id="np" | "numpy"), attr=name)
            | ast.Attribute(
                value=ast.Attribute(value=ast.Name(id="np" | "numpy"), attr="random"), attr=name
            )
        ):
            others = dict.fromkeys(o for group in _ALIKE if name in group for o in group)
            for other in others:
                if other != name:
                    yield edited(call, func=edited(call.func, attr=other))
        case ast.Name(id=name) if name in _OF_ARRAYS:
            func = ast.Attribute(ast.Name("np", ast.Load()), _OF_ARRAYS[name], ast.Load())
            yield edited(call, func=func)
    match call.func:
        case ast.Attribute(value=ast.Name(id="np" | "numpy"), attr="reshape") if call.args:
            yield ast.Attribute(call.args[0], "T", ast.Load())
        case ast.Attribute(value=array, attr="reshape"):
            yield ast.Attribute(array, "T", ast.Load())
    for argument in call.args[1:]:
        if not isinstance(argument, ast.Starred):
            yield argument


def _reduced(value: ast.expr) -> Iterator[ast.expr]:
    """Yield what a whole array comes to, for who has taken one of its rows."""
    for function in ("sum", "mean"):
        along = [ast.keyword("axis", ast.Constant(value=0))]
        yield ast.Call(ast.Attribute(value, function, ast.Load()), [], along)
