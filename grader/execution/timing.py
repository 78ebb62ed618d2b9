"""How long the cells of a submission may take, by what those of the reference take.

An instructor's machine has once recorded that: `grader time`. A cell of a student's is matched with
those of the reference by its id and by the names that it binds.
"""

import json
from collections.abc import Mapping
from typing import Final

from grader.assignment.model import TIMES, Assignment
from grader.errors import AssignmentError
from grader.execution.calibration import processor_slowness
from grader.notebook.cell_map import CellMap, of_file
from grader.notebook.names import Names
from grader.notebook.reading import Notebook
from grader.sandbox.limits import CellTime

# Seconds of processor time that any cell may take, and how many times the reference's.
FLOOR: Final = 30.0
FACTOR: Final = 20
# How many times as long as that a cell may be under way, where others have the processor, or it
# rests.
WALL: Final = 2
# A cell of the reference is long where the floor is not plenty.
LONG: Final = FLOOR / FACTOR


def cell_times(notebook: Notebook, cells: CellMap, assignment: Assignment) -> dict[int, CellTime]:
    """Return how long the code cells may take for which the assignment's own limit is too long.

    Empty where nothing is recorded of the reference. Raises AssignmentError where what is recorded
    cannot be read.
    """
    seconds = recorded(assignment)
    if seconds is None:
        return {}
    reference, known = of_file(assignment.reference)
    taken = {cell.index: seconds.get(cell.id, 0.0) for cell in reference.cells}
    own_ids = {cell.id: cell.index for cell in reference.cells if cell.kind == "code"}
    times = processor_slowness()
    found = {}
    most = assignment.config.limits.cell_seconds
    for index, names in cells.names.items():
        same = own_ids.get(notebook.cells[index].id)
        expected = _expected(names, same, known, taken)
        processor = times * max(FLOOR, FACTOR * expected)
        if processor < most:
            found[index] = CellTime(min(WALL * processor, most), processor)
    return found


def _expected(
    names: Names, same: int | None, reference: CellMap, taken: Mapping[int, float]
) -> float:
    """Return how long a cell would take that does what those of the reference do that it is like.

    `same` is the one whose id it has. A cell that works on what a long one works on may do the same
    in another way. One that is like none may do what any does.
    """
    alike = {
        index
        for index, other in reference.names.items()
        if index == same
        or names.binds & (other.binds - other.imported)
        or (taken[index] > LONG and (names.needs | names.binds) & _worked_on(index, reference))
    }
    if not alike and not names.setup:
        return max(taken.values(), default=0.0)
    return sum(taken[index] for index in alike)


def _worked_on(index: int, reference: CellMap) -> frozenset[str]:
    """Return what a cell of the reference works on: no module, class or function."""
    cells = reference.names.values()
    tools = frozenset().union(*(each.imported | each.definitions.keys() for each in cells))
    names = reference.names[index]
    return (names.needs | names.binds) - tools


def recorded(assignment: Assignment) -> dict[str, float] | None:
    """Return how many seconds each cell of the reference takes, by its id; None if never recorded.

    Raises AssignmentError where the file cannot be read.
    """
    path = assignment.sources / TIMES
    if not path.is_file():
        return None
    try:
        return {str(id_): float(seconds) for id_, seconds in json.loads(path.read_bytes()).items()}
    except (OSError, ValueError, AttributeError, TypeError) as error:
        raise AssignmentError(
            f"{path} cannot be read ({error}). `grader time {assignment.name}` writes it anew."
        ) from error
