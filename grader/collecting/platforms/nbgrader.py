"""nbgrader's exchange, and the folder that its collector fills.

`submitted/anna/ps1/nn.ipynb` with a `timestamp.txt` beside it; in the exchange itself each hand-in
is a folder `anna+ps1+2026-11-28 12:30:05.123456 UTC`, in newer versions with a random end.
"""

import re
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Final

from grader.collecting.deposits import Context, Deposit, everything, here, mostly, plausible, stray
from grader.collecting.matching import Who
from grader.collecting.trees import EntryError, Tree
from grader.errors import UsageError

_INBOUND: Final = re.compile(
    r"(?P<who>[^+]+)\+(?P<assignment>[^+]+)\+(?P<time>\d{4}-\d\d-\d\d[ _T]\d\d[:_-]\d\d[:_-]\d\d"
    r"(?:\.\d+)?(?: \w+)?)(?:\+.*)?"
)
_STAMP: Final = "timestamp.txt"


def claims(tree: Tree, _context: Context) -> bool:
    """Whether folders at the top are called so, or hold folders with a time stamp.

    One of many that does is a student's, who has called a file so.
    """
    if mostly(_INBOUND.fullmatch(name) is not None for name in tree.names()):
        return True
    stamped = {
        entry.parts[0]
        for entry in tree.entries
        if len(entry.parts) == 3 and entry.name == _STAMP and not _INBOUND.fullmatch(entry.parts[1])
    }
    return mostly(name in stamped for name in tree.names())


def deposits(tree: Tree, context: Context) -> Iterator[Deposit]:
    """Yield what was handed in for the assignment. Raises UsageError where there are several."""
    found = list(_every(tree))
    names = sorted({name for name, _deposit in found if name})
    wanted = context.assignment if context.assignment in names else ""
    if len(names) > 1 and not wanted:
        raise UsageError(
            f"There are several assignments ({', '.join(names[:6])}). Say --assignment with one of "
            "them, or name the download of one."
        )
    yield from (deposit for name, deposit in found if not name or not wanted or name == wanted)


def _every(tree: Tree) -> Iterator[tuple[str, Deposit]]:
    for name, files in everything(tree).items():
        inbound = _INBOUND.fullmatch(name)
        if inbound is not None:
            who = Who(inbound["who"], (inbound["who"],), inbound["who"])
            time = _time(inbound["time"]) or _stamped(files)
            yield inbound["assignment"], Deposit(who, name, _unstamped(files), time)
        elif files.files() or not files.folders():
            yield "", stray(name, files)
        else:
            who = Who(name, (name,), name)
            for assignment, inner in files.folders().items():
                place = f"{name}/{assignment}"
                yield assignment, Deposit(who, place, _unstamped(inner), _stamped(inner))


def _unstamped(files: Tree) -> Tree:
    kept = [entry for entry in files.entries if entry.parts != (_STAMP,)]
    return Tree(kept, files.problems, files.empty, files.repositories)


def _stamped(files: Tree) -> datetime | None:
    entry = next((each for each in files.files() if each.name == _STAMP), None)
    try:
        return _time(entry.content(1000).decode("ascii", "replace").strip()) if entry else None
    except EntryError:
        return None


def _time(said: str) -> datetime | None:
    zone = UTC if said.endswith((" UTC", " GMT", "Z")) else None
    bare = re.sub(r" ?(UTC|GMT|Z)$", "", said)
    day, clock = bare[:10], bare[11:].replace("_", ":").replace("-", ":", 2)
    try:
        time = datetime.fromisoformat(f"{day} {clock}")
    except ValueError:
        return None
    if time.tzinfo is None and zone is None:
        return here(time)
    return plausible(time if time.tzinfo is not None else time.replace(tzinfo=zone))
