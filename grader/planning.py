"""Which of a notebook's cells to run for what is asked, and which of its states to keep."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass

from grader.assignment import Assignment, Exercise
from grader.cells import CellMap
from grader.notebook import Notebook


@dataclass(frozen=True)
class Plan:
    """What to run and which states to keep.

    `cells` are the indices of the code cells to run, in order; `keep` are those after which a
    snapshot is taken, -1 standing for the state before the first. After a cell from `figures_from`
    on that made figures there is one too, and where the time is up before there is any, one of the
    state by then.
    A `faithful` run makes batches as they are made anywhere, at the cost of time; the results are
    the same. A `quick` one leaves the training out. `absent` are the data sets that the cells
    read and that are nowhere to be found.
    """

    cells: tuple[int, ...]
    keep: Collection[int] = ()
    figures_from: int = 0
    seed: int = 0
    cell_seconds: float = 600.0
    total_seconds: float = 1800.0
    faithful: bool = False
    quick: bool = False
    absent: Sequence[str] = ()


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
    notebook as a whole needs the state before the last cell that makes what it asks about, and
    those after each cell that goes on with it.

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
    keep = set(code[-1:])
    for exercise in exercises:
        ready = cells.ready(exercise.names)
        keep |= {ready} if ready is not None else set()
        for name in exercise.names if exercise.whole else ():
            start = cells.last_binding(name)
            if start is not None:
                keep.add(max((index for index in code if index < start), default=-1))
                keep |= {index for index in cells.mentioning(name) if index >= start}
    return Plan(cells=tuple(code), keep=frozenset(keep), seed=assignment.config.kernel_seed)


def _needed(cells: CellMap, exercises: Iterable[Exercise]) -> Collection[int]:
    """Return the cells that those exercises need which are about definitions."""
    return cells.slice({name for each in exercises if not each.whole for name in each.names})


def _without_training(code: Sequence[int], cells: CellMap, assignment: Assignment) -> Plan | None:
    """Return the plan without the training; None where there is none, or where a class needs it."""
    training = assignment.config.training
    if training is None or not cells.binding(training.network):
        return None
    made = cells.binding(training.network)[0]
    both = (training.network, training.loader)
    trains = {index for index in code if index >= made and cells.names[index].at_work(*both)}
    needed = _needed(cells, assignment.exercises)
    short = [index for index in code if index in needed]
    if not trains or not short or not trains.isdisjoint(short):
        return None
    ready = [cells.ready(each.names) for each in assignment.exercises if not each.whole]
    keep = {short[-1], *(index for index in ready if index is not None)}
    return Plan(
        tuple(short),
        frozenset(keep),
        # Nobody asks for figures.
        figures_from=max(code) + 1,
        seed=assignment.config.kernel_seed,
        quick=True,
    )
