"""Changing an expression by one slip of the pen."""

import ast
from collections.abc import Iterator, Sequence
from copy import copy
from difflib import get_close_matches
from functools import lru_cache
from typing import Any, Final, Literal, TypeVar

from grader.mutation.scope import Scope

Role = Literal["value", "condition", "part"]
"""What an expression is to the statement around it: what is assigned or returned, what decides
whether something is done, or anything else."""

_VALUES: Final = (ast.Assign, ast.AugAssign, ast.AnnAssign, ast.Return, ast.Lambda)
_CONDITIONS: Final = (ast.If, ast.While, ast.IfExp)

ARITHMETIC: Final = (ast.Add, ast.Sub, ast.Mult, ast.Div, ast.MatMult)
OTHER_ARITHMETIC: Final = {
    ast.Pow: (ast.Mult,),
    ast.FloorDiv: (ast.Div, ast.Mod),
    ast.Mod: (ast.FloorDiv,),
    ast.BitAnd: (ast.BitOr,),
    ast.BitOr: (ast.BitAnd,),
}
NOT_COMMUTATIVE: Final = (ast.Sub, ast.Div, ast.MatMult, ast.Pow, ast.FloorDiv, ast.Mod)
COMPARISONS: Final = (ast.Gt, ast.GtE, ast.Lt, ast.LtE, ast.Eq, ast.NotEq)
OPPOSITES: Final = {ast.In: ast.NotIn, ast.NotIn: ast.In, ast.Is: ast.IsNot, ast.IsNot: ast.Is}
# For how many others a name is mistaken at each place where it stands. If it were for all, mutants
# would grow with the square of the names, and show hardly any more.
MOST_MIXED_UP: Final = 3

_CONFUSED: Final = (
    ("sum", "mean", "prod", "max"),
    ("maximum", "minimum"),
    ("max", "min"),
    ("argmax", "argmin"),
    ("zeros", "ones"),
    ("zeros_like", "ones_like"),
    ("exp", "log"),
    ("any", "all"),
    ("floor", "ceil"),
    ("hstack", "vstack"),
    ("std", "var"),
    ("sin", "cos"),
    ("append", "extend"),
    ("dot", "outer"),
)
# Functions that write into the array given to them as `out`.
_ELEMENTWISE: Final = frozenset({"maximum", "minimum", "exp", "log", "abs", "sqrt", "tanh", "clip"})


def expressions(node: ast.expr, scope: Scope, role: Role) -> Iterator[ast.expr]:
    """Yield what an author may have written for `node` by mistake; `node` stays as it is."""
    if role == "condition":
        yield ast.UnaryOp(ast.Not(), node)
        yield from (ast.Constant(value=value) for value in (True, False))
    if role == "value" and _is_numeric(node):
        yield ast.UnaryOp(ast.USub(), node)
        yield _transposed(node)
    yield from _KINDS.get(type(node), _nothing)(node, scope)


def role_of(parent: ast.AST, field: str) -> Role:
    """Return the role of an expression that `parent` has in a field."""
    if field in ("value", "body") and isinstance(parent, _VALUES):
        return "value"
    if field == "test" and isinstance(parent, _CONDITIONS):
        return "condition"
    return "condition" if field == "ifs" else "part"


def _nothing(_node: Any, _scope: Scope) -> Iterator[ast.expr]:
    yield from ()


def _is_numeric(node: ast.expr) -> bool:
    """Whether `node` may well be a number or an array."""
    return isinstance(node, ast.BinOp | ast.Call | ast.Attribute | ast.Name | ast.Subscript)


def _transposed(node: ast.expr) -> ast.expr:
    return ast.Attribute(node, "T", ast.Load())


N = TypeVar("N", bound=ast.AST)


def edited(node: N, **fields: object) -> N:
    """Return `node` with other fields; it shares the rest with the one given."""
    new = copy(node)
    for name, value in fields.items():
        setattr(new, name, value)
    return new


def _binary(node: ast.BinOp, _scope: Scope) -> Iterator[ast.expr]:
    others = ARITHMETIC if isinstance(node.op, ARITHMETIC) else ()
    for kind in (*others, *OTHER_ARITHMETIC.get(type(node.op), ())):
        if not isinstance(node.op, kind):
            yield edited(node, op=kind())
    yield from (node.left, node.right)
    if isinstance(node.op, NOT_COMMUTATIVE):
        yield edited(node, left=node.right, right=node.left)
    for side in ("left", "right"):
        operand = getattr(node, side)
        if _is_numeric(operand) and getattr(operand, "attr", "") != "T":
            yield edited(node, **{side: _transposed(operand)})


def _unary(node: ast.UnaryOp, _scope: Scope) -> Iterator[ast.expr]:
    yield node.operand


def _boolean(node: ast.BoolOp, _scope: Scope) -> Iterator[ast.expr]:
    yield edited(node, op=ast.Or() if isinstance(node.op, ast.And) else ast.And())
    for index in range(len(node.values)):
        rest = _without(node.values, index)
        yield edited(node, values=rest) if len(rest) > 1 else rest[0]


def _comparison(node: ast.Compare, _scope: Scope) -> Iterator[ast.expr]:
    for index, op in enumerate(node.ops):
        kinds = COMPARISONS if isinstance(op, COMPARISONS) else (OPPOSITES[type(op)],)
        for kind in kinds:
            if not isinstance(op, kind):
                yield edited(node, ops=_with(node.ops, index, kind()))


def _constant(node: ast.Constant, _scope: Scope) -> Iterator[ast.expr]:
    value = node.value
    values: list[bool | int | float] = []
    if isinstance(value, bool):
        values = [not value]
    elif isinstance(value, int):
        values = [value + 1, -value, 0]
    elif isinstance(value, float):
        values = [2 * value, -value, 0.0] if value else [1.0]
    yield from (ast.Constant(value=each) for each in values if each is not value)


def _choice(node: ast.IfExp, _scope: Scope) -> Iterator[ast.expr]:
    yield from (node.body, node.orelse)


def _attribute(node: ast.Attribute, scope: Scope) -> Iterator[ast.expr]:
    if node.attr == "T":
        yield node.value
    if not scope.is_own(node):
        return
    if node.attr in scope.attributes:
        yield from (edited(node, attr=each) for each in _mixed_up(node.attr, scope.attributes))
    if isinstance(node.ctx, ast.Load) and node.attr in scope.names:
        yield ast.Name(node.attr, ast.Load())


def _name(node: ast.Name, scope: Scope) -> Iterator[ast.expr]:
    if node.id not in scope.names:
        return
    yield from (edited(node, id=each) for each in _mixed_up(node.id, scope.names))
    if not isinstance(node.ctx, ast.Load):
        return
    yield from (default for name, default in scope.defaults if name == node.id)
    if node.id in scope.attributes and scope.me:
        yield ast.Attribute(ast.Name(scope.me, ast.Load()), node.id, ast.Load())


@lru_cache(maxsize=1024)
def _mixed_up(name: str, names: tuple[str, ...]) -> Sequence[str]:
    """Return the few of `names` that a student may well write for `name`, the likeliest first.

    They are those that are spelled much like it, as difflib tells, and then those that come next
    to it in `names`, which are in the order of their definition.
    """
    others = [each for each in names if each != name]
    places = {each: place for place, each in enumerate(names)}
    here = places[name]
    alike = get_close_matches(name, others, MOST_MIXED_UP)
    near = sorted(others, key=lambda each: abs(places[each] - here))
    return list(dict.fromkeys([*alike, *near]))[:MOST_MIXED_UP]


def _subscript(node: ast.Subscript, _scope: Scope) -> Iterator[ast.expr]:
    if isinstance(node.ctx, ast.Load):
        yield node.value
    if not isinstance(node.slice, ast.Slice):
        return
    for part in ("lower", "upper", "step"):
        if getattr(node.slice, part) is not None:
            yield edited(node, slice=edited(node.slice, **{part: None}))


def _call(node: ast.Call, scope: Scope) -> Iterator[ast.expr]:
    name = _called(node)
    yield from (_renamed(node, other) for other in _mistakable(name))
    if isinstance(node.func, ast.Attribute) and not _is_module_like(node.func.value, scope):
        yield node.func.value
    elif node.args and not isinstance(node.args[0], ast.Starred):
        yield node.args[0]
    for index in range(1, len(node.args)):
        before, this = node.args[index - 1], node.args[index]
        yield edited(node, args=_with(_with(node.args, index, before), index - 1, this))
    yield from _keywords(node)
    if name == "range" and node.args:
        last = len(node.args) - 1
        for op in (ast.Sub(), ast.Add()):
            moved = ast.BinOp(node.args[last], op, ast.Constant(value=1))
            yield edited(node, args=_with(node.args, last, moved))
    first = node.args[0] if node.args else None
    if name in _ELEMENTWISE and isinstance(first, ast.Name) and first.id in scope.parameters:
        yield edited(node, keywords=[*node.keywords, ast.keyword("out", first)])


def _keywords(node: ast.Call) -> Iterator[ast.expr]:
    """Yield the call with a keyword dropped, an axis changed or its dimension kept."""
    for index, keyword in enumerate(node.keywords):
        yield edited(node, keywords=_without(node.keywords, index))
        if keyword.arg == "axis":
            for axis in (0, 1, -1, None):
                other = edited(keyword, value=ast.Constant(value=axis))
                yield edited(node, keywords=_with(node.keywords, index, other))
    given = {keyword.arg for keyword in node.keywords}
    if "axis" in given and "keepdims" not in given:
        kept = ast.keyword("keepdims", ast.Constant(value=True))
        yield edited(node, keywords=[*node.keywords, kept])


def _called(node: ast.Call) -> str:
    if isinstance(node.func, ast.Attribute):
        return node.func.attr
    return node.func.id if isinstance(node.func, ast.Name) else ""


def _mistakable(name: str) -> Iterator[str]:
    """Yield the functions that the one called `name` is mixed up with."""
    for group in _CONFUSED:
        if name in group:
            yield from (other for other in group if other != name)


def _renamed(node: ast.Call, name: str) -> ast.expr:
    field = "attr" if isinstance(node.func, ast.Attribute) else "id"
    return edited(node, func=edited(node.func, **{field: name}))


def _is_module_like(node: ast.expr, scope: Scope) -> bool:
    """Whether `node` is, or is a part of, something that is neither local nor the object's."""
    while isinstance(node, ast.Attribute):
        node = node.value
    return isinstance(node, ast.Name) and node.id not in (*scope.names, scope.me)


def _with(items: Sequence[Any], index: int, item: object) -> list[Any]:
    return [*items[:index], item, *items[index + 1 :]]


def _without(items: Sequence[Any], index: int) -> list[Any]:
    return [*items[:index], *items[index + 1 :]]


_KINDS: Final[dict[type, Any]] = {
    ast.BinOp: _binary,
    ast.UnaryOp: _unary,
    ast.BoolOp: _boolean,
    ast.Compare: _comparison,
    ast.Constant: _constant,
    ast.IfExp: _choice,
    ast.Attribute: _attribute,
    ast.Name: _name,
    ast.Subscript: _subscript,
    ast.Call: _call,
}
