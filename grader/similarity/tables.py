"""The pairs as a table for a terminal, and as one for a spreadsheet."""

from collections.abc import Sequence
from typing import Final

from rich.console import Console

from grader.reports.console import Page
from grader.reports.csv_file import table
from grader.similarity.pairs import Alike, Pair
from grader.text import one_line

HINT: Final = (
    "A hint where to look, never a score: two honest solutions can be alike, and what follows from "
    "it is for a person to say who has seen both."
)
_MOST_SHOWN: Final = 20
_MOST_LEFT_OUT: Final = 10
COLUMNS: Final = (
    *("one", "other", "share_of_one", "share_of_other", "tokens", "lines_of_one"),
    *("lines_of_other", "equal_wrong_answers", "students_with_the_rarest", "of_students", "page"),
)


def show(alike: Alike, console: Console) -> None:
    """Print the first of the pairs, and what was not compared."""
    page = Page(console)
    if alike.pairs:
        columns = page.columns("One", "Other", "Share", "", "Lines", "", "Equal wrong", left=2)
        for pair in alike.pairs[:_MOST_SHOWN]:
            columns.add_row(*(page.text(each) for each in _row(pair)))
        page.table(columns)
    rest = len(alike.pairs) - _MOST_SHOWN
    if rest > 0:
        page.line(f"and {rest} more: --out writes them all.")
    page.gap()
    count = len(alike.pairs)
    told = f"{count} {'pair' if count == 1 else 'pairs'} to look at"
    page.line(f"{alike.compared} notebooks compared, {told if count else 'no pair to look at'}.")
    if count:
        page.line(HINT)
    for each in alike.left_out[:_MOST_LEFT_OUT]:
        page.line(one_line(f"{each.name}: {each.reason}"), "yellow")
    rest = len(alike.left_out) - _MOST_LEFT_OUT
    if rest > 0:
        page.line(f"and {rest} more that were not compared: --out lists them.", "yellow")


def _row(pair: Pair) -> list[str]:
    shares = [percent(each) for each in pair.common.shares]
    lines = [str(each) for each in pair.common.lines]
    names = [one_line(each.name) for each in (pair.one, pair.other)]
    return [*names, *shares, *lines, rarest(pair)]


def percent(share: float) -> str:
    """Return a share in percent; what is not all is never called so."""
    return f"{int(100 * share)}%"


def rarest(pair: Pair) -> str:
    """Return how many wrong answers are equal, and how many of the class have the rarest."""
    if not pair.equal:
        return ""
    least = pair.equal[0]
    return f"{len(pair.equal)} ({least.having} of {least.judged})"


def pairs_csv(pairs: Sequence[Pair], pages: Sequence[str]) -> str:
    """Return the pairs as a table with a header line; `pages` are the files that show them."""
    rows = [_values(pair, page) for pair, page in zip(pairs, pages, strict=True)]
    return table([COLUMNS, *rows])


def _values(pair: Pair, page: str) -> list[str | float]:
    least = pair.equal[0] if pair.equal else None
    return [
        pair.one.name,
        pair.other.name,
        *(round(each, 3) for each in pair.common.shares),
        float(pair.common.tokens),
        *(float(each) for each in pair.common.lines),
        float(len(pair.equal)),
        float(least.having) if least else "",
        float(least.judged) if least else "",
        page,
    ]
