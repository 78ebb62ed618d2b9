"""Which modules cells import, told from their sources."""

import ast
from collections.abc import Iterable
from functools import cache
from pathlib import Path
from typing import Final

from grader.names.parsing import parse
from grader.notebook import read

# What a kernel loads by itself as soon as a cell plots.
_WITH: Final = {
    "matplotlib": ("matplotlib_inline.backend_inline", "matplotlib.backends.backend_agg"),
    "matplotlib.pyplot": ("mpl_toolkits.mplot3d",),
}


def imported(sources: Iterable[str]) -> tuple[str, ...]:
    """Return the modules that cells import, outside of functions and classes, in their order.

    With them comes what the kernel loads by itself as soon as they are used.
    """
    found: dict[str, None] = {}
    for source in sources:
        tree = parse(source)
        for statement in tree.body if tree is not None else ():
            found.update(dict.fromkeys(_named(statement)))
    for name in list(found):
        for prefix, others in _WITH.items():
            if name == prefix or name.startswith(f"{prefix}."):
                found.update(dict.fromkeys(others))
    return tuple(found)


@cache
def imported_by(notebook: Path) -> tuple[str, ...]:
    """Return what the cells of the notebook at this path import. Raises NotebookError."""
    return imported(cell.source for cell in read(notebook).cells if cell.kind == "code")


def _named(statement: ast.stmt) -> list[str]:
    if isinstance(statement, ast.Import):
        return [alias.name for alias in statement.names]
    if isinstance(statement, ast.ImportFrom) and statement.module and not statement.level:
        return [statement.module]
    return []
