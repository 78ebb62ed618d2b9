"""Tests that replace something for the students' code, or take it away: a declared condition.

What `del`, an assignment, a definition or `unittest.mock.patch` does in a notebook is seen by the
students' code there. In the grader's process it is not: there, `with replaced(code, …):` says it.
"""

import ast
from collections.abc import Iterable, Mapping, Sequence, Set
from typing import Final

from grader.authoring.importing.check_code import indented

_GONE: Final = ""
_CHANGED: Final = "What the test replaces is replaced where the students' code runs."


def replacing(code: str, imports: Iterable[str], students: Set[str]) -> tuple[str, tuple[str, ...]]:
    """Return code in which what is replaced for the students' code is a condition, and the change.

    `imports` are the statements above it that import, `students` what students define. Code that
    replaces in another way stays as it is.
    """
    try:
        tree = ast.parse(code)
    except SyntaxError:
        return code, ()
    paths = paths_of([*imports, code])
    lines = code.split("\n")
    found = _patched(tree, lines) or _replaced(tree, lines, paths, students)
    if found is None or found == code:
        return code, ()
    # There may be another below it, or within.
    return replacing(found, imports, students)[0], (_CHANGED,)


def paths_of(sources: Iterable[str]) -> Mapping[str, str]:
    """Return what the names of modules stand for."""
    paths: dict[str, str] = {"builtins": "builtins", "__builtins__": "builtins"}
    for source in sources:
        try:
            nodes = list(ast.walk(ast.parse(source)))
        except SyntaxError:
            continue
        for node in nodes:
            if isinstance(node, ast.Import):
                for each in node.names:
                    paths[each.asname or each.name.partition(".")[0]] = (
                        each.name if each.asname else each.name.partition(".")[0]
                    )
            elif isinstance(node, ast.ImportFrom) and not node.level:
                for each in node.names:
                    paths[each.asname or each.name] = f"{node.module}.{each.name}"
    return paths


def _patched(tree: ast.Module, lines: Sequence[str]) -> str | None:
    """Return code whose first `with patch(…):` is one of ours, None where there is none."""
    for node in ast.walk(tree):
        if not (isinstance(node, ast.With) and len(node.items) == 1):
            continue
        call = node.items[0].context_expr
        name = node.items[0].optional_vars
        told = _of_patch(call, is_kept=name is not None)
        if told is not None and node.body[0].lineno > node.lineno:
            indent = lines[node.lineno - 1][: node.col_offset]
            kept = f" as {ast.unparse(name)}" if name is not None else ""
            head = f"{indent}with replaced(code, {told}){kept}:"
            return "\n".join([*lines[: node.lineno - 1], head, *lines[node.body[0].lineno - 1 :]])
    return None


def _of_patch(call: ast.expr, *, is_kept: bool) -> str | None:
    """Return what a call of `patch` replaces and by what, None for any other call.

    Where what takes the place `is_kept`, it is asked how it was called.
    """
    if not (
        isinstance(call, ast.Call)
        and ast.unparse(call.func).rpartition(".")[2] == "patch"
        and call.args
        and isinstance(call.args[0], ast.Constant)
    ):
        return None
    path = str(call.args[0].value).removeprefix("__main__.")
    given = {each.arg: ast.unparse(each.value) for each in call.keywords}
    values = [ast.unparse(each) for each in call.args[1:]]
    if len(values) == 1 and not given:
        return f"{path!r}, {values[0]}"
    if values or len(given) > 1 or not (given or is_kept):
        return None
    how, value = next(iter(given.items()), ("", ""))
    if is_kept and how in ("", "return_value", "side_effect"):
        return f"{path!r}, mocked(code{', ' if how else ''}{how}{'=' if how else ''}{value})"
    if how == "return_value":
        return f"{path!r}, lambda *args, **kwargs: {value}"
    if how == "side_effect":
        is_list = isinstance(call.keywords[0].value, ast.List | ast.Tuple)
        return f"{path!r}, answers={value}" if is_list else f"{path!r}, {value}"
    return f"{path!r}, {value}" if how == "new" else None


def _replaced(
    tree: ast.Module, lines: Sequence[str], paths: Mapping[str, str], students: Set[str]
) -> str | None:
    """Return code in which the first thing that is replaced is so in a `with`, None for none.

    It is until the statement that puts back what was there, or until the end.
    """
    for place, node in enumerate(tree.body):
        target = _target(node)
        path = _path(target, paths, students) if target is not None else ""
        if not path or target is None or _is_done(tree.body[place + 1 : place + 2], path):
            continue
        if isinstance(node, ast.Assign) and _is_itself(node.value, target, tree.body[:place]):
            continue
        own = [*lines[node.lineno - 1 : node.end_lineno]]
        value = _value(node)
        if value is None:
            return None
        rest = tree.body[place + 1 :]
        ends = next((i for i, each in enumerate(rest) if _puts_back(each, target)), len(rest))
        within, after = rest[:ends], rest[ends + 1 :]
        if not within:
            return None
        first, last = node.end_lineno or 0, within[-1].end_lineno or 0
        told = repr(path) + (f", {value}" if value != _GONE else "")
        kept = own if isinstance(node, ast.FunctionDef) else []
        below = after[0].lineno - 1 if after else len(lines)
        end = (rest[ends].end_lineno or 0) if ends < len(rest) else last
        return "\n".join(
            [
                *lines[: node.lineno - 1],
                *kept,
                f"with replaced(code, {told}):",
                indented("\n".join(lines[first:last])),
                *lines[end:below],
                *lines[below:],
            ]
        )
    return None


def _target(node: ast.stmt) -> ast.expr | None:
    """Return the one thing that a statement binds or deletes."""
    if isinstance(node, ast.Assign | ast.Delete) and len(node.targets) == 1:
        return node.targets[0]
    return ast.Name(node.name, ast.Store()) if isinstance(node, ast.FunctionDef) else None


def _path(target: ast.expr, paths: Mapping[str, str], students: Set[str]) -> str:
    """Return what is replaced where it is the students' code's, "" for anything else."""
    if isinstance(target, ast.Name):
        if target.id in students:
            return target.id
        return f"builtins.{target.id}" if target.id == "input" else ""
    parts: list[str] = []
    node = target
    while isinstance(node, ast.Attribute):
        parts.insert(0, node.attr)
        node = node.value
    if not (parts and isinstance(node, ast.Name) and node.id in paths):
        return ""
    return ".".join([paths[node.id], *parts])


def _value(node: ast.stmt) -> str | None:
    """Return what takes the place, as it is written, None where that cannot be handed over."""
    if isinstance(node, ast.Delete):
        return _GONE
    if isinstance(node, ast.FunctionDef):
        return node.name
    if isinstance(node, ast.Assign) and isinstance(
        node.value, ast.Constant | ast.Lambda | ast.Name
    ):
        return ast.unparse(node.value)
    return None


def _puts_back(node: ast.stmt, target: ast.expr) -> bool:
    return (
        isinstance(node, ast.Assign | ast.Delete)
        and len(node.targets) == 1
        and ast.unparse(node.targets[0]) == ast.unparse(target)
    )


def _is_itself(value: ast.expr, target: ast.expr, above: Sequence[ast.stmt]) -> bool:
    """Whether what is assigned to a target is what it was: itself, or what has kept it."""
    kept = {
        ast.unparse(node.targets[0])
        for node in above
        if isinstance(node, ast.Assign) and ast.unparse(node.value) == ast.unparse(target)
    }
    return ast.unparse(value) in {ast.unparse(target), *kept}


def _is_done(following: Sequence[ast.stmt], path: str) -> bool:
    """Whether what follows is the condition that a definition was made for."""
    return any(
        isinstance(node, ast.With)
        and ast.unparse(node.items[0].context_expr).startswith(f"replaced(code, {path!r},")
        for node in following
    )
