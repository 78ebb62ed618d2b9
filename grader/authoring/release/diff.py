"""What students who have the former release of an assignment would notice of a new one."""

import difflib
import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from grader.assignment.loading import load
from grader.assignment.release_stamp import Release
from grader.authoring.release.repository import notebook_text
from grader.errors import UsageError
from grader.i18n import SOURCE

# Lines that stay around those that change.
CONTEXT = 2


def difference(reference_folder: Path, out_folder: Path, language: str = SOURCE) -> str:
    """Return the difference of what would be released to what `out_folder` holds, in lines.

    Nothing is written. Raises UsageError where there is no former release, and
    AssignmentError as `release` does.
    """
    name = f"{reference_folder.resolve().name}.ipynb"
    path = out_folder / name
    try:
        former = json.loads(path.read_text("utf-8"))
        cells = _cells(former)
    except FileNotFoundError as error:
        raise UsageError(
            f"{path} is not there: nothing was released to {out_folder} yet. `grader release` "
            "without --diff writes it."
        ) from error
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise UsageError(
            f"{path} is no notebook that could be compared. Restore it, or release again."
        ) from error
    new = json.loads(notebook_text(load(reference_folder), language))
    told = list(_told(former, new, cells, _cells(new), name))
    return "\n".join(told) if told else "Students would notice nothing."


def _told(
    former: Mapping[str, Any],
    new: Mapping[str, Any],
    before: Mapping[str, str],
    after: Mapping[str, str],
    name: str,
) -> Iterator[str]:
    old, now = Release.of(former["metadata"]), Release.of(new["metadata"])
    exercises = list(_exercises(old.points, now.points))
    cells = _counts(before, after)
    if not exercises and not cells and old.version == now.version:
        return
    if old.version != now.version:
        yield f"version {old.version or 'unknown'} -> {now.version}"
    else:
        yield f"version {now.version}, as before: raise `version` in assignment.toml"
    yield from exercises
    if cells:
        yield f"cells: {cells}"
        yield ""
        yield from difflib.unified_diff(
            _lines(before), _lines(after), f"released/{name}", f"new/{name}", n=CONTEXT, lineterm=""
        )


def _exercises(old: Mapping[str, float], new: Mapping[str, float]) -> Iterator[str]:
    if not old:
        # A release that does not say what it was worth.
        return
    for id_ in {**old, **new}:
        if id_ not in old:
            yield f"exercise {id_}: new, {new[id_]:g} points"
        elif id_ not in new:
            yield f"exercise {id_}: gone, {old[id_]:g} points"
        elif old[id_] != new[id_]:
            yield f"exercise {id_}: {old[id_]:g} -> {new[id_]:g} points"


def _cells(notebook: Mapping[str, Any]) -> dict[str, str]:
    """Return the cells by their ids, each as text with a line that names it."""
    found = {}
    for index, cell in enumerate(notebook["cells"]):
        source = cell["source"]
        text = source if isinstance(source, str) else "".join(source)
        id_ = str(cell.get("id", index))
        found[id_] = f"## cell {id_} ({cell['cell_type']})\n{text.rstrip()}\n"
    return found


def _counts(before: Mapping[str, str], after: Mapping[str, str]) -> str:
    """Return how many cells are new, gone and changed, "" where all are as they were."""
    both = [id_ for id_ in before if id_ in after]
    moved = both != [id_ for id_ in after if id_ in before]
    numbers = {
        "added": sum(id_ not in before for id_ in after),
        "removed": sum(id_ not in after for id_ in before),
        "changed": sum(before[id_] != after[id_] for id_ in both),
    }
    parts = [f"{number} {what}" for what, number in numbers.items() if number]
    return ", ".join([*parts, *["some in another order"] * moved])


def _lines(cells: Mapping[str, str]) -> list[str]:
    return [_short(line) for text in cells.values() for line in text.split("\n")]


def _short(line: str) -> str:
    """Return a line without the pictures in it, which stand there as thousands of letters."""
    start, found, rest = line.partition("(data:")
    if not found:
        return line
    kept, _, end = rest.partition(")")
    return f"{start}(data:… {len(kept)} characters){end}"
