"""Notebooks whose asserts follow the solution, and tests in a file beside one."""

import ast
import contextlib
import re
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Final

from nbformat import NotebookNode

from grader.authoring.importing import unittests
from grader.authoring.importing.check_code import indented
from grader.authoring.importing.parts import Note, Part, Test, marked, text_of
from grader.errors import UsageError

_MARKER: Final = re.compile(r"^\s*#+\s*(BEGIN|END) SOLUTION\b", re.IGNORECASE | re.MULTILINE)
_ASSERTING: Final = re.compile(r"(?:^|\.)assert|(?:^|\.)raises$", re.IGNORECASE)


def parts(notebook: NotebookNode) -> Iterator[Part]:
    """Yield the parts of a notebook: a cell that asserts is a test.

    Where the same cell defines what it is about, it is divided.
    """
    code = [cell.source for cell in notebook.cells if cell.cell_type == "code"]
    functions = {name for source in code for name in defined(source)}
    for number, cell in enumerate(notebook.cells, start=1):
        where, source = f"cell {number}", cell.source
        if cell.cell_type == "markdown":
            yield Part("text", where, source, markdown=True)
        elif cell.cell_type == "code" and (cases := unittests.of_cell(source, where)):
            yield Part("test", where, source, tests=tuple(cases))
        elif cell.cell_type == "code" and is_test(source) and not _MARKER.search(source):
            own, test = _divided(source, functions)
            if own:
                yield Part("given", where, own, name=defined(own)[0])
            yield Part("test", where, test, tests=(Test(where, test, 1.0),))
        elif cell.cell_type == "code":
            is_marked = _MARKER.search(source) is not None
            name = next(iter(defined(source)), "")
            yield Part("solution" if is_marked else "given", where, source, name=name)


def _divided(source: str, functions: Collection[str]) -> tuple[str, str]:
    """Return what a cell defines, and the rest, which asserts something of it.

    The first is "" where it is about another one of the notebook's `functions`: what it defines
    then helps to test that.
    """
    own = [name for name in defined(source) if not name.startswith("test")]
    tree = ast.parse(source)
    definitions = [
        node
        for node in tree.body
        if isinstance(node, ast.FunctionDef | ast.ClassDef) and node.name in own
    ]
    rest = [node for node in tree.body if node not in definitions]
    asked = _asked(ast.unparse(node) for node in rest)
    if not asked & set(own) or asked & (set(functions) - set(own)):
        return "", source
    end = max(node.end_lineno or 0 for node in definitions)
    if any(_asserts(node) for node in rest if node.lineno <= end):
        return "", source
    lines = source.split("\n")
    return "\n".join(lines[:end]).strip("\n"), "\n".join(lines[end:]).strip("\n")


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


def of_file(path: Path, own: Collection[str] = ()) -> list[Test]:
    """Return the tests of a file for pytest or testbook. Raises UsageError.

    `own` are names that the notebook defines: importing them is asking the notebook for them.
    """
    try:
        text = text_of(path)
        tree = ast.parse(text)
    except (OSError, UnicodeDecodeError, SyntaxError) as error:
        raise UsageError(f"{path} cannot be read as Python: {error}.") from error
    shared = [ast.unparse(node) for node in tree.body if _is_shared(node, own)]
    tests = []
    for node in tree.body:
        if isinstance(node, ast.FunctionDef) and node.name.startswith("test"):
            tests.append(_of_function(node, text, shared, path.name, own))
        elif isinstance(node, ast.ClassDef) and unittests.is_case(node):
            found = unittests.of_class(node, text, path.name)
            tests += [
                replace(each, code="\n".join([*_used(shared, each.code), each.code]))
                for each in found
            ]
    if not tests:
        raise UsageError(f"{path} has no function `test_…`.")
    return tests


def _is_shared(node: ast.stmt, own: Collection[str]) -> bool:
    """Whether a statement of a file of tests is about neither the notebook nor a test."""
    if _takes(node, own):
        return False
    if isinstance(node, ast.Import | ast.ImportFrom):
        names = node.module or "" if isinstance(node, ast.ImportFrom) else node.names[0].name
        return not re.match(
            r"(?:testbook|pytest|ipynb|nbimporter|import_ipynb|solution|notebook)\b", names
        )
    if isinstance(node, ast.FunctionDef):
        return not node.name.startswith("test") and not node.decorator_list
    return isinstance(node, ast.Assign)


def _takes(node: ast.stmt, own: Collection[str]) -> bool:
    """Whether a statement imports what the notebook defines: it is asked for by its name."""
    return isinstance(node, ast.ImportFrom) and all(
        each.name in own and each.asname is None for each in node.names
    )


_TAKEN: Final = re.compile(
    r"^(?P<indent>\s*)(?P<name>\w+)\s*=\s*\w+\.(?:ref|get)\((['\"])(?P<taken>\w+)\3\)\s*$",
    re.MULTILINE,
)


def _of_function(
    node: ast.FunctionDef, text: str, shared: Sequence[str], file: str, own: Collection[str]
) -> Test:
    docstring = ast.get_docstring(node) or ""
    body = node.body[1:] if docstring else node.body
    while body and _takes(body[0], own):
        body = body[1:]
    lines = text.split("\n")
    first = body[0].lineno if body else node.lineno
    indent = " " * (body[0].col_offset if body else 0)
    code = "\n".join(line.removeprefix(indent) for line in lines[first - 1 : node.end_lineno])
    where = f"{file}, `{node.name}`"
    notes: tuple[Note, ...] = ()
    if _TAKEN.search(code):
        code = _TAKEN.sub(_same_name, code)
        notes = (Note(where, "with a change", "Names are taken from the notebook as they are."),)
    loops = [each for each in map(_parameters, node.decorator_list) if each is not None]
    bound = {name for loop in loops for name in loop[0]}
    arguments = [each.arg for each in node.args.args if each.arg not in bound]
    left = [each for each in arguments if re.search(rf"\b{each}\b", code)]
    if left or any(
        "parametrize" in ast.unparse(each) for each in node.decorator_list[len(loops) :]
    ):
        given = ", ".join(f"`{each}`" for each in left) or "its parameters"
        code = f"{code}\nraise NotImplementedError  # given {given} by pytest"
    for names, values in reversed(loops):
        code = f"for {', '.join(names)} in {values}:\n{indented(code)}"
    if loops:
        notes += (Note(where, "with a change", "What pytest gives it one by one, a loop does."),)
    code = "\n".join([*_used(shared, code), code])
    return Test(where, code, 1.0, node.name, docstring.partition("\n\n")[0], notes=notes)


def _parameters(decorator: ast.expr) -> tuple[list[str], str] | None:
    """Return the names that `pytest.mark.parametrize` binds, and what to, None for all else."""
    if not (
        isinstance(decorator, ast.Call)
        and ast.unparse(decorator.func).endswith("mark.parametrize")
        and len(decorator.args) == 2
        and "pytest." not in ast.unparse(decorator.args[1])
    ):
        return None
    try:
        told = ast.literal_eval(decorator.args[0])
    except ValueError:
        return None
    names = told.replace(",", " ").split() if isinstance(told, str) else list(told)
    return names, ast.unparse(decorator.args[1])


def _used(shared: Sequence[str], code: str) -> list[str]:
    """Return the statements of a file that code needs, and those that these need."""
    used: list[str] = []
    for each in reversed(shared):
        if _is_used(each, "\n".join([code, *used])):
            used.insert(0, each)
    return used


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
