"""A folder of pages: the pairs of a class, and each pair's code side by side."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from grader.errors import UsageError
from grader.files import write_atomically
from grader.reports.html import page
from grader.similarity.fingerprints import Region
from grader.similarity.gathering import Handed
from grader.similarity.pairs import Alike, Pair
from grader.similarity.tables import COLUMNS, HINT, pairs_csv, percent, rarest
from grader.text import printable

INDEX: Final = "index.html"
TABLE: Final = "similar.csv"
# As many as a person may look through; all are in the table.
MOST_PAGES: Final = 200
# Lines of a notebook that a page shows, and characters of each.
MOST_LINES: Final = 3_000
LONGEST_LINE: Final = 300


@dataclass(frozen=True)
class Line:
    """A line as a page shows it: its number, and the first like it on the other side, 0 for none.

    `marked` says that it stands on the other side as well.
    """

    number: int
    text: str
    marked: bool = False
    other: int = 0


@dataclass(frozen=True)
class Side:
    """One of two notebooks on a page; `more` counts the lines that it does not show."""

    key: str
    name: str
    share: str
    count: int
    lines: tuple[Line, ...]
    more: int


def write_pages(folder: Path, alike: Alike, title: str) -> None:
    """Write the pages and the table into a folder, in place of those of a former call.

    Raises UsageError where the folder holds something else, or cannot be written to.
    """
    _take(folder)
    names = [
        f"pair-{number:03}.html" if number <= MOST_PAGES else ""
        for number in range(1, len(alike.pairs) + 1)
    ]
    for pair, name in zip(alike.pairs, names, strict=True):
        if name:
            write_atomically(folder / name, _pair_page(pair))
    write_atomically(folder / TABLE, pairs_csv(alike.pairs, names))
    write_atomically(folder / INDEX, _index(alike, names, title))
    for former in folder.glob("pair-[0-9][0-9][0-9].html"):
        if former.name not in names:
            former.unlink()


def _take(folder: Path) -> None:
    """Make the folder, or see that a former call has made it."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        empty = not any(folder.iterdir())
    except OSError as error:
        raise UsageError(
            f"{folder} cannot be made a folder for the pages: {error.strerror}. Name another."
        ) from error
    if empty:
        return
    try:
        ours = (folder / TABLE).read_text("utf-8").startswith(f'"{COLUMNS[0]}","{COLUMNS[1]}"')
    except (OSError, UnicodeDecodeError):
        ours = False
    if not ours:
        raise UsageError(f"{folder} holds something else than such pages. Name another folder.")


def _index(alike: Alike, names: Sequence[str], title: str) -> str:
    return page(
        "similar.html",
        script="",
        title=title,
        hint=HINT,
        alike=alike,
        rows=list(zip(alike.pairs, names, strict=True)),
        percent=percent,
        rarest=rarest,
    )


def _pair_page(pair: Pair) -> str:
    one, other = pair.common.regions
    shares = pair.common.shares
    return page(
        "similar_pair.html",
        script="",
        hint=HINT,
        pair=pair,
        sides=[
            _side("a", pair.one, one, shares[0]),
            _side("b", pair.other, other, shares[1]),
        ],
    )


def _side(key: str, handed: Handed, regions: Sequence[Region], share: float) -> Side:
    marked = {line for each in regions for line in range(each.first, each.last + 1)}
    others = {each.first: each.other for each in reversed(regions)}
    every = handed.code.split("\n")
    lines = [
        Line(number, _shown(text), number in marked, others.get(number, 0))
        for number, text in enumerate(every[:MOST_LINES], start=1)
    ]
    more = max(0, len(every) - MOST_LINES)
    return Side(key, handed.name, percent(share), len(marked), tuple(lines), more)


def _shown(text: str) -> str:
    # Cleaning looks at every character.
    cut = text[:LONGEST_LINE]
    shown = printable(cut).replace("\n", " ")
    return f"{shown} …" if len(text) > LONGEST_LINE else shown
