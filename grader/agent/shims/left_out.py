"""Statements that a missing module keeps from being run, and what is left of their cell.

IPython runs the statements of a cell one by one. One that ends for a missing module is left out
as if it were not there, and each name that it would have bound is a placeholder from then on:
whatever depends on it says so.
"""

import ast
import dis
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from types import CodeType
from typing import Any

from ..notes import current_cell, note
from .placeholders import any_made, placeholder

# Statements and names of each that are told of.
MOST = 100

Blamed = Callable[[BaseException | None], str | None]


class LeftOut:
    """Leaves out such statements of the cells that the IPython shell `shell` runs from now on.

    `blamed` tells the missing module that an error is due to. `found` has, for each statement, its
    cell, the module, and the names of the notebook's that it mentions.
    """

    def __init__(self, shell: Any, blamed: Blamed) -> None:
        self.found: list[tuple[int, str, list[str]]] = []
        self._shell = shell
        self._blamed = blamed
        self._shown: str | None = None
        self._run_code, self._showtraceback = shell.run_code, shell.showtraceback
        self._run_cell_magic = shell.run_cell_magic
        shell.run_code, shell.showtraceback = self._run, self._show
        shell.run_cell_magic = self._magic

    async def _run(self, code: CodeType, result: Any = None, **options: Any) -> bool:
        """Run a statement; return whether it failed, and the cell is to end."""
        self._shown = None
        failed = await self._run_code(code, result, **options)
        module = self._shown
        if failed and result is not None:
            module = self._blamed(result.error_in_exec)
        if module is None:
            return bool(failed)
        if result is not None:
            result.error_in_exec = None
        self._leave_out(code, module)
        return False

    def _show(self, *args: Any, **kwargs: Any) -> None:
        """Show the error that is being handled, unless it is due to a missing module."""
        # A magic may show it and go on.
        self._shown = self._blamed(sys.exc_info()[1])
        if self._shown is None:
            self._showtraceback(*args, **kwargs)

    def _magic(self, name: str, line: str, cell: str) -> Any:
        """Run a cell magic. What is only timed is run statement by statement, where it matters."""
        if name != "time" or not ("import" in cell or any_made()):
            return self._run_cell_magic(name, line, cell)
        started = time.monotonic()
        self._shell.run_cell(cell)
        print(f"Wall time: {time.monotonic() - started:.3g} s")  # noqa: T201  # what %%time does
        return None

    def _leave_out(self, code: CodeType, module: str) -> None:
        note(f"what needs the module {module!r} here was left out: it is not installed")
        bound = set(_bound(code))
        for name in bound:
            self._shell.user_ns[name] = placeholder(module, name)
        if len(self.found) < MOST:
            names = sorted(bound | set(_read(code)))
            self.found.append((current_cell(), module, names[:MOST]))


def _bound(code: CodeType) -> Iterator[str]:
    for instruction in dis.get_instructions(code):
        if instruction.opname in ("STORE_NAME", "STORE_GLOBAL"):
            yield str(instruction.argval)
    for tree in _handed_to_magics(code):
        for node in ast.walk(tree):
            if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
                yield node.id
            elif isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
                yield node.name


def _read(code: CodeType) -> Iterator[str]:
    for instruction in dis.get_instructions(code):
        if instruction.opname in ("LOAD_NAME", "LOAD_GLOBAL"):
            yield str(instruction.argval)
    for tree in _handed_to_magics(code):
        yield from (node.id for node in ast.walk(tree) if isinstance(node, ast.Name))


def _handed_to_magics(code: CodeType) -> Iterator[ast.Module]:
    """Yield the Python that a statement hands to a magic, such as `%time`."""
    if not {"run_line_magic", "run_cell_magic"} & set(code.co_names):
        return
    for constant in code.co_consts:
        if isinstance(constant, str):
            with suppress(SyntaxError, ValueError, RecursionError, MemoryError):
                yield ast.parse(constant)
