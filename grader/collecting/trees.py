"""What a download holds: files below one place, whether that is a folder or an archive.

All of it came from students. A name that climbs out, a link or a device is no file of a tree but a
problem, which is told where its student is told of.
"""

import re
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import Final

from grader.collecting.limits import (
    DEEPEST_FOLDER,
    LONGEST_NAME,
    LONGEST_PART,
    MOST_BELOW_TOP,
    MOST_PACKED,
)
from grader.collecting.naming import is_junk
from grader.text import encodable, one_line

# What tells that a folder is a clone. It is not read: its settings would run programs.
_REPOSITORY: Final = ".git"

Parts = tuple[str, ...]


class EntryError(Exception):
    """A file cannot be read; the text says why, after its name."""


@dataclass(frozen=True)
class Entry:
    """A file of a tree.

    `parts` are its path below the tree, `source` its path below the download. `size` is what is
    said of it, in bytes; `late` and `order` what its name tells of when it was handed in.
    """

    parts: Parts
    source: str
    size: int
    read: Callable[[int], bytes]
    late: bool | None = None
    order: tuple[int, ...] = ()

    @property
    def name(self) -> str:
        """The file's name."""
        return self.parts[-1]

    def content(self, limit: int) -> bytes:
        """Return what the file holds. Raises EntryError where that is more than `limit` bytes."""
        if self.size > limit:
            raise EntryError(f"is larger than {limit // 2**20} MB")
        content = self.read(limit)
        if len(content) > limit:
            raise EntryError(f"is larger than {limit // 2**20} MB, and says that it is not")
        return content


@dataclass(frozen=True)
class Problem:
    """What stands where a file might, and why it is none."""

    parts: Parts
    reason: str

    def __str__(self) -> str:
        return f"{'/'.join(self.parts)} {self.reason}"


@dataclass
class Tree:
    """Files below one place.

    `empty` are folders without any, `repositories` those that are clones.
    """

    entries: list[Entry] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    empty: list[Parts] = field(default_factory=list)
    repositories: set[Parts] = field(default_factory=set)

    def names(self) -> list[str]:
        """Return what lies at the top, each name once, in order."""
        entries, problems = (each.parts for each in self.entries), (p.parts for p in self.problems)
        return sorted({parts[0] for parts in (*entries, *problems, *self.empty) if parts})

    def files(self) -> list[Entry]:
        """Return the files at the top."""
        return [each for each in self.entries if len(each.parts) == 1]

    def folders(self) -> dict[str, "Tree"]:
        """Return what lies in each folder at the top; what is a problem itself counts as one."""
        found: dict[str, Tree] = {}
        for entry in self.entries:
            if len(entry.parts) > 1:
                inner = found.setdefault(entry.parts[0], Tree())
                inner.entries.append(replace(entry, parts=entry.parts[1:]))
        for problem in self.problems:
            inner = found.setdefault(problem.parts[0], Tree())
            inner.problems.append(replace(problem, parts=problem.parts[1:] or problem.parts))
        for parts in self.empty:
            found.setdefault(parts[0], Tree()).empty += [parts[1:]] if len(parts) > 1 else []
        for parts in self.repositories:
            if parts and parts[0] in found:
                found[parts[0]].repositories.add(parts[1:])
        return dict(sorted(found.items()))

    @classmethod
    def of_file(cls, entry: Entry) -> "Tree":
        """Return a tree of one file."""
        return cls([entry])


@dataclass
class Builder:
    """Fills a tree with the paths that a folder or an archive has, whatever they are.

    Who packed too much loses what is too much, and nobody else does: entries are counted below
    each folder at the top, and below each folder in these.
    """

    most: int
    tree: Tree = field(default_factory=Tree)
    _counts: Counter[Parts] = field(default_factory=Counter)
    _twice: dict[Parts, int] = field(default_factory=dict)

    @property
    def full(self) -> bool:
        """Whether there are more entries than a whole tree may have."""
        return self._counts[()] > self.most

    def place(self, parts: Sequence[str]) -> Parts | None:
        """Return where a path lies in the tree, None where it is none of the tree's files."""
        if (clone := _repository_of(parts)) is not None:
            self.tree.repositories.add(clone)
        kept, wrong = _place_of(parts)
        if wrong:
            self.refuse(parts, wrong)
        return kept if kept and self._counted(kept) else None

    def add(self, entry: Entry) -> None:
        """Add a file. Of two with one path it is the later."""
        at = self._twice.get(entry.parts)
        if at is None:
            self._twice[entry.parts] = len(self.tree.entries)
            self.tree.entries.append(entry)
            return
        self.tree.entries[at] = entry
        self.tree.problems.append(Problem(entry.parts, "is there twice; the later one counts"))

    def refuse(self, parts: Sequence[str], reason: str) -> None:
        """Note that a path is no file."""
        # A name of 64 KB may have as many parts as a course's files together.
        some = [part for part in parts if part][: DEEPEST_FOLDER + 1]
        shown = tuple(one_line(encodable(part[:LONGEST_NAME])) or "?" for part in some) or ("?",)
        self.tree.problems.append(Problem(shown, reason))

    def _counted(self, parts: Parts) -> bool:
        for depth, most in ((0, self.most), (1, MOST_BELOW_TOP), (2, MOST_PACKED)):
            folder = parts[:depth]
            if len(parts) <= depth:
                break
            self._counts[folder] += 1
            if self._counts[folder] == most + 1:
                reason = f"holds more than {most} files; the rest was left alone"
                self.refuse(folder or ("it",), reason)
            if self._counts[folder] > most:
                return False
        return True


def _place_of(parts: Sequence[str]) -> tuple[Parts, str]:
    """Return a path's parts without empty ones, and what is wrong with it.

    What is some program's own has no parts, and nothing is wrong with it.
    """
    kept = tuple(part for part in parts if part not in ("", "."))
    if any(part == ".." for part in kept):
        return (), "has a path that leads out of its folder, and was left alone"
    if (parts and parts[0] == "") or (kept and re.fullmatch("[A-Za-z]:", kept[0])):
        return (), "has an absolute path, and was left alone"
    if any("\0" in part or len(part) > LONGEST_PART for part in kept):
        return (), "has a name that no file can have"
    if len(kept) > DEEPEST_FOLDER:
        return (), f"lies deeper than {DEEPEST_FOLDER} folders"
    return (() if any(map(is_junk, kept)) else kept), ""


def _repository_of(parts: Sequence[str]) -> Parts | None:
    """Return the folder that a path says to be a clone."""
    if _REPOSITORY in parts:
        return tuple(parts[: list(parts).index(_REPOSITORY)])
    return None


def told(problems: Sequence[Problem], most: int = 3) -> str:
    """Return the first problems, and how many more there are."""
    more = [f"and {len(problems) - most} more like these"] if len(problems) > most else []
    return "; ".join([*map(str, problems[:most]), *more])
