"""Lending a notebook's state where it cannot be forked: copies stand in for it, and are undone.

Functions and classes are asked as they are, since their names are looked up in the notebook's own
variables. What these hold is replaced by copies meanwhile, and so is what a class, a default or a
closure holds, so that what is changed in place is a copy. What cannot be copied, such as an open
file or a generator, is lent itself.
"""

import contextlib
import copy
import os
import sys
from collections.abc import Callable, Collection, Iterator, MutableMapping
from types import CellType, FunctionType
from typing import Any, Final

from grader.agent.shims.random_states import put_back, states

# Where notebooks define what they define.
MAIN: Final = "__main__"
_Undo = Callable[[], None]


@contextlib.contextmanager
def borrowed(namespace: MutableMapping[str, Any], hidden: Collection[str]) -> Iterator[None]:
    """Let what `namespace` holds be copies, and everything as it was at the end.

    Random numbers and the working folder are put back as well. Names that are `hidden` belong to
    the shell and are left alone.
    """
    memo: dict[int, Any] = {id(module): module for module in list(sys.modules.values())}
    random_numbers, folder = states(), _working_folder()
    undo: list[_Undo] = []
    try:
        for value in list(namespace.values()):
            _lend_inside(value, namespace, memo, undo)
        _lend_names(namespace, hidden, memo, undo)
        yield
    finally:
        for each in reversed(undo):
            each()
        put_back(random_numbers)
        if folder is not None and folder != _working_folder():
            os.chdir(folder)


def _working_folder() -> str | None:
    try:
        return os.getcwd()  # noqa: PTH109 - it may have been removed
    except OSError:
        return None


def _copied(value: Any, memo: dict[int, Any]) -> Any:
    """Return a copy, or the value itself where there can be none."""
    try:
        return copy.deepcopy(value, memo)
    # It may run the student's code, which raises what it likes.
    except Exception:  # noqa: BLE001
        return value


def _lend_names(
    namespace: MutableMapping[str, Any],
    hidden: Collection[str],
    memo: dict[int, Any],
    undo: list[_Undo],
) -> None:
    former = dict(namespace)

    def give_back() -> None:
        for name in [name for name in namespace if name not in former]:
            del namespace[name]
        namespace.update(former)

    undo.append(give_back)
    for name, value in former.items():
        if name not in hidden:
            namespace[name] = _copied(value, memo)


def _lend_inside(
    value: Any, namespace: MutableMapping[str, Any], memo: dict[int, Any], undo: list[_Undo]
) -> None:
    """Lend what a function or a class of the notebook's own holds."""
    if isinstance(value, FunctionType):
        if value.__globals__ is namespace:
            _lend_function(value, memo, undo)
    elif isinstance(value, type) and value.__module__ == MAIN:
        _lend_class(value, namespace, memo, undo)


def _lend_function(function: FunctionType, memo: dict[int, Any], undo: list[_Undo]) -> None:
    defaults, named = function.__defaults__, function.__kwdefaults__
    own = dict(function.__dict__)

    def give_back() -> None:
        function.__defaults__, function.__kwdefaults__ = defaults, named
        function.__dict__.clear()
        function.__dict__.update(own)

    undo.append(give_back)
    function.__defaults__ = _copied(defaults, memo)
    function.__kwdefaults__ = _copied(named, memo)
    for name, held in own.items():
        function.__dict__[name] = _copied(held, memo)
    for cell in function.__closure__ or ():
        _lend_cell(cell, memo, undo)


def _lend_cell(cell: CellType, memo: dict[int, Any], undo: list[_Undo]) -> None:
    try:
        held = cell.cell_contents
    except ValueError:
        # What is not assigned yet has nothing to lend.
        return

    def give_back() -> None:
        cell.cell_contents = held

    undo.append(give_back)
    cell.cell_contents = _copied(held, memo)


def _lend_class(
    kind: type, namespace: MutableMapping[str, Any], memo: dict[int, Any], undo: list[_Undo]
) -> None:
    former = dict(vars(kind))

    def give_back() -> None:
        for name in [name for name in vars(kind) if name not in former]:
            delattr(kind, name)
        for name, held in former.items():
            if vars(kind).get(name) is not held:
                setattr(kind, name, held)

    undo.append(give_back)
    for name, held in former.items():
        if isinstance(held, staticmethod | classmethod | FunctionType):
            _lend_inside(getattr(held, "__func__", held), namespace, memo, undo)
        elif not (name.startswith("__") or hasattr(type(held), "__get__")):
            # A metaclass may refuse.
            with contextlib.suppress(Exception):
                setattr(kind, name, _copied(held, memo))
