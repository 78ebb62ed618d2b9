"""The cells of a student notebook in which students check themselves."""

from typing import Final

from nbformat import NotebookNode
from nbformat.v4 import new_code_cell

from grader.assignment.model import Assignment
from grader.notebook.cell_map import CellMap
from grader.notebook.reading import read

# Without the package, or somewhere that it cannot look from, the notebook goes on all the same.
_SOURCE: Final = """\
# Ask the public checks of what is defined so far. It never counts.
try:
    %load_ext grader
    %check {exercise}
except Exception as problem:
    print("To check yourself here: pip install -r requirements.txt, and restart.", problem)"""


def with_check_cells(student: NotebookNode, assignment: Assignment) -> NotebookNode:
    """Return the notebook with a cell below each exercise that can be asked on its own.

    The cell stands after the one in which the reference has all that the exercise needs. The
    argument is changed.
    """
    cells = CellMap(read(assignment.reference))
    ids = [cell.id for cell in read(assignment.reference).cells]
    for exercise in assignment.exercises:
        ready = cells.ready(exercise.names) if exercise.unit else None
        below = next(
            (place for place, cell in enumerate(student.cells) if cell.id == _id(ids, ready)), None
        )
        if below is not None:
            cell = new_code_cell(_SOURCE.format(exercise=exercise.id), id=f"check-{exercise.id}")
            student.cells.insert(below + 1, cell)
    return student


def _id(ids: list[str], index: int | None) -> str | None:
    return ids[index] if index is not None else None
