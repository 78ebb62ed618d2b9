"""Notes for the instructor on what smells: never a score, always something that a person can check.

An honest notebook can give rise to any of them.
"""

import ast
import re
from collections.abc import Collection, Iterator, Sequence
from typing import Final

from grader.assignment.model import Exercise
from grader.execution.submission import Submission
from grader.i18n import _
from grader.notebook.cell_map import CellMap, of_file
from grader.notebook.parsing import parse, parsed_anew, remembered, syntax
from grader.notebook.reading import Cell, Notebook

# Libraries that hold ready what most courses have students write.
READY_MADE: Final = ("torch", "tensorflow", "keras", "jax", "sklearn", "autograd", "mxnet")

# What nobody needs for an assignment, and somebody who looks for the grader does.
LOOKING: Final = re.compile(
    r"\b(import\s+grader|from\s+grader\b|grader_request|grader_agent"
    r"|gc\.get_(objects|referrers)|(sys\.)?_getframe|((sys|threading)\.)?set(trace|profile)"
    r"|sys\.monitoring|inspect\.stack|(inspect\.)?currentframe|co_filename"
    r"|sys\.modules\.(values|items|copy)|for\s+\w+\s+in\s+(\w+\()?sys\.modules"
    r"|shell_handlers|/proc/(self|\d+)/(fd|mem|maps|environ)|ctypes|LD_PRELOAD)\b"
)

# What runs text as code: nothing else of it can be looked for in the source. Each name by itself,
# or behind one of these dots: a network is told to `eval`, and a pattern is `compile`d.
TEXT_AS_CODE: Final = re.compile(
    r"exec|eval|compile|__import__|(__)?builtins(__)?\.\w+|.*\.(run_cell|run_code)"
)

# What would be taken for something that the machine lacks.
OF_A_LACK: Final = re.compile(r"(.*\.)?(ModuleNotFoundError|ImportError|NameError)")

# Loops that C runs: no step of theirs is counted. A ufunc has a `reduce` that is none.
LOOPS: Final = re.compile(
    r"map|filter|(functools\.)?reduce|(itertools\.)?(starmap|accumulate)|(.*\.)?fromiter"
    r"|.*\.(map|imap|submit)"
)

# Dots of a name that is looked at. Each part of a longer one is looked at by itself, too.
MOST_DOTS: Final = 20

Suspicion = tuple[int | None, str]


def suspicions(submission: Submission, exercises: Sequence[Exercise]) -> list[Suspicion]:
    """Return what smells, each with the index of its cell where it has one."""
    found = list(submission.findings.suspicions)
    found += _linked(submission.notebook)
    found += _limits(submission)
    found += _looked_for(submission.notebook)
    found += _as_code(submission.notebook)
    found += _as_if_lacking(submission)
    found += _changed(submission)
    asked = [exercise for exercise in exercises if not exercise.whole]
    names = [name for each in asked for name in each.names]
    found += _delegated(submission, names)
    found += _uncounted(submission, names)
    return found


def _linked(notebook: Notebook) -> Iterator[Suspicion]:
    if notebook.link:
        yield None, _("The file is a link to `{link}`.", link=notebook.link)


def _limits(submission: Submission) -> Iterator[Suspicion]:
    for index, end in submission.run.ends.items():
        if end.error_name == "LimitExceeded":
            yield index, _("The cell was {error}.", error=end.error)


def _looked_for(notebook: Notebook) -> Iterator[Suspicion]:
    for cell in notebook.cells:
        match = LOOKING.search(cell.source) if cell.kind == "code" else None
        if match:
            yield (
                cell.index,
                _("The cell uses `{match}`, as one would to look for the grader.", match=match[0]),
            )


def _as_code(notebook: Notebook) -> Iterator[Suspicion]:
    for cell in notebook.cells:
        called = (each.func for each in _nodes(cell) if isinstance(each, ast.Call))
        name = next(filter(TEXT_AS_CODE.fullmatch, map(dotted, called)), None)
        if name is not None:
            yield (
                cell.index,
                _(
                    "The cell runs text as code (`{name}`), which is not looked through.",
                    name=name.lstrip("?."),
                ),
            )


def _as_if_lacking(submission: Submission) -> Iterator[Suspicion]:
    """Yield the cells that may raise themselves what tells of a lack, where there is any.

    An `except` may name it, and what it does then is an answer to what is lacking indeed.
    """
    for cell in submission.notebook.cells if submission.run.lacking else ():
        named = map(dotted, _nodes(cell, but=ast.ExceptHandler))
        error = next(filter(OF_A_LACK.fullmatch, named), None)
        if error is not None:
            yield (
                cell.index,
                _("The cell may raise `{error}` itself, as if something was lacking.", error=error),
            )


def _uncounted(submission: Submission, names: Sequence[str]) -> Iterator[Suspicion]:
    """Yield the cells of what is asked about that may loop over rows where nobody counts it."""
    written = (
        (name, part.last_written(name)) for name in names for part in _asked(submission, name)
    )
    for name, index in dict.fromkeys(written):
        nodes = () if index is None else _nodes(submission.notebook.cells[index])
        loop = next(filter(LOOPS.fullmatch, map(dotted, nodes)), None)
        if loop is not None:
            yield (
                index,
                _(
                    "`{name}`, or its cell, uses `{loop}`: no step of its loop is counted.",
                    name=name,
                    loop=loop,
                ),
            )


def _changed(submission: Submission) -> Iterator[Suspicion]:
    """Yield the provided functions and classes that are not as the assignment hands them out."""
    handed_out, provided = of_file(submission.assignment.reference)
    for name in submission.assignment.config.provides:
        cells = submission.in_force((name,))
        index = cells.last_binding(name)
        original = _definition(handed_out, provided, name)
        own = _definition(submission.notebook, cells, name)
        if index is not None and original is not None and own != original:
            yield index, _("`{name}`, which the assignment provides, was changed.", name=name)


def _definition(notebook: Notebook, cells: CellMap, name: str) -> str | None:
    """Return the syntax of the last class or function `name`, None where there is none."""
    index = cells.last_binding(name)
    if index is None:
        return None
    return _syntax(notebook.cells[index].source, name)


@remembered
def _syntax(source: str, name: str) -> str | None:
    tree = parsed_anew(source)
    for node in tree.body if tree is not None else ():
        if isinstance(node, ast.ClassDef | ast.FunctionDef) and node.name == name:
            for inner in ast.walk(node):
                if isinstance(inner, ast.ClassDef | ast.FunctionDef) and ast.get_docstring(inner):
                    inner.body = inner.body[1:]
            return syntax(node)
    return None


def _delegated(submission: Submission, names: Sequence[str]) -> Iterator[Suspicion]:
    """Yield the classes asked about that use a library in which they are ready-made."""
    told = set(READY_MADE).difference(submission.assignment.config.libraries)
    imported = _imported(submission.notebook, told)
    asked = [(name, part) for name in names for part in _asked(submission, name)]
    for name, index in dict.fromkeys((name, part.last_written(name)) for name, part in asked):
        if index is None:
            continue
        for node in _statements(submission.notebook.cells[index]):
            if isinstance(node, ast.ClassDef) and node.name == name:
                read_names = {each.id for each in ast.walk(node) if isinstance(each, ast.Name)}
                used = {imported[each] for each in read_names if each in imported}
                if used:
                    yield index, _("`{name}` uses {used}.", name=name, used=", ".join(sorted(used)))


def _asked(submission: Submission, name: str) -> Sequence[CellMap]:
    """Return under which cells a name was asked about, or was used by what was judged."""
    return (*submission.cells.attempts([name]), submission.in_force((name,)))


def _imported(notebook: Notebook, libraries: Collection[str]) -> dict[str, str]:
    """Return which of `libraries` is behind each name that the notebook imports from one."""
    imported: dict[str, str] = {}
    for cell in notebook.cells:
        for node in (each for top in _statements(cell) for each in ast.walk(top)):
            if isinstance(node, ast.Import):
                for alias in node.names:
                    top = alias.name.partition(".")[0]
                    imported[alias.asname or top] = top
            elif isinstance(node, ast.ImportFrom) and node.module:
                for alias in node.names:
                    imported[alias.asname or alias.name] = node.module.partition(".")[0]
    return {name: library for name, library in imported.items() if library in libraries}


def _nodes(cell: Cell, *, but: type[ast.AST] | None = None) -> Iterator[ast.AST]:
    """Yield all of a cell's syntax, without what stands within a node of the kind `but`."""
    pending: list[ast.AST] = [*_statements(cell)]
    while pending:
        node = pending.pop()
        if but is None or not isinstance(node, but):
            yield node
            pending += ast.iter_child_nodes(node)


def dotted(node: ast.AST) -> str:
    """Return a name with its dots, where what stands before them is no name a `?`, "" for none.

    What stands before many dots is as good as no name.
    """
    parts: list[str] = []
    while isinstance(node, ast.Attribute) and len(parts) < MOST_DOTS:
        parts.append(node.attr)
        node = node.value
    first = node.id if isinstance(node, ast.Name) else "?" if parts else ""
    return ".".join([first, *reversed(parts)])


def _statements(cell: Cell) -> list[ast.stmt]:
    tree = parse(cell.source) if cell.kind == "code" else None
    return tree.body if tree is not None else []
