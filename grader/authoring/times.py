"""What `grader time` does: record how long the cells of a reference take."""

import json

import click

from grader.assignment.model import TIMES, Assignment
from grader.errors import AssignmentError
from grader.execution.calibration import slowness
from grader.files import write_atomically
from grader.grading import Options, grade
from grader.notebook.reading import read


def record(assignment: Assignment) -> None:
    """Grade the reference and write how many seconds its cells took on a usual machine.

    Raises AssignmentError where a cell does not run to its end.
    """
    notebook = read(assignment.reference)
    times = slowness()
    # Students may make their batches in ways of their own, which the grader makes no faster.
    result = grade(notebook, assignment, Options(faithful=True), slowness=times)
    for cell in result.cells:
        if cell.status != "ok":
            raise AssignmentError(
                f"{assignment.reference}: a cell did not end well ({cell.error}), so its time is "
                "not known. Mend it and record again."
            )
    seconds = {
        notebook.cells[cell.index].id: max(0.1, round(cell.seconds / times, 1))
        for cell in result.cells
    }
    path = assignment.folder / TIMES
    write_atomically(path, json.dumps(seconds, indent=2) + "\n")
    longest = max(seconds.values(), default=0.0)
    click.echo(f"wrote {path}: {len(seconds)} cells, the longest {longest:g} s")
