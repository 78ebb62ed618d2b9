"""What the verdicts of an assignment's checks follow from, as digests: one for each check.

All code that `checks.py` imports from its folder counts for every check, but for the other checks'
own functions: whoever changes one check changes the footprint of that one, and of those that name
it. Whatever else is changed, a helper or a constant, changes them all. A mistake is none of the
code: it counts where candidates are called by its name.
"""

import ast
import os
import sys
import sysconfig
from collections import Counter
from collections.abc import Container, Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass
from hashlib import sha256
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Final

from grader.assignment.mistakes import Mistake
from grader.assignment.model import CHECKS, REFERENCE, Assignment, Check, Exercise
from grader.authoring.environment import digest_of, environment
from grader.authoring.verify.trials import BENCH
from grader.subjects.reference import cells

# Code that names one of these may come at other checks, or at files, by ways that are not followed.
_ROUNDABOUT: Final = frozenset(
    {"globals", "locals", "vars", "exec", "eval", "open", "__import__", "sys", "gc"}
    | {"importlib", "inspect", "runpy", "pkgutil", "builtins"}
)
_LEADING: Final = frozenset({"checks", "__dict__", "__globals__", "read_text", "read_bytes"})
# What makes outcomes, and what makes of them what is kept.
_TOLD_BY: Final = ("grader.authoring.verify.remembering", "grader.authoring.verify.candidates")
_DECLARING: Final = frozenset({"check", "compare"})
_CODE: Final = frozenset({".py", ".pyc"})


@dataclass(frozen=True)
class Footprint:
    """What the verdicts in one exercise follow from, beside the candidate's own cells.

    `common` counts for every check, `checks` are their own footprints by their ids, in order;
    `questions` stands for all that is asked, `known` for the mistakes that are told apart.
    """

    common: str
    checks: Mapping[str, str]
    questions: str
    known: str

    @property
    def whole(self) -> str:
        """What stands for all of the exercise's checks."""
        return digest_of(self.common, [*self.checks.items()])


def footprints(
    assignment: Assignment, exercises: Iterable[Exercise], mistakes: Iterable[Mistake]
) -> dict[str, Footprint]:
    """Return the footprints of exercises by their ids."""
    known = list(mistakes)
    code = _Code.of(assignment)
    around = digest_of(
        environment(BENCH, *_TOLD_BY),
        _settings(assignment),
        code.common,
        str(assignment.folder.resolve()),
    )
    found = {}
    for exercise in exercises:
        right = cells(assignment.reference, exercise.names)
        common = digest_of(around, exercise.id, exercise.names, right)
        checks = {check.id: code.footprint(exercise, check) for check in exercise.checks}
        asked = [
            (check.id, str(check.case), checks[check.id] if check.asks is not None else "")
            for check in exercise.checks
        ]
        of_it = [asdict(each) for each in known if each.exercise == exercise.id]
        found[exercise.id] = Footprint(common, checks, digest_of(asked), digest_of(of_it))
    return found


def _settings(assignment: Assignment) -> str:
    """Return the digest of all that lies in an assignment's folder and is no code.

    What an exercise needs of the reference counts for that exercise.
    """
    folder = assignment.folder
    files = (each for each in folder.rglob("*") if each.suffix not in _CODE and each.is_file())
    return _contents(folder, (each for each in files if each != folder / REFERENCE))


def _contents(folder: Path, files: Iterable[Path]) -> str:
    """Return the digest of files below a folder as they are now, and of what they are called."""
    return digest_of(
        [
            (os.fsencode(path.relative_to(folder)).hex(), sha256(path.read_bytes()).hexdigest())
            for path in sorted(files)
        ]
    )


@dataclass(frozen=True)
class _Statement:
    """A statement of a module, and the names that stand anywhere in it."""

    text: str
    names: frozenset[str]
    roundabout: bool

    @classmethod
    def of(cls, source: str, node: ast.stmt, groups: Container[str] = ()) -> "_Statement":
        decorators = getattr(node, "decorator_list", [])
        first = min([node.lineno, *(each.lineno for each in decorators)])
        lines = source.splitlines()[first - 1 : node.end_lineno]
        return cls(
            "\n".join(lines),
            frozenset(_words(node)),
            any(_leads(each, groups) for each in ast.walk(node)),
        )


def _leads(node: ast.AST, groups: Container[str]) -> bool:
    """Whether a piece of code may lead to others by no name of theirs."""
    match node:
        case ast.Attribute(attr="checks", value=ast.Name(id=name)) if name in groups:
            # It names them all itself.
            return False
        case ast.Name(id=name):
            return name in _ROUNDABOUT
        case ast.Attribute(attr=name):
            return name in _LEADING
        case ast.Global():
            # One check may leave something for another.
            return True
        case ast.alias(name=name):
            return not _ROUNDABOUT.isdisjoint(name.split("."))
    return False


def _groups(tree: ast.Module) -> Iterator[str]:
    """Yield the names that a module gives to groups of checks by `any_of`, and to nothing else."""
    bound = Counter(name for node in ast.walk(tree) for name in _bound(node))
    for node in tree.body:
        match node:
            case ast.Assign(
                targets=[ast.Name(id=name)], value=ast.Call(func=ast.Name(id="any_of"))
            ):
                if bound[name] == 1:
                    yield name


def _bound(node: ast.AST) -> Iterator[str]:
    if isinstance(node, ast.Name) and not isinstance(node.ctx, ast.Load):
        yield node.id
    elif isinstance(node, ast.alias):
        yield node.asname or node.name


def _words(tree: ast.AST) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Name):
            yield node.id
        elif isinstance(node, ast.Attribute):
            yield node.attr
        elif isinstance(node, ast.alias):
            yield from node.name.split(".")
            yield from (node.asname or "").split(".")
        elif isinstance(node, ast.Constant) and isinstance(node.value, str):
            # A name may be looked up by its text.
            yield node.value


# A function, by its file and its name.
_Place = tuple[str, str]


@dataclass(frozen=True)
class _Code:
    """The code of an assignment: what is `common` to all checks, and the functions of checks."""

    common: str
    functions: Mapping[_Place, _Statement]

    @classmethod
    def of(cls, assignment: Assignment) -> "_Code":
        modules = _Modules(assignment.folder.resolve())
        modules.follow(modules.folder / CHECKS)
        named = {_function(check) for each in assignment.exercises for check in each.checks}
        apart: dict[_Place, _Statement] = {}
        common: list[tuple[str, _Statement]] = []
        for path, (source, tree) in sorted(modules.found.items()):
            often = Counter(getattr(node, "name", "") for node in tree.body)
            groups = set(_groups(tree))
            for node in tree.body:
                statement = _Statement.of(source, node, groups)
                place = str(path), getattr(node, "name", "")
                if place in named and often[place[1]] == 1 and _is_declaration(node):
                    apart[place] = statement
                else:
                    common.append((str(path), statement))
        all_ = [*apart.values(), *(each for _path, each in common)]
        if not modules.all_followed or any(each.roundabout for each in all_):
            common += [(path, each) for (path, _name), each in apart.items()]
            apart = {}
            modules.outside["all"] = _of_code(assignment.folder)
        # What others name, they may call.
        used = _closure(frozenset[str]().union(*(each.names for _path, each in common)), apart)
        told = [(path, each.text) for path, each in common]
        told += [(path, apart[path, name].text) for path, name in sorted(used)]
        return cls(digest_of(told, sorted(modules.outside.items())), apart)

    def footprint(self, exercise: Exercise, check: Check) -> str:
        """Return the footprint of a check: of its function, and of those that it needs or names."""
        places = {_function(check)}
        needs = [need for group in check.needs for need in group.checks]
        places |= {_function(each) for each in exercise.checks if each.function in needs}
        own = {each for each in places if each in self.functions}
        named = frozenset[str]().union(*(self.functions[each].names for each in own))
        own |= _closure(named, self.functions)
        told = [(path, self.functions[path, name].text) for path, name in sorted(own)]
        return digest_of(
            *(self.common, told, check.id, check.title, check.points, str(check.case)),
            [[need.__name__ for need in group.checks] for group in check.needs],
        )


def _closure(names: frozenset[str], functions: Mapping[_Place, _Statement]) -> frozenset[_Place]:
    """Return the functions that are called by one of `names`, those that these name, and so on."""
    found: set[_Place] = set()
    waiting = [names]
    while waiting:
        wanted = waiting.pop()
        new = {place for place in functions if place[1] in wanted} - found
        found |= new
        waiting += [functions[place].names for place in new]
    return frozenset(found)


def _function(check: Check) -> _Place:
    """Return the file and the name of the function that somebody wrote for a check."""
    plain: Any = getattr(check.function, "plain", None)
    if plain is not None:
        return str(Path(plain.file).resolve()), plain.name
    # What wraps a function is called as it is, and said to be from its module.
    module = sys.modules.get(getattr(check.function, "__module__", ""))
    file = getattr(module, "__file__", None)
    return ("", "") if file is None else (str(Path(file).resolve()), check.function.__name__)


def _is_declaration(node: ast.stmt) -> bool:
    """Whether a statement is a function that is declared to be a check, and no more."""
    if not isinstance(node, ast.FunctionDef) or not node.decorator_list:
        return False
    decorator = node.decorator_list[0]
    return (
        isinstance(decorator, ast.Call)
        and isinstance(decorator.func, ast.Attribute)
        and isinstance(decorator.func.value, ast.Name)
        and decorator.func.attr in _DECLARING
    )


class _Modules:
    """The modules of a folder that lead to each other by imports, and what is imported beside."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.found: dict[Path, tuple[str, ast.Module]] = {}
        self.outside: dict[str, str] = {}
        self.all_followed = True

    def follow(self, path: Path) -> None:
        """Take a module in, with all that it imports, also within functions."""
        if path in self.found or not path.is_file():
            return
        source = path.read_text("utf-8")
        tree = ast.parse(source)
        self.found[path] = source, tree
        self.follow(path.parent / "__init__.py")
        for node in ast.walk(tree):
            if isinstance(node, ast.Import):
                for alias in node.names:
                    self._absolute(alias.name)
            elif isinstance(node, ast.ImportFrom) and node.level:
                self._relative(path, node)
            elif isinstance(node, ast.ImportFrom):
                self._absolute(node.module or "")
                for alias in node.names:
                    self._absolute(f"{node.module}.{alias.name}")

    def _relative(self, path: Path, node: ast.ImportFrom) -> None:
        base = path.parent
        for _ in range(node.level - 1):
            base = base.parent
        base = base.joinpath(*(node.module or "").split(".")) if node.module else base
        for each in (base, *(base / alias.name for alias in node.names)):
            if not each.is_relative_to(self.folder):
                self.all_followed = False
                continue
            self.follow(each.with_suffix(".py"))
            self.follow(each / "__init__.py")

    def _absolute(self, name: str) -> None:
        """Take in what an absolute import is of: a file of the folder, or a digest of another."""
        loaded = getattr(sys.modules.get(name), "__file__", None)
        if loaded is not None and Path(loaded).resolve().is_relative_to(self.folder):
            self.follow(Path(loaded).resolve())
            return
        top = name.partition(".")[0]
        if top in self.outside or top == "grader" or top in sys.stdlib_module_names:
            return
        self.outside[top] = _of_package(top)


def _of_package(name: str) -> str:
    """Return what stands for a package: nothing where its version does, else all of its code."""
    try:
        spec = find_spec(name)
    except (ImportError, ValueError):
        spec = None
    if spec is None:
        return "missing"
    places = [Path(each).resolve() for each in spec.submodule_search_locations or ()]
    file = Path(spec.origin).resolve() if spec.origin and spec.has_location else None
    installed = [Path(sysconfig.get_path(each)).resolve() for each in ("purelib", "platlib")]
    where = [*places, *([file] if file else [])]
    if all(any(each.is_relative_to(home) for home in installed) for each in where):
        return "installed"
    if places:
        return digest_of([_of_code(each) for each in places])
    return "" if file is None else sha256(file.read_bytes()).hexdigest()


def _of_code(folder: Path) -> str:
    """Return the digest of all code below a folder."""
    return _contents(folder, (each for each in folder.rglob("*.py") if each.is_file()))
