"""Mutants: the reference, changed in one small place by a machine.

Each is a solution that somebody might hand in. Checks that let one pass which is wrong have a
hole, which is how `grader verify` finds it.
"""

import ast
import difflib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from textwrap import dedent
from types import CodeType
from typing import Any, Final

from grader.mutation.expressions import expressions, role_of
from grader.mutation.scope import Scope
from grader.mutation.statements import blocks, is_docstring

# What types and texts say is no part of what a solution does.
_SKIPPED_FIELDS: Final = frozenset({"annotation", "returns", "decorator_list", "bases"})
_SKIPPED_NODES: Final = (ast.JoinedStr, ast.Import, ast.ImportFrom)

# Whether a piece of syntax may be changed.
Within = Callable[[ast.AST], bool]


@dataclass(frozen=True)
class Mutant:
    """A changed cell.

    `place` is the qualified name of the function or class that was changed, `old` and `new` its
    lines that differ, as `ast.unparse` writes them, `diff` both with a line around them. `source`
    is the cell's.
    """

    place: str
    old: str
    new: str
    diff: str
    source: str

    @property
    def name(self) -> str:
        """The change in one line."""
        return f"{self.place}: {_on_one_line(self.old)} → {_on_one_line(self.new)}"


def _on_one_line(lines: str) -> str:
    told = "; ".join(line.strip() for line in lines.splitlines())
    return told.replace(":; ", ": ") or "(nothing)"


def mutants(
    source: str,
    chosen: Callable[[ast.stmt], bool],
    within: Within = lambda _node: True,
) -> list[Mutant]:
    """Return the mutants of a cell, changed in those of its statements that are `chosen`.

    Of these only the expressions and statements are changed that are `within` what may be.

    Each compiles, and no two of them, nor one and the cell itself, have the same bytecode. The
    same source gives the same mutants in the same order. Raises SyntaxError where `source` is no
    Python.
    """
    known = {_fingerprint(compile(source, "cell", "exec"))}
    found = []
    for statement in ast.parse(source).body:
        if not chosen(statement):
            continue
        for mutant in _mutants_of(statement, source, within):
            try:
                print_ = _fingerprint(compile(mutant.source, "cell", "exec"))
            except (SyntaxError, ValueError):
                continue
            if print_ not in known:
                known.add(print_)
                found.append(mutant)
    return found


def _mutants_of(statement: ast.stmt, source: str, within: Within) -> Iterator[Mutant]:
    lines = source.splitlines(keepends=True)
    decorators = getattr(statement, "decorator_list", [])
    start = min([statement.lineno, *(each.lineno for each in decorators)]) - 1
    above, below = "".join(lines[:start]), "".join(lines[statement.end_lineno :])
    original = ast.unparse(statement)
    around = ast.Module([statement], [])
    for place in _changes(around, Scope(), within):
        text = ast.unparse(around)
        old, new = _differing(original.splitlines(), text.splitlines())
        if (old, new) != ("", ""):
            name = place or _bound(statement)
            yield Mutant(name, old, new, _diff(original, text), f"{above}{text}\n{below}")


def _bound(statement: ast.stmt) -> str:
    targets = getattr(statement, "targets", [getattr(statement, "target", None)])
    return ast.unparse(targets[0]) if targets[0] is not None else ast.unparse(statement)


def _changes(tree: ast.AST, scope: Scope, within: Within) -> Iterator[str]:
    """Change `tree` in place, in one way after the other, and yield where, while it is changed."""
    if isinstance(tree, _SKIPPED_NODES) or (isinstance(tree, ast.stmt) and is_docstring(tree)):
        return
    inner = scope.entered(tree)
    for name, value in ast.iter_fields(tree):
        if name in _SKIPPED_FIELDS:
            continue
        if isinstance(value, ast.expr):
            role = role_of(tree, name)
            for new in expressions(value, inner, role) if within(value) else ():
                setattr(tree, name, new)
                yield inner.place
            setattr(tree, name, value)
            yield from _changes(value, inner, within)
        elif isinstance(value, ast.AST):
            yield from _changes(value, inner, within)
        elif isinstance(value, list):
            yield from _changes_in(tree, name, value, inner, within)


def _changes_in(
    tree: ast.AST, name: str, items: list[Any], scope: Scope, within: Within
) -> Iterator[str]:
    """Change the list that `tree` has under `name`, as `_changes` does."""
    if items and isinstance(items[0], ast.stmt) and not isinstance(tree, ast.Module):
        for block in blocks(items, scope, within):
            setattr(tree, name, block)
            yield scope.place
        setattr(tree, name, items)
    for index, item in enumerate(items):
        if isinstance(item, ast.expr) and within(item):
            for new in expressions(item, scope, role_of(tree, name)):
                items[index] = new
                yield scope.place
            items[index] = item
        if isinstance(item, ast.AST):
            yield from _changes(item, scope, within)


def _differing(old: list[str], new: list[str]) -> tuple[str, str]:
    """Return the lines of both that differ: what is left without the same beginning and end."""
    start = 0
    while start < min(len(old), len(new)) and old[start] == new[start]:
        start += 1
    end = 0
    while end < min(len(old), len(new)) - start and old[-1 - end] == new[-1 - end]:
        end += 1
    parts = (lines[start : len(lines) - end] for lines in (old, new))
    first, second = (dedent("\n".join(part)) for part in parts)
    return first, second


def _diff(old: str, new: str) -> str:
    lines = list(difflib.unified_diff(old.splitlines(), new.splitlines(), lineterm="", n=1))
    # The first two name files.
    return "\n".join(line for line in lines[2:] if not line.startswith("@@"))


def _fingerprint(code: CodeType) -> tuple[object, ...]:
    """Return what a piece of bytecode does, without where its source stood."""
    constants = [
        _fingerprint(each) if isinstance(each, CodeType) else (type(each).__name__, repr(each))
        for each in code.co_consts
    ]
    return (
        code.co_code,
        tuple(constants),
        *(code.co_name, code.co_names, code.co_varnames, code.co_freevars, code.co_cellvars),
        *(code.co_argcount, code.co_posonlyargcount, code.co_kwonlyargcount, code.co_flags),
        code.co_exceptiontable,
    )
