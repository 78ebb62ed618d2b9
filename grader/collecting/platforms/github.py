"""Clones from a GitHub organisation: one repository a student, whose user name its name ends in.

GitHub Classroom's are called `nn-annalee`. Classroom 50's are `classroom-nn-annalee`, with a
`result.json` in each and `scores.csv` beside them. No clone's settings are read: they could run
programs. So the time at which it was handed in is not known.
"""

from collections.abc import Iterator
from itertools import takewhile
from typing import Final

from grader.collecting.deposits import Context, Deposit, everything, mostly, stray
from grader.collecting.matching import Who
from grader.collecting.trees import Tree

_SCORES: Final = "scores.csv"
# With fewer, what their names have in common may be a student's.
_TELLING: Final = 3


def claims(tree: Tree, context: Context) -> bool:
    """Whether folders at the top are clones, or were, and their names end in somebody's."""
    clones = {parts[0] for parts in tree.repositories if len(parts) == 1}
    names = [name for name in tree.names() if name != _SCORES]
    if clones:
        return mostly(name in clones and "-" in name for name in names)
    folders = list(tree.folders())
    common = _common(folders)
    return bool(common) and mostly(bool(_who(name, common, context).ids) for name in folders)


def deposits(tree: Tree, context: Context) -> Iterator[Deposit]:
    """Yield what each repository holds."""
    folders = tree.folders()
    common = _common(list(folders))
    for name, files in everything(tree).items():
        if name == _SCORES:
            continue
        if name not in folders:
            yield stray(name, files)
            continue
        yield Deposit(_who(name, common, context), name, files)


def _common(names: list[str]) -> str:
    """Return the words that all names begin with, "" where too few of them tell."""
    if len(names) < _TELLING:
        return ""
    words = [name.split("-")[:-1] for name in names]
    alike = takewhile(lambda each: len(set(each)) == 1, zip(*words, strict=False))
    return "-".join(each[0] for each in alike)


def _who(name: str, common: str, context: Context) -> Who:
    """Return whom the end of a repository's name means; user names have hyphens too.

    What all repositories have in common is the assignment's. Without that, it is whoever is called
    by one of the ends, and where two are, nobody.
    """
    words = name.split("-")
    ends = ["-".join(words[at:]) for at in range(1, len(words))] or [name]
    for begin in filter(None, (context.assignment, common)):
        end = name.removeprefix(f"{begin}-")
        if end != name and context.roster.match(Who(end, (end,))).person:
            return Who(end, (end,))
    known = [end for end in ends if context.roster.match(Who(end, (end,))).person]
    label = name.removeprefix(f"{common}-") if common else ends[0]
    return Who(known[0] if len(known) == 1 else label, tuple(known))
