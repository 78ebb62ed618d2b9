"""The folder that submissions are collected into: a folder a student, and in it one an attempt.

An attempt appears as a whole, by one renaming, and is never overwritten. What a call that was
killed left without a line in the list is recognised by its bytes, and gets its line.
"""

import errno
import hashlib
import re
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import cached_property
from pathlib import Path
from typing import Final

from grader.collecting.choosing import Chosen
from grader.collecting.downloads import inside
from grader.collecting.limits import LARGEST_FILE, LARGEST_SUBMISSION
from grader.collecting.manifest import MANIFEST, Collected, shown
from grader.collecting.naming import file_name, folded, notebook_name
from grader.collecting.roster import Person
from grader.collecting.trees import Entry, EntryError
from grader.errors import UsageError
from grader.files import hold, lock_file
from grader.results.identity import file_stem
from grader.text import encodable, one_line

# How the notes of rows begin of which a person has said whose they are, or that they are nobody's.
_BY_HAND: Final = "by hand"
SET_ASIDE: Final = "set aside"
# Hidden, so that nothing in it is graded.
UNMATCHED: Final = ".unmatched"
_STAGING: Final = ".collecting"
_LOCK: Final = ".lock"
# Beside an attempt's files; no student's file is hidden.
_DIGEST: Final = ".digest"
# What is wrong with one file's path, and not with the folder that is written to.
_OF_THE_PATH: Final = (
    *(errno.ENAMETOOLONG, errno.EINVAL, errno.EILSEQ, errno.ENOTDIR),
    *(errno.EEXIST, errno.EISDIR),
)


@dataclass
class Kept:
    """A row of the list with a file, and what its attempt's folder holds."""

    row: Collected
    out: Path

    @property
    def folder(self) -> Path:
        """The attempt's folder."""
        return self.out.joinpath(*self.row.file.split("/")[:2])

    @cached_property
    def digest(self) -> str:
        """The digest of what was handed in."""
        return _digest(self.folder)


def _digest(folder: Path) -> str:
    """Return the digest of an attempt's files and their names, as they were when it was collected.

    Whoever opens a notebook in Jupyter and saves it changes the file, and hands in nothing.
    """
    try:
        return (folder / _DIGEST).read_text("ascii")
    except (OSError, UnicodeDecodeError):
        whole = hashlib.sha256()
    for path in sorted(folder.rglob("*")):
        if path.is_file() and not path.is_symlink():
            with path.open("rb") as file:
                digest = hashlib.file_digest(file, "sha256").hexdigest()
            whole.update(
                f"{digest} {path.relative_to(folder)}\0".encode("utf-8", "surrogateescape")
            )
    return whole.hexdigest()


def folder_of(student: str) -> str:
    """Return what a student's folder is called; that of what is nobody's yet without one."""
    return file_stem(student) if student else UNMATCHED


@contextmanager
def alone_in(out: Path) -> Iterator[None]:
    """Make the folder, and keep other calls out of it. Raises UsageError where that cannot be."""
    try:
        out.mkdir(parents=True, exist_ok=True)
        with lock_file(out / _LOCK) as file:
            try:
                hold(file)
            except BlockingIOError as error:
                raise UsageError(
                    f"Another call is writing to {out} now. Wait for it to end."
                ) from error
            shutil.rmtree(out / _STAGING, ignore_errors=True)
            yield
            shutil.rmtree(out / _STAGING, ignore_errors=True)
    except OSError as error:
        raise UsageError(
            f"{out} cannot be written to: {error.strerror or error}. Mend that, or name another "
            "folder with --out, and call again."
        ) from error


@dataclass
class Layout:
    """The folder as it is, with what its list says.

    What is `kept` is found by whose it is and by where it came from, each without looking at all.
    """

    out: Path
    people: Mapping[str, Person]
    kept: list[Kept] = field(default_factory=list)
    by_student: dict[str, list[Kept]] = field(default_factory=dict)
    by_source: dict[str, list[Kept]] = field(default_factory=dict)
    # Of rows whose files are gone, by whose they are, whence and when: a download restores them.
    lost: dict[tuple[str, str, datetime | None], Collected] = field(default_factory=dict)
    # All numbers that such rows ever had, by whose they are: none is given to another attempt.
    lost_numbers: dict[str, list[int]] = field(default_factory=dict)
    moved: int = 0

    def take_in(self, rows: list[Collected]) -> None:
        """Take in the list, and bring each file to the student that the list has for it by now."""
        for row in rows:
            self._require_place(row)
        elsewhere = []
        for row in rows:
            there = (self.out / row.file).is_file()
            if there and row.file.split("/")[0] == folder_of(row.student):
                self._keep(Kept(row, self.out))
            else:
                elsewhere.append((row, there))
        for row, there in elsewhere:
            if there:
                self.move(self._keep(Kept(_by_hand(row), self.out)), row.student)
            else:
                self._find_again(row)

    def _keep(self, kept: Kept) -> Kept:
        self.kept.append(kept)
        self.by_student.setdefault(kept.row.student, []).append(kept)
        self.by_source.setdefault(inside(kept.row.source), []).append(kept)
        return kept

    def move(self, kept: Kept, student: str) -> None:
        """Bring the folder of an attempt that is kept to a student."""
        own = self.by_student[kept.row.student]
        # By identity: two rows may say the same.
        own[:] = [each for each in own if each is not kept]
        number = self.next_number(student)
        place = f"{folder_of(student)}/{number}"
        (self.out / place).parent.mkdir(exist_ok=True)
        former = kept.folder.parent
        kept.folder.rename(self.out / place)
        # An empty folder would be a student who handed in nothing that can be read.
        with suppress(OSError):
            former.rmdir()
        name = kept.row.file.rpartition("/")[2]
        row = replace(kept.row, student=student, file=f"{place}/{name}")
        kept.row = self.described(replace(row, attempt=number if student else 1))
        self.by_student.setdefault(student, []).append(kept)
        self.moved += 1

    def described(self, row: Collected) -> Collected:
        """Return a row with what the roster says of its student."""
        person = self.people.get(row.student)
        if person is None:
            return row
        return replace(row, name=person.name, email=person.email, section=person.section)

    def of(self, student: str) -> list[Kept]:
        """Return a student's attempts."""
        return self.by_student.get(student, [])

    def of_source(self, source: str) -> list[Kept]:
        """Return what came from a place, by its path in whichever download it was."""
        return self.by_source.get(inside(source), [])

    def next_number(self, student: str) -> int:
        """Return the number after all that a student has, or had, in the list or on the disk."""
        used = [each.row.attempt for each in self.of(student)] if student else []
        used += self.lost_numbers.get(student, []) if student else []
        return max([0, *used, *self._numbers(student)]) + 1

    def _numbers(self, student: str) -> list[int]:
        folder = self.out / folder_of(student)
        names = [each.name for each in folder.iterdir()] if folder.is_dir() else []
        return sorted(int(name) for name in names if re.fullmatch("[1-9][0-9]{0,8}", name))

    def _unlisted(self, student: str) -> Iterator[int]:
        """Yield the numbers of attempts that are there and have no line."""
        place = folder_of(student)
        listed = {each.row.file.rpartition("/")[0] for each in self.of(student)}
        for number in self._numbers(student):
            if f"{place}/{number}" not in listed:
                yield number

    def _require_place(self, row: Collected) -> None:
        parts = row.file.split("/")
        if len(parts) != 3 or ".." in parts or "" in parts or not parts[1].isdecimal():
            raise UsageError(
                f"{self.out / MANIFEST}: the file {row.file!r} is none of this folder. Leave that "
                "column as it was written."
            )

    def _find_again(self, row: Collected) -> None:
        """Keep a row whose file is elsewhere or gone: a call that moved it may have been killed."""
        name = row.file.rpartition("/")[2]
        for number in self._unlisted(row.student) if row.student else ():
            place = f"{folder_of(row.student)}/{number}/{name}"
            if (self.out / place).is_file():
                moved = row.file.split("/")[0] != folder_of(row.student)
                found = replace(_by_hand(row) if moved else row, file=place, attempt=number)
                self._keep(Kept(self.described(found), self.out))
                return
        self.lose(row)

    def lose(self, row: Collected) -> None:
        """Remember an attempt whose file is gone."""
        self.lost[row.student, inside(row.source), row.handed_in] = row
        self.lost_numbers.setdefault(row.student, []).append(row.attempt)

    def add(
        self, row: Collected, chosen: Chosen, partners: frozenset[str] = frozenset()
    ) -> Kept | None:
        """Lay out an attempt for a row; return it, or None where it is there already.

        `partners` are the ids of others who handed in the same together. Raises EntryError where
        the notebook cannot be read.
        """
        staged = self.out / _STAGING / "attempt"
        shutil.rmtree(staged, ignore_errors=True)
        staged.mkdir(parents=True)
        name, remarks = _written(staged, chosen)
        found = _digest(staged)
        (staged / _DIGEST).write_text(found, "ascii")
        if (known := self._known(row, found, partners)) is not None:
            self._learn(known, row)
            return None
        number = self._number(row, found)
        place = f"{folder_of(row.student)}/{number}"
        target = self.out / place
        if not target.exists():
            target.parent.mkdir(exist_ok=True)
            staged.rename(target)
        note = "; ".join(filter(None, (row.note, self._order(row), *remarks)))
        row = replace(row, file=f"{place}/{name}", note=shown(note))
        added = Kept(replace(row, attempt=number if row.student else 1), self.out)
        return self._keep(added)

    def _known(self, row: Collected, found: str, partners: frozenset[str]) -> Kept | None:
        """Return the attempt that a row is already: the same bytes of the same hand-in."""
        of_source = self.of_source(row.source)
        of_student = self.of(row.student) if row.student else []
        for kept in [*of_source, *(each for each in of_student if each not in of_source)]:
            same = inside(kept.row.source) == inside(row.source)
            same = same and kept.row.student not in partners
            times = {kept.row.handed_in, row.handed_in}
            own = same or (row.student and kept.row.student == row.student)
            if own and (len(times) == 1 or (same and None in times)) and kept.digest == found:
                return kept
        return None

    def _learn(self, known: Kept, row: Collected) -> None:
        """Bring what is there in step with what is known by now; what a person decided stays."""
        if known.row.handed_in is None and row.handed_in is not None:
            known.row = replace(known.row, handed_in=row.handed_in, late=row.late)
        if not known.row.student and row.student and not is_set_aside(known.row):
            known.row = replace(known.row, note=row.note)
            self.move(known, row.student)

    def _number(self, row: Collected, found: str) -> int:
        lost = self.lost.pop((row.student, inside(row.source), row.handed_in), None)
        if lost is not None and row.student and lost.attempt not in self._numbers(row.student):
            return lost.attempt
        for number in self._unlisted(row.student):
            if _digest(self.out / folder_of(row.student) / str(number)) == found:
                return number
        return self.next_number(row.student)

    def _order(self, row: Collected) -> str:
        """Return a remark where a student's attempts are not numbered by time."""
        later = [
            each.row.attempt
            for each in (self.of(row.student) if row.student and row.handed_in else ())
            if each.row.handed_in and row.handed_in and each.row.handed_in > row.handed_in
        ]
        return f"handed in before attempt {min(later)}, which was collected first" if later else ""


def _by_hand(row: Collected) -> Collected:
    """Return a row that says that a person said whose it is, or that it is nobody's."""
    if is_set_aside(row):
        return row
    note = row.note.removeprefix(SET_ASIDE).lstrip(";: ")
    note = note if note.startswith(_BY_HAND) else f"{_BY_HAND}; {note}"
    return replace(row, note=note.strip("; "))


def is_set_aside(row: Collected) -> bool:
    """Whether a person said of a row that it is nobody's."""
    return not row.student and row.note.startswith(SET_ASIDE)


def _written(folder: Path, chosen: Chosen) -> tuple[str, list[str]]:
    """Write an attempt's files; return the notebook's name, and remarks about what was left out."""
    content = chosen.notebook.content(LARGEST_FILE)
    name = notebook_name(chosen.notebook.name)
    (folder / name).write_bytes(content)
    size, remarks, taken = len(content), [], {folded(name)}
    for entry in chosen.beside:
        try:
            size += _write_beside(folder, entry, LARGEST_SUBMISSION - size, taken)
        except EntryError as error:
            remarks.append(f"{'/'.join(map(_shown, entry.parts))} {error}")
    if len(remarks) > 3:
        remarks[3:] = [f"and {len(remarks) - 3} more files were left out"]
    return name, remarks


def _shown(part: str) -> str:
    return one_line(encodable(part))


def _write_beside(folder: Path, entry: Entry, room: int, taken: set[str]) -> int:
    """Write a file that comes along; return its size. Raises EntryError where it is left out."""
    parts = tuple(map(file_name, entry.parts))
    if folded("/".join(parts)) in taken:
        raise EntryError("was left out: its name is another's but for case")
    content = entry.content(min(LARGEST_FILE, room) if room > 0 else 0)
    path = folder.joinpath(*parts)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    except OSError as error:
        if error.errno in _OF_THE_PATH:
            raise EntryError(f"was left out ({error.strerror})") from error
        raise
    taken.add(folded("/".join(parts)))
    return len(content)
