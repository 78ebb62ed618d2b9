"""Which of a submission's files is the notebook, and what comes along with it."""

import hashlib
import json
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import PurePath
from typing import Final

from grader.assignment.model import CONFIG, HANDED_OUT, PUBLIC
from grader.collecting.archives import OF_SUBMISSION, ArchiveError, Taken, tree_of
from grader.collecting.deposits import Deposit
from grader.collecting.limits import (
    DEEPEST_ARCHIVE,
    LARGEST_FILE,
    LARGEST_SUBMISSION,
    MOST_ARCHIVES,
    MOST_FILES,
    MOST_NOTEBOOKS,
)
from grader.collecting.naming import base, is_archive, is_notebook, stem
from grader.collecting.trees import Entry, EntryError, Problem, Tree, told
from grader.notebook.reading import SIZE_LIMIT, VALUES_LIMIT
from grader.text import encodable, has_many, one_line

_MOST_NAMED: Final = 3
# What Canvas puts behind the name of a file that comes again.
_NUMBER: Final = re.compile(r"-\d{1,3}$")


@dataclass(frozen=True)
class Chosen:
    """A notebook and the files that come along, with their paths seen from its folder."""

    notebook: Entry
    beside: tuple[Entry, ...] = ()
    note: str = ""


@dataclass(frozen=True)
class Choice:
    """What a submission comes to: attempts, the earliest first, or why there is none.

    `unclear` are the notebooks of which one is the right one.
    """

    attempts: tuple[Chosen, ...] = ()
    unclear: tuple[Chosen, ...] = ()
    reason: str = ""


@dataclass
class Wanted:
    """What the right notebook is known by.

    `assignment` is "" where it was not named; it is then what most notebooks of the course say,
    and so is the name that most files have.
    """

    assignment: str = ""
    deposits: Sequence[Deposit] = ()

    @cached_property
    def name(self) -> str:
        """The assignment's name, "" where nothing tells it."""
        return self.assignment or _most(filter(None, map(told_assignment, self._single)))

    @cached_property
    def file(self) -> str:
        """What its notebook is called, "" where nothing tells it."""
        return _most(base(each.name) for each in self._single) or base(self.assignment)

    @cached_property
    def _single(self) -> list[Entry]:
        """The notebooks of those who handed in one."""
        every = [_notebooks(deposit.files) for deposit in self.deposits]
        return [notebooks[0] for notebooks in every if len(notebooks) == 1]


def _most(said: Iterable[str]) -> str:
    """Return what is said most often, "" where that is only once, or as often as another."""
    ranked = Counter(said).most_common(2)
    if not ranked or ranked[0][1] < 2 or (len(ranked) == 2 and ranked[0][1] == ranked[1][1]):
        return ""
    return ranked[0][0]


def choose(deposit: Deposit, wanted: Wanted, open_files: ExitStack) -> Choice:
    """Return which notebooks of a deposit are attempts; archives are opened where there is none."""
    tree, unpacking = deposit.files, _Unpacking(open_files)
    for _ in range(DEEPEST_ARCHIVE):
        if _notebooks(tree) or not any(is_archive(each.name) for each in tree.entries):
            break
        tree = unpacking.opened(tree)
    notebooks = _notebooks(tree)
    if not notebooks:
        return Choice(reason=_reason(tree))
    if len(notebooks) > MOST_NOTEBOOKS:
        return Choice(reason=f"there are {len(notebooks)} notebooks: ask for the right one alone")
    notebooks = _different(notebooks)
    right, note = _right(notebooks, wanted)
    attempts = _versions(right) if deposit.versions else []
    if not attempts and len(right) > 1:
        unclear = tuple(Chosen(each) for each in right)
        names = ", ".join(one_line(each.name) for each in right[:_MOST_NAMED])
        more = f" and {len(right) - _MOST_NAMED} more" if len(right) > _MOST_NAMED else ""
        return Choice(
            unclear=unclear,
            reason=f"there are {len(right)} notebooks ({names}{more}), and nothing says which is "
            "the right one",
        )
    chosen = []
    for notebook in attempts or right:
        beside, left = _beside(notebook, tree)
        remarks = (note, _renamed(notebook), left, told(tree.problems), deposit.note)
        chosen.append(Chosen(notebook, beside, "; ".join(filter(None, remarks))))
    return Choice(tuple(chosen))


def _notebooks(tree: Tree) -> list[Entry]:
    places = {entry.parts for entry in tree.entries}
    return [
        entry
        for entry in tree.entries
        if is_notebook(entry.name)
        # As it was handed out, in a released folder: nobody has worked on it.
        and not (entry.parts[-2:] == (PUBLIC, HANDED_OUT) and (*entry.parts[:-2], CONFIG) in places)
    ]


def _different(notebooks: Sequence[Entry]) -> list[Entry]:
    """Return the notebooks without those that hold the same bytes as one above them."""
    if len(notebooks) < 2:
        return list(notebooks)
    found: dict[str, Entry] = {}
    for entry in sorted(notebooks, key=lambda each: (len(each.parts), each.order, each.parts)):
        try:
            digest = hashlib.sha256(entry.content(LARGEST_FILE)).hexdigest()
        except EntryError:
            digest = entry.source
        found.setdefault(digest, entry)
    return list(found.values())


@dataclass
class _Unpacking:
    """Opening the archives of one submission: what one may hold, all of them hold together.

    `count` is how many have been looked at, `held` how many bytes of them are open.
    """

    open_files: ExitStack
    taken: Taken = field(default_factory=Taken)
    count: int = 0
    held: int = 0

    def opened(self, tree: Tree) -> Tree:
        """Return a tree with what its archives hold in their places, and what is wrong."""
        whole = Tree(problems=list(tree.problems), empty=tree.empty, repositories=tree.repositories)
        within = self.count > 0
        for entry in tree.entries:
            if not is_archive(entry.name):
                whole.entries.append(entry)
                continue
            try:
                inner = self._inner(entry, within=within)
            except (ArchiveError, EntryError) as error:
                whole.problems.append(Problem(entry.parts, str(error)))
                continue
            around = entry.parts
            whole.entries += [
                replace(each, parts=(*around, *each.parts), late=entry.late, order=entry.order)
                for each in inner.entries
            ]
            whole.problems += [
                replace(each, parts=(*around, *each.parts)) for each in inner.problems
            ]
        return whole

    def _inner(self, entry: Entry, *, within: bool) -> Tree:
        """Return what an archive holds; `within` says that it came out of another."""
        self.count += 1
        if self.count > MOST_ARCHIVES:
            raise ArchiveError(f"was left alone: there are more than {MOST_ARCHIVES} archives")
        content = entry.content(LARGEST_FILE)
        if self.held + len(content) > LARGEST_SUBMISSION:
            most = LARGEST_SUBMISSION // 2**20
            raise ArchiveError(f"was left alone: there are more than {most} MB of archives")
        source = f"{entry.source}/"
        tree = tree_of(content, source, OF_SUBMISSION, self.open_files, self.taken)
        self.held += len(content)
        # What it holds takes its place.
        self.taken.size = max(0, self.taken.size - (len(content) if within else 0))
        return tree


def _reason(tree: Tree) -> str:
    """Return what there is in place of a notebook."""
    names = [one_line(encodable(each.name)) for each in tree.entries]
    told_names = ", ".join(names[:_MOST_NAMED])
    more = f" and {len(names) - _MOST_NAMED} more" if len(names) > _MOST_NAMED else ""
    problems = told(tree.problems)
    if not names:
        return problems or "the folder is empty: ask for the file"
    held = f"no notebook, only {told_names}{more}: ask for the .ipynb file itself"
    return "; ".join(filter(None, (held, problems)))


def _right(notebooks: Sequence[Entry], wanted: Wanted) -> tuple[list[Entry], str]:
    """Return those that may be the right one, and what a person should know of the choice."""
    if len(notebooks) == 1:
        said = told_assignment(notebooks[0]) if wanted.assignment else ""
        other = said not in ("", wanted.assignment)
        return list(notebooks), f"the notebook says that it belongs to {said!r}" if other else ""
    said_by = [each for each in notebooks if told_assignment(each)]
    own = [each for each in said_by if told_assignment(each) == wanted.name]
    right = own or (said_by if not wanted.name else []) or list(notebooks)
    if len(right) > 1 and wanted.file:
        # The one that is called as everybody's is preferred to what looks like a copy of it.
        alike = [each for each in right if base(each.name) == wanted.file]
        plainly = [each for each in alike if (stem(each.name) or "").casefold() == wanted.file]
        right = (plainly if len(plainly) == 1 and not _numbered(alike) else alike) or right
    others = [one_line(encodable(each.name)) for each in notebooks if each not in right]
    if len(right) == 1 and others:
        more = f" and {len(others) - _MOST_NAMED} more" if len(others) > _MOST_NAMED else ""
        return right, f"other notebooks were left out: {', '.join(others[:_MOST_NAMED])}{more}"
    return right, ""


def _numbered(notebooks: Sequence[Entry]) -> bool:
    """Whether notebooks are told apart by a platform that numbers attempts."""
    return any(each.order for each in notebooks)


def _versions(notebooks: Sequence[Entry]) -> list[Entry]:
    """Return attempts at one notebook in their order, none where they are of several."""
    if len({_NUMBER.sub("", stem(each.name) or "") for each in notebooks}) != 1:
        return []
    return sorted(notebooks, key=lambda each: (each.order, each.parts))


def _renamed(notebook: Entry) -> str:
    said = one_line(encodable(notebook.name))
    return "" if said.lower().endswith(".ipynb") else f"it was called {said}"


def _beside(notebook: Entry, tree: Tree) -> tuple[tuple[Entry, ...], str]:
    """Return the files in a notebook's folder and below, and a remark where some are left out."""
    folder = notebook.parts[:-1]
    depth = len(folder)
    found = [
        replace(each, parts=each.parts[depth:])
        for each in tree.entries
        if each.parts[:depth] == folder and stem(each.name) is None
    ]
    if len(found) > MOST_FILES:
        return (), f"the {len(found)} files beside it were left out: they are too many"
    return tuple(_under_own_names(found)), ""


def _under_own_names(entries: Sequence[Entry]) -> Iterator[Entry]:
    """Yield files, and under the name without the number too those that Canvas may have numbered.

    A notebook opens `data.csv`, whatever the platform called it when it came a second time.
    """
    taken = {entry.parts for entry in entries}
    for entry in entries:
        yield entry
        path = PurePath(entry.name)
        bare, _, number = path.stem.rpartition("-")
        own = (*entry.parts[:-1], f"{bare}{path.suffix}")
        if entry.order and bare and number.isdigit() and own not in taken:
            taken.add(own)
            yield replace(entry, parts=own)


def told_assignment(entry: Entry) -> str:
    """Return the assignment that a notebook's metadata name, "" where they name none."""
    try:
        text = entry.content(SIZE_LIMIT).decode("utf-8-sig", "replace")
        if has_many(text, VALUES_LIMIT):
            return ""
        document = json.loads(text, strict=False)
    except (EntryError, ValueError, RecursionError):
        return ""
    for key in ("metadata", "grader", "assignment"):
        document = document.get(key) if isinstance(document, dict) else None
    return one_line(encodable(document)) if isinstance(document, str) else ""
