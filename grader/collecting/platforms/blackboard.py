"""Blackboard's "Assignment File Download": files that name the assignment, the user and the time.

`Homework 1_alee_attempt_2026-11-28-12-30-05_nn.ipynb`, in some versions with `gradebook_COURSE_`
before it, and for each attempt a text without a file's name at its end, which says who it was.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Final

from grader.collecting.deposits import Context, Deposit, everything, here, mostly, stray
from grader.collecting.matching import Who
from grader.collecting.trees import Entry, EntryError, Tree

# The first time in a name is the platform's: what follows, a student may have written.
_NAME: Final = re.compile(
    r"(?P<before>.+?)_attempt_(?P<time>\d{4}(?:-\d\d){5})(?:_(?P<file>.+)|(?P<text>\.txt))",
    re.DOTALL,
)
_SAYS_WHO: Final = "Name:"
# The text holds what a student typed in as well; who it was stands above that.
_MOST_TEXT: Final = 2**20
_MOST_LINES: Final = 50


@dataclass
class _Attempt:
    files: Tree = field(default_factory=Tree)
    text: Entry | None = None


def claims(tree: Tree, _context: Context) -> bool:
    """Whether the files at the top are called so."""
    return mostly(_NAME.fullmatch(entry.name) is not None for entry in tree.files())


def deposits(tree: Tree, context: Context) -> Iterator[Deposit]:
    """Yield each attempt."""
    attempts: dict[tuple[str, str], _Attempt] = {}
    for name, files in everything(tree).items():
        found = _NAME.fullmatch(name)
        if found is None:
            yield stray(name, files)
            continue
        own = attempts.setdefault((found["before"], found["time"]), _Attempt())
        own.files.problems += files.problems
        for entry in files.entries:
            if found["text"]:
                own.text = entry
            else:
                own.files.entries.append(replace(entry, parts=(found["file"], *entry.parts[1:])))
    for (before, time), attempt in attempts.items():
        who = _who(before, attempt.text, context)
        place = f"{before}_attempt_{time}"
        yield Deposit(who, place, attempt.files, _time(time))


def _who(before: str, text: Entry | None, context: Context) -> Who:
    """Return who a text says that it was, else whom the end of a name may mean.

    An underscore may be the user's own: the shortest end that somebody is called by is theirs.
    """
    words = before.split("_")
    ends = ["_".join(words[at:]) for at in range(len(words) - 1, 0, -1)] or words
    try:
        name, told = (
            _told(text.content(_MOST_TEXT).decode("utf-8", "replace")) if text else ("", "")
        )
    except EntryError:
        name, told = "", ""
    if told in ends:
        return Who(told, (told,), name)
    known = [end for end in ends if context.roster.match(Who(end, (end,))).person]
    user = known[0] if known else ends[0]
    return Who(user, (user,))


def _told(text: str) -> tuple[str, str]:
    """Return the name and the user that a text tells, both "" where it tells none.

    The first line counts that does: what a student typed in comes later. A pattern for it would
    look through the text from each place again.
    """
    for line in text.split("\n", _MOST_LINES)[:_MOST_LINES]:
        said = line.strip()
        before, begins, rest = said[:-1].rpartition("(")
        if begins and said.endswith(")") and rest and ")" not in rest:
            _before, marked, name = before.partition(_SAYS_WHO)
            if marked:
                return name.strip(), rest
    return "", ""


def _time(said: str) -> datetime | None:
    try:
        return here(datetime.strptime(said, "%Y-%m-%d-%H-%M-%S"))  # noqa: DTZ007 - it has no zone
    except ValueError:
        return None
