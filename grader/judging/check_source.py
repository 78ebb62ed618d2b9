"""What a check compares, from its own source to what can be pasted into a notebook.

A plain check says `assert code.softmax(z).sum(1).max() <= 1`. Some of it were steps of a question
and have results; what was computed with these is written as the check has it.
"""

import ast
import builtins
import re
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from grader.asking.standin import STAND_INS
from grader.judging.statements import is_unnamed, result_of
from grader.scenario import Call, Get, Iterate, Operate, Ref, Step

# Modules that a cell may use, as checks and notebooks call them.
_MODULES: Final = frozenset({"np", "math"})
# Functions of the grader's that stand for what they are given, and those about what was heard.
_TRANSPARENT: Final = frozenset({"fetch"})
HEARD: Final = ("printed", "warned")


@dataclass(frozen=True)
class Shown:
    """An expression in a notebook's words, with the `results` of steps in it, in order.

    `inputs` are the names of inputs in it. It is `by_itself` where it is nothing but a result.
    """

    text: str
    results: tuple[str, ...]
    inputs: frozenset[str] = frozenset()
    by_itself: bool = False


def mentioned(source: str, steps: Sequence[Step], until: int) -> int:
    """Return the index of the last step whose result `source` names, `until` for none after it."""
    results = [result_of(step) for step in steps]
    found = until
    for name in names(source):
        result = _latest(name, results[: until + 1]) or _latest(name, results)
        if result:
            found = max(found, results.index(result))
    return found


def heard(source: str) -> str:
    """Return which of what was heard of a call an expression is about, "" for neither."""
    return next((each for each in HEARD if each in names(source)), "")


def is_printed(source: str) -> bool:
    """Whether an expression is what a call printed, and nothing that is computed with it."""
    return re.fullmatch(r"printed\(\w+\)", source) is not None


def spoken(source: str) -> str:
    """Return a check's expression in a notebook's words."""
    return re.sub(rf"\b{STAND_INS[0]}\.", "", source)


def shown(source: str, steps: Sequence[Step], inputs: Collection[str]) -> Shown | None:
    """Return how `source` is written below a student's code, after these `steps`.

    None where it holds what is known to the check alone.
    """
    try:
        tree = ast.parse(source, mode="eval")
    except SyntaxError:
        return None
    several = (ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp, ast.Lambda)
    if any(isinstance(node, several) for node in ast.walk(tree)):
        return None
    body = _Writing(_aligned(tree, steps), [result_of(step) for step in steps]).visit(tree.body)
    said = [node.id for node in _in_order(body) if isinstance(node, ast.Name)]
    results = {result_of(step) for step in steps} - {""}
    of_notebook = {
        getattr(node, "attr", "") for node in ast.walk(ast.parse(source)) if _is_of_notebook(node)
    }
    known = {*results, *inputs, *of_notebook, *_MODULES, *vars(builtins)}
    if not set(said) <= known:
        return None
    used = tuple(name for name in said if name in results)
    return Shown(ast.unparse(body), used, frozenset(set(said) & set(inputs)))


def names(source: str) -> list[str]:
    """Return the names in an expression, none where it is no Python."""
    try:
        tree = ast.parse(source, mode="eval")
    except SyntaxError:
        return []
    return [node.id for node in ast.walk(tree) if isinstance(node, ast.Name)]


def _latest(name: str, results: Sequence[str]) -> str:
    """Return the last result that has a variable's name, with a number where it was taken."""
    of_name = re.compile(rf"{re.escape(name)}(_\d+)?")
    return next((each for each in reversed(results) if of_name.fullmatch(each)), "")


def _in_order(node: ast.AST) -> Iterator[ast.AST]:
    """Yield a tree's nodes, each after its children: as Python computes them."""
    for child in ast.iter_child_nodes(node):
        yield from _in_order(child)
    yield node


def _is_of_notebook(node: ast.AST) -> bool:
    if not (isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name)):
        return False
    return node.value.id == STAND_INS[0]


def _aligned(tree: ast.AST, steps: Sequence[Step]) -> dict[ast.AST, str]:
    """Return the results of those nodes that were steps: the last ones, that nobody has named."""
    waiting = [step for step in steps if is_unnamed(result_of(step))]
    found: dict[ast.AST, str] = {}
    for node in reversed([*_in_order(tree)]):
        # Steps after it may be those of the other side of a comparison.
        place = next((i for i in reversed(range(len(waiting))) if _is_step(node, waiting[i])), None)
        if place is not None:
            found[node] = result_of(waiting[place])
            del waiting[place:]
    return found


def _is_step(node: ast.AST, step: Step) -> bool:
    """Whether a step is what the stand-in makes of a node."""
    match node, step:
        case ast.Call(func=ast.Name(id="list" | "take" | "tuple")), Iterate():
            return True
        case ast.Call(func=ast.Attribute(attr=attr) as func), Call(target=target, method=method):
            return attr == (method or target) and bool(method) is not _is_of_notebook(func)
        case ast.Call(func=ast.Name(id=name)), Call(target=target, method=""):
            return name == target
        case ast.Attribute(attr=attr), Get(attribute=attribute):
            return attr == attribute and not _is_of_notebook(node)
        case ast.Attribute(attr=attr), Operate(operator="identity", args=(Ref(name),)):
            return attr == name and _is_of_notebook(node)
        case ast.Subscript(), Operate(operator="getitem"):
            return True
        case ast.BinOp() | ast.UnaryOp() | ast.Compare(), Operate(operator=name):
            return name not in ("getitem", "identity")
        case ast.Call(func=ast.Name(id=name)), Operate(operator=operator):
            return name == operator
    return False


class _Writing(ast.NodeTransformer):
    """Puts results in the place of what gave them, and leaves out the check's own words."""

    def __init__(self, aligned: dict[ast.AST, str], results: Sequence[str]) -> None:
        self.aligned = aligned
        self.results = results

    def visit(self, node: ast.AST) -> ast.AST:
        """Return what stands for a node."""
        if node in self.aligned:
            return ast.Name(self.aligned[node], ast.Load())
        if isinstance(node, ast.Name):
            return ast.Name(_latest(node.id, self.results) or node.id, ast.Load())
        if isinstance(node, ast.Attribute) and _is_of_notebook(node):
            return ast.Name(node.attr, ast.Load())
        match node:
            case ast.Call(func=ast.Name(id=name), args=[given]) if name in _TRANSPARENT:
                return self.visit(given)
        return self.generic_visit(node)
