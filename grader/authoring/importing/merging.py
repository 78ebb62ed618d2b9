"""Importing again: what an author has changed or added since is kept."""

import ast
from collections.abc import Callable, Mapping

_LEFT = "# Left to a person: "


def blocks_of(text: str) -> dict[str, str]:
    """Return the blocks of a `checks.py`, by the names that `checks_source` gives them.

    What an author has added is a block of its own, named by what it defines.
    """
    try:
        tree = ast.parse(text)
    except SyntaxError:
        return {"": text}
    lines = text.split("\n")
    found: dict[str, str] = {}
    begin = 0
    groups: list[tuple[str, int]] = []
    for node in tree.body:
        name = _name(node, lines)
        if groups and name in ("imports", "given") and groups[-1][0] == name:
            groups[-1] = (name, node.end_lineno or 0)
        else:
            groups.append((name, node.end_lineno or 0))
    for name, end in groups:
        found[_unique(name, found)] = "\n".join(lines[begin:end]).strip("\n")
        begin = end
    rest = "\n".join(lines[begin:]).strip("\n")
    if rest:
        found[_unique("rest", found)] = rest
    return found


def _unique(name: str, found: Mapping[str, str]) -> str:
    number, free = 1, name
    while free in found:
        number += 1
        free = f"{name} {number}"
    return free


def _name(node: ast.stmt, _lines: list[str]) -> str:
    match node:
        case ast.Expr(value=ast.Constant(value=str())):
            return "docstring"
        case ast.Import() | ast.ImportFrom():
            return "imports"
        case ast.FunctionDef(name=name) if any(
            isinstance(each, ast.Call) and ast.unparse(each.func).endswith((".check", ".compare"))
            for each in node.decorator_list
        ):
            return f"check {name}"
        case ast.Assign(targets=[ast.Name(id="exercises")]):
            return "exercises"
        case ast.Assign(targets=[ast.Name(id="HERE")]):
            return "HERE"
        case ast.Assign(targets=[ast.Name(id=name)], value=ast.Call(func=ast.Name(id=kind))) if (
            kind
            in (
                "Exercise",
                "manual",
            )
        ):
            return f"exercise {name}"
    return "given"


def merged(
    new: Mapping[str, str],
    there: Mapping[str, str],
    known: Mapping[str, str],
    digest: Callable[[str], str],
) -> tuple[dict[str, str], list[str]]:
    """Return the blocks to write, and the names of those that stay as an author has changed them.

    `new` are those that the source gives now, `there` those of the file, `known` the digests of
    what was written the last time.
    """
    kept = [
        name
        for name, text in there.items()
        if (name in known and digest(text) != known[name]) or name not in known
    ]
    found: dict[str, str] = {}
    for name, text in new.items():
        found[name] = there[name] if name in kept else text
    # What an author has added stands before the list of exercises.
    last = found.pop("exercises", "")
    for name in kept:
        if name not in found and name != "exercises":
            found[name] = there[name]
    found["exercises"] = there["exercises"] if "exercises" in kept else last
    return found, kept
