"""Telling in seconds, without training, whether a notebook will grade."""

from dataclasses import dataclass, replace
from typing import Final

from grader.assignment.handed_out import cell_map
from grader.assignment.model import Assignment, Exercise
from grader.execution.lacks import lies_beside, missing_modules
from grader.execution.plan import plan
from grader.execution.run import run
from grader.notebook.cell_map import CellMap, writes
from grader.notebook.parsing import parse
from grader.notebook.reading import Notebook
from grader.results.model import CellResult
from grader.sandbox.opening import kernels_on
from grader.sandbox.rungs import choose
from grader.text import nearest

# What takes longer is no matter of seconds, and is told of instead.
CELL_SECONDS: Final = 20.0
TOTAL_SECONDS: Final = 60.0
# What stands in the student notebook where something is to be written.
UNWRITTEN: Final = "raise NotImplementedError"


@dataclass(frozen=True)
class Found:
    """An exercise: the cell that it is done in, and which of its names nothing defines.

    Where names are missing, `cell` is the one that is there to define them and is no Python, and
    `near` a name like the first of them.
    """

    exercise: Exercise
    cell: int | None
    missing: tuple[str, ...]
    near: str = ""


@dataclass(frozen=True)
class Preflight:
    """What can be told of a notebook at once.

    `failed` are the cells that did not run to their end, `broken` the indices of those that are no
    Python, `unwritten` of those in which a task still stands, `left_out` how many were not run.
    `own` are the modules that it imports from files beside it, which its graders do not have.
    `network` is the name of what the notebook trains, None where it trains nothing; `training` is
    the cell that is taken for the training, None where only a run tells it.
    """

    notebook: Notebook
    assignment: Assignment
    exercises: tuple[Found, ...]
    failed: tuple[CellResult, ...]
    broken: tuple[int, ...]
    unwritten: tuple[int, ...]
    left_out: int
    own: tuple[str, ...] = ()
    network: str | None = None
    training: int | None = None

    @property
    def good(self) -> bool:
        """Whether every exercise was found and every cell that was run ended well."""
        every = any(found.missing for found in self.exercises)
        return not (every or self.failed or self.broken)


def preflight(notebook: Notebook, assignment: Assignment) -> Preflight:
    """Look through a notebook, and run what its exercises about definitions need.

    Raises InternalError where the kernel cannot be started.
    """
    cells = cell_map(notebook, assignment)
    units = [exercise for exercise in assignment.exercises if exercise.unit]
    planned = replace(
        plan(notebook, cells, assignment, units or assignment.exercises, quick=True),
        keep=frozenset(),
        cell_seconds=CELL_SECONDS,
        total_seconds=TOTAL_SECONDS,
    )
    rung = choose(required=False)
    # The data sets are for cells that are left out.
    private = (*assignment.private, notebook.path.absolute().parent)
    limits = assignment.config.limits
    with kernels_on(rung, {}, limits=limits, private=private) as kernels:
        ran = run(notebook, planned, kernels)
    code = [cell for cell in notebook.cells if cell.kind == "code" and cell.source.strip()]
    return Preflight(
        notebook,
        assignment,
        tuple(_found(each, notebook, cells) for each in assignment.exercises),
        tuple(each for each in ran.cells() if each.status != "ok" and not _to_do(each)),
        tuple(cell.index for cell in code if parse(cell.source) is None),
        tuple(cell.index for cell in code if UNWRITTEN in cell.source),
        len(code) - len(planned.cells),
        _own(notebook, assignment),
        *_training(cells, assignment),
    )


def _own(notebook: Notebook, assignment: Assignment) -> tuple[str, ...]:
    """Return the modules beside a notebook that it imports and was not given."""
    given = {file.partition("/")[0].removesuffix(".py") for file in assignment.config.files}
    missing = missing_modules(notebook) - given
    return tuple(sorted(name for name in missing if lies_beside(notebook.path, name)))


def _training(cells: CellMap, assignment: Assignment) -> tuple[str | None, int | None]:
    """Return the name of what is trained, and the cell that seems to, as far as there is any."""
    config = assignment.config.training
    if config is None or not cells.binding(config.network):
        return None, None
    seem = cells.training(config.network, config.loader)
    graded = [index for index in seem if index <= cells.end]
    return config.network, max(graded or seem, default=None)


def _to_do(cell: CellResult) -> bool:
    """Whether a cell ended where something is still to be written."""
    return (cell.error or "").startswith("NotImplementedError")


def _found(exercise: Exercise, notebook: Notebook, cells: CellMap) -> Found:
    missing = tuple(name for name in exercise.names if cells.last_binding(name) is None)
    if not missing:
        return Found(exercise, cells.counting(exercise.names).ready(exercise.names), missing)
    there = (each for each in notebook.cells if any(writes(each, cells, name) for name in missing))
    broken = max((each.index for each in there), default=None)
    near = nearest(missing[0], {name for each in cells.names.values() for name in each.definitions})
    return Found(exercise, broken, missing, near or "")
