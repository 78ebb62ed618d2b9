"""Which cell of a notebook defines what, told from the sources alone: nothing is run."""

import re
from bisect import bisect_left
from collections.abc import Collection, Iterable, Mapping, Sequence
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Final

from grader.notebook.names import GIVEN, Names, analyse
from grader.notebook.parsing import parse
from grader.notebook.reading import Cell, Notebook, read
from grader.notebook.scopes import reached

# How many names may be looked at to tell which cells others need. The longest honest notebooks take
# a few thousand; five thousand cells that all lead through each other take 10**7 and more.
MOST_WORK: Final = 2_000_000


class CellMap:
    """The names of a notebook's code cells, put together.

    `names` has a `Names` for the index of every code cell. `graded` are the indices of those that
    the assignment hands out (`grader.assignment.handed_out`), empty where that cannot be told.
    """

    def __init__(self, notebook: Notebook, graded: Collection[int] = ()) -> None:
        code = {cell.index: cell.source for cell in notebook.cells if cell.kind == "code"}
        names = {index: analyse(source) for index, source in code.items()}
        # A builtin that the notebook binds anew is a name like any other.
        rebound = GIVEN & {name for cell in names.values() for name in cell.binds}
        if rebound:
            given = GIVEN - rebound
            names = {index: analyse(source, given=given) for index, source in code.items()}
        self._take(names, graded)

    def _take(self, names: Mapping[int, Names], graded: Collection[int]) -> None:
        self.names = names
        self.graded = frozenset(graded)
        self._definitions: dict[str, set[str]] = {}
        for cell in names.values():
            for name, global_names in cell.definitions.items():
                self._definitions.setdefault(name, set()).update(global_names)

    def until(self, last: int) -> "CellMap":
        """Return the same for the cells up to the one at `last` alone."""
        part = CellMap.__new__(CellMap)
        names = {index: cell for index, cell in self.names.items() if index <= last}
        part._take(names, self.graded)
        return part

    @property
    def end(self) -> int:
        """The index of the last graded cell, and of the last of all where none is known."""
        return max(self.graded or self.names, default=-1)

    def counting(self, names: Iterable[str]) -> "CellMap":
        """Return the cells that count for `names`: up to the last graded one.

        All, where one of the names is bound only below it.
        """
        upper = self.until(self.end)
        return upper if all(map(upper.binding, names)) else self

    def attempts(self, names: Iterable[str]) -> tuple["CellMap", ...]:
        """Return under which cells to ask what defines `names`: those that count first.

        The others, where more of the definition stands below the graded cells: someone plays there
        with another one, or mends it. Above all, where a copy that nobody has written anything
        into stands below what was written, the cells above that copy.
        """
        wanted = tuple(names)
        upper = self.counting(wanted)
        written = upper._above_copies(wanted)
        found = (upper,) if upper.ready(wanted) == self.ready(wanted) else (upper, self)
        return found if written is None else (written, *found)

    def _above_copies(self, names: Sequence[str]) -> "CellMap | None":
        """Return the cells above the first that leaves a gap where one of `names` was written.

        None where there is no such cell, or where not all names are bound above it.
        """
        copies = []
        for name in names:
            cells = [index for index in self.written(name) if name in self.names[index].definitions]
            done = [index for index in cells if name not in self.names[index].unwritten]
            copies += [index for index in cells if done and index > done[-1]][:1]
        above = self.until(min(copies) - 1) if copies else None
        return above if above is not None and all(map(above.binding, names)) else None

    def binding(self, name: str) -> tuple[int, ...]:
        """Return the indices of the cells that bind a name, in order."""
        return self._bindings.get(name, ())

    @cached_property
    def _bindings(self) -> Mapping[str, tuple[int, ...]]:
        return _by_name({index: cell.binds for index, cell in self.names.items()})

    @cached_property
    def _patches(self) -> Mapping[str, tuple[int, ...]]:
        return _by_name({index: cell.patched for index, cell in self.names.items()})

    @cached_property
    def _makings(self) -> Mapping[str, tuple[int, ...]]:
        """The cells that bind a name by a definition or an import."""
        return _by_name(
            {
                index: cell.binds & {*cell.definitions, *cell.imported}
                for index, cell in self.names.items()
            }
        )

    def last_binding(self, name: str) -> int | None:
        """Return the index of the last cell that binds a name, None where none does."""
        return max(self.binding(name), default=None)

    def written(self, name: str) -> tuple[int, ...]:
        """Return the indices of the cells that bind a name, in order.

        Where some of them define it as a class or function, those that only import it are not
        among them: what was written is meant, and not what it is compared with.
        """
        cells = self.binding(name)
        if not any(name in self.names[index].definitions for index in cells):
            return cells
        imported = {
            index
            for index in cells
            if name in self.names[index].imported and name not in self.names[index].definitions
        }
        return tuple(index for index in cells if index not in imported)

    def last_written(self, name: str) -> int | None:
        """Return the index of the last cell that binds a name as `written` means it."""
        return max(self.written(name), default=None)

    def defined_before(self, name: str, end: int | None) -> int | None:
        """Return the last cell that binds a name, of those up to the cell `end`, if any do."""
        cells = self.binding(name)
        return max((index for index in cells if end is None or index <= end), default=None)

    def mentioning(self, name: str) -> tuple[int, ...]:
        """Return the indices of the cells that bind or use a name, in order."""
        return tuple(index for index, cell in self.names.items() if cell.mentions(name))

    def at_work(self, index: int, *names: str) -> bool:
        """Tell whether a cell, or a function that it names, uses all of `names` while it runs."""
        cell = self.names[index]
        return all(
            name in cell.binds or not self._leading_to(name).isdisjoint(cell.needs)
            for name in names
        )

    def _leading_to(self, name: str) -> frozenset[str]:
        """Return a name, and those whose definitions read it, directly or through each other."""
        known = self._led.get(name)
        if known is None:
            known = self._led[name] = frozenset({name} | reached([name], self._readers))
        return known

    @cached_property
    def _led(self) -> dict[str, frozenset[str]]:
        return {}

    @cached_property
    def _readers(self) -> Mapping[str, set[str]]:
        """By each name, the definitions that read it."""
        found: dict[str, set[str]] = {}
        for name, used in self._definitions.items():
            for each in used:
                found.setdefault(each, set()).add(name)
        return found

    def training(self, network: str, loader: str) -> tuple[int, ...]:
        """Return the cells that seem to train a network on what a loader delivers, in order.

        They are told from the sources alone. Only a run tells which did, and which others.
        """
        made = self.binding(network)
        if not made:
            return ()
        return tuple(
            index
            for index in self.names
            if index >= made[0] and self.at_work(index, network, loader)
        )

    def ready(self, names: Iterable[str]) -> int | None:
        """Return the index of the last cell that must have run before names can be questioned.

        That is the last cell that binds one of them, or that sets an attribute
        of a class or function among them. Importing a name that the notebook
        defines as a class or function does not count. Where their bodies, or the bodies of
        what these use, use a global that is first bound later still, it is the
        last cell that defines it as a class or function, or the first that
        binds it by an import or to a literal. Other globals are not followed,
        nor are those that are already there: a scratch variable of many cells
        must not move the answer to the end of the notebook.

        Returns None where a name is bound nowhere, or no name is given.
        """
        wanted = set(names)
        if not wanted or not all(map(self.binding, wanted)):
            return None
        start = max(max(self.written(name) + self._patching(name)) for name in wanted)
        used = reached(wanted, self._definitions)
        return max([start, *(self._available(name, start) for name in used)])

    def reached(self, names: Iterable[str]) -> set[str]:
        """Return the global names that definitions of these names read, or each other's do."""
        return reached(names, self._definitions)

    def slice(self, names: Iterable[str]) -> tuple[int, ...]:
        """Return the indices of the cells that leave names as the whole notebook does at `ready`.

        Going back from the names, every name that a cell needs brings in the
        cells before it that import or define the name or set an attribute of
        that definition, and the last cell before it that binds the name. What
        a function reads when it is called is needed in every cell that names
        the function, since it may be called there, and at the end, since it is
        questioned there. Cells of imports and magics only, and those with a
        star import, are always in.

        A cell that only changes an object in place is left out, as `logs.clear()`
        is where another cell binds `logs`.

        Returns an empty tuple where `ready` is None, and all cells up to there where telling which
        are needed would take more work than for any honest notebook.
        """
        wanted = set(names)
        end = self.ready(wanted)
        if end is None:
            return ()
        cells = {index: cell for index, cell in self.names.items() if index <= end}
        pending = [index for index, cell in cells.items() if cell.setup or cell.star_import]
        for name in wanted:
            pending += self._sources(name, end + 1)
        chosen: set[int] = set()
        work = 0
        while pending:
            index = pending.pop()
            if index in chosen:
                continue
            chosen.add(index)
            cell = cells[index]
            needs = cell.needs | cell.needs_later
            # The cell may call what it names, which then needs its own globals at that time.
            named = needs | reached(needs, self._definitions)
            work += sum(1 + len(self._definitions.get(name, ())) for name in named)
            for name, before in (
                *((name, index) for name in named),
                *((name, end + 1) for name in cell.needs_later),
            ):
                sources = self._sources(name, before)
                work += len(sources)
                pending += (each for each in sources if each not in chosen)
            if work > MOST_WORK:
                return tuple(cells)
        return tuple(sorted(chosen))

    def _sources(self, name: str, before: int) -> list[int]:
        """Return the cells before an index that a name's value there may come from."""
        bound, making = self.binding(name), self._makings.get(name, ())
        patching = self._patching(name)
        last = bisect_left(bound, before)
        return [
            *bound[max(0, last - 1) : last],
            *making[: bisect_left(making, before)],
            *patching[: bisect_left(patching, before)],
        ]

    def _patching(self, name: str) -> tuple[int, ...]:
        """Return the cells that set an attribute of a class or function, in order."""
        return self._patches.get(name, ()) if name in self._definitions else ()

    def _available(self, name: str, start: int) -> int:
        """Return the cell after which a helper is there, `start` where it need not be later."""
        cells = self.binding(name)
        if not cells or cells[0] <= start:
            return start
        defining = [index for index in cells if name in self.names[index].definitions]
        first = self.names[cells[0]]
        if defining:
            return defining[-1]
        return cells[0] if name in first.imported | first.constants else start


def _by_name(cells: Mapping[int, Iterable[str]]) -> Mapping[str, tuple[int, ...]]:
    """Return the cells of each name, in order."""
    found: dict[str, list[int]] = {}
    for index, names in cells.items():
        for name in names:
            found.setdefault(name, []).append(index)
    return {name: tuple(indices) for name, indices in found.items()}


def of_file(path: Path) -> tuple[Notebook, CellMap]:
    """Return the notebook at `path` and its names. Asked again, they are those of the last time.

    Raises UsageError as `read` does.
    """
    return _of_file(path, path.stat().st_mtime_ns)


@lru_cache(maxsize=8)
def _of_file(path: Path, _changed: int) -> tuple[Notebook, CellMap]:
    notebook = read(path)
    return notebook, CellMap(notebook)


def writes(cell: Cell, cells: CellMap, name: str) -> bool:
    """Whether a cell is there to define a name; one that is no Python is looked through as text."""
    if cell.kind != "code":
        return False
    if name in cells.names[cell.index].binds:
        return True
    # What does not even have the name in it need not be parsed.
    if name not in cell.source or parse(cell.source) is not None:
        return False
    # Within a line: a run of empty ones would be gone through from each of them anew.
    own = re.escape(name)
    written = rf"^[ \t]*(?:class|def)[ \t]+{own}\b|^[ \t]*{own}[ \t]*="
    return re.search(written, cell.source, re.MULTILINE) is not None
