"""What of an assignment each exercise is judged by, so that a change moves only what it reaches.

An exercise reaches the modules that its checks and cases are written in, and all that these import
of the assignment. A module is *apart* where what it does ends in it: others learn of it only by
importing it. Whatever else an assignment consists of counts for every exercise.
"""

import ast
import hashlib
import json
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, TypeGuard

from grader import models
from grader.assignment.model import CHECKS, Assignment, Exercise
from grader.course.store import Store, digest, source_digests
from grader.files import content_of, write_atomically
from grader.models import FieldError, Model

# What a record of it is called in a folder of results.
_SUFFIX: Final = ".reach"
# Code that names one of these may come at other modules by ways that are not followed.
_ROUNDABOUT: Final = frozenset(
    {"globals", "locals", "vars", "exec", "eval", "open", "__import__", "sys", "gc", "setattr"}
    | {"delattr", "importlib", "inspect", "runpy", "pkgutil", "builtins", "__dict__"}
    | {"__globals__", "__subclasses__", "read_text", "read_bytes"}
)
# What changes the object that it is called on.
_CHANGING: Final = frozenset(
    {"append", "extend", "insert", "add", "update", "setdefault", "remove", "discard", "pop"}
    | {"popitem", "clear", "sort", "reverse", "register", "__setattr__", "__setitem__", "check"}
    | {"compare", "seed", "seterr"}
)
_DECLARING: Final = (
    *(ast.Import, ast.ImportFrom, ast.FunctionDef, ast.ClassDef, ast.Assign, ast.AnnAssign),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Reached(Model):
    """The digest of how an exercise is declared, and the files that it reaches."""

    declared: str
    files: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Reach(Model):
    """The files of an assignment by their digests, and the exercises that reach them.

    `sources` is the digest of them all, by which results are known. `apart` are the modules that
    count for the exercises that reach them, and for nothing else.
    """

    sources: str
    files: dict[str, str]
    apart: tuple[str, ...]
    exercises: dict[str, Reached]

    @classmethod
    def of(cls, assignment: Assignment) -> "Reach":
        """Return the reach of an assignment as its files were when they were imported.

        Raises ValueError or SyntaxError where they are no longer so, OSError where they are gone.
        """
        folder = assignment.sources
        files = source_digests(folder)
        modules = _Modules(folder.resolve(), files)
        from_checks = modules.following([CHECKS])
        others = sorted(path.name for path in folder.glob("*.py") if path.name not in from_checks)
        # What the catalogue of mistakes is made of counts wherever a mistake may be named.
        elsewhere = modules.following(others)
        apart = from_checks - elsewhere - {CHECKS}
        return cls(
            sources=digest(folder),
            files=files,
            apart=tuple(sorted(each for each in apart if modules.is_apart(each))),
            exercises={
                each.id: Reached(
                    declared=_declared(each), files=tuple(sorted(modules.reached(each)))
                )
                for each in assignment.exercises
            },
        )

    def moved(self, now: "Reach") -> frozenset[str] | None:
        """Return the exercises that may be judged otherwise `now`, None where any may."""
        changed = {
            name
            for name in {*self.files, *now.files}
            if self.files.get(name) != now.files.get(name)
        }
        if not changed <= {*self.apart} & {*now.apart}:
            return None
        declared = [
            [(id_, each.declared) for id_, each in one.exercises.items()] for one in (self, now)
        ]
        if declared[0] != declared[1]:
            return None
        return frozenset(
            id_
            for id_, each in now.exercises.items()
            if not changed.isdisjoint({*each.files, *self.exercises[id_].files})
        )


def _declared(exercise: Exercise) -> str:
    """Return the digest of all that other exercises may know of one."""
    told = [
        *(exercise.id, exercise.title, exercise.points, exercise.names, exercise.manual),
        *(exercise.below, exercise.unit, exercise.whole),
    ]
    return hashlib.sha256(json.dumps(told).encode()).hexdigest()


class _Modules:
    """The modules of an assignment's folder, of `known` digests, and what each imports of them."""

    def __init__(self, folder: Path, known: Mapping[str, str]) -> None:
        self._folder = folder
        self._known = known
        self._trees: dict[str, ast.Module] = {}
        self._imports: dict[str, frozenset[str]] = {}
        self._roundabout: dict[str, bool] = {}

    def following(self, names: Sequence[str]) -> frozenset[str]:
        """Return modules, by the names of their files, with all that they lead to."""
        found: set[str] = set()
        waiting = list(names)
        while waiting:
            name = waiting.pop()
            if name not in found:
                found.add(name)
                waiting += self._imported(name)
        return frozenset(found)

    def reached(self, exercise: Exercise) -> frozenset[str]:
        """Return what an exercise reaches: all modules where that cannot be told."""
        every = self.following([CHECKS])
        loaded = self._loaded()
        places = [place for check in exercise.checks for place in (check.function, check.case)]
        written = {_file(place) for place in places if place is not None}
        starts = {Path(each).name for each in written if each and Path(each).parent == self._folder}
        starts |= {name for name, held in loaded.items() if exercise in held}
        if self._is_plain(CHECKS):
            # It only names the exercises, all of which would lead to each other by it.
            starts.discard(CHECKS)
        found = self.following(sorted(starts))
        if not starts or None in written or any(map(self._is_roundabout, found)):
            return every
        return found

    def _loaded(self) -> dict[str, "_Held"]:
        """Return what each module of the folder holds, by the names of their files."""
        files = {
            getattr(module, "__file__", None) or "": module for module in [*sys.modules.values()]
        }
        return {
            Path(file).name: _Held(vars(module))
            for file, module in files.items()
            if file and Path(file).parent.resolve() == self._folder
        }

    def is_apart(self, name: str) -> bool:
        """Whether what a module does ends in it."""
        tree = self._tree(name)
        imported = {each for node in tree.body for each in _imported_names(node)}
        return (
            all(_declares(node) for node in tree.body)
            and not self._is_roundabout(name)
            and not any(_changes(node, imported) for node in ast.walk(tree))
        )

    def _is_plain(self, name: str) -> bool:
        """Whether a module only imports names and makes lists of them."""
        return all(
            isinstance(node, ast.ImportFrom)
            or _is_text(node)
            or (
                isinstance(node, ast.Assign)
                and isinstance(node.value, ast.List)
                and all(isinstance(each, ast.Name) for each in node.value.elts)
            )
            for node in self._tree(name).body
        )

    def _is_roundabout(self, name: str) -> bool:
        """Whether code of a module may come at others by ways that are not followed."""
        if name not in self._roundabout:
            self._roundabout[name] = self._goes_roundabout(self._tree(name))
        return self._roundabout[name]

    def _goes_roundabout(self, tree: ast.Module) -> bool:
        top = [*tree.body]
        for node in ast.walk(tree):
            if isinstance(node, ast.Name) and node.id in _ROUNDABOUT:
                return True
            if isinstance(node, ast.Attribute) and node.attr in _ROUNDABOUT:
                return True
            if isinstance(node, ast.Import | ast.ImportFrom):
                if any(not _ROUNDABOUT.isdisjoint(each.name.split(".")) for each in node.names):
                    return True
                if not self._is_followed(node) or (_is_relative(node) and node not in top):
                    return True
        return False

    def _is_followed(self, node: ast.Import | ast.ImportFrom) -> bool:
        """Whether an import binds names that one module of the folder holds, or is of another."""
        if _is_relative(node):
            return node.level == 1 and self._is_file(node.module or "") and "*" not in _names(node)
        named = [node.module or ""] if isinstance(node, ast.ImportFrom) else _names(node)
        return not any(self._is_file(each.partition(".")[0]) for each in named)

    def _is_file(self, module: str) -> bool:
        return bool(module) and (self._folder / f"{module}.py").is_file()

    def _imported(self, name: str) -> frozenset[str]:
        """Return which modules of the folder one imports, anywhere in it."""
        if name not in self._imports:
            self._imports[name] = frozenset(
                file
                for node in ast.walk(self._tree(name))
                if isinstance(node, ast.ImportFrom) and node.level
                for file in self._files(node)
            )
        return self._imports[name]

    def _files(self, node: ast.ImportFrom) -> Iterator[str]:
        named = [node.module] if node.module else _names(node)
        for each in ["__init__", *named]:
            file = f"{each.partition('.')[0]}.py"
            if (self._folder / file).is_file():
                yield file

    def _tree(self, name: str) -> ast.Module:
        if name not in self._trees:
            source = content_of(self._folder / name)
            if hashlib.sha256(source).hexdigest() != self._known.get(name):
                raise ValueError(f"{name} has changed since it was read.")
            self._trees[name] = ast.parse(source)
        return self._trees[name]


class _Held:
    """What a module holds, by identity."""

    def __init__(self, names: Mapping[str, Any]) -> None:
        self._ids = {id(each) for each in names.values()}

    def __contains__(self, item: object) -> bool:
        return id(item) in self._ids


def _file(made: Any) -> str | None:
    """Return the file that a function or a class is written in, None where that is not known."""
    plain = getattr(made, "plain", None)
    if plain is not None:
        return str(Path(plain.file).resolve())
    module = sys.modules.get(getattr(made, "__module__", None) or "")
    file = getattr(module, "__file__", None)
    return None if file is None else str(Path(file).resolve())


def _names(node: ast.Import | ast.ImportFrom) -> list[str]:
    return [each.name for each in node.names]


def _is_relative(node: ast.Import | ast.ImportFrom) -> TypeGuard[ast.ImportFrom]:
    return isinstance(node, ast.ImportFrom) and node.level > 0


def _imported_names(node: ast.stmt) -> list[str]:
    if not isinstance(node, ast.Import | ast.ImportFrom):
        return []
    return [(each.asname or each.name).partition(".")[0] for each in node.names]


def _is_text(node: ast.stmt) -> bool:
    return isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)


def _declares(node: ast.stmt) -> bool:
    """Whether a statement of a module does no more than to give something a name in it."""
    if isinstance(node, ast.Assign | ast.AnnAssign):
        targets = node.targets if isinstance(node, ast.Assign) else [node.target]
        return all(isinstance(each, ast.Name | ast.Tuple) for each in targets)
    return isinstance(node, _DECLARING) or _is_text(node)


def _changes(node: ast.AST, imported: set[str]) -> bool:
    """Whether code may change something that its module has imported."""
    if isinstance(node, ast.Attribute | ast.Subscript) and not isinstance(node.ctx, ast.Load):
        return _root(node) in imported
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
        return node.func.attr in _CHANGING and _root(node.func) in imported
    return False


def _root(node: ast.expr) -> str:
    """Return the name that stands before dots and brackets, "" for none."""
    while isinstance(node, ast.Attribute | ast.Subscript):
        node = node.value
    return node.id if isinstance(node, ast.Name) else ""


def reach_of(assignment: Assignment) -> Reach | None:
    """Return the reach of an assignment, found out once for each version.

    None where its files are no longer those that were imported, or say nothing of its checks.
    """
    key = digest(assignment.sources)
    if key not in _FOUND:
        _FOUND[key] = None
        with suppress(OSError, SyntaxError, ValueError):
            _FOUND[key] = None if assignment.released else Reach.of(assignment)
    return _FOUND[key]


_FOUND: Final[dict[str, Reach | None]] = {}


def keep_reach(store: Store, reach: Reach | None) -> None:
    """Keep a reach in a folder of results: without it, a change moves every exercise."""
    path = store.folder / f"{'' if reach is None else reach.sources}{_SUFFIX}"
    if reach is not None and not path.exists():
        with suppress(OSError):
            write_atomically(path, models.dumps(reach))


def kept_reaches(store: Store) -> tuple[Reach, ...]:
    """Return the reaches that a folder of results keeps."""
    found = []
    for path in sorted(store.folder.glob(f"*{_SUFFIX}")):
        with suppress(OSError, FieldError):
            found.append(models.loads(Reach, content_of(path)))
    return tuple(found)
