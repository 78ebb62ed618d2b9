"""The kinds of slips, what each is called to a student, and the question that leads to it."""

import ast
from dataclasses import dataclass
from typing import Final

from grader.i18n import marked
from grader.results.model import SlipKind


@dataclass(frozen=True)
class Words:
    """What a slip is about, in words that end a sentence, and the question that leads to it."""

    about: str
    question: str


WORDS: Final[dict[SlipKind, Words]] = {
    "name": Words(
        marked("It is about a name."),
        marked("Which names do these things have where they are made, letter by letter?"),
    ),
    "self": Words(
        marked("It is about `self`."),
        marked("What belongs to the object, and what only to this call?"),
    ),
    "call": Words(
        marked("It is about calling a function."),
        marked("Is this the function itself, or what it gives when it is called?"),
    ),
    "return": Words(
        marked("It is about what is returned."),
        marked("What does whoever calls this get, on every way through it?"),
    ),
    "transpose": Words(
        marked("It is about a transpose."),
        marked("Which shape does each factor have, and which has the product?"),
    ),
    "axis": Words(
        marked("It is about an axis."),
        marked("Over which axis is this taken, and which shape is left?"),
    ),
    "sign": Words(
        marked("It is about a sign."),
        marked("Which way should this go when the number grows?"),
    ),
    "operator": Words(
        marked("It is about an operator."),
        marked("Which operation does the formula have here, for one entry and for whole arrays?"),
    ),
    "order": Words(
        marked("It is about an order."),
        marked("Does it matter here which comes first?"),
    ),
    "comparison": Words(
        marked("It is about a condition."),
        marked("For which values should this hold: below, above, and exactly at the limit?"),
    ),
    "constant": Words(
        marked("It is about a number."),
        marked("What does this number stand for, and is it the one that was asked for?"),
    ),
    "function": Words(
        marked("It is about which function is called."),
        marked("What exactly does this function compute? Try it on two numbers."),
    ),
    "argument": Words(
        marked("It is about the arguments."),
        marked("Which arguments come here, in which order, and what for?"),
    ),
    "copy": Words(
        marked("It is about a copy."),
        marked("Who else holds this array, and who changes it later?"),
    ),
    "assignment": Words(
        marked("It is about an assignment."),
        marked("Should this replace the former value, or go on from it, and whose array is it?"),
    ),
    "statement": Words(
        marked("It is about a whole statement."),
        marked("What would happen without this statement?"),
    ),
    "indentation": Words(
        marked("It is about indentation."),
        marked("To which block does this belong, and how often is it done?"),
    ),
    "factor": Words(
        marked("It is about a factor or a term."),
        marked("Is each factor and each term of the formula here, and each only once?"),
    ),
    "index": Words(
        marked("It is about an index."),
        marked("Which entries does this pick?"),
    ),
}


def kind_of(old: ast.expr, new: ast.expr) -> SlipKind:
    """Return the kind of the slip of who wrote `old` where `new` is right."""
    match old, new:
        case (ast.Tuple(), _):
            return "return"
        case (ast.Name() | ast.Attribute(), ast.Name() | ast.Attribute()) if _is_turned(old, new):
            return "transpose"
        case (ast.Name(id=name), ast.Attribute(attr=other)) | (
            ast.Attribute(attr=other),
            ast.Name(id=name),
        ) if name == other:
            return "self"
        case (ast.Name() | ast.Attribute(), ast.Name() | ast.Attribute()):
            return "name"
        case (ast.BinOp(), ast.BinOp()):
            return _of_operations(old, new)
        case (ast.UnaryOp(op=ast.USub()), _) | (_, ast.UnaryOp(op=ast.USub())):
            return "sign"
        case (ast.UnaryOp() | ast.BoolOp() | ast.Compare(), _):
            return "comparison"
        case (_, ast.UnaryOp() | ast.BoolOp() | ast.Compare()):
            return "comparison"
        case (ast.Constant(), _) | (_, ast.Constant()):
            return "constant"
        case (ast.Subscript(), _) | (_, ast.Subscript()):
            return "index"
    if _is_turned(old, new):
        return "transpose"
    if isinstance(old, ast.Call) or isinstance(new, ast.Call):
        return _of_calls(old, new)
    return "factor" if isinstance(old, ast.BinOp) or isinstance(new, ast.BinOp) else "name"


def _is_called_still(old: ast.Call, operand: ast.expr) -> bool:
    """Whether an operand calls what `old` calls, so that only what stands around it differs."""
    if operand is old or not isinstance(operand, ast.Call):
        return operand is old
    names = [getattr(each.func, "attr", None) for each in (old, operand)]
    return operand.func is old.func or (names[0] is not None and names[0] == names[1])


def _is_turned(old: ast.expr, new: ast.expr) -> bool:
    """Whether one is the other transposed, or reshaped as if that were it."""
    called = old.func if isinstance(old, ast.Call) else None
    if isinstance(called, ast.Attribute) and called.attr == "reshape":
        return isinstance(new, ast.Attribute) and new.attr == "T"
    return any(
        isinstance(one, ast.Attribute) and one.attr == "T" and one.value is other
        for one, other in ((old, new), (new, old))
    )


def _of_operations(old: ast.BinOp, new: ast.BinOp) -> SlipKind:
    if old.left is new.right and old.right is new.left:
        return "order"
    if old.left is new.left and old.right is new.right:
        both = {type(old.op), type(new.op)}
        return "sign" if both == {ast.Add, ast.Sub} else "operator"
    for side in ("left", "right"):
        if _is_turned(getattr(old, side), getattr(new, side)):
            return "transpose"
    factors = [{id(_unturned(each.left)), id(_unturned(each.right))} for each in (old, new)]
    return "transpose" if factors[0] == factors[1] else "factor"


def _unturned(node: ast.expr) -> ast.expr:
    return node.value if isinstance(node, ast.Attribute) and node.attr == "T" else node


def _of_calls(old: ast.expr, new: ast.expr) -> SlipKind:
    """Return the kind where one of the two is a call, or both."""
    if isinstance(old, ast.Call) and isinstance(new, ast.BinOp):
        still = _is_called_still(old, new.left) or _is_called_still(old, new.right)
        return "factor" if still else "function"
    if isinstance(new, ast.Call) and new.func is old:
        return "call"
    if isinstance(new, ast.Call) and getattr(new.func, "attr", "") == "copy":
        return "copy"
    if not (isinstance(old, ast.Call) and isinstance(new, ast.Call)) or old.func is not new.func:
        return "function"
    changed = {each.arg for each in {*old.keywords} ^ {*new.keywords}}
    if changed & {"axis", "keepdims", "dim", "keepdim"}:
        return "axis"
    return "order" if {*map(id, old.args)} == {*map(id, new.args)} and not changed else "argument"
