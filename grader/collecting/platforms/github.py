"""Clones from a GitHub organisation: one repository a student, whose user name its name ends in.

GitHub Classroom's are called `nn-annalee`. Classroom 50's are `classroom-nn-annalee`, with a
`result.json` in each and `scores.csv` beside them. No clone's settings are read: they could run
programs. So the time at which it was handed in is not known.
"""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import takewhile
from typing import Final, Self

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
    begins = _Begins.of(folders, context)
    return bool(begins.common) and mostly(bool(_who(name, begins, context).ids) for name in folders)


def deposits(tree: Tree, context: Context) -> Iterator[Deposit]:
    """Yield what each repository holds."""
    folders = tree.folders()
    begins = _Begins.of(list(folders), context)
    for name, files in everything(tree).items():
        if name == _SCORES:
            continue
        if name not in folders:
            yield stray(name, files)
            continue
        yield Deposit(_who(name, begins, context), name, files)


def _common(names: list[str]) -> str:
    """Return the words that all names begin with, "" where too few of them tell."""
    if len(names) < _TELLING:
        return ""
    words = [name.split("-")[:-1] for name in names]
    alike = takewhile(lambda each: len(set(each)) == 1, zip(*words, strict=False))
    return "-".join(each[0] for each in alike)


@dataclass(frozen=True)
class _Begins:
    """What the names of repositories begin with.

    `common` are the words that all have in common. `usual` is what stands most often before the
    name of somebody on the roster; where others stand as often, all of these.
    """

    common: str
    usual: frozenset[str]

    @classmethod
    def of(cls, names: list[str], context: Context) -> Self:
        """Return those of repositories of these names."""
        counts = Counter(_begin(name, end) for name in names for end in _known(name, context))
        most = max(counts.values(), default=0)
        return cls(_common(names), frozenset(each for each in counts if counts[each] == most))


def _begin(name: str, end: str) -> str:
    return name.removesuffix(f"-{end}")


def _ends(name: str) -> list[str]:
    words = name.split("-")
    return ["-".join(words[at:]) for at in range(1, len(words))] or [name]


def _known(name: str, context: Context) -> list[str]:
    """Return the ends of a name that are somebody's."""
    return [end for end in _ends(name) if context.roster.match(Who(end, (end,))).person]


def _who(name: str, begins: _Begins, context: Context) -> Who:
    """Return whom the end of a repository's name means; user names have hyphens too.

    What all repositories have in common is the assignment's. Without that, it is whoever is called
    by one of the ends, and where two are, nobody. Nor where before the end more stands than before
    that of others: whoever has chosen a user name that ends in another's is not the other.
    """
    common = begins.common
    for begin in filter(None, (context.assignment, common)):
        end = name.removeprefix(f"{begin}-")
        if end != name and context.roster.match(Who(end, (end,))).person:
            return Who(end, (end,))
    known = _known(name, context)
    if len(known) == 1 and name != known[0] and _begin(name, known[0]) not in begins.usual:
        known = []
    label = name.removeprefix(f"{common}-") if common else _ends(name)[0]
    return Who(known[0] if len(known) == 1 else label, tuple(known))
