"""What platforms make of a download: deposits, each of one student and mostly of one attempt."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final, Protocol

from grader.collecting.matching import Roster, Who
from grader.collecting.trees import Tree

EARLIEST: Final = 1970
LATEST: Final = 9998


@dataclass(frozen=True)
class Deposit:
    """What one student handed in, as far as a platform tells one hand-in from another.

    `place` is where it lies below the download. `files` are what there is, with paths as the
    student gave them. `handed_in` and `late` are what the platform says. With `versions`, of two
    notebooks whose names differ by a number at the end the one is a later attempt. Among those
    without a time, `order` is that of the attempts.
    """

    who: Who
    place: str
    files: Tree
    handed_in: datetime | None = None
    late: bool | None = None
    versions: bool = False
    order: tuple[int, ...] = ()
    note: str = ""


@dataclass(frozen=True)
class Context:
    """What a platform may want to know beside the download."""

    roster: Roster
    assignment: str = ""


class Platform(Protocol):
    """A platform's way to lay out a download. Each is a module in `platforms`."""

    def claims(self, tree: Tree, context: Context, /) -> bool:
        """Whether a download has this platform's shape. Nothing but names is looked at."""

    def deposits(self, tree: Tree, context: Context, /) -> Iterator[Deposit]:
        """Yield what is in it, and what does not fit as a deposit of an unknown student."""


def mostly(fits: Iterable[bool]) -> bool:
    """Whether at least one fits, and at least half do: something was put beside the others."""
    found = list(fits)
    return 0 < len(found) <= 2 * sum(found)


def stray(name: str, tree: Tree) -> Deposit:
    """Return what does not fit into a platform's shape."""
    return Deposit(Who(name, lasting=False), name, tree)


def plausible(time: datetime | None) -> datetime | None:
    """Return a time in UTC, None for one of years in which nobody handed in anything.

    Some are written in files of students, and not every year can be written and read again.
    """
    try:
        utc = None if time is None else time.astimezone(UTC)
    except (OverflowError, ValueError):
        return None
    return utc if utc is not None and EARLIEST <= utc.year <= LATEST else None


def here(naive: datetime) -> datetime | None:
    """Return a time that was told without a zone, which is taken for this machine's, in UTC."""
    try:
        return plausible(naive.astimezone())
    except (OverflowError, OSError, ValueError):
        return None


def everything(tree: Tree) -> dict[str, Tree]:
    """Return what lies at the top, each file as a tree of its own."""
    found = tree.folders()
    for entry in tree.files():
        found.setdefault(entry.name, Tree()).entries.append(entry)
    return dict(sorted(found.items()))
