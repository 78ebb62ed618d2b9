"""Which of a notebook's cells to run for what is asked, and which of its states to keep."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from grader.assignment.model import Assignment, Exercise
from grader.notebook.cell_map import CellMap
from grader.notebook.reading import Notebook
from grader.sandbox.limits import CellTime

# Of many cells that name one thing, so many of the first and of the last are told apart.
FEW: Final = 8


@dataclass(frozen=True)
class Plan:
    """What to run and which states to keep.

    `cells` are the indices of the code cells to run, in order; `keep` are those after which a
    snapshot is taken, -1 standing for the state before the first. After a cell from `figures_from`
    on that made figures there is one too, and where the time is up before there is any, one of the
    state by then. Another is taken after a cell that changed what the names `watched` lead to;
    where too many did, of as many as may be, evenly spread, and of all `graded` cells among them.
    `times` are how long single cells may take, by their indices, in place of `cell_seconds`.
    A `faithful` run makes batches as they are made anywhere, at the cost of time; the results are
    the same. A `quick` one leaves the training out. `absent` are the data sets that the cells
    read and that are nowhere to be found.
    """

    cells: tuple[int, ...]
    keep: Collection[int] = ()
    figures_from: int = 0
    seed: int = 0
    cell_seconds: float = 600.0
    times: Mapping[int, CellTime] = field(default_factory=dict)
    total_seconds: float = 1800.0
    faithful: bool = False
    quick: bool = False
    absent: Sequence[str] = ()
    watched: tuple[str, ...] = ()
    graded: Collection[int] = ()


def plan(
    notebook: Notebook,
    cells: CellMap,
    assignment: Assignment,
    exercises: Sequence[Exercise],
    *,
    quick: bool = False,
) -> Plan:
    """Return which cells to run, and after which of them to keep the state.

    An exercise about definitions needs the state in which they are complete. One about the
    notebook as a whole needs the states before cells that make what it asks about, and those
    after each cell that changes it, which only the run can tell.

    A `quick` plan is for the exercises about definitions alone: neither the training nor what only
    it needs is run. Where no cell can be told that only trains, it is the plan that it would be
    otherwise.
    """
    code = [cell.index for cell in notebook.cells if cell.kind == "code" and cell.source.strip()]
    if quick and any(exercise.whole for exercise in exercises):
        short = _without_training(code, cells, assignment)
        if short is not None:
            return short
    if not any(exercise.whole for exercise in exercises):
        needed = _needed(cells, exercises)
        code = [index for index in code if index in needed] or code
    # From before the first cell, all of a training can be run again.
    keep = {*code[-1:], *([-1] if any(each.whole for each in exercises) else [])}
    watched: dict[str, None] = {}
    for exercise in exercises:
        keep |= _ready(cells, exercise)
        for name in exercise.names if exercise.whole else ():
            watched[name] = None
            keep |= _around(name, code, cells)
    return Plan(
        cells=tuple(code),
        keep=frozenset(keep),
        seed=assignment.config.kernel_seed,
        watched=tuple(watched),
        graded=cells.graded,
    )


def _ready(cells: CellMap, exercise: Exercise) -> set[int]:
    """Return the cells after which an exercise may be asked about definitions."""
    ready = [part.ready(exercise.names) for part in cells.attempts(exercise.names)]
    return {index for index in ready if index is not None}


def _around(name: str, code: Sequence[int], cells: CellMap) -> set[int]:
    """Return cells after which to keep the state of a name, as far as sources tell."""
    bound = cells.binding(name)
    counting = cells.counting([name])
    starts = {*bound[:FEW], *bound[-FEW:], *(index for index in bound if index in cells.graded)}
    before = {max((index for index in code if index < start), default=-1) for start in starts}
    start = counting.last_binding(name)
    after = [index for index in counting.mentioning(name) if start is not None and index >= start]
    return before | set(after[:FEW]) | set(after[-FEW:])


def _needed(cells: CellMap, exercises: Iterable[Exercise]) -> Collection[int]:
    """Return the cells that those exercises need which are about definitions."""
    wanted = [each.names for each in exercises if not each.whole]
    together = {name for names in wanted for name in names}
    return {
        index
        for names in (together, *wanted)
        for part in cells.attempts(names)
        for index in part.slice(names)
    }


def _without_training(code: Sequence[int], cells: CellMap, assignment: Assignment) -> Plan | None:
    """Return the plan without the training; None where there is none, or where a class needs it."""
    training = assignment.config.training
    if training is None or not cells.binding(training.network):
        return None
    trains = set(cells.training(training.network, training.loader))
    needed = _needed(cells, assignment.exercises)
    short = [index for index in code if index in needed]
    if not trains or not short or not trains.isdisjoint(short):
        return None
    keep = {short[-1]}.union(
        *(_ready(cells, each) for each in assignment.exercises if not each.whole)
    )
    return Plan(
        tuple(short),
        frozenset(keep),
        # Nobody asks for figures.
        figures_from=max(code) + 1,
        seed=assignment.config.kernel_seed,
        quick=True,
        graded=cells.graded,
    )
