"""Notebooks whose asserts follow the solution, and tests in a file beside one."""

import ast
import contextlib
import re
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Final

from nbformat import NotebookNode

from grader.authoring.importing.parts import Note, Part, Test, marked
from grader.errors import UsageError

_MARKER: Final = re.compile(r"^\s*#+\s*(BEGIN|END) SOLUTION\b", re.IGNORECASE | re.MULTILINE)
_ASSERTING: Final = re.compile(r"(?:^|\.)assert|(?:^|\.)raises$", re.IGNORECASE)


def parts(notebook: NotebookNode) -> Iterator[Part]:
    """Yield the parts of a notebook: a cell that asserts is a test."""
    for number, cell in enumerate(notebook.cells, start=1):
        where, source = f"cell {number}", cell.source
        if cell.cell_type == "markdown":
            yield Part("text", where, source, markdown=True)
        elif cell.cell_type == "code" and is_test(source):
            yield Part("test", where, source, tests=(Test(where, source, 1.0),))
        elif cell.cell_type == "code":
            is_marked = _MARKER.search(source) is not None
            name = next(iter(defined(source)), "")
            yield Part("solution" if is_marked else "given", where, source, name=name)


def with_solutions(parts: Sequence[Part], student: NotebookNode | None) -> Iterator[Part]:
    """Yield the parts with what students write marked, where the source does not say it.

    That is what the notebook of a `student` does not have; where there is none, the bodies of the
    functions and methods that tests ask for.
    """
    there = set() if student is None else {_squeezed(cell.source) for cell in student.cells}
    asked = _asked(test.code for part in parts for test in part.tests)
    values = _values(parts) if student is None else set()
    for part in parts:
        if part.markdown or part.kind != "given":
            yield part
            continue
        names = defined(part.source)
        if student is None:
            names = [each for each in names if each in asked]
        elif _squeezed(part.source) in there:
            names = []
        elif not names:
            lines = marked(part.source.split("\n"))
            yield replace(part, kind="solution", source="\n".join(lines))
            continue
        made = _made(part.source, values)
        if made:
            lines = part.source.split("\n")
            for first, last in reversed(made):
                lines[first - 1 : last] = marked(lines[first - 1 : last])
            yield replace(part, kind="solution", source="\n".join(lines))
        elif names:
            source = _hollow(part.source, names)
            yield replace(part, kind="solution", source=source, name=part.name or names[0])
        else:
            yield part


def _values(parts: Sequence[Part]) -> set[str]:
    """Return the names that tests ask for which ask for no function or class of the notebook's."""
    functions = {name for part in parts if part.kind != "test" for name in defined(part.source)}
    found: set[str] = set()
    for test in (test for part in parts for test in part.tests):
        asked = _asked([test.code])
        found |= asked if not asked & functions else set()
    return found


def _made(source: str, names: Collection[str]) -> list[tuple[int, int]]:
    """Return the first and the last line of each statement that assigns one of these names."""
    try:
        body = ast.parse(source).body
    except SyntaxError:
        return []
    return [
        (node.lineno, node.end_lineno or node.lineno)
        for node in body
        if isinstance(node, ast.Assign | ast.AnnAssign) and _set(node) & set(names)
    ]


def _set(node: ast.Assign | ast.AnnAssign) -> set[str]:
    targets = node.targets if isinstance(node, ast.Assign) else [node.target]
    return {
        each.id for target in targets for each in ast.walk(target) if isinstance(each, ast.Name)
    }


def _squeezed(source: str) -> str:
    return "".join(source.split())


def is_test(source: str) -> bool:
    """Whether a cell asserts something where it runs, and not only in what it defines."""
    try:
        tree = ast.parse(source)
    except SyntaxError:
        return False
    return any(map(_asserts, tree.body))


def _asserts(node: ast.stmt) -> bool:
    if isinstance(node, ast.Assert):
        return True
    if isinstance(node, ast.FunctionDef | ast.ClassDef):
        return False
    return any(
        isinstance(each, ast.Assert)
        or (isinstance(each, ast.Call) and _ASSERTING.search(ast.unparse(each.func)))
        for each in ast.walk(node)
    )


def _asked(codes: Iterable[str]) -> set[str]:
    names: set[str] = set()
    for code in codes:
        with contextlib.suppress(SyntaxError):
            tree = ast.parse(code)
            names |= {each.id for each in ast.walk(tree) if isinstance(each, ast.Name)}
    return names


def defined(source: str) -> list[str]:
    """Return the names of the functions and classes that a cell defines, in order."""
    try:
        tree = ast.parse(source)
    except SyntaxError:
        return []
    return [node.name for node in tree.body if isinstance(node, ast.FunctionDef | ast.ClassDef)]


def _hollow(source: str, names: Collection[str]) -> str:
    """Return a cell with the bodies of these functions, and of these classes' methods, marked."""
    lines = source.split("\n")
    places = []
    for node in ast.parse(source).body:
        if isinstance(node, ast.FunctionDef | ast.ClassDef) and node.name in names:
            functions = [node] if isinstance(node, ast.FunctionDef) else node.body
            places += [place for each in functions if (place := _body(each)) is not None]
    for first, last in sorted(places, reverse=True):
        body = lines[first - 1 : last]
        indent = body[0][: len(body[0]) - len(body[0].lstrip())]
        lines[first - 1 : last] = marked(body, indent)
    return "\n".join(lines)


def _body(node: ast.stmt) -> tuple[int, int] | None:
    """Return the first and the last line of a function's body, without its docstring."""
    if not isinstance(node, ast.FunctionDef):
        return None
    body = node.body[1:] if ast.get_docstring(node) is not None else node.body
    if not body or body[0].lineno == node.lineno:
        return None
    return body[0].lineno, body[-1].end_lineno or body[-1].lineno


def of_file(path: Path) -> list[Test]:
    """Return the tests of a file for pytest or testbook. Raises UsageError."""
    try:
        text = path.read_text("utf-8")
        tree = ast.parse(text)
    except (OSError, UnicodeDecodeError, SyntaxError) as error:
        raise UsageError(f"{path} cannot be read as Python: {error}.") from error
    shared = [ast.unparse(node) for node in tree.body if _is_shared(node)]
    tests = [
        _of_function(node, text, shared, path.name)
        for node in tree.body
        if isinstance(node, ast.FunctionDef) and node.name.startswith("test")
    ]
    if not tests:
        raise UsageError(f"{path} has no function `test_…`.")
    return tests


def _is_shared(node: ast.stmt) -> bool:
    """Whether a statement of a file of tests is about neither the notebook nor a test."""
    if isinstance(node, ast.Import | ast.ImportFrom):
        names = node.module or "" if isinstance(node, ast.ImportFrom) else node.names[0].name
        return not re.match(
            r"(?:testbook|pytest|ipynb|nbimporter|import_ipynb|solution|notebook)\b", names
        )
    if isinstance(node, ast.FunctionDef):
        return not node.name.startswith("test") and not node.decorator_list
    return isinstance(node, ast.Assign)


_TAKEN: Final = re.compile(
    r"^(?P<indent>\s*)(?P<name>\w+)\s*=\s*\w+\.(?:ref|get)\((['\"])(?P<taken>\w+)\3\)\s*$",
    re.MULTILINE,
)


def _of_function(node: ast.FunctionDef, text: str, shared: Sequence[str], file: str) -> Test:
    docstring = ast.get_docstring(node) or ""
    body = node.body[1:] if docstring else node.body
    lines = text.split("\n")
    first = body[0].lineno if body else node.lineno
    indent = " " * (body[0].col_offset if body else 0)
    code = "\n".join(line.removeprefix(indent) for line in lines[first - 1 : node.end_lineno])
    where = f"{file}, `{node.name}`"
    notes: tuple[Note, ...] = ()
    if _TAKEN.search(code):
        code = _TAKEN.sub(_same_name, code)
        notes = (Note(where, "with a change", "Names are taken from the notebook as they are."),)
    used = [each for each in shared if _is_used(each, code)]
    arguments = [each.arg for each in node.args.args]
    left = [each for each in arguments if re.search(rf"\b{each}\b", code)]
    if left or any("parametrize" in ast.unparse(each) for each in node.decorator_list):
        given = ", ".join(f"`{each}`" for each in left) or "its parameters"
        code = f"{code}\nraise NotImplementedError  # given {given} by pytest"
    return Test(
        where, "\n".join([*used, code]), 1.0, node.name, docstring.partition("\n\n")[0], notes=notes
    )


def _same_name(found: re.Match[str]) -> str:
    same = found["name"] == found["taken"]
    return "" if same else f"{found['indent']}{found['name']} = {found['taken']}"


def _is_used(statement: str, code: str) -> bool:
    tree = ast.parse(statement).body[0]
    if isinstance(tree, ast.Import | ast.ImportFrom):
        names = [each.asname or each.name.partition(".")[0] for each in tree.names]
    elif isinstance(tree, ast.FunctionDef):
        names = [tree.name]
    else:
        names = [
            each.id
            for each in ast.walk(tree)
            if isinstance(each, ast.Name) and isinstance(each.ctx, ast.Store)
        ]
    return any(re.search(rf"\b{re.escape(each)}\b", code) for each in names)
