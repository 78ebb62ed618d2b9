"""Moodle's "Download all submissions": a folder a student, or all in the files' names.

`Anna Lee_1234_assignsubmission_file_/nn.ipynb`, or flat,
`Anna Lee_1234_assignsubmission_file_nn.ipynb`. 1234 is the participant's number, which a grading
worksheet calls `Participant 1234`; where marking is blind, that is the name. When it was handed in
only the worksheet tells.
"""

import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime
from typing import Final

from grader.collecting.deposits import Context, Deposit, everything, here, mostly, stray
from grader.collecting.matching import Who
from grader.collecting.roster import plain
from grader.collecting.trees import Tree

# The first number in a name is the platform's: what follows, a student may have written.
_NAME: Final = re.compile(
    r"(?P<who>.+?)_(?P<number>\d+)_assignsubmission_(?P<kind>file|onlinetext)(?:_(?P<file>.*))?",
    re.DOTALL,
)
# As a worksheet in English writes it; in other languages the time is not known.
_TIMES: Final = ("%A, %d %B %Y, %I:%M %p", "%A, %B %d, %Y, %I:%M %p", "%A, %d %B %Y, %H:%M")


def claims(tree: Tree, _context: Context) -> bool:
    """Whether what is at the top is called so."""
    return mostly(_NAME.fullmatch(name) is not None for name in tree.names())


def deposits(tree: Tree, context: Context) -> Iterator[Deposit]:
    """Yield what each participant handed in; the text that was typed in is with the files."""
    students: dict[tuple[str, str], Tree] = {}
    for name, files in everything(tree).items():
        found = _NAME.fullmatch(name)
        if found is None:
            yield stray(name, files)
            continue
        own = students.setdefault((found["who"], found["number"]), Tree())
        own.problems += files.problems
        flat = (found["file"],) if found["file"] else ()
        for entry in files.entries:
            own.entries.append(replace(entry, parts=flat or entry.parts))
    for (who, number), files in students.items():
        known = Who(f"{who}_{number}", (f"participant {number}",), _shown(who))
        yield Deposit(known, f"{who}_{number}", files, *_told(known, context))


def _shown(who: str) -> str:
    """Return a participant's name, which blind marking withholds."""
    return "" if re.fullmatch(r"participant[ _]?\d*", who, re.IGNORECASE) else who.replace("_", " ")


def _told(who: Who, context: Context) -> tuple[datetime | None, bool | None]:
    """Return when a worksheet says that it was handed in, and whether late."""
    person = context.roster.match(who).person
    cells = {plain(header): cell for header, cell in person.extras.items()} if person else {}
    said, status = cells.get("lastmodifiedsubmission", "").strip(), cells.get("status", "")
    for form in _TIMES:
        try:
            time = here(datetime.strptime(said, form))  # noqa: DTZ007 - it is told without a zone
        except ValueError:
            continue
        return time, " late" in status if status else None
    return None, True if " late" in status else None
