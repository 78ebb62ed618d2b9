"""What the machine that graded lacks of what a notebook needs: modules, data, a newer Python.

A missing module is believed only where the notebook's sources ask for it, and where this Python
was found to lack it, before any of the notebook had run.
"""

import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from grader.notebook.cell_map import CellMap
from grader.notebook.imports import Asked, modules
from grader.notebook.newer_syntax import here, newer
from grader.notebook.reading import Notebook
from grader.scenario import Lack
from grader.subjects.blame import absent_in, named

if TYPE_CHECKING:
    from grader.execution.run import Run

import importlib.machinery
import sys
from collections.abc import Sequence
from importlib.machinery import ModuleSpec, PathFinder
from pathlib import Path

_VERSION = re.compile(r"3\.\d{1,3}(\.\d{1,3})?")


def missing_modules(notebook: Notebook) -> frozenset[str]:
    """Return the modules that the notebook asks for, in whatever way, and this Python lacks."""
    sources = [cell.source for cell in notebook.cells if cell.kind == "code"]
    parts = (absent_part(each.module) for source in sources for each in modules(source))
    return frozenset(part for part in parts if part is not None)


def lies_beside(path: Path, name: str) -> bool:
    """Whether a module of this name lies beside a notebook, as a file or a package."""
    here = path.parent
    return (here / f"{name}.py").is_file() or (here / name / "__init__.py").is_file()


def needing_newer(notebook: Notebook) -> Mapping[int, str]:
    """Return the cells that only a newer Python than this one parses, each with that version."""
    found = {each.index: newer(each.source) for each in notebook.cells if each.kind == "code"}
    return {index: needed[0] for index, needed in found.items() if needed}


def python() -> str:
    """Return the version of this Python, as "3.12"."""
    return ".".join(map(str, here()))


def written_with(notebook: Notebook) -> str:
    """Return the version of Python that a notebook says it was written with, "" for none."""
    told = notebook.metadata.get("language_info")
    version = told.get("version") if isinstance(told, dict) else None
    found = _VERSION.match(version) if isinstance(version, str) else None
    return found[0] if found else ""


@dataclass(frozen=True)
class Lacks:
    """What was lacking where a notebook ran, and what of it that touched."""

    notebook: Notebook
    cells: CellMap
    run: "Run"

    def of_cell(self, index: int) -> Lack | None:
        """Return what kept a cell, or a statement of it, from being run; None for nothing."""
        lack = self._ended(index)
        left_out = (module for cell, module, _names in self.run.left_out if cell == index)
        believed = (Lack(module) for module in left_out if module in self.run.lacking)
        return lack or next(believed, None)

    def of_names(self, index: int, names: Collection[str]) -> Lack | None:
        """Return what kept a cell from doing what it does with any of `names`; None for nothing.

        Statements that mention none of them, nor what reads them, do not count.
        """
        lack = self._ended(index)
        if lack is not None:
            return lack
        for cell, module, mentioned in self.run.left_out:
            touched = set(mentioned) | self.cells.reached(mentioned)
            if cell == index and module in self.run.lacking and touched & set(names):
                return Lack(module)
        return None

    def used_in(self, index: int) -> Lack | None:
        """Return what a cell lacks that it imports or names, whether that ended it or not."""
        lack = self.of_cell(index)
        if lack is not None:
            return lack
        uses = self.cells.names[index].uses
        for source_index, asked in self._imports():
            part = absent_in(asked.module, self.run.lacking)
            if part is not None and (source_index == index or asked.names & uses):
                return Lack(part)
        return None

    @cached_property
    def undefined(self) -> Mapping[str, Lack]:
        """Return the names that may not be defined for something that is lacking, and for what."""
        found: dict[str, Lack] = {}
        for _index, asked in self._imports():
            part = absent_in(asked.module, self.run.lacking)
            if part is not None:
                # Nobody knows what a star would have bound.
                names = self._bound_nowhere() if asked.star else asked.names
                found.update(dict.fromkeys(names, Lack(part)))
        for index in self.run.ends:
            lack = self.of_cell(index)
            if lack is not None:
                found.update(dict.fromkeys(self.cells.names[index].binds, lack))
        return found

    def _bound_nowhere(self) -> set[str]:
        cells = self.cells.names.values()
        return {name for cell in cells for name in cell.uses if not self.cells.binding(name)}

    def _imports(self) -> Iterator[tuple[int, Asked]]:
        for index in self.cells.names:
            for asked in modules(self.notebook.cells[index].source):
                yield index, asked

    def whole(self, index: int | None) -> Lack | None:
        """Return the Python that a cell needs to be run at all; None where this one runs it."""
        needed = self.run.newer.get(index) if index is not None else None
        if needed is None:
            return None
        return Lack(python=needed, here=self.run.python, written=written_with(self.notebook))

    def _ended(self, index: int) -> Lack | None:
        lack = self.whole(index)
        if lack is not None:
            return lack
        end = self.run.ends.get(index)
        if end is None or not end.error:
            return None
        if end.error_name == "ModuleNotFoundError":
            return named(end.error, self.run.lacking)
        source = self.notebook.cells[index].source
        return next((Lack(data=name) for name in self.run.plan.absent if name in source), None)


# Names that the packages of many have in common.
_SHARED = frozenset({"google"})


def absent_part(dotted: str) -> str | None:
    """Return the part of a module's name that this Python lacks: `"pandas"` of `"pandas.io"`.

    Only the first name is looked for, and the second inside a namespace package such as `google`.
    The working folder, which is the grader's own, does not count. None where the part is here.
    """
    first, *rest = dotted.split(".")
    if not first.isidentifier():
        return None
    spec = _spec(first)
    if spec is None:
        return ".".join([first, *rest[:1]]) if first in _SHARED else first
    inside = spec.submodule_search_locations
    if spec.origin is None and inside and rest and rest[0].isidentifier():
        both = f"{first}.{rest[0]}"
        return None if PathFinder.find_spec(both, list(inside)) else both
    return None


def _spec(name: str) -> ModuleSpec | None:
    """Return where a module of this name is found, None for nowhere."""
    if name in sys.stdlib_module_names:
        return importlib.machinery.ModuleSpec(name, None, origin="the standard library")
    paths = _paths()
    # A package that is installed for development has a finder of its own.
    for finder in sys.meta_path:
        path = paths if finder is PathFinder else None
        spec = finder.find_spec(name, path) if hasattr(finder, "find_spec") else None
        if spec is not None:
            return spec
    return None


def _paths() -> Sequence[str]:
    here = Path.cwd()
    return [each for each in sys.path if each and Path(each).absolute() != here]
