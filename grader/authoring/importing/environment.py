"""Whose a name is that a test reads: the assignment's, the student's, or an earlier test's.

What students are given and what only depends on that, imports and helpers and data, is the
assignment's: a test that runs in the grader's process has it from there, where no student can
change it. All that a solution defines, and what is made with it, is the student's.
"""

import ast
import re
from collections.abc import Sequence, Set
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Final

from grader.authoring.importing.parts import Part, text_of
from grader.errors import UsageError
from grader.notebook.names import GIVEN, analyse
from grader.notebook.parsing import transformed

# What a cell of the notebook does with a terminal, or to a page, no test needs.
_MAGIC: Final = "get_ipython()"
# What draws from a stream of random numbers that all code shares, and what begins one.
_DRAWING: Final = re.compile(r"(?:^|\.)random\.\w+$|^torch\.(?:rand\w*|normal|bernoulli)$")
_SEEDING: Final = re.compile(r"(?:^|\.)(?:random\.seed|manual_seed)$")


@dataclass(frozen=True)
class Statement:
    """A statement of the notebook at the top of a cell."""

    source: str
    binds: frozenset[str]
    needs: frozenset[str]
    is_import: bool
    draws: bool = False
    """Whether it draws random numbers as it runs, or seeds them."""
    seeds: bool = False


@dataclass(frozen=True)
class Names:
    """Where what a test reads comes from."""

    imports: tuple[str, ...]
    """Statements that import, in the order of the notebook."""
    given: tuple[str, ...]
    """Statements that students were given and that tests need, in the order of the notebook."""
    earlier: tuple[str, ...]
    """Statements of earlier tests."""
    students: tuple[str, ...]
    """Names of what students define."""
    unknown: tuple[str, ...]
    """Names that nothing above defines."""


def statements(source: str) -> list[Statement]:
    """Return the statements of a cell; none of a cell that cannot be read, or of magics."""
    try:
        plain = transformed(source)
        tree = ast.parse(plain)
    except (SyntaxError, ValueError):
        return []
    found = []
    lines = plain.split("\n")
    for node in tree.body:
        first = min(
            (each.lineno for each in getattr(node, "decorator_list", ())), default=node.lineno
        )
        text = "\n".join(lines[first - 1 : node.end_lineno])
        if _MAGIC in text:
            continue
        if node.col_offset:
            text = ast.unparse(node)
        names = analyse(text)
        called = _called(node)
        seeds = any(map(_SEEDING.search, called))
        found.append(
            Statement(
                text,
                names.binds | _changed(node),
                names.needs | names.needs_later,
                isinstance(node, ast.Import | ast.ImportFrom),
                seeds or any(map(_DRAWING.search, called)),
                seeds,
            )
        )
    return found


def _called(node: ast.stmt) -> list[str]:
    """Return the names of what a statement calls as it runs."""
    if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
        return []
    return [ast.unparse(each.func) for each in ast.walk(node) if isinstance(each, ast.Call)]


def _changed(node: ast.stmt) -> frozenset[str]:
    """Return the variables whose objects a statement changes in place, as far as it shows."""
    if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
        return frozenset()
    targets: list[ast.expr] = []
    for each in ast.walk(node):
        if isinstance(each, ast.Assign | ast.Delete):
            targets += each.targets
        elif isinstance(each, ast.AugAssign):
            targets.append(each.target)
        elif isinstance(each, ast.Expr) and isinstance(each.value, ast.Call):
            targets.append(each.value.func)
            if ast.unparse(each.value.func).rpartition(".")[2] in _CHANGING:
                targets += [ast.Attribute(given, "", ast.Store()) for given in each.value.args[:1]]
    bases = [_base(each) for each in targets if isinstance(each, ast.Attribute | ast.Subscript)]
    return frozenset(each for each in bases if each)


# Functions of libraries that change what they are given.
_CHANGING: Final = frozenset(
    {"shuffle", "fill_diagonal", "copyto", "put", "place", "putmask", "heapify", "heappush"}
)


def _base(node: ast.expr) -> str:
    while isinstance(node, ast.Attribute | ast.Subscript | ast.Call):
        node = node.func if isinstance(node, ast.Call) else node.value
    return node.id if isinstance(node, ast.Name) else ""


@dataclass
class Environment:
    """All that was defined so far in a notebook, while its parts are gone through in order."""

    ours: list[Statement] = field(default_factory=list)
    theirs: set[str] = field(default_factory=set)
    shared: frozenset[str] = frozenset()
    """Given classes whose objects tests hand to students' code: they are asked for there."""
    folder: Path = Path()
    """Where modules lie that students are given beside the notebook."""
    tests: list[Statement] = field(default_factory=list)

    def define(self, part: Part) -> None:
        """Go on with what a part defines that is no test."""
        whose = part.kind in ("solution", "manual")
        for each in statements(part.source):
            if not each.is_import and each.binds and each.binds <= self.modules():
                if each.seeds and not whose:
                    # No test asks for it, but what is drawn below it does.
                    self.ours.append(replace(each, binds=frozenset()))
                continue
            if each.is_import and each.binds & self.shared:
                self.theirs |= each.binds & self.shared
                self.ours.append(each)
            elif each.is_import:
                for statement in self._without_stars(each):
                    self._ours(statement)
            elif whose or each.needs & self.theirs or each.binds & self.shared:
                self.theirs |= each.binds - self.modules()
            else:
                self._ours(each)

    def _without_stars(self, statement: Statement) -> list[Statement]:
        """Return an import of all that a module beside the notebook has as one of its names."""
        node = ast.parse(statement.source).body[0]
        if not (isinstance(node, ast.ImportFrom) and node.names[0].name == "*" and node.module):
            return [statement]
        names = _public(self.folder / f"{node.module.replace('.', '/')}.py")
        found = statements(f"from {node.module} import {', '.join(names)}") if names else []
        return found or [statement]

    def _ours(self, statement: Statement) -> None:
        self.theirs -= statement.binds
        self.ours.append(statement)

    def modules(self, code: str = "") -> set[str]:
        """Return the names that are imported so far, and in `code`."""
        known = (*self.ours, *self.tests, *statements(code))
        return {name for each in known if each.is_import for name in each.binds}

    def test(self, code: str) -> None:
        """Go on with what a test defines, which later ones may read."""
        modules = self.modules()
        self.tests += [each for each in statements(code) if each.is_import or each.binds - modules]

    def names(self, code: str) -> Names:
        """Return where the names come from that code reads."""
        own = statements(code)
        wanted = _reads(own)
        earlier, wanted = _slice(self.tests, wanted)
        ours, left = _slice(self.ours, wanted, self.theirs)
        stream = self._stream(ours)
        if stream:
            ours, left = _slice(self.ours, wanted, self.theirs, stream)
        wanted = left
        students = sorted(wanted & self.theirs)
        return Names(
            imports=tuple(each.source for each in ours if each.is_import),
            given=tuple(each.source for each in ours if not each.is_import),
            earlier=tuple(each.source for each in earlier),
            students=tuple(students),
            # What code binds itself on some path it reads on that alone.
            unknown=tuple(sorted(wanted - self.theirs - GIVEN - _bound(own))),
        )

    def _stream(self, chosen: Sequence[Statement]) -> list[Statement]:
        """Return what has to run for `chosen` statements to draw what they do in the notebook.

        That is all that draws from where the numbers were seeded; none where they were not.
        """
        drawing = [place for place, each in enumerate(self.ours) if each.draws and each in chosen]
        if not drawing:
            return []
        seeds = [place for place, each in enumerate(self.ours[: drawing[0] + 1]) if each.seeds]
        stream = self.ours[seeds[-1] : drawing[-1] + 1] if seeds else []
        return [each for each in stream if each.draws]


def _public(path: Path) -> list[str]:
    """Return the names that a module's `import *` brings, none of one that cannot be read."""
    if not path.is_file():
        return []
    try:
        found = statements(text_of(path))
    except (OSError, UnicodeDecodeError, UsageError):
        return []
    return sorted({name for each in found for name in each.binds if not name.startswith("_")})


def _reads(code: Sequence[Statement]) -> set[str]:
    """Return what code reads that it has not bound before."""
    bound: set[str] = set()
    wanted: set[str] = set()
    for each in code:
        wanted |= each.needs - bound
        bound |= each.binds
    return wanted


def _bound(code: Sequence[Statement]) -> set[str]:
    return {name for each in code for name in each.binds}


def _slice(
    defined: Sequence[Statement],
    wanted: set[str],
    but: Set[str] = frozenset(),
    always: Sequence[Statement] = (),
) -> tuple[list[Statement], set[str]]:
    """Return the last statements that define what is wanted, and what these need besides.

    Those that `always` have to run are among them.
    """
    chosen: list[Statement] = []
    left = set(wanted)
    for each in reversed(defined):
        found = (each.binds & left) - but
        if found or each in always:
            chosen.append(each)
            # What changes a thing that it reads needs it from above.
            left = (left - found) | each.needs
    return chosen[::-1], left
