"""From which folders a notebook's cells read a data set, told from their sources alone."""

import ast
from collections.abc import Iterable, Iterator

from grader.notebook.parsing import parse


def roots(sources: Iterable[str], name: str) -> tuple[str, ...]:
    """Return what the cells give as `root` to the class called `name`, in their order.

    That is its first argument or the one of this name: a string, a `Path` of one, or a variable
    that is one of these.
    """
    trees = [tree for tree in map(parse, sources) if tree is not None]
    variables = dict(pair for tree in trees for pair in _variables(tree))
    calls = [node for tree in trees for node in ast.walk(tree) if isinstance(node, ast.Call)]
    given = (_root(call) for call in calls if _last_name(call.func) == name)
    found = (_text(each, variables) for each in given if each is not None)
    return tuple(dict.fromkeys(text for text in found if text))


def _variables(tree: ast.Module) -> Iterator[tuple[str, str]]:
    for node in ast.walk(tree):
        match node:
            case ast.Assign(targets=[ast.Name(name)], value=value):
                text = _text(value, {})
                if text:
                    yield name, text


def _root(call: ast.Call) -> ast.expr | None:
    named = [each.value for each in call.keywords if each.arg == "root"]
    return next(iter([*named, *call.args]), None)


def _last_name(node: ast.expr) -> str:
    match node:
        case ast.Name(name) | ast.Attribute(attr=name):
            return name
    return ""


def _text(node: ast.expr, variables: dict[str, str]) -> str:
    match node:
        case ast.Constant(str(text)):
            return text
        case ast.Name(name):
            return variables.get(name, "")
        case ast.Call(func=function, args=[argument]) if _last_name(function) in ("Path", "str"):
            return _text(argument, variables)
    return ""
