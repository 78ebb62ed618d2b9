"""What the cells after a training drew, and what to say where that is too little."""

import ast
import re
from dataclasses import dataclass
from typing import Final

from grader.checks.plots.figures import Figure
from grader.i18n import _
from grader.notebook.parsing import tree_of
from grader.scenario import Lack
from grader.text import begins, capital, cell_name
from grader.verdicts import CheckFailed, NeedsReview, lacking

# Output types that may well show what was asked for, but that only a person can read.
PICTURES: Final = frozenset(
    {
        *("image/png", "image/jpeg", "image/svg+xml", "image/gif", "text/html"),
        *("application/vnd.plotly.v1+json", "application/vnd.vegalite.v5+json"),
    }
)
# How a source looks that shows something by other means than matplotlib's.
OTHERWISE: Final = re.compile(r"display|HTML|fromarray|Image\(|plotly|\b(?:px|go|alt)\.")
# What names IPython's ways to show something without showing anything. Each text is gone through
# once: a dotted name is begun at its beginning alone, and a bracket in a list of imports ends it.
_SHOWS_NOTHING: Final = re.compile(
    r"^[ \t]*(?:from[ \t]+IPython[.\w]*[ \t]+import[ \t]*(?:\([^()]*\)|[^\n;]*)"
    r"|import[ \t]+IPython[^\n;]*)|(?<![\w.])[\w.]*clear_output",
    re.MULTILINE,
)

# Errors that say of a cell only that it was never written, or that nobody can run it.
_UNWRITTEN: Final = ("NotImplementedError", "SyntaxError", "IndentationError", "TabError")


def telling(source: str) -> str:
    """Return a source without what looks as if it showed something, and does not."""
    return _SHOWS_NOTHING.sub("", source)


def shows_otherwise(source: str) -> bool:
    """Whether a source looks as if it showed something by other means than matplotlib's."""
    return bool(OTHERWISE.search(telling(source)))


@dataclass(frozen=True)
class Kind:
    """A kind of drawing: how the sources that draw it look, and the name that they draw from."""

    words: re.Pattern[str]
    name: str

    def looks_drawn(self, source: str) -> bool:
        """Whether a source looks as if it drew this kind."""
        return bool(self.words.search(telling(source)))


LINES: Final = Kind(
    re.compile(
        r"(?<![a-z])plot|semilog|loglog|[sS]catter|errorbar|(?<![a-z])barh?\(|\bhist\("
        r"|\.step\(|\.stem\(|fill_between|line\(|lineplot|mark_line"
    ),
    "logs",
)
IMAGES: Final = Kind(
    re.compile(
        r"imshow|matshow|pcolor|contourf|heatmap|make_grid|imsave|figimage|fromarray"
        r"|Image\b|display"
    ),
    "network",
)
KINDS: Final = (LINES, IMAGES)


@dataclass(frozen=True)
class Cell:
    """A cell after the training's start: what it drew with matplotlib, and what else it left.

    `count` is the number that Jupyter shows; `displayed` are the MIME types of its outputs;
    `error` is empty where it ended well; `training` says whether it is there to train, `stale`
    whether it showed figures from before the training once more, `lost` whether what it drew can
    no longer be told; `lack` is what it uses and the machine that grades lacks.
    """

    index: int
    source: str
    figures: tuple[Figure, ...] = ()
    displayed: frozenset[str] = frozenset()
    error: str = ""
    training: bool = False
    stale: bool = False
    lost: bool = False
    count: int | None = None
    lack: Lack | None = None

    @property
    def name(self) -> str:
        """The cell as a person counts it."""
        return cell_name(self.index, begins(self.source), self.count)

    def concerns(self, kind: Kind) -> bool:
        """Whether the cell looks as if it drew this kind, or does not tell what it draws."""
        if kind.looks_drawn(self.source):
            return True
        return not self.training and not any(each.looks_drawn(self.source) for each in KINDS)

    @property
    def unwritten(self) -> bool:
        """Whether the cell was never written, or cannot be run by anybody."""
        return self.error.startswith(_UNWRITTEN)

    @property
    def otherwise(self) -> bool:
        """Whether the cell showed something that was not drawn with matplotlib."""
        # The bars that show a training's progress are HTML.
        pictures = PICTURES - {"text/html"} if self.training else PICTURES
        own = not (self.figures or self.stale) or shows_otherwise(self.source)
        return bool(self.displayed & pictures and own)

    @property
    def told(self) -> bool:
        """Whether the cell left text, beside its figures or without any."""
        if "stream" in self.displayed:
            return True
        # Every figure comes with a text for those who cannot see it.
        return "text/plain" in self.displayed and (not self.figures or _ends_in_value(self.source))


@dataclass(frozen=True)
class Drawn:
    """What the cells after training drew: as they ran, or tried again with stand-ins."""

    cells: tuple[Cell, ...]
    stood_in: bool = False

    def place(self, kind: Kind) -> int | None:
        """Return the last cell that looks as if this kind was to be drawn there, None for none."""
        found = [each for each in self.cells if not each.training and kind.looks_drawn(each.source)]
        return max((each.index for each in found), default=None)

    def nothing(self, kind: Kind, what: str, failed: CheckFailed | None = None) -> Exception:
        """Return what to raise where no figure shows `what`, a drawing of this `kind`.

        That is NeedsReview where it may be there all the same, and else `failed`.
        """
        cells = [cell for cell in self.cells if cell.concerns(kind)]
        for cell in cells:
            doubt = self._doubt(cell, what)
            if doubt:
                return NeedsReview(doubt)
        if not any(cell.unwritten for cell in self.cells):
            for cell in cells:
                if cell.told and not (cell.figures or cell.training) and kind.name in cell.source:
                    return NeedsReview(
                        _(
                            "No figure shows {what}, but {cell} prints something about `{kind}`; "
                            "a person will look at it.",
                            what=what,
                            cell=cell.name,
                            kind=kind.name,
                        )
                    )
        failed = failed or CheckFailed(_("No figure after the training shows {what}.", what=what))
        ends = [
            _(" {cell} ended with {error}.", cell=capital(cell.name), error=cell.error)
            for cell in cells
            if cell.error and not cell.unwritten and not cell.training
        ]
        return CheckFailed(failed.message + "".join(ends), failed.evidence, failed.hint)

    def _doubt(self, cell: Cell, what: str) -> str:
        """Return why `what` may be in a cell although no figure shows it, "" for no reason."""
        if cell.lack is not None:
            where = _("{cell}, which may draw {what},", cell=capital(cell.name), what=what)
            return lacking(where, cell.lack).message
        if cell.otherwise or cell.lost:
            return _(
                "{cell} shows something, but not in a way in which {what} can be recognised "
                "automatically; a person will look at it.",
                cell=capital(cell.name),
                what=what,
            )
        if self.stood_in and cell.error and not cell.unwritten:
            return _(
                "The training did not end well, so the cells after it were tried with "
                "stand-ins for what it should have left, and {name} ended with {error}. A "
                "person will look whether it draws {what}.",
                name=cell.name,
                error=cell.error,
                what=what,
            )
        return ""


def _ends_in_value(source: str) -> bool:
    """Whether a cell's last line is a value to be shown, rather than a call that draws."""
    try:
        last = tree_of(source).body[-1:]
    except (SyntaxError, ValueError, RuntimeError, MemoryError):
        return False
    return any(isinstance(each, ast.Expr) and not isinstance(each.value, ast.Call) for each in last)
