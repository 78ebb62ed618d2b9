"""Values as text: numbers at one precision, matrices in columns, and rows of them to compare."""

import math
from collections.abc import Iterator, Sequence
from typing import Final, NamedTuple

import numpy as np

from grader.i18n import _
from grader.results.evidence import Evidence, Item, Summary, Worst
from grader.text import one_line

_NOT_FINITE: Final = frozenset({"nan", "inf", "-inf"})
# A matrix keeps to few digits, the sentence on its worst element takes all it needs.
_FEWEST_DIGITS: Final = 4
_MOST_MATRIX_DIGITS: Final = 8
_MOST_DIGITS: Final = 17


class Writing:
    """How to write the values of some items alike, with digits enough to tell `worst`."""

    def __init__(
        self,
        items: Sequence[Item],
        worst: Worst | None = None,
        most_digits: int = _MOST_MATRIX_DIGITS,
    ) -> None:
        scalars = [leaf for item in items for leaf in leaves(item.value)]
        pair = () if worst is None else (worst.expected, worst.got)
        sizes = [abs(leaf) for leaf in (*scalars, *pair) if isinstance(leaf, float)]
        largest = max(sizes, default=0)
        self._scientific = largest >= 1e6 or 0 < largest < 1e-3
        self._digits = _FEWEST_DIGITS
        if len(set(pair)) > 1:
            while self._digits < most_digits and len(set(map(self.write, pair))) == 1:
                self._digits += 1
        texts = [self._element(leaf) for leaf in scalars]
        self._decimals = max((len(text.partition(".")[2]) for text in texts), default=0)
        self._length = max((len(self._pointed(text)) for text in texts), default=0)

    def write(self, value: object) -> str:
        """Return a scalar or a nested list as text."""
        if isinstance(value, tuple):
            return f"[{', '.join(map(self._element, value))}]"
        if not isinstance(value, float):
            return one_line(str(value))
        value += 0.0  # not -0.0: the sign of a zero tells nothing
        if self._scientific:
            return np.format_float_scientific(value, precision=self._digits, unique=False)
        return np.format_float_positional(value, precision=self._digits, trim="0")

    def _element(self, value: object) -> str:
        if isinstance(value, str) and value not in _NOT_FINITE:
            return repr(one_line(value))
        return self.write(value)

    def aligned(self, value: object) -> str:
        """Return a scalar at the length of all, the decimal points below each other."""
        return self._pointed(self._element(value)).rjust(self._length)

    def _pointed(self, text: str) -> str:
        missing = self._decimals - len(text.partition(".")[2])
        return text + " " * missing if "." in text else text

    def body(self, item: Item, worst: Worst | None, width: int) -> str:
        """Return an item's value as numpy would print it, or what is known of it."""
        if item.summary is not None:
            return self._summary(item.summary)
        if item.value is None and item.shape is not None:
            if item.dtype is None:
                return _("an array of shape") if item.shape else _("a single number")
            return _("empty") if 0 in item.shape else _("too large to show")
        if not item.shape or not isinstance(item.value, tuple):
            return self.write(item.value)
        elements = np.empty(item.shape, dtype=object)
        for place, leaf in enumerate(leaves(item.value)):
            elements.flat[place] = self.aligned(leaf)
        if worst is not None:
            _point_out(elements, worst.index)
        separator = " " if worst is None else ""
        return np.array2string(
            elements, formatter={"all": str}, separator=separator, max_line_width=width
        )

    def _summary(self, summary: Summary) -> str:
        low, high, mean = map(self.write, (summary.min, summary.max, summary.mean))
        left_out = (
            _(", {number} not finite", number=summary.non_finite) if summary.non_finite else ""
        )
        return _(
            "from {low} to {high}, mean {mean}{left_out}",
            low=low,
            high=high,
            mean=mean,
            left_out=left_out,
        )


def leaves(value: object) -> Iterator[object]:
    """Yield the scalars in nested tuples, in their order."""
    if isinstance(value, tuple):
        for element in value:
            yield from leaves(element)
    else:
        yield value


def _point_out(elements: np.ndarray, index: tuple[int, ...]) -> None:
    """Put the element at `index` between marks that need no colour, all others between spaces."""
    for place in np.ndindex(elements.shape):
        text = elements[place]
        elements[place] = f">{text}<" if place == index else f" {text} "


class Row(NamedTuple):
    """A value to show beside its label, and how."""

    label: str
    item: Item
    writing: Writing
    worst: Worst | None = None
    colour: str = ""
    typed: bool = False

    def note(self) -> str:
        """Return the shape of an array, with its type where that matters."""
        if not self.item.shape and not self.typed:
            return ""
        shape = "" if self.item.shape is None else str(self.item.shape)
        return f"{shape} {self.item.dtype or ''}".strip() if self.typed else shape


def rows(evidence: Evidence) -> list[Row]:
    """Return the inputs, and what was expected below which what came, written alike.

    The worst element is pointed out where there are several.
    """
    worst = evidence.worst
    shown = [Row(item.name, item, Writing([item])) for item in evidence.inputs]
    pair = [item for item in (evidence.expected, evidence.got) if item is not None]
    writing = Writing(pair, worst)
    # The type matters only where there are two to compare.
    typed = len({item.dtype for item in pair if item.dtype is not None}) > 1
    if not any(_has_several(item) for item in pair):
        worst = None
    if evidence.expected is not None:
        shown.append(Row(_("expected"), evidence.expected, writing, worst, "green", typed))
    if evidence.got is not None:
        shown.append(Row(_("got"), evidence.got, writing, worst, "red", typed))
    return shown


def _has_several(item: Item) -> bool:
    return item.shape is not None and math.prod(item.shape) > 1


def is_raised_line(evidence: Evidence) -> bool:
    """Whether the text of an example is the line of the student's that raised an exception."""
    text, code = evidence.text, evidence.code
    return bool(text and code is not None and code.line == one_line(text))


def furthest(evidence: Evidence) -> str:
    """Return the sentence on the worst element, with the digits that tell its numbers apart.

    "" where there is none, or where it is the only one and can be told apart without.
    """
    worst = evidence.worst
    if worst is None or not worst.index:
        return ""
    pair = [item for item in (evidence.expected, evidence.got) if item is not None]
    shown = Writing(pair, worst)
    alone = not any(_has_several(item) for item in pair)
    if alone and shown.write(worst.expected) != shown.write(worst.got):
        return ""
    write = Writing([], worst, most_digits=_MOST_DIGITS).write
    place = ", ".join(map(str, worst.index))
    return _(
        "Furthest apart at [{place}]: expected {expected}, got {got}.",
        place=place,
        expected=write(worst.expected),
        got=write(worst.got),
    )
