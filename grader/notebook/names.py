"""What one cell does with the names of the notebook's namespace."""

import ast
import builtins
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from itertools import takewhile

from grader.notebook.labour import TooLaboriousError
from grader.notebook.newer_syntax import newer
from grader.notebook.parsing import PYTHON_MAGICS, cell_magic, parse, remembered
from grader.notebook.scopes import Flow
from grader.notebook.statements import is_setup, required_modules

GIVEN = (frozenset(dir(builtins)) - {"_"}) | {"get_ipython", "display", "In", "Out", "__class__"}
"""Names that a kernel has before any cell has run, and `__class__` of methods."""


@dataclass(frozen=True)
class Names:
    """What one cell does with the names of the notebook's namespace.

    `binds`: bound at module level, in whatever block, or through `global`.
    `uses`: read anywhere in the cell, except what a kernel has anyway.
    `definitions`: for each class, function or assigned lambda at module level,
    the global names that it reads.
    `unwritten`: those of them in which a gap is left as it was handed out.
    `star_import`: it also binds names that its source does not tell.
    `imports`: top-level modules imported where a missing one is not caught.

    `needs`: names whose value may come from an earlier cell while this one runs:
    read, or left unbound on some path, before the cell itself binds them. A loop
    is taken to run at least once.
    `needs_later`: the same for what its functions read when they are called.
    `imported`, `constants`: the names that an import, or a literal, binds.
    `patched`: names of objects that get an attribute at module level.
    `setup`: the cell consists of imports and magics only.
    """

    binds: frozenset[str] = frozenset()
    uses: frozenset[str] = frozenset()
    definitions: Mapping[str, frozenset[str]] = field(default_factory=dict)
    unwritten: frozenset[str] = frozenset()
    star_import: bool = False
    imports: frozenset[str] = frozenset()
    needs: frozenset[str] = frozenset()
    needs_later: frozenset[str] = frozenset()
    imported: frozenset[str] = frozenset()
    constants: frozenset[str] = frozenset()
    patched: frozenset[str] = frozenset()
    setup: bool = False

    def mentions(self, name: str) -> bool:
        """Tell whether the cell binds or uses a name."""
        return name in self.binds or name in self.uses


def analyse(source: str, *, given: Collection[str] = GIVEN) -> Names:
    """Tell what a code cell does with names; those in `given` do not count as used.

    A cell that every Python would refuse to compile does nothing, nor does one in another language,
    such as `%%bash`, nor one that would take minutes to look through.
    """
    return _analysed(source, frozenset(given))


@remembered
def _analysed(source: str, given: frozenset[str]) -> Names:
    tree = _tree(source)
    captured: set[str] = set()
    timed = False
    while tree is not None and (magic := cell_magic(tree)):
        name, line, body = magic
        if name not in PYTHON_MAGICS:
            return Names(setup=True)
        if name == "capture":
            captured.update(word for word in line.split() if word.isidentifier())
        timed = timed or name == "timeit"
        tree = _tree(body)
    if tree is None:
        return Names()
    try:
        return _names(tree, captured, timed=timed, given=given)
    except (RecursionError, TooLaboriousError):
        return Names()


def _has_gap(statement: ast.stmt) -> bool:
    """Whether this defines a function, or a class with a method, that is still to be written.

    What students get has `raise NotImplementedError(...)` in place of the solution.
    """
    if isinstance(statement, ast.ClassDef):
        return any(map(_has_gap, statement.body))
    if not isinstance(statement, ast.FunctionDef | ast.AsyncFunctionDef):
        return False
    reached = takewhile(lambda each: not isinstance(each, ast.Return), statement.body)
    raised = [each.exc for each in reached if isinstance(each, ast.Raise)]
    made = [each.func if isinstance(each, ast.Call) else each for each in raised]
    return any(isinstance(each, ast.Name) and each.id == "NotImplementedError" for each in made)


def _tree(source: str) -> ast.Module | None:
    """Return the tree of a cell, also of one that only a newer Python would run."""
    needed = newer(source)
    return parse(needed[1] if needed else source)


def _names(tree: ast.Module, captured: set[str], *, timed: bool, given: frozenset[str]) -> Names:
    flow = Flow()
    bound = flow.block(tree.body)
    binds = flow.all("stores") | flow.all("made_global")
    needs_later = flow.all("later") - bound - given
    uses = (flow.all("now") | flow.all("later")) - given
    imports = required_modules(tree)
    needs = frozenset(flow.needs | (binds - bound)) - given
    if timed:
        return Names(uses=uses, imports=imports, needs=needs, needs_later=needs_later)
    return Names(
        binds=binds | captured,
        uses=uses,
        definitions={name: frozenset(read - given) for name, read in flow.definitions.items()},
        unwritten=frozenset(
            each.name
            for each in tree.body
            if isinstance(each, ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef)
            and _has_gap(each)
        ),
        star_import=any(scope.star for scope in flow.scopes),
        imports=imports,
        needs=needs,
        needs_later=needs_later,
        imported=flow.all("imported"),
        constants=frozenset(flow.constants),
        patched=flow.all("patched"),
        setup=bool(tree.body) and all(map(is_setup, tree.body)),
    )
