"""What a test does only in a notebook: run by its name there, and replace what others call."""

import ast
import builtins
import re
from collections.abc import Iterator, Set
from pathlib import Path
from typing import Final

_BUILT_IN: Final = frozenset(dir(builtins))
_PATCHING: Final = frozenset({"patch", "monkeypatch"})


def running(code: str) -> tuple[str, tuple[str, ...]]:
    """Return code that runs and asserts what its author meant to, and what was changed.

    A function of tests that nothing calls is called, and a comparison that nothing looks at is
    asserted. Code that is no Python stays as it is.
    """
    changes = []
    compared = _with_asserts(code)
    if compared != code:
        code = compared
        changes.append("A comparison that nothing looked at is asserted.")
    for call in _uncalled(code):
        code = f"{code.rstrip()}\n\n{call}"
        changes.append(f"`{call}` is called, which nothing in its cell did.")
    return code, tuple(changes)


def _with_asserts(code: str) -> str:
    lines = code.split("\n")
    tree = _tree(code)
    for node in reversed(tree.body if tree is not None else []):
        if isinstance(node, ast.Expr) and _compares(node.value):
            line = lines[node.lineno - 1]
            changed = [*lines[: node.lineno - 1], f"assert {line}", *lines[node.lineno :]]
            # One that shares its line, or begins on another one than its parenthesis, stays.
            if not line[: node.col_offset].strip(" (") and _tree("\n".join(changed)) is not None:
                lines = changed
    return "\n".join(lines)


def _compares(node: ast.expr) -> bool:
    if isinstance(node, ast.BoolOp):
        return all(map(_compares, node.values))
    if isinstance(node, ast.UnaryOp):
        return isinstance(node.op, ast.Not)
    return isinstance(node, ast.Compare)


def _uncalled(code: str) -> Iterator[str]:
    tree = _tree(code)
    if tree is None:
        return
    read = {each.id for each in ast.walk(tree) if isinstance(each, ast.Name)}
    for node in tree.body:
        if not isinstance(node, ast.FunctionDef) or node.decorator_list:
            continue
        if node.name.startswith("test") and node.name not in read:
            needed = node.args.args[: len(node.args.args) - len(node.args.defaults)]
            yield f"{node.name}({', '.join(each.arg for each in needed)})"


def out_of_reach(code: str, modules: Set[str], students: Set[str], folder: Path) -> str:
    """Return why code is out of reach of the notebook's process, "" where it is not.

    `modules` are the names of modules in it, `students` what students define, and in `folder` lie
    the files that it may read.
    """
    tree = _tree(code)
    if tree is None:
        return ""
    for node in ast.walk(tree):
        if isinstance(node, ast.Name) and node.id in _PATCHING:
            return f"it replaces something by `{node.id}`, which the notebook's code would not see"
        if isinstance(node, ast.Call) and _base(node.func) not in students:
            why = _of_files(node, folder)
            if why:
                return why
        for target, value in _bound(node):
            if _base(target) in modules and isinstance(target, ast.Attribute):
                return (
                    f"it replaces `{ast.unparse(target)}`, which the notebook's code would not see"
                )
            if f"replaced(code, {ast.unparse(target)!r}, " in code:
                # It is what takes the place, and the condition says so.
                continue
            if _names([target]) & (students | _BUILT_IN) and _is_other(value):
                return f"it replaces `{ast.unparse(target)}` for the notebook's code"
    return ""


def _of_files(call: ast.Call, folder: Path) -> str:
    """Return why a call has to do with files that the notebook's process does not share.

    What lies in `folder`, the grader has too. It is found as far as the code tells it.
    """
    called = ast.unparse(call.func)
    name = called.rpartition(".")[2]
    given = [*call.args, *(each.value for each in call.keywords)]
    texts = [
        each.value
        for each in given
        if isinstance(each, ast.Constant) and isinstance(each.value, str)
    ]
    mode = name == "open" and any(map(_MODE.fullmatch, texts))
    if mode or name in _TEMPORARY or (name in _WRITING and (texts or name in _OF_PATHS)):
        return (
            f"it writes a file by `{called}`, which the notebook's code would not find: lay it "
            "beside the notebook"
        )
    if not (_READING.fullmatch(name) and call.args):
        return ""
    first = call.args[0]
    path = first.value if isinstance(first, ast.Constant) else None
    if not isinstance(path, str) or "\n" in path or "\0" in path or (folder / path).exists():
        return ""
    return (
        f"it reads `{path}`, which is not beside the notebook: what the notebook's code writes, "
        "the grader does not have"
    )


_MODE: Final = re.compile(r"(?=.*[wax+])[rwaxbt+]{1,3}")
_TEMPORARY: Final = frozenset({"NamedTemporaryFile", "TemporaryDirectory", "mkdtemp", "mkstemp"})
_OF_PATHS: Final = frozenset({"write_text", "write_bytes"})
_WRITING: Final = _OF_PATHS | {
    *("to_csv", "to_excel", "to_json", "to_pickle", "to_parquet"),
    *("save", "savetxt", "savez", "savefig", "imwrite"),
}
_READING: Final = re.compile(r"open|Path|read_\w+|load|loadtxt|genfromtxt|imread|exists|isfile")


def _bound(node: ast.AST) -> Iterator[tuple[ast.expr, ast.AST | None]]:
    """Yield what a node binds or deletes, each with its value, None where it is deleted."""
    if isinstance(node, ast.Assign):
        yield from ((target, node.value) for target in node.targets)
    elif isinstance(node, ast.Delete):
        yield from ((target, None) for target in node.targets)
    elif isinstance(node, ast.FunctionDef | ast.ClassDef):
        yield ast.Name(node.name, ast.Store()), node


def _is_other(value: ast.AST | None) -> bool:
    """Whether a function's name no longer stands for it: for another one, or for nothing."""
    if isinstance(value, ast.Constant):
        return value.value is None
    return value is None or isinstance(value, ast.Lambda | ast.FunctionDef | ast.ClassDef)


def _names(nodes: list[ast.expr]) -> set[str]:
    return {each.id for each in nodes if isinstance(each, ast.Name)}


def _base(node: ast.expr) -> str:
    while isinstance(node, ast.Attribute):
        node = node.value
    return node.id if isinstance(node, ast.Name) else ""


def _tree(code: str) -> ast.Module | None:
    try:
        return ast.parse(code)
    except SyntaxError:
        return None


def has_code(code: str) -> bool:
    """Whether there is anything but comments in a test, or anything that is no Python."""
    tree = _tree(code)
    return tree is None or any(not _is_text(node) for node in tree.body)


def does_anything(code: str) -> bool:
    """Whether code does more than to define what it does not call, or is no Python."""
    tree = _tree(running(code)[0])
    defining = ast.FunctionDef | ast.ClassDef | ast.Import | ast.ImportFrom
    return tree is None or any(
        not _is_text(node) and not isinstance(node, defining) for node in tree.body
    )


def _is_text(node: ast.stmt) -> bool:
    return isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)


def asserts(code: str) -> bool:
    """Whether code requires anything beside that it runs."""
    return re.search(r"assert|\braise\b|raises|\.fail\(|exit\(", code, re.IGNORECASE) is not None
