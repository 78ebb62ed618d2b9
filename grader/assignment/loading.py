"""Loading an assignment, and finding the one that a notebook belongs to."""

import hashlib
import importlib
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING

from grader.assignment.config import Config, config_of, other_version
from grader.assignment.model import (
    ANSWERS,
    CHECKS,
    CONFIG,
    HANDED_OUT,
    PUBLIC,
    REFERENCE,
    Assignment,
    Exercise,
)
from grader.errors import AssignmentError, UsageError
from grader.notebook.reading import Notebook
from grader.text import nearest

if TYPE_CHECKING:
    from grader.notebook.cell_map import CellMap

# Where instructors keep their assignments, seen from a folder above them.
SHELF = "reference"
# How the packages begin as which assignments are imported.
PACKAGES = "_assignment_"
# Of the names that a notebook defines, so many are quoted, and so many letters of each.
MOST_QUOTED = 6
LONGEST = 40

# An assignment, and those of its names that a notebook defines.
Fit = tuple[Assignment, frozenset[str]]


def find_assignment(notebook: Notebook, named: str | None = None) -> Assignment:
    """Return the assignment that `notebook` belongs to.

    Looked for in this order: what `named` says (a folder, or the name of one that can be found);
    the name in the notebook's metadata; the released folder that is the working folder or above
    it; the only one in sight; the one whose names the notebook defines. In sight is what lies below
    `reference/` in the working folder or in a folder above it, and what a student got of one there.

    What lies beside the notebook is imported only where `named` is its folder: an assignment is
    code, and the notebook's student may have put it there.

    Raises UsageError where none is found, several may be meant or the notebook has nothing
    of what is asked, AssignmentError where the one that is meant, or the only one that can be, is
    broken.
    """
    assignment = _meant(notebook, named)
    _require_something(notebook, assignment)
    return assignment


def _meant(notebook: Notebook, named: str | None) -> Assignment:
    """Return the assignment that is named, said, stood in or fits."""
    if named is not None and is_assignment(Path(named)):
        return load(Path(named))
    released, folders = released_in_sight(), in_sight(Path.cwd())
    seen = [*released, *folders]
    told = named or _from_metadata(notebook)
    for folder in _nearest_first(seen) if told is not None else ():
        if _name(folder) == told:
            return load(folder)
    beside = [each for each in _beside(notebook) if each not in seen]
    meant = next((each for each in beside if _name(each) == told), None)
    if named is not None:
        raise UsageError(
            f"There is no assignment {named!r}: it is neither a folder with {CONFIG} nor a "
            f"name in {_seen(seen)}.{_unasked(meant)}"
        )
    if told is not None:
        here = f" Here is {', '.join(map(repr, map(_name, seen)))}." if seen else ""
        raise UsageError(
            f"{notebook.path}: the assignment {told!r}, which this notebook says that it belongs "
            f"to, is not in {_seen(seen)}.{here}{_unasked(meant)} To grade it by another, name "
            "that with --assignment."
        )
    if released or len(folders) == 1:
        return load((released or folders)[0])
    return _by_names(notebook, *_usable(folders), next(iter(beside), None))


def _usable(folders: Sequence[Path]) -> tuple[list[Assignment], list[AssignmentError]]:
    """Return the assignments that can be loaded, and why the others cannot.

    A broken one is no matter of its neighbours.
    """
    assignments, broken = [], []
    for folder in folders:
        try:
            assignments.append(load(folder))
        except AssignmentError as error:
            broken.append(error)
    return assignments, broken


def _nearest_first(folders: Sequence[Path]) -> list[Path]:
    """Return folders in the order in which one meets them, going up from the working folder."""
    levels = [Path.cwd().resolve(), *Path.cwd().resolve().parents]

    def height(folder: Path) -> int:
        return next(n for n, each in enumerate(levels) if folder.resolve().is_relative_to(each))

    return sorted(folders, key=height)


def _beside(notebook: Notebook) -> list[Path]:
    """Return the assignments that can be seen from the notebook, nearest first."""
    folder = notebook.path.resolve().parent
    return [*released_in_sight(folder), *in_sight(folder)]


def in_sight(start: Path) -> list[Path]:
    """Return the assignments' folders that can be seen from `start`, nearest first.

    Of several with one name it is the nearest.
    """
    found: dict[str, Path] = {}
    for above in (start, *start.parents):
        for folder in map(Path.resolve, _assignments(above)):
            found.setdefault(folder.name, folder)
    return list(found.values())


def released_in_sight(start: Path | None = None) -> list[Path]:
    """Return what students got of assignments in `start` or above, nearest first.

    Without `start`, it is the working folder.
    """
    start = Path.cwd() if start is None else start
    return [each for each in (start, *start.parents) if is_assignment(each, released=True)]


def named_folder(name: str) -> Path:
    """Return the folder of the assignment that `name` means, its path or its name.

    Raises UsageError where there is none with a reference.
    """
    given = Path(name)
    folders = {folder.name: folder for folder in in_sight(Path.cwd())}
    folder = given if (given / REFERENCE).is_file() else folders.get(name)
    if folder is None and not folders:
        raise UsageError(
            f"There is no assignment {name!r}: there is no `{SHELF}` folder with any in the "
            "working folder, or above it. Call this from the folder of your course, or name the "
            "assignment's own folder."
        )
    if folder is None:
        raise UsageError(f"There is no assignment {name!r} here; there is {', '.join(folders)}.")
    return folder


def is_assignment(folder: Path, *, released: bool | None = None) -> bool:
    """Whether this is an assignment's folder, with or without its reference as `released` says."""
    try:
        return (folder / CONFIG).is_file() and (
            released is None or released is (folder / PUBLIC).is_dir()
        )
    except OSError:
        # Not every name can be a file's.
        return False


def _name(folder: Path) -> str:
    """Return an assignment's name: what students got of it may lie in a folder of any name.

    Nothing of the folder is imported.
    """
    if not is_assignment(folder, released=True):
        return folder.name
    try:
        release = config_of(folder / CONFIG).release
    except AssignmentError:
        return folder.name
    return folder.name if release is None else release.name


def _assignments(above: Path) -> Iterator[Path]:
    if is_assignment(above, released=False):
        yield above
    shelf = above / SHELF
    if shelf.is_dir():
        yield from sorted(config.parent for config in shelf.glob(f"*/{CONFIG}"))


def _from_metadata(notebook: Notebook) -> str | None:
    told = notebook.metadata.get("grader")
    name = told.get("assignment") if isinstance(told, dict) else None
    return name if isinstance(name, str) else None


def _require_something(notebook: Notebook, assignment: Assignment) -> None:
    """Raise UsageError where a notebook has nothing of what an assignment asks for.

    One that says that it belongs to it may be empty: that is what was handed in. In one that says
    that it belongs to another, a name that is only nearly one of those asked for is that other's.
    """
    asked = list(dict.fromkeys(name for each in assignment.exercises for name in each.names))
    told = _from_metadata(notebook)
    if not asked or told == assignment.name:
        return
    from grader.notebook.cell_map import (  # noqa: PLC0415 - most notebooks say what they belong to
        CellMap,
    )

    cells = CellMap(notebook)
    attempts = any(_attempts(notebook, cells, name, nearly=told is None) for name in asked)
    if attempts or _answers(notebook, assignment):
        return
    defined = list(
        dict.fromkeys(name for cell in cells.names.values() for name in cell.definitions)
    )
    more = f" and {len(defined) - MOST_QUOTED} more" if len(defined) > MOST_QUOTED else ""
    instead = (
        f"It defines {', '.join(each[:LONGEST] for each in defined[:MOST_QUOTED])}{more}"
        if defined
        else "It defines no"
    )
    raise UsageError(
        f"{notebook.path}: nothing in this notebook is what {assignment.name!r} asks for "
        f"({', '.join(asked)}). {instead}{' instead' if defined else ' class and no function'}"
        f"{_likeness(notebook, cells, assignment)}. Is it the notebook of another assignment? Then "
        "name that with --assignment; else it has to be handed in again."
    )


def _attempts(notebook: Notebook, cells: "CellMap", name: str, *, nearly: bool) -> bool:
    """Whether a notebook defines a name, or, if `nearly`, a class or function of nearly that name.

    Of a cell with an error something is to be told, too.
    """
    from grader.notebook.cell_map import writes  # noqa: PLC0415 - most say what they belong to

    if any(writes(cell, cells, name) for cell in notebook.cells):
        return True
    if not nearly:
        return False
    definitions = {each for cell in cells.names.values() for each in cell.definitions}
    return nearest(name, definitions) is not None


def _answers(notebook: Notebook, assignment: Assignment) -> bool:
    """Whether a notebook has the place of an exercise that a person judges."""
    lines = [each.below for each in assignment.exercises if each.manual and each.below]
    return any(line in cell.source for line in lines for cell in notebook.cells)


def _likeness(notebook: Notebook, cells: "CellMap", but: Assignment) -> str:
    """Return which other assignment a notebook says it belongs to, or looks like."""
    told = _from_metadata(notebook)
    if told is not None:
        return f"; it says that it belongs to {told!r}"
    for folder in [*released_in_sight(), *in_sight(Path.cwd())]:
        try:
            other = but if _name(folder) == but.name else load(folder)
        except AssignmentError:
            continue
        names = {name for each in other.exercises for name in each.names}
        if other is not but and any(cells.last_binding(name) is not None for name in names):
            return f"; it looks like one of {other.name!r}"
    return ""


def _by_names(
    notebook: Notebook,
    assignments: Sequence[Assignment],
    broken: Sequence[AssignmentError],
    beside: Path | None,
) -> Assignment:
    from grader.notebook.cell_map import (  # noqa: PLC0415 - most notebooks say what they belong to
        CellMap,
    )

    cells = CellMap(notebook)
    fits = [
        (each, frozenset(name for name in each.names if cells.last_binding(name) is not None))
        for each in assignments
    ]
    if broken and not any(defined for _, defined in fits):
        raise broken[0]
    best = _best(fits)
    if len(best) == 1:
        return best[0][0]
    problem = "none fits"
    if best:
        names = sorted(frozenset().union(*(defined for _, defined in best)))
        several = " or ".join(repr(each.name) for each, _ in best)
        problem = f"by {', '.join(names[:MOST_QUOTED])} it may be {several}"
    raise UsageError(
        f"{notebook.path}: the assignment that this notebook belongs to was not found ({problem} "
        f"of those in {_seen([each.folder for each in assignments])}). Name it with --assignment."
        f"{_unasked(beside)}"
    )


def _best(fits: Sequence[Fit]) -> list[Fit]:
    """Return the assignments that a notebook may well belong to: more than one where it is unclear.

    One of which it defines just a part of what it defines of another is out. Of the rest it is the
    one of which it defines the largest share, and with it whichever has the same names to show.
    """
    rest = [
        (each, defined)
        for each, defined in fits
        if defined and not any(defined < other for _, other in fits)
    ]
    shares = [len(defined) / len(each.names) for each, defined in rest]
    most = max(shares, default=0)
    shown = {defined for (_, defined), share in zip(rest, shares, strict=True) if share == most}
    return [(each, defined) for each, defined in rest if defined in shown]


def _unasked(beside: Path | None) -> str:
    """Return what is said of an assignment that can be seen from the notebook alone."""
    if beside is None:
        return ""
    return (
        f" There is one beside the notebook, {beside}. Its checks are code that would run in your "
        f"name: if it is yours, say --assignment '{beside}', or call from there."
    )


def _seen(folders: Sequence[Path]) -> str:
    shelves = sorted({str(folder.parent) for folder in folders})
    return ", ".join(shelves) if shelves else f"a `{SHELF}` folder above the working folder"


def load(folder: Path) -> Assignment:
    """Load the assignment in `folder`.

    Raises AssignmentError, naming the file at fault, and the version of the grader that reads the
    folder where this one does not.
    """
    try:
        return _loaded(folder)
    except AssignmentError as error:
        remedy = other_version(folder / CONFIG)
        if not remedy:
            raise
        raise type(error)(f"{error} {remedy}") from error


def _loaded(folder: Path) -> Assignment:
    config = config_of(folder / CONFIG)
    if config.release is not None:
        return _load_released(folder, config, config.release.name)
    if not (folder / REFERENCE).is_file():
        raise AssignmentError(f"{folder} has no {REFERENCE}: an assignment needs its reference.")
    exercises = _declared(folder, config)
    for index, exercise in enumerate(exercises):
        if any(exercise.id == other.id for other in exercises[:index]):
            raise AssignmentError(
                f"{folder / CHECKS} has two exercises `{exercise.id}`: give each an id of its own."
            )
        total = sum(check.points for check in exercise.checks)
        if total != exercise.points:
            raise AssignmentError(
                f"{folder / CHECKS}: the exercise `{exercise.id}` is worth {exercise.points:g} "
                f"points, but its checks add up to {total:g}. Make the two agree."
            )
    return Assignment(folder.resolve().name, folder, config, tuple(exercises))


def _load_released(folder: Path, config: Config, name: str) -> Assignment:
    for file in (CHECKS, HANDED_OUT, ANSWERS):
        if not (folder / PUBLIC / file).is_file():
            raise AssignmentError(
                f"{folder / PUBLIC} has no {file}: this folder is no longer as it was handed out. "
                "Get that file anew from where you got the assignment."
            )
    return Assignment(name, folder, config, tuple(_declared(folder / PUBLIC, config)))


def _declared(folder: Path, config: Config) -> list[Exercise]:
    checks = module(folder / CHECKS)
    # Modules that students are given: what they call helps a check to ask.
    beside = frozenset(Path(each).stem for each in config.files if Path(each).suffix == ".py")
    sys.modules[checks.__name__.rpartition(".")[0]].__beside__ = beside  # type: ignore[attr-defined]
    exercises = getattr(checks, "exercises", None)
    declared = isinstance(exercises, list) and all(isinstance(e, Exercise) for e in exercises)
    if not isinstance(exercises, list) or not exercises or not declared:
        raise AssignmentError(f"{folder / CHECKS} must hold its exercises in a list `exercises`.")
    return exercises


def module(path: Path) -> ModuleType:
    """Import a file of an assignment, which may import its neighbours relatively.

    Raises AssignmentError, naming the file, where it cannot be imported.
    """
    if not path.is_file():
        raise AssignmentError(f"{path} does not exist: an assignment declares its checks there.")
    digest = hashlib.blake2b(bytes(path.parent.resolve()), digest_size=6).hexdigest()
    package = f"{PACKAGES}{digest}"
    if package not in sys.modules:
        parent = ModuleType(package)
        parent.__path__ = [str(path.parent)]
        sys.modules[package] = parent
    try:
        return importlib.import_module(f"{package}.{path.stem}")
    except AssignmentError:
        raise
    except (Exception, SystemExit) as error:
        raise AssignmentError(
            f"{path} cannot be imported: {type(error).__name__}: {error}."
        ) from error
