"""The code of the public checks, as students get it: no comment, no hidden check, no solution."""

import ast
import copy
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from grader.assignment.model import CHECKS
from grader.errors import AssignmentError
from grader.i18n import marked

# Shorter lines of a solution stand in much code by chance; they count where they are a whole line.
TELLING: Final = 16


def public_code(folder: Path, secrets: Collection[str]) -> dict[str, str]:
    """Return the files that the public checks in `folder` consist of: their text by their name.

    Those are `checks.py` and what it imports of its neighbours. `secrets` are the lines of the
    solution. Raises AssignmentError where one of them is in a file, or a public check needs one
    that is not.
    """
    trees = dict(_modules(folder, CHECKS, {}))
    hidden = _hide(trees)
    _prune(trees, hidden)
    reached = _reached(trees)
    texts = {name: written(tree) for name, tree in trees.items() if name in reached}
    for name, text in texts.items():
        found = leaks(text, secrets)
        if found:
            raise AssignmentError(
                f"{folder / name} would hand out a line of the solution: {found[0]!r}. Have the "
                "check ask `reference` instead, or declare it with `public=False`."
            )
    return texts


def written(tree: ast.Module) -> str:
    """Return the source of a module, the same on every version of Python and read by each.

    Only from 3.12 on may a string within an f-string have the quotes of that f-string, and there
    `ast.unparse` gives it these: such f-strings become calls of `format`.
    """
    return f"{ast.unparse(_Formats().visit(copy.deepcopy(tree)))}\n"


class _Formats(ast.NodeTransformer):
    """Writes f-strings as calls of `format` where strings stand within them."""

    def visit_JoinedStr(self, node: ast.JoinedStr) -> ast.expr:
        """Return what stands for an f-string."""
        fields = [each.value for each in node.values if isinstance(each, ast.FormattedValue)]
        nested = [part for field in fields for part in ast.walk(field)]
        if not any(isinstance(part, ast.Constant) and type(part.value) is str for part in nested):
            return node
        template, values = self._template(node.values)
        function = ast.Attribute(ast.Constant(template), "format", ast.Load())
        return ast.fix_missing_locations(ast.Call(function, values, []))

    def _template(self, parts: Iterable[ast.expr]) -> tuple[str, list[ast.expr]]:
        """Return the parts of an f-string as a template of `format`, and its values in order."""
        template, values = "", []
        for part in parts:
            if isinstance(part, ast.FormattedValue):
                spec = (
                    part.format_spec.values if isinstance(part.format_spec, ast.JoinedStr) else []
                )
                inner, more = self._template(spec)
                conversion = f"!{chr(part.conversion)}" if part.conversion >= 0 else ""
                template += f"{{{conversion}{':' * bool(spec)}{inner}}}"
                values += [self.visit(part.value), *more]
            elif isinstance(part, ast.Constant):
                template += str(part.value).replace("{", "{{").replace("}", "}}")
        return template, values


def leaks(text: str, secrets: Collection[str]) -> list[str]:
    """Return those of `secrets`, the lines of a solution, that a text gives away."""
    lines = {line.strip() for line in text.splitlines()}
    return sorted(
        each for each in secrets if each in lines or (len(each) >= TELLING and each in text)
    )


def _modules(folder: Path, name: str, known: dict[str, ast.Module]) -> Mapping[str, ast.Module]:
    """Return the trees of a module and of all that it imports relatively."""
    path = folder / name
    try:
        known[name] = ast.parse(path.read_text("utf-8"), str(path))
    except (OSError, SyntaxError, UnicodeDecodeError) as error:
        raise AssignmentError(f"{path} cannot be read as Python: {error}.") from error
    for neighbour in _neighbours(known[name]):
        if neighbour not in known:
            _modules(folder, neighbour, known)
    return known


def _neighbours(tree: ast.Module) -> Iterator[str]:
    """Yield the files that a module imports relatively."""
    for statement in tree.body:
        if isinstance(statement, ast.ImportFrom) and statement.level == 1:
            names = [statement.module] if statement.module else [a.name for a in statement.names]
            yield from (f"{name}.py" for name in names)


def _reached(trees: Mapping[str, ast.Module]) -> set[str]:
    """Return the modules that `checks.py` still needs."""
    reached: set[str] = set()
    waiting = [CHECKS]
    while waiting:
        name = waiting.pop()
        if name not in reached:
            reached.add(name)
            waiting += _neighbours(trees[name])
    return reached


def _hide(trees: Mapping[str, ast.Module]) -> set[str]:
    """Take what only the instructor may know out of the hidden checks; return what that named."""
    checks = [each for tree in trees.values() for node in tree.body if (each := _check(node))]
    hidden = {each.function.name for each in checks if each.hidden}
    for each in checks:
        needed = sorted(each.needs & hidden)
        if needed and not each.hidden:
            raise AssignmentError(
                f"The public check `{each.function.name}` needs `{needed[0]}`, which is not. "
                "Declare it with `public=False`, too."
            )
    used = set(hidden)
    number = 0
    for tree in trees.values():
        for place, node in enumerate(tree.body):
            check = _check(node)
            if check is not None and check.hidden:
                number += 1
                used |= {name for each in ast.walk(node) for name in _named(each)}
                tree.body[place] = check.stub(number)
    return used


@dataclass(frozen=True)
class _Check:
    """A function that a call of `Exercise.check` or `Exercise.compare` declares."""

    function: ast.FunctionDef
    call: ast.Call

    @property
    def hidden(self) -> bool:
        """Whether it is declared with `public=False`."""
        values = [each.value for each in self.call.keywords if each.arg == "public"]
        return any(isinstance(each, ast.Constant) and each.value is False for each in values)

    @property
    def needs(self) -> set[str]:
        """The names that its `needs` speak of."""
        values = [each.value for each in self.call.keywords if each.arg == "needs"]
        return {n.id for each in values for n in ast.walk(each) if isinstance(n, ast.Name)}

    def stub(self, number: int) -> ast.stmt:
        """Return a check of the same points that says nothing of what it would ask."""
        kept = [each for each in self.call.keywords if each.arg in ("points", "public", "feedback")]
        declared = self.call.func
        if isinstance(declared, ast.Attribute) and declared.attr == "compare":
            declared = ast.Attribute(declared.value, "check", ast.Load())
            kept.append(ast.keyword("points", ast.Constant(sum(map(_points, self._results)))))
        title = marked("A check that is made after submission.")
        stub = ast.parse(f"def hidden_{number}() -> None:\n    {title!r}\n").body[0]
        if isinstance(stub, ast.FunctionDef):
            stub.decorator_list = [ast.Call(declared, [], kept)]
        return ast.fix_missing_locations(stub)

    @property
    def _results(self) -> list[ast.expr]:
        """How the results of a comparison are judged."""
        settings = ("needs", "public", "feedback")
        named = [each.value for each in self.call.keywords if each.arg not in settings]
        return [*self.call.args, *named]


def _points(declared: ast.expr) -> float:
    """Return what a result is worth, which is written as a number or as `result(number, …)`."""
    if isinstance(declared, ast.Call):
        by_name = [each.value for each in declared.keywords if each.arg == "points"]
        declared = next(iter([*declared.args, *by_name]), declared)
    if isinstance(declared, ast.Constant) and isinstance(declared.value, int | float):
        return declared.value
    raise AssignmentError(
        f"A hidden check is worth `{ast.unparse(declared)}` points: write the number, so that the "
        "released folder can tell it."
    )


def _check(node: ast.stmt) -> _Check | None:
    """Return the check that a statement declares, None where it declares none."""
    for each in node.decorator_list if isinstance(node, ast.FunctionDef) else ():
        called = each.func if isinstance(each, ast.Call) else None
        if isinstance(called, ast.Attribute) and called.attr in ("check", "compare"):
            return _Check(node, each)  # type: ignore[arg-type]
    return None


def _prune(trees: Mapping[str, ast.Module], suspects: set[str]) -> None:
    """Take out what only hidden checks named: definitions, constants and imports."""
    while True:
        used = {
            name
            for tree in trees.values()
            for statement in tree.body
            for node in ast.walk(statement)
            for name in _named(node)
            if name not in _defined(statement)
        }
        gone = False
        for tree in trees.values():
            for statement in list(tree.body):
                if isinstance(statement, ast.Import | ast.ImportFrom):
                    gone |= _prune_import(tree, statement, suspects)
                # A public check stays, whether or not only hidden ones need it.
                elif _check(statement) is None and (
                    _defined(statement) and _defined(statement) <= suspects - used
                ):
                    suspects |= {name for node in ast.walk(statement) for name in _named(node)}
                    tree.body.remove(statement)
                    gone = True
        if not gone:
            return


def _prune_import(
    tree: ast.Module, statement: ast.Import | ast.ImportFrom, suspects: set[str]
) -> bool:
    """Drop the names of an import that nothing uses any more; return whether there were any."""
    here = {
        name
        for other in tree.body
        if other is not statement
        for node in ast.walk(other)
        for name in _named(node)
    }
    left = [a for a in statement.names if (a.asname or a.name) not in suspects - here]
    if len(left) == len(statement.names):
        return False
    statement.names = left
    if not left:
        tree.body.remove(statement)
    return True


def _defined(statement: ast.stmt) -> set[str]:
    """Return the names that a statement of a module binds, but for those that it imports."""
    if isinstance(statement, ast.FunctionDef | ast.ClassDef):
        return {statement.name}
    targets = []
    if isinstance(statement, ast.Assign):
        targets = statement.targets
    elif isinstance(statement, ast.AnnAssign):
        targets = [statement.target]
    return {each.id for each in targets if isinstance(each, ast.Name)}


def _named(node: ast.AST) -> Iterator[str]:
    """Yield the names that a node speaks of."""
    if isinstance(node, ast.Name):
        yield node.id
    elif isinstance(node, ast.Attribute):
        yield node.attr
    elif isinstance(node, ast.ImportFrom) and node.level:
        yield from (alias.name for alias in node.names)
