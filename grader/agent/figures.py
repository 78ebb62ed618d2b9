"""Keeping the figures of a cell until they have been described.

The inline backend closes a figure when its cell ends, and `plt.show()` does
within it, so a figure is remembered as it is made. One that an earlier cell
made belongs to the present cell too as soon as it is drawn again.
"""

import math
from collections.abc import Callable, Iterable
from contextlib import suppress
from functools import wraps
from types import ModuleType
from typing import Any

import numpy as np

from .shims.import_hook import when_imported

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


MAX_AXES = 64
MAX_LINES = 200
MAX_IMAGES = 64
MAX_TEXTS = 200
"""For one figure (axes) or one axes (lines, images, texts); the first ones are kept."""

MAX_ELEMENTS = 200_000
"""Elements of one array."""

MIN_SIDE = 8
"""Rows and columns of a coloured grid; one of fewer is no image."""

MAX_CHARACTERS = 500
"""Characters of one text."""


class Budget:
    """What all the figures of a cell together may take, so that an answer fits a message.

    32 MB of arrays, 10,000 lines, images and texts, 200,000 characters.
    """

    def __init__(self) -> None:
        self.elements = 4_000_000
        self.items = 10_000
        self.characters = 200_000

    def take(self, *, elements: int = 0, characters: int = 0) -> bool:
        """Take one item with this many elements and characters; False if it is too much."""
        left = (self.items - 1, self.elements - elements, self.characters - characters)
        if min(left) < 0:
            return False
        self.items, self.elements, self.characters = left
        return True


def describe_figure(figure: Any, budget: Budget) -> dict[str, Any]:
    """Return what a matplotlib figure shows.

    `suptitle` and `texts` (the figure's own texts and legends), and `axes`, a
    list with one dictionary each:

    - `title`, `xlabel`, `ylabel`: text;
    - `legend`: its texts;
    - `texts`: what was written into the axes, and titles at its left and right;
    - `lines`: `x` and `y` (float64, one-dimensional, equally long), `label` and
      `length`, the number of points; a longer line than `MAX_ELEMENTS` is
      thinned evenly, its ends kept;
    - `images`: arrays of shape (height, width) or (height, width, 3 or 4),
      uint8 as they are and anything else as float64; a larger one than
      `MAX_ELEMENTS` keeps every n-th row and column. Regular grids of
      `pcolormesh` and `pcolor` are images too, the first row first;
    - `collections`, `patches`: how many there are (scatter plots, bars).

    Never raises; what cannot be described is left out.
    """
    reader = _Reader(budget)
    suptitle = reader.text(figure.get_suptitle)
    texts = reader.texts(lambda: [text for text in figure.texts if text is not figure._suptitle])
    for legend in _list(lambda: figure.legends, MAX_TEXTS):
        texts += reader.texts(legend.get_texts)
    axes = [reader.axes(ax) for ax in _list(lambda: figure.axes, MAX_AXES)]
    return {"suptitle": suptitle, "axes": axes, "texts": texts}


def _list(read: Callable[[], Iterable[Any]], limit: int) -> list[Any]:
    with suppress(Exception):
        return list(read())[:limit]
    return []


class _Reader:
    """Reads the parts of figures as long as the budget lasts."""

    def __init__(self, budget: Budget) -> None:
        self.budget = budget

    def axes(self, ax: Any) -> dict[str, Any]:
        sides = [self.text(lambda: ax.get_title(loc="left"))]
        sides.append(self.text(lambda: ax.get_title(loc="right")))
        return {
            "title": self.text(ax.get_title),
            "xlabel": self.text(ax.get_xlabel),
            "ylabel": self.text(ax.get_ylabel),
            "legend": self.texts(lambda: _legend_texts(ax)),
            "texts": [side for side in sides if side] + self.texts(lambda: ax.texts),
            "lines": self.described(lambda: ax.lines, MAX_LINES, self.line),
            "images": self.described(lambda: [*ax.images, *_grids(ax)], MAX_IMAGES, self.image),
            "collections": len(_list(lambda: ax.collections, 10**9)),
            "patches": len(_list(lambda: ax.patches, 10**9)),
        }

    def text(self, read: Callable[[], object]) -> str:
        with suppress(Exception):
            text = str(read())[:MAX_CHARACTERS]
            if text and self.budget.take(characters=len(text)):
                return text
        return ""

    def texts(self, read: Callable[[], Iterable[Any]]) -> list[str]:
        found = [self.text(artist.get_text) for artist in _list(read, MAX_TEXTS)]
        return [text for text in found if text]

    def described(
        self, read: Callable[[], Iterable[Any]], limit: int, describe: Callable[[Any], Any]
    ) -> list[Any]:
        found = []
        for artist in _list(read, limit):
            with suppress(Exception):
                found.append(describe(artist))
        return [description for description in found if description is not None]

    def line(self, line: Any) -> dict[str, Any] | None:
        # Not the data as given, but after categories and dates have become numbers.
        x, y = _floats(line.get_xdata(orig=False)), _floats(line.get_ydata(orig=False))
        length = min(x.size, y.size)
        kept = min(length, MAX_ELEMENTS)
        if not self.budget.take(elements=2 * kept):
            return None
        at = np.linspace(0, max(length - 1, 0), kept).round().astype(np.intp)
        label = self.text(line.get_label)
        return {"x": x.ravel()[at], "y": y.ravel()[at], "label": label, "length": length}

    def image(self, image: Any) -> np.ndarray[Any, Any] | None:
        array = np.ma.asanyarray(image if isinstance(image, np.ndarray) else image.get_array())
        if array.ndim not in (2, 3):
            return None
        step = max(1, math.ceil(math.sqrt(array.size / MAX_ELEMENTS)))
        array = array[::step, ::step]
        if array.size > MAX_ELEMENTS or not self.budget.take(elements=array.size):
            return None
        if array.dtype == np.uint8:
            return np.array(np.ma.getdata(array))
        return _floats(array)


def _grids(ax: Any) -> Iterable[np.ndarray[Any, Any]]:
    """Yield the colours of an axes' meshes whose lines are parallel and evenly spaced."""
    if ax.get_label() == "<colorbar>":
        return
    for mesh in _list(lambda: ax.collections, MAX_IMAGES):
        with suppress(Exception):
            corners = np.asarray(mesh.get_coordinates(), np.float64)
            array = np.ma.asanyarray(mesh.get_array())
            if array.ndim == 1:
                array = array.reshape(corners.shape[0] - 1, corners.shape[1] - 1)
            if min(array.shape[:2]) >= MIN_SIDE and _regular(corners):
                yield array


def _regular(corners: np.ndarray[Any, Any]) -> bool:
    """Whether the corners, (rows, columns, 2), are those of a grid of equal rectangles."""
    for steps in (np.diff(corners, axis=0), np.diff(corners, axis=1)):
        if not np.allclose(steps, steps[0, 0], rtol=1e-6, atol=1e-9 * np.max(np.abs(steps))):
            return False
    return True


def _legend_texts(ax: Any) -> Iterable[Any]:
    legend = ax.get_legend()
    texts: Iterable[Any] = legend.get_texts() if legend is not None else []
    return texts


def _floats(values: Any) -> np.ndarray[Any, Any]:
    """Return a fresh float64 array of `values`, with NaN where they are masked."""
    return np.ma.filled(np.ma.array(values, dtype=np.float64), np.nan)
