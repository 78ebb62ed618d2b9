"""What a check hands to the notebook's code that is no data: its own functions, and libraries'."""

import ast
import sys
import sysconfig
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import Any, Final

from grader.errors import AssignmentError

_INSTALLED: Final = sysconfig.get_path("stdlib")
# What a function that is defined anew may read of a check: values that are written as they are.
WRITABLE: Final = (type(None), bool, int, float, complex, str, bytes)


@dataclass(frozen=True, eq=False)
class Inside:
    """A function of a check's, which is defined in the notebook's process too where it goes there.

    `function` is what the check itself calls, `source` how it is written, and `reads` what it reads
    of the check, by name.
    """

    name: str
    function: Callable[..., Any]
    source: str
    reads: Callable[[], Mapping[str, Any]]

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        """Call the function here."""
        return self.function(*args, **kwargs)

    def defining(self, name: str) -> str:
        """Return source that defines the function as `name`.

        Raises AssignmentError where it reads what cannot be written.
        """
        lines = [_line(self.name, *each) for each in sorted(self.reads().items())]
        if self.source.lstrip().startswith("lambda"):
            return "\n".join([*lines, f"{name} = {self.source}"])
        same = "" if name == self.name else f"\n{name} = {self.name}"
        return "\n".join([*lines, self.source]) + same


def _line(function: str, name: str, value: Any) -> str:
    if isinstance(value, ModuleType):
        return f"import {value.__name__} as {name}"
    path = library_path(value)
    if path is not None:
        module, _dot, attribute = path.rpartition(".")
        return f"from {module} import {attribute} as {name}"
    if isinstance(value, WRITABLE):
        return f"{name} = {value!r}"
    raise AssignmentError(
        f"A check hands the function `{function}` to the notebook's code, and it reads `{name}`, a "
        f"{type(value).__name__}: let it read numbers, texts and modules only."
    )


def library_path(value: object) -> str | None:
    """Return under what path a library has a class or a function, None for anything else."""
    if not (isinstance(value, type) or callable(value)):
        return None
    name = getattr(value, "__qualname__", None) or getattr(value, "__name__", "")
    if not isinstance(name, str) or not name:
        return None
    module = getattr(value, "__module__", None) or _home(value, name)
    if not isinstance(module, str):
        return None
    found: Any = sys.modules.get(module)
    if not _is_installed(found):
        return None
    for part in name.split("."):
        found = getattr(found, part, None)
    return f"{module}.{name}" if found is value else None


def _is_installed(module: Any) -> bool:
    """Whether a module is one that any process of this Python can import."""
    if module is None or module.__name__ == "__main__" or module.__name__.startswith("grader"):
        return False
    file = getattr(module, "__file__", None)
    return file is None or Path(file).is_relative_to(_INSTALLED) or "-packages" in file


def _home(value: object, name: str) -> str | None:
    """Return the module that has what does not say so itself, as numpy's functions."""
    numpy = sys.modules.get("numpy")
    return "numpy" if numpy is not None and getattr(numpy, name or "-", None) is value else None


def reads(tree: ast.AST) -> frozenset[str]:
    """Return the names that a lambda or a definition reads and does not bind itself."""
    bound = {node.arg for node in ast.walk(tree) if isinstance(node, ast.arg)}
    names = [node for node in ast.walk(tree) if isinstance(node, ast.Name)]
    bound |= {node.id for node in names if not isinstance(node.ctx, ast.Load)}
    return frozenset(node.id for node in names if node.id not in bound)
