"""Canvas' "Download Submissions": one zip of files, all of a student's in the name.

`leeanna_LATE_12345_67890_nn-2.ipynb` is of the student whose name is sorted as Lee, Anna and whose
number at Canvas is 12345; 67890 is the file's. The text of an online entry has no second number.
"""

import re
from collections.abc import Iterator
from dataclasses import replace
from typing import Final

from grader.collecting.deposits import Context, Deposit, everything, mostly, stray
from grader.collecting.matching import Who
from grader.collecting.trees import Tree

_NAME: Final = re.compile(
    r"(?P<who>[^_]+)(?P<late>_LATE)?_(?P<user>\d+)_(?:question_\d+_)?"
    r"(?:(?P<file>\d+)_(?P<name>.+)|(?P<text>(?:text|link|media)\b.*))",
    re.DOTALL,
)


def claims(tree: Tree, _context: Context) -> bool:
    """Whether the files at the top are called so."""
    return mostly(_NAME.fullmatch(entry.name) is not None for entry in tree.files())


def deposits(tree: Tree, _context: Context) -> Iterator[Deposit]:
    """Yield what each student handed in: the numbers of files grow with time."""
    students: dict[tuple[str, str], Tree] = {}
    for name, files in everything(tree).items():
        found = _NAME.fullmatch(name)
        if found is None:
            yield stray(name, files)
            continue
        own = students.setdefault((found["who"], found["user"]), Tree())
        own.problems += files.problems
        for entry in files.entries:
            given, order = found["name"] or found["text"], (int(found["file"] or 0),)
            late = bool(found["late"])
            own.entries.append(replace(entry, parts=(given,), late=late, order=order))
    for (who, user), files in students.items():
        known = Who(f"{who}_{user}", ids=(user,), name=who, run_together=True, unsure=True)
        late = any(entry.late for entry in files.entries)
        yield Deposit(known, f"{who}_{user}", files, late=late, versions=True)
