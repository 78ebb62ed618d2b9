"""Imports that a solution may do without: made only when one of their names is asked for.

A notebook imports for all of its exercises, and a library that draws takes longer to import than
most exercises take to judge.
"""

import ast
from collections import UserDict
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

# Who calls these may mean any name.
_ANY_NAME: Final = frozenset({"eval", "exec", "globals", "locals", "vars", "__import__"})

Import = ast.Import | ast.ImportFrom


class Namespace(UserDict[str, Any]):
    """What a solution defines: what `bound` holds, and what `deferred` imports would bind."""

    def __init__(self, bound: dict[str, Any], deferred: Mapping[str, Import]) -> None:
        super().__init__()
        # Not a copy: the solution's functions may still bind names.
        self.data = bound
        self._deferred = deferred

    def __missing__(self, name: str) -> Any:
        if name not in self._deferred:
            raise KeyError(name)
        statement = ast.Module([self._deferred[name]], type_ignores=[])
        exec(compile(statement, "an import", "exec"), self.data)  # noqa: S102
        return self.data[name]


def deferrable(trees: Sequence[ast.Module]) -> dict[str, Import]:
    """Return the imports that nothing else in the trees needs, by the names that they bind.

    Needed is what binds a name that is mentioned, be it in a string, and what else comes from the
    same library: importing a part of it may be what makes another one work.
    """
    imports = [each for tree in trees for each in tree.body if isinstance(each, Import)]
    mentioned = _mentioned(node for tree in trees for node in tree.body if node not in imports)
    if mentioned & _ANY_NAME:
        return {}
    needed = {
        library
        for statement in imports
        if _unnamed(statement) or mentioned & set(_bound(statement))
        for library in _libraries(statement)
    }
    return {
        name: statement
        for statement in imports
        if not needed & set(_libraries(statement))
        for name in _bound(statement)
    }


def _mentioned(nodes: Iterable[ast.stmt]) -> set[str]:
    found: set[str] = set()
    for node in (part for statement in nodes for part in ast.walk(statement)):
        match node:
            case ast.Name(name) | ast.Constant(str(name)):
                found.add(name)
            case ast.FunctionDef(name) | ast.AsyncFunctionDef(name) | ast.ClassDef(name):
                found.add(name)
            case ast.Global(names):
                found.update(names)
            case ast.Import() | ast.ImportFrom():
                found.update(_bound(node))
    return found


def _unnamed(statement: Import) -> bool:
    """Whether an import does more than to bind the names in it."""
    star = any(alias.name == "*" for alias in statement.names)
    return star or "__future__" in _libraries(statement)


def _bound(statement: Import) -> list[str]:
    """Return the names that an import binds."""
    whole = isinstance(statement, ast.Import)
    return [
        alias.asname or (alias.name.partition(".")[0] if whole else alias.name)
        for alias in statement.names
    ]


def _libraries(statement: Import) -> list[str]:
    """Return the top-level modules that an import loads."""
    if isinstance(statement, ast.ImportFrom):
        return [(statement.module or "").partition(".")[0]]
    return [alias.name.partition(".")[0] for alias in statement.names]
