"""Finding the assignment that a notebook belongs to."""

from collections.abc import Iterator, Sequence
from pathlib import Path

from grader.assignment import CONFIG, PUBLIC, Assignment, load
from grader.errors import UnusableInputError
from grader.notebook import Notebook

# Where instructors keep their assignments, seen from a folder above them.
SHELF = "reference"


def find_assignment(notebook: Notebook, named: str | None = None) -> Assignment:
    """Return the assignment that `notebook` belongs to.

    Looked for in this order: what `named` says (a folder, or the name of one that can be found);
    the name in the notebook's metadata; the only one in sight; the one whose names the notebook
    defines. In sight is what lies below `reference/` in the working folder or in a folder above it,
    or else what a student got of one there.

    What lies beside the notebook is imported only where `named` is its folder: an assignment is
    code, and the notebook's student may have put it there.

    Raises UnusableInputError where none is found or several may be meant, AssignmentError where
    the one that is meant is broken.
    """
    if named is not None and _is_assignment(Path(named)):
        return load(Path(named))
    folders = in_sight(Path.cwd()) or released_in_sight()
    wanted = named or _from_metadata(notebook)
    for folder in folders if wanted is not None else ():
        if _name(folder) == wanted:
            return load(folder)
    beside = [each for each in in_sight(notebook.path.resolve().parent) if each not in folders]
    meant = next((each for each in beside if each.name == wanted), None)
    if named is not None:
        raise UnusableInputError(
            f"There is no assignment {named!r}: it is neither a folder with {CONFIG} nor a "
            f"name in {_seen(folders)}.{_unasked(meant)}"
        )
    if meant is not None:
        raise UnusableInputError(
            f"{notebook.path}: the assignment {wanted!r}, which this notebook belongs to, is not "
            f"in {_seen(folders)}.{_unasked(meant)}"
        )
    if len(folders) == 1:
        return load(folders[0])
    return _by_names(notebook, [load(folder) for folder in folders], next(iter(beside), None))


def in_sight(start: Path) -> list[Path]:
    """Return the assignments' folders that can be seen from `start`, nearest first.

    Of several with one name it is the nearest.
    """
    found: dict[str, Path] = {}
    for above in (start, *start.parents):
        for folder in map(Path.resolve, _assignments(above)):
            found.setdefault(folder.name, folder)
    return list(found.values())


def released_in_sight() -> list[Path]:
    """Return what students got of assignments in the working folder or above, nearest first."""
    here = Path.cwd()
    return [folder for folder in (here, *here.parents) if _is_assignment(folder, released=True)]


def _is_assignment(folder: Path, *, released: bool | None = None) -> bool:
    """Whether this is an assignment's folder, with or without its reference as `released` says."""
    try:
        return (folder / CONFIG).is_file() and (
            released is None or released is (folder / PUBLIC).is_dir()
        )
    except OSError:
        # Not every name can be a file's.
        return False


def _name(folder: Path) -> str:
    """Return an assignment's name: what students got of it may lie in a folder of any name."""
    return load(folder).name if _is_assignment(folder, released=True) else folder.name


def _assignments(above: Path) -> Iterator[Path]:
    if _is_assignment(above, released=False):
        yield above
    shelf = above / SHELF
    if shelf.is_dir():
        yield from sorted(config.parent for config in shelf.glob(f"*/{CONFIG}"))


def _from_metadata(notebook: Notebook) -> str | None:
    told = notebook.metadata.get("grader")
    name = told.get("assignment") if isinstance(told, dict) else None
    return name if isinstance(name, str) else None


def _by_names(notebook: Notebook, assignments: list[Assignment], beside: Path | None) -> Assignment:
    from grader.cells import CellMap  # noqa: PLC0415 - most notebooks say what they belong to

    cells = CellMap(notebook)
    share = {
        assignment.name: sum(cells.last_binding(name) is not None for name in assignment.names)
        / max(1, len(assignment.names))
        for assignment in assignments
    }
    best = [each for each in assignments if share[each.name] == max(share.values())]
    if len(best) == 1 and share[best[0].name] > 0:
        return best[0]
    problem = "it may belong to several" if best and share[best[0].name] > 0 else "none fits"
    raise UnusableInputError(
        f"{notebook.path}: the assignment that this notebook belongs to was not found ({problem} "
        f"of those in {_seen([each.folder for each in assignments])}). Name it with --assignment."
        f"{_unasked(beside)}"
    )


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
