"""Which modules a cell asks for, told from its source."""

import ast
from collections.abc import Iterable, Iterator, Set
from dataclasses import dataclass
from functools import cache
from pathlib import Path, PurePath
from typing import Final

from grader.notebook.parsing import PYTHON_MAGICS, cell_magic, line_magic, parse, remembered
from grader.notebook.reading import read
from grader.notebook.statements import catches_import

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


# Cell magics whose body is a file that the notebook writes.
_FILE_MAGICS = frozenset({"file", "writefile"})
_CALLS = frozenset({"__import__", "import_module"})


@dataclass(frozen=True)
class Asked:
    """A module that is asked for by its dotted name, and the names that are bound to it.

    With a `star`, names are bound that the source does not tell. `caught` says whether the source
    handles that it is not there.
    """

    module: str
    names: frozenset[str] = frozenset()
    caught: bool = False
    star: bool = False


@remembered
def modules(source: str) -> tuple[Asked, ...]:
    """Return the modules that a cell asks for anywhere in it, in the order of their statements.

    A cell that Python would refuse to compile asks for none. `%%writefile` asks for what its file
    does, and binds nothing.
    """
    tree = parse(source)
    written = False
    while tree is not None and (magic := cell_magic(tree)):
        name, line, body = magic
        written = name in _FILE_MAGICS and line.strip().endswith(".py")
        if name not in PYTHON_MAGICS and not written:
            return ()
        tree = parse(body)
    if tree is None:
        return ()
    try:
        found = tuple(_asked(tree, caught=False))
    except RecursionError:
        return ()
    return tuple(Asked(each.module) for each in found) if written else found


def _asked(node: ast.AST, *, caught: bool) -> Iterator[Asked]:
    yield from _asked_here(node, caught=caught)
    body: Set[int] = frozenset()
    if isinstance(node, ast.Try | ast.TryStar) and any(map(catches_import, node.handlers)):
        body = {id(part) for part in node.body}
    for part in ast.iter_child_nodes(node):
        yield from _asked(part, caught=caught or id(part) in body)


def _asked_here(node: ast.AST, *, caught: bool) -> Iterator[Asked]:
    match node:
        case ast.Import(names=names):
            for alias in names:
                bound = alias.asname or alias.name.partition(".")[0]
                yield Asked(alias.name, frozenset({bound}), caught)
        case ast.ImportFrom(module=str(module), level=0, names=names):
            bound_names = {alias.asname or alias.name for alias in names}
            # What is imported may be a module, as in `from google import colab`.
            inner = f".{names[0].name}" if module == "google" else ""
            star = "*" in bound_names
            yield Asked(f"{module}{inner}", frozenset(bound_names - {"*"}), caught, star)
        case ast.Call(
            func=ast.Name(id=called) | ast.Attribute(attr=called),
            args=[ast.Constant(str(module)), *_],
        ) if called in _CALLS:
            yield Asked(module, caught=caught)
        case ast.Call():
            yield from _by_magic(*line_magic(node))


def _by_magic(name: str, line: str) -> Iterator[Asked]:
    """Yield what a line magic asks for; the file that `%run` runs is the module that it is."""
    tree = parse(line.strip()) if name in PYTHON_MAGICS else None
    if tree is not None:
        yield from _asked(tree, caught=False)
    files = [word for word in line.split() if word.endswith((".py", ".ipynb"))]
    if name == "run" and files:
        yield Asked(PurePath(files[0]).stem, star=True)
