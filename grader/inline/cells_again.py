"""The state of a kernel that cannot be forked: the cells that the asked names need, run again."""

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from pathlib import Path

from grader.i18n import _
from grader.notebook.cell_map import CellMap
from grader.notebook.parsing import transformed
from grader.notebook.reading import Cell, Notebook
from grader.sandbox.rerun import RerunState


@dataclass(frozen=True)
class Again:
    """A state that answers, the names that are `lost` there, and `notes` for the student."""

    state: RerunState
    lost: frozenset[str]
    notes: Sequence[str]


def run_again(
    cells: Sequence[tuple[int, str]],
    names: Collection[str],
    folder: Path,
    now: Callable[[str], None],
) -> Again:
    """Run those of `cells`, numbers and sources in the order in which they ran, that `names` need.

    Raises UsageError where they come to no end there, or end the process.
    """
    now(_("Running your cells again …"))
    chosen = needed(cells, names)
    state = RerunState([(number, _python(source)) for number, source in chosen], folder)
    done = state.run()
    lost = frozenset(names) - done.defined
    notes = []
    if lost:
        errors = [f"[{number}] {error}" for number, error in done.errors.items()]
        told = ", ".join(f"`{name}`" for name in sorted(lost))
        notes.append(
            _(
                "Here your cells are run again in a process of their own, and there {names} did "
                "not come to be. {errors}",
                names=told,
                errors="; ".join(errors),
            ).strip()
        )
    return Again(state, lost, notes)


def needed(cells: Sequence[tuple[int, str]], names: Collection[str]) -> Sequence[tuple[int, str]]:
    """Return those of `cells` that leave `names` as all of them do.

    All, where no source tells where one of the names is from.
    """
    notebook = Notebook(
        Path(),
        "",
        tuple(
            Cell(index, str(number), "code", source, {})
            for index, (number, source) in enumerate(cells)
        ),
        {},
        "",
        "python",
    )
    found = CellMap(notebook)
    if not all(map(found.binding, names)):
        return cells
    together = found.slice(names)
    each_alone = [found.slice([name]) for name in names]
    chosen = {index for part in (together, *each_alone) for index in part}
    return [cell for index, cell in enumerate(cells) if index in chosen]


def _python(source: str) -> str:
    """Return a cell as Python; what is none raises there as it did in the notebook."""
    try:
        return transformed(source)
    except (SyntaxError, RuntimeError):
        return source
