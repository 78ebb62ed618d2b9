"""Reading a check's own source, so that questions and failures speak its words.

A check is plain Python, and what it calls a result is what a student should read. So its source is
written anew before it runs: a result has the name of the variable that holds it, and an `assert`
that does not hold says what it compared. Where there is no source, the check runs as it is.
"""

import ast
import inspect
import textwrap
from collections.abc import Callable
from types import CodeType, FunctionType
from typing import Any, Final

from grader.asking.asserts import HELPERS
from grader.asking.standin import STAND_INS, call, named

HELPING: Final[dict[str, Any]] = {"__named__": named, "__call__": call, **HELPERS}


def rewritten(function: Callable[..., Any]) -> tuple[Callable[..., Any], frozenset[str]]:
    """Return a function that does what `function` does and tells its names.

    What it shares with the code around it stays shared. Beside it stand the names that it looks up
    in a notebook. Without a source, the function is `function` itself.
    """
    found = _source(function) if isinstance(function, FunctionType) else None
    if found is None:
        return function, frozenset()
    tree, definition, first = found
    looked_up = frozenset(
        node.attr
        for node in ast.walk(definition)
        if isinstance(node, ast.Attribute)
        and isinstance(node.value, ast.Name)
        and node.value.id in STAND_INS
    )
    definition.decorator_list = []
    Rewriting().generic_visit(definition)
    ast.increment_lineno(ast.fix_missing_locations(tree), first - 1)
    return _compiled(tree, definition, function), looked_up


def returned(function: Callable[..., Any]) -> dict[str, str]:
    """Return what a function returns at its end, as it is written: whole under "", and by key."""
    found = _source(function) if isinstance(function, FunctionType) else None
    ends = [node for node in ast.walk(found[1]) if isinstance(node, ast.Return)] if found else []
    value = ends[-1].value if ends else None
    if value is None:
        return {}
    texts = {"": ast.unparse(value)}
    if isinstance(value, ast.Dict):
        for key, each in zip(value.keys, value.values, strict=True):
            if isinstance(key, ast.Constant) and isinstance(key.value, str):
                texts[key.value] = ast.unparse(each)
    return texts


def _source(function: FunctionType) -> tuple[ast.Module, ast.FunctionDef, int] | None:
    """Return the tree of a function's source and the line that it begins in."""
    try:
        lines, first = inspect.getsourcelines(function)
        tree = ast.parse(textwrap.dedent("".join(lines)))
    except (OSError, TypeError, SyntaxError):
        return None
    definition = tree.body[0]
    return (tree, definition, first) if isinstance(definition, ast.FunctionDef) else None


def _compiled(tree: ast.Module, definition: ast.FunctionDef, function: Any) -> Callable[..., Any]:
    """Return the function that a tree defines, within what `function` knows."""
    free = function.__code__.co_freevars
    # What a function has from the one around it is known to be that only within such a one.
    around = ast.parse(f"def __around__({', '.join(free)}): pass").body[0]
    around.body = [definition]  # type: ignore[attr-defined]
    tree.body = [around]
    ast.fix_missing_locations(tree)
    code = compile(tree, function.__code__.co_filename, "exec", dont_inherit=True)
    inner = _code_named(_code_named(code, "__around__"), function.__name__)
    cells = dict(zip(free, function.__closure__ or (), strict=True))
    # Not a copy: what the module defines later is known to the check.
    function.__globals__.update(HELPING)
    made = FunctionType(
        inner,
        function.__globals__,
        function.__name__,
        function.__defaults__,
        tuple(cells[name] for name in inner.co_freevars),
    )
    made.__kwdefaults__ = function.__kwdefaults__
    made.__doc__ = function.__doc__
    return made


def _code_named(code: CodeType, name: str) -> CodeType:
    return next(
        each for each in code.co_consts if isinstance(each, CodeType) and each.co_name == name
    )


class Rewriting(ast.NodeTransformer):
    """Names results by the variables that hold them, and lets asserts explain themselves."""

    def visit_Assign(self, node: ast.Assign) -> ast.Assign:
        """Give the value the variable's name; several values their variables' each."""
        if len(node.targets) == 1 and isinstance(node.targets[0], ast.Name):
            node.value = self._called(node.value, node.targets[0].id)
            return node
        node.targets = [self.visit(each) for each in node.targets]
        node.value = self.visit(node.value)
        return node

    def visit_Return(self, node: ast.Return) -> ast.Return:
        """Give what is returned in a dictionary the names of its keys."""
        if isinstance(node.value, ast.Dict):
            node.value.values = [
                self._called(value, key.value)
                if isinstance(key, ast.Constant) and isinstance(key.value, str)
                else self.visit(value)
                for key, value in zip(node.value.keys, node.value.values, strict=True)
            ]
        elif node.value is not None:
            node.value = self.visit(node.value)
        return node

    def visit_Call(self, node: ast.Call) -> ast.expr:
        """Call a method as one step."""
        return self._call(node, "")

    def visit_Assert(self, node: ast.Assert) -> list[ast.stmt]:
        """Return statements that say what did not hold."""
        return [self._asserted(each, node) for each in _parts(node.test)]

    def _asserted(self, test: ast.expr, node: ast.Assert) -> ast.stmt:
        written = _text(test)
        told = self.visit(node.msg) if node.msg is not None else ast.Constant(None)
        later = ast.Lambda(ast.arguments([], [], None, [], [], None, []), told)
        if isinstance(test, ast.Compare) and len(test.ops) == 1:
            sides = (test.left, test.comparators[0])
            values_of = [_text(each) for each in sides]
            values = [self.visit(each) for each in sides]
            how = ast.Constant(type(test.ops[0]).__name__)
            helper = _helper("__compared__", *values, how, *values_of, written, later)
        elif isinstance(test, ast.Call) and _starless(test):
            texts = ast.List([_text(each) for each in test.args], ast.Load())
            function = self.visit(test.func)
            arguments = ast.List([self.visit(each) for each in test.args], ast.Load())
            keywords = ast.Dict(
                [ast.Constant(each.arg) for each in test.keywords],
                [self.visit(each.value) for each in test.keywords],
            )
            helper = _helper("__agreed__", function, arguments, texts, written, later, keywords)
        else:
            helper = _helper("__held__", self.visit(test), written, later)
        return ast.copy_location(ast.Expr(helper), node)

    def _called(self, value: ast.expr, name: str) -> ast.expr:
        if isinstance(value, ast.Call):
            return _helper("__named__", self._call(value, name), ast.Constant(name))
        return _helper("__named__", self.visit(value), ast.Constant(name))

    def _call(self, node: ast.Call, name: str) -> ast.Call:
        arguments: list[ast.expr] = [self.visit(each) for each in node.args]
        keywords: list[ast.keyword] = [self.visit(each) for each in node.keywords]
        function = node.func
        if isinstance(function, ast.Attribute):
            on = self.visit(function.value)
            called: ast.expr = _helper(
                "__call__", on, ast.Constant(function.attr), ast.Constant(name)
            )
        else:
            called = self.visit(function)
        return ast.copy_location(ast.Call(called, arguments, keywords), node)


def _helper(name: str, *arguments: ast.expr) -> ast.Call:
    return ast.Call(ast.Name(name, ast.Load()), list(arguments), [])


def _parts(test: ast.expr) -> list[ast.expr]:
    """Return the conditions that must all hold: each is told of by itself."""
    if isinstance(test, ast.BoolOp) and isinstance(test.op, ast.And):
        return [part for each in test.values for part in _parts(each)]
    return [test]


def _starless(call: ast.Call) -> bool:
    starred = any(isinstance(each, ast.Starred) for each in call.args)
    return not starred and all(each.arg is not None for each in call.keywords)


def _text(node: ast.expr) -> ast.Constant:
    """Return how an expression reads, before it is rewritten in place."""
    return ast.Constant(ast.unparse(node))
