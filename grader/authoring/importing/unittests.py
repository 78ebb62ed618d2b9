"""Classes of tests for unittest, in a cell or a file: each of their methods is a test."""

import ast
import re
import textwrap
from typing import Final

from grader.authoring.importing.check_code import indented
from grader.authoring.importing.parts import Test

_CASE: Final = re.compile(r"(?:^|\.)TestCase$")
# What runs a class of tests, and asserts nothing itself.
_PREPARING: Final = ("setUp", "setUpClass")
_MADE_OVER: Final = frozenset({"tearDown", "tearDownClass"})


def of_cell(source: str, where: str) -> list[Test]:
    """Return the tests of the classes that a cell defines; none of a cell without such a class."""
    try:
        tree = ast.parse(source)
    except SyntaxError:
        return []
    classes = [node for node in tree.body if isinstance(node, ast.ClassDef) and is_case(node)]
    return [test for node in classes for test in of_class(node, source, where)]


def is_case(node: ast.ClassDef) -> bool:
    """Whether a class is one of tests for unittest."""
    return any(_CASE.search(ast.unparse(each)) for each in node.bases)


def of_class(node: ast.ClassDef, text: str, where: str) -> list[Test]:
    """Return a test for each method of a class that is one. `text` is what it stands in."""
    methods = {each.name: each for each in node.body if isinstance(each, ast.FunctionDef)}
    prepared = [_body(methods[name], text) for name in _PREPARING if name in methods]
    called = {each.attr for each in ast.walk(node) if isinstance(each, ast.Attribute)}
    helpers = [
        each
        for each in node.body
        if not (isinstance(each, ast.Expr) and isinstance(each.value, ast.Constant))
        and not (
            isinstance(each, ast.FunctionDef)
            and (
                # A test that another one begins with helps that one.
                (each.name.startswith("test") and each.name not in called)
                or each.name in (*_PREPARING, *_MADE_OVER)
            )
        )
    ]
    return [
        Test(
            f"{where}, `{node.name}.{name}`",
            "\n".join([*_self(helpers, text), *prepared, _body(method, text)]),
            1.0,
            name,
            (ast.get_docstring(method) or "").partition("\n\n")[0],
        )
        for name, method in methods.items()
        if name.startswith("test")
    ]


def _self(helpers: list[ast.stmt], text: str) -> list[str]:
    """Return what gives a test its `self`, with the helpers that its class has."""
    lines = ["from unittest import TestCase", ""]
    if not helpers:
        return [*lines, "self = cls = TestCase()"]
    bodies = [textwrap.dedent(_source(each, text)) for each in helpers]
    body = "\n\n".join(map(indented, bodies))
    return [*lines, f"class Case(TestCase):\n{body}\n", "self = cls = Case()"]


def _source(node: ast.stmt, text: str) -> str:
    first = min((each.lineno for each in getattr(node, "decorator_list", ())), default=node.lineno)
    return "\n".join(text.split("\n")[first - 1 : node.end_lineno])


def _body(method: ast.FunctionDef, text: str) -> str:
    """Return what a method does, without its docstring, as it stands in `text`."""
    body = method.body[1:] if ast.get_docstring(method) is not None else method.body
    if not body or body[0].lineno == method.lineno:
        return "\n".join(map(ast.unparse, body))
    lines = text.split("\n")[body[0].lineno - 1 : body[-1].end_lineno]
    indent = " " * body[0].col_offset
    return "\n".join(line.removeprefix(indent) for line in lines)
