"""Reading the descriptions of figures: their lines, their pictures, and the words near them.

A description is what the notebook's process says of a figure (`Figures`); nothing in it is taken
to have the form it should have.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any, Final

import numpy as np

from grader.checks.compare import is_real

Figure = dict[str, Any]

# What may stand between the words of a name: "T-shirt/top", "t shirt", "ankle_boot".
_BETWEEN: Final = r"[\s_/-]"
# One digit by itself: not part of "10", "0.87", "0,87", "87%" or "1e-3"; "3.0" is a 3.
_DIGIT: Final = r"(?<![\w.])(?<!e-)\d(?:\.0)?(?![\w%])(?![.]\d)(?!,\d\d)(?!\s%)"


@dataclass(frozen=True)
class Line:
    """One line of a figure, float64 `x` and `y` of the same length.

    `words` are the texts near it, casefolded, from what speaks for this line alone to what speaks
    for the whole figure: its label, its axis, its axes' titles, other texts of the axes, the
    figure's.
    """

    x: np.ndarray
    y: np.ndarray
    words: tuple[str, ...]


@dataclass(frozen=True)
class Picture:
    """One image of a figure, (height, width) or (height, width, channels).

    `caption` are the texts of its axes, and those of the figure where it is the only picture;
    `around` other texts of the figure that no other picture has to itself; `shared` says whether
    its axes hold more pictures.
    """

    image: np.ndarray
    caption: str
    around: str
    shared: bool


@dataclass(frozen=True)
class Mention:
    """A label that a text mentions at `start`, by its name or by its number."""

    start: int
    label: int
    named: bool


def lines(figure: Figure) -> Iterator[Line]:
    """Yield the lines of a figure, except those drawn over pictures."""
    whole = " ".join(_strings(figure, "suptitle", "texts"))
    for axes in _dicts(figure, "axes"):
        held = _dicts(axes, "lines") if not _images(axes) else []
        near = [" ".join(_strings(axes, *keys)) for keys in (("ylabel",), ("title",), ("texts",))]
        near.insert(2, " ".join(_strings(axes, "xlabel")))
        for line, label in zip(held, _labels(axes, held), strict=True):
            x, y = line.get("x"), line.get("y")
            if is_real(x) and is_real(y) and x.shape == y.shape:
                words = tuple(each.casefold() for each in (label, *near, whole))
                yield Line(_floats(x), _floats(y), words)


def _labels(axes: Figure, held: Sequence[Figure]) -> list[str]:
    """Return each line's label; a legend may name lines that have none of their own."""
    labels = [" ".join(_strings(line, "label")) for line in held]
    # matplotlib begins the labels that nobody gave with an underscore.
    labels = ["" if label.startswith("_") else label for label in labels]
    if not any(labels):
        legend = _strings(axes, "legend")
        labels = [*legend, *labels[len(legend) :]][: len(held)]
    return labels


def marks(figure: Figure) -> Iterator[str]:
    """Yield the words of each axes whose contents are known only to exist: bars, points, meshes.

    A figure with pictures has colour bars, boxes and the like, and is left out.
    """
    every = _dicts(figure, "axes")
    if any(_images(axes) for axes in every):
        return
    for axes in every:
        counts = (axes.get(kind) for kind in ("collections", "patches"))
        if any(isinstance(each, int) and each > 0 for each in counts) and not _dicts(axes, "lines"):
            texts = _strings(axes, "title", "xlabel", "ylabel", "legend", "texts")
            yield " ".join([*texts, *_strings(figure, "suptitle", "texts")]).casefold()


def pictures(figure: Figure) -> Iterator[Picture]:
    """Yield the images of a figure, each with the texts that may tell what it shows."""
    every = _dicts(figure, "axes")
    texts = _strings(figure, "suptitle", "texts")
    others = [axes for axes in every if not _images(axes)]
    around = [*texts, *(text for axes in others for text in _captions(axes))]
    only = sum(len(_images(axes)) for axes in every) == 1
    for axes in every:
        held = _images(axes)
        own = [*_captions(axes), *(around if only else [])]
        for image in held:
            yield Picture(image, "\n".join(own), "\n".join(around), len(held) > 1)


def _captions(axes: Figure) -> list[str]:
    return _strings(axes, "title", "xlabel", "ylabel", "texts", "legend")


def mentions(text: str, labels: Sequence[str]) -> list[Mention]:
    """Return the labels that a text mentions, in their order there."""
    pattern, names = _spellings(tuple(labels))
    found = []
    for match in pattern.finditer(_plain(text)):
        key = re.sub(_BETWEEN, "", match[0])
        if key in names:
            found.append(Mention(match.start(), names[key], named=True))
        elif int(match[0][0]) < len(labels):
            found.append(Mention(match.start(), int(match[0][0]), named=False))
    return found


def other_words(text: str, labels: Sequence[str], expected: Sequence[str]) -> list[str]:
    """Return the words of a text that neither name labels nor begin with what is `expected`.

    A symbol such as a tick counts as a word.
    """
    pattern, _ = _spellings(tuple(labels))
    left = re.findall(
        r"[^\W\d]{2,}|[\u2600-\u27bf\U0001f300-\U0001faff]", pattern.sub(" ", _plain(text))
    )
    return [word for word in left if not word.startswith(tuple(expected))]


def _plain(text: str) -> str:
    return text.casefold().replace("_", " ")


@cache
def _spellings(labels: tuple[str, ...]) -> tuple[re.Pattern[str], dict[str, int]]:
    """Return a pattern for labels, by name or number, and the label of each name as one word."""
    names: dict[str, int] = {}
    patterns: list[str] = []
    for number, label in enumerate(labels):
        # "T-shirt/top" is often written in part.
        for spelling in (label, *label.split("/")):
            words = [word for word in re.split(f"{_BETWEEN}+", spelling.casefold()) if word]
            if names.setdefault("".join(words), number) == number:
                patterns.append(f"{_BETWEEN}*".join(map(re.escape, words)))
    # The longest first: "Shirt" must not be found inside "T-shirt".
    every = "|".join(sorted(patterns, key=len, reverse=True))
    return re.compile(rf"(?<!\w)(?:{every})(?!\w)|{_DIGIT}"), names


def _dicts(holder: Figure, key: str) -> list[Figure]:
    held = holder.get(key)
    return [each for each in held if isinstance(each, dict)] if isinstance(held, list) else []


def _images(axes: Figure) -> list[np.ndarray]:
    held = axes.get("images")
    every = held if isinstance(held, list) else []
    return [each for each in every if is_real(each) and each.ndim in (2, 3)]


def _strings(holder: Figure, *keys: str) -> list[str]:
    found: list[str] = []
    for key in keys:
        held = holder.get(key)
        every = held if isinstance(held, list) else [held]
        found += [each for each in every if isinstance(each, str) and each.strip()]
    return found


def _floats(values: np.ndarray) -> np.ndarray:
    return np.asarray(values.ravel(), np.float64)
