"""Brightspace's download of an assignment: a folder a submission, with the student and the time.

`12345-67890 - Anna Lee - Nov 28, 2026 1230 PM/nn.ipynb`; `index.html` beside them lists them. The
first number is the user's, the second the assignment's. Where the files lie flat, ` - nn.ipynb`
follows.
"""

import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime
from typing import Final

from grader.collecting.deposits import Context, Deposit, everything, here, mostly, stray
from grader.collecting.matching import Who
from grader.collecting.trees import Tree

_NAME: Final = re.compile(
    r"(?P<user>\d+)-(?P<folder>\d+) ?- ?(?P<who>.+?) ?- ?"
    r"(?P<time>[A-Z][a-z]{2,8}\.? \d{1,2}, \d{4},? \d{1,2}[: ]?\d\d ?[AP]M)(?: ?- ?(?P<file>.+))?",
    re.DOTALL,
)
_LIST: Final = "index.html"
_FORMS: Final = ("%b %d %Y %I%M%p", "%B %d %Y %I%M%p")


def claims(tree: Tree, _context: Context) -> bool:
    """Whether what is at the top is called so, beside the list."""
    names = (name for name in tree.names() if name != _LIST)
    return mostly(_NAME.fullmatch(name) is not None for name in names)


def deposits(tree: Tree, _context: Context) -> Iterator[Deposit]:
    """Yield each submission."""
    for name, files in everything(tree).items():
        found = _NAME.fullmatch(name)
        if name == _LIST:
            continue
        if found is None:
            yield stray(name, files)
            continue
        who = Who(f"{found['user']} {found['who']}", (found["user"],), found["who"], unsure=True)
        flat = (found["file"],) if found["file"] else ()
        own = [replace(each, parts=flat or each.parts) for each in files.entries]
        yield Deposit(who, name, replace(files, entries=own), _time(found["time"]))


def _time(said: str) -> datetime | None:
    words = re.sub(r"[.,:]", "", said).split()
    # An hour of one digit is followed by the minutes at once.
    plain = f"{' '.join(words[:3])} {''.join(words[3:]).zfill(6)}"
    for form in _FORMS:
        try:
            return here(datetime.strptime(plain, form))  # noqa: DTZ007 - it is told without a zone
        except ValueError:
            continue
    return None
