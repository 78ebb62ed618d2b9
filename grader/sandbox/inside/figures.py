"""Keeping the figures of a cell until they have been described.

The inline backend closes a figure when its cell ends, and `plt.show()` does
within it, so a figure is remembered as it is made. One that an earlier cell
made belongs to the present cell too as soon as it is drawn again.
"""

from functools import wraps
from types import ModuleType
from typing import Any

from .figure_data import Budget, describe_figure
from .shims.imports import when_imported

MAX_FIGURES = 40
"""Figures kept for one cell; the oldest are dropped first."""


# The keys keep the order in which figures first appeared; a figure hashes by identity.
_figures: dict[Any, None] = {}


def install() -> None:
    """Remember every matplotlib figure from now on. matplotlib is not imported."""
    when_imported("matplotlib.figure", _watch)


def begin_cell() -> None:
    """Forget the figures so far: a cell is about to run."""
    _figures.clear()


def count() -> int:
    """Return how many figures the current cell has made or drawn, `MAX_FIGURES` at most."""
    return len(_figures)


def describe() -> list[dict[str, Any]]:
    """Return what the figures of the current cell show, as plain data.

    One dictionary a figure, in the order made: see `describe_figure`. Never
    raises; what cannot be described is left out.
    """
    budget = Budget()
    return [describe_figure(figure, budget) for figure in list(_figures)]


def _remember(figure: Any) -> None:
    _figures.setdefault(figure)
    while len(_figures) > MAX_FIGURES:
        del _figures[next(iter(_figures))]


def _watch(module: ModuleType) -> None:
    cls: Any = module.Figure
    for name in ("__init__", "draw"):
        setattr(cls, name, _remembering(getattr(cls, name)))


def _remembering(method: Any) -> Any:
    """Return `method`, a method of a figure, remembering the figure when it is called."""

    @wraps(method)
    def remembering(self: Any, *args: Any, **kwargs: Any) -> Any:
        result = method(self, *args, **kwargs)
        _remember(self)
        return result

    return remembering
