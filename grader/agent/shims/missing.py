"""Modules that a notebook imports and that are not installed here.

`import pandas as pd` succeeds, and `pd` is a placeholder. The import statements
of the student's cells are rewritten, one by one, as they run:

    try:
        import pandas as pd
    except ImportError:
        from <stand-in> import <pandas> as pd

Only a statement whose module cannot be found is rewritten, and only where the
student has not caught the error already. Nothing is put into `sys.modules`: a
guarded import of the same module in another cell, and every library that looks
for an optional module, still gets its ImportError.

`import_module("pandas")` and imports in a student's own file are left alone.
Where one of them, or what takes the value of a placeholder, ends a statement of
a cell, the cell goes on with its next statement: see `left_out`.
"""

import ast
import importlib.util
import sys
from contextlib import suppress
from types import ModuleType
from typing import Any

from ..notes import note
from . import google_colab
from .left_out import LeftOut
from .placeholders import named_in, placeholder, was_made

_STAND_IN = f"{__name__}.stand_in"
_CATCHES = frozenset({"BaseException", "Exception", "ImportError", "ModuleNotFoundError"})
_COLAB = "google.colab"

_missing: list[str] = []
_left_out: list[LeftOut] = []


def install(shell: Any) -> None:
    """Rewrite the imports of the cells that the IPython shell `shell` runs from now on."""
    sys.modules[_STAND_IN] = _StandIn(_STAND_IN)
    shell.ast_transformers.append(_Transformer())
    _left_out.append(LeftOut(shell, blamed))


def left_out() -> list[list[Any]]:
    """Return what was left out so far for a missing module: cell, module, and names it is about."""
    return [list(each) for kept in _left_out for each in kept.found]


def blamed(error: BaseException | None) -> str | None:
    """Return the missing module that an error is due to, None where it is due to none."""
    seen: list[BaseException] = []
    while error is not None and not any(each is error for each in seen):
        seen.append(error)
        # The text of a student's exception is the student's code, which may raise anything.
        with suppress(BaseException):
            if isinstance(error, ModuleNotFoundError) and type(error.name) is str:
                return error.name if was_made(error.name) else missing_part(error.name)
            named = named_in(str(error))
            if named is not None:
                return named
        error = error.__cause__ or error.__context__
    return None


def missing_part(dotted: str) -> str | None:
    """Return the part of a module's name that cannot be found: `"pandas"` of `"pandas.io"`.

    Only the first name is looked for, and the second inside a namespace package
    such as `google`: finding a deeper one would import the packages above it.
    """
    names = dotted.split(".")
    top = names[0]
    if not _can_be_found(top):
        return top
    if top in sys.modules:
        spec = getattr(sys.modules[top], "__spec__", None)
    else:
        spec = importlib.util.find_spec(top)
    is_namespace = spec is not None and spec.origin is None and spec.submodule_search_locations
    if is_namespace and len(names) > 1 and not _can_be_found(".".join(names[:2])):
        return ".".join(names[:2])
    return None


def _can_be_found(name: str) -> bool:
    if name in sys.modules:
        return sys.modules[name] is not None
    try:
        return importlib.util.find_spec(name) is not None
    except (ImportError, ValueError, AttributeError):
        return False


class _StandIn(ModuleType):
    """The module that rewritten statements import from; the names tell what is wanted.

    `"import pandas.io"` is the module, `"from pandas import DataFrame"` a name in it.
    """

    def __getattr__(self, key: str) -> Any:
        keyword, _, rest = key.partition(" ")
        if keyword not in ("import", "from") or not rest:
            raise AttributeError(key)
        dotted, _, name = rest.partition(" import ")
        return _stand_in_for(dotted, name, binds_top=keyword == "import" and "." in dotted)


def _stand_in_for(dotted: str, name: str, *, binds_top: bool) -> Any:
    """Return what to bind in place of a module, or of `name` in it.

    Runs while the ImportError of the real import is being handled, and raises it
    again where it is about another module than the one that was not found before.
    """
    path = f"{dotted}.{name}" if name else dotted
    if path == _COLAB or path.startswith(_COLAB + "."):
        note("google.colab is not here: mounting, uploading and downloading did nothing")
        return google_colab.google() if binds_top else google_colab.find(path)
    part = missing_part(dotted)
    error = sys.exc_info()[1]
    if error is not None and (part is None or getattr(error, "name", None) != part):
        raise error
    part = part or dotted
    note(f"the module {part!r} is not installed in the grading environment")
    if part not in _missing:
        _missing.append(part)
    return placeholder(part, dotted.partition(".")[0] if binds_top else path)


class _Transformer(ast.NodeTransformer):
    """Rewrites the unguarded imports of modules that cannot be found."""

    def __init__(self) -> None:
        self.guards = 0

    def visit(self, node: ast.AST) -> Any:
        """Return the tree `node`, rewritten; IPython calls this with each cell."""
        if not isinstance(node, ast.Module):
            return super().visit(node)
        self.guards = 0
        # IPython drops a transformer that raises: a very deep tree, or a strange finder, might.
        with suppress(Exception):
            return super().visit(node)
        return node

    def visit_Try(self, node: ast.Try | ast.TryStar) -> ast.AST:
        guarded = any(_catches(handler.type) for handler in node.handlers)
        self._visit_list(node.body, guards=guarded)
        for part in (node.handlers, node.orelse, node.finalbody):
            self._visit_list(part)
        return node

    visit_TryStar = visit_Try  # noqa: N815  # the name ast calls

    def visit_With(self, node: ast.With) -> ast.AST:
        calls = [item.context_expr for item in node.items]
        guarded = any(
            isinstance(call, ast.Call) and any(_catches(argument) for argument in call.args)
            for call in calls
        )
        self._visit_list(node.body, guards=guarded)
        return node

    def visit_FunctionDef(self, node: ast.FunctionDef | ast.AsyncFunctionDef) -> ast.AST:
        # A guard around a definition does not guard the calls.
        guards, self.guards = self.guards, 0
        self.generic_visit(node)
        self.guards = guards
        return node

    visit_AsyncFunctionDef = visit_FunctionDef  # noqa: N815  # the name ast calls

    def visit_Import(self, node: ast.Import) -> Any:
        if self.guards or not any(missing_part(alias.name) for alias in node.names):
            return node
        return [
            _fallback(ast.Import([alias]), node, [_import_key(alias)])
            if missing_part(alias.name)
            else ast.copy_location(ast.Import([alias]), node)
            for alias in node.names
        ]

    def visit_ImportFrom(self, node: ast.ImportFrom) -> Any:
        if self.guards or node.level or not node.module:
            return node
        wants_colab = node.module == "google" and any(a.name == "colab" for a in node.names)
        if not wants_colab and not missing_part(node.module):
            return node
        keys = [
            ast.alias(
                f"from {node.module} import {alias.name}",
                alias.asname or ("_missing" if alias.name == "*" else alias.name),
            )
            for alias in node.names
        ]
        return _fallback(node, node, keys)

    def _visit_list(self, nodes: list[Any], *, guards: bool = False) -> None:
        self.guards += guards
        visited: list[ast.AST] = []
        for node in nodes:
            result = self.visit(node)
            visited.extend(result if isinstance(result, list) else [result])
        nodes[:] = visited
        self.guards -= guards


def _import_key(alias: ast.alias) -> ast.alias:
    if alias.asname:
        # `import a.b as c` binds the inner module, as `from a import b as c` does.
        return ast.alias(f"from {alias.name}", alias.asname)
    return ast.alias(f"import {alias.name}", alias.name.split(".")[0])


def _catches(node: ast.expr | None) -> bool:
    """Tell whether an `except` clause, or a call such as `suppress`, names an ImportError."""
    if node is None:
        return True
    if isinstance(node, ast.Tuple):
        return any(_catches(item) for item in node.elts)
    return getattr(node, "id", getattr(node, "attr", None)) in _CATCHES


def _fallback(statement: ast.stmt, at: ast.stmt, keys: list[ast.alias]) -> ast.stmt:
    """Return `statement` in a `try` that imports `keys` from the stand-in if it fails."""
    handler = ast.ExceptHandler(
        ast.Name("ImportError", ast.Load()), None, [ast.ImportFrom(_STAND_IN, keys, 0)]
    )
    wrapped = ast.Try([ast.copy_location(statement, at)], [handler], [], [])
    return ast.fix_missing_locations(ast.copy_location(wrapped, at))
