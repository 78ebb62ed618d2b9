"""What statements are, told from their form: definitions, constants, setup, imports."""

import ast
from collections.abc import Sequence

from grader.notebook.parsing import PYTHON_MAGICS, line_magic

_CATCH_IMPORT_ERROR = {"ImportError", "ModuleNotFoundError", "Exception", "BaseException"}
_LITERAL = (
    *(ast.Constant, ast.Tuple, ast.List, ast.Set, ast.Dict, ast.UnaryOp, ast.BinOp),
    *(ast.unaryop, ast.operator, ast.expr_context),
)


def defined(statement: ast.stmt) -> Sequence[str]:
    """Return the names that a statement gives to a class, a function or a lambda."""
    if isinstance(statement, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
        return [statement.name]
    names, value = _assigned(statement)
    return names if isinstance(value, ast.Lambda) else []


def constants(statement: ast.stmt) -> Sequence[str]:
    """Return the names that a statement gives to a literal."""
    names, value = _assigned(statement)
    if value is None or not all(isinstance(part, _LITERAL) for part in ast.walk(value)):
        return []
    return names


def _assigned(statement: ast.stmt) -> tuple[Sequence[str], ast.expr | None]:
    match statement:
        case ast.Assign(targets=targets, value=value):
            return [part.id for part in targets if isinstance(part, ast.Name)], value
        case ast.AnnAssign(target=ast.Name(name), value=value):
            return [name], value
    return [], None


def required_modules(tree: ast.Module) -> frozenset[str]:
    """Return the top-level modules that are imported where a missing one is not caught."""
    modules: set[str] = set()
    pending: list[ast.AST] = [tree]
    while pending:
        node = pending.pop()
        if isinstance(node, ast.Try | ast.TryStar) and any(map(catches_import, node.handlers)):
            continue
        if isinstance(node, ast.Import):
            modules.update(alias.name.partition(".")[0] for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            modules.add(node.module.partition(".")[0])
        pending.extend(ast.iter_child_nodes(node))
    return frozenset(modules)


def catches_import(handler: ast.ExceptHandler) -> bool:
    """Tell whether an `except` clause catches that a module is not there."""
    if handler.type is None:
        return True
    caught = handler.type.elts if isinstance(handler.type, ast.Tuple) else [handler.type]
    return any(isinstance(one, ast.Name) and one.id in _CATCH_IMPORT_ERROR for one in caught)


def is_setup(statement: ast.stmt) -> bool:
    """Tell whether a statement only imports, documents or calls a magic that runs no Python."""
    match statement:
        case ast.Import() | ast.ImportFrom() | ast.Expr(ast.Constant()):
            return True
        case ast.Expr(ast.Call(func=ast.Attribute(value=ast.Call(ast.Name("get_ipython"))))):
            return line_magic(statement.value)[0] not in PYTHON_MAGICS
    return False
