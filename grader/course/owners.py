"""Whose a submission is: by the list of what was collected, or else by where its file lies."""

import os
import unicodedata
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from grader.collecting.manifest import MANIFEST, Collected, read_manifest
from grader.course.store import Store, place
from grader.results.identity import SUFFIX, name_of
from grader.text import encodable

# So many folders above the one that was named its list may lie: a student's and an attempt's.
ABOVE: Final = 3
# A file that was collected lies in an attempt's folder, in a student's, beside which the list is.
_COLLECTED: Final = 2


@dataclass
class Owners:
    """Tells whose files are; each list of what was collected is read once.

    `named` are the folders that were named together.
    """

    named: Collection[Path] = ()
    manifests: dict[Path, Mapping[str, Collected]] = field(default_factory=dict)

    def student(self, path: Path, named: Path | None, folder: Path) -> str:
        """Return whose a file is.

        `named` is the folder in which it was found, None where the file itself was named; `folder`
        is the one that names are below.
        """
        row = self.row(path, named)
        return encodable(row.student if row is not None else "") or _by_place(path, folder)

    def row(self, path: Path, named: Path | None) -> Collected | None:
        """Return the line of a file in the list of what was collected, None where it has none."""
        folder = self.list_of(path, named)
        return None if folder is None else self.listed(folder)[_below(path, folder)]

    def list_of(self, path: Path, named: Path | None) -> Path | None:
        """Return the folder that a file was collected into, None where it was not."""
        folders = self.folders(path, named)
        return next((each for each in folders if _below(path, each) in self.listed(each)), None)

    def folders(self, path: Path, named: Path | None) -> Sequence[Path]:
        """Return the folders whose lists may tell of a file, the outermost first.

        It is the one that was named, or above it: what lies below may be a student's. Of a file
        that was named itself it is above its own and the one around it, which are a student's.
        """
        if named is None:
            found = absolute(path).parents[_COLLECTED : ABOVE + 1]
        else:
            own = absolute(named)
            found = (own, *own.parents[:ABOVE])
        return [each for each in reversed(found) if not self.is_doubtful(each)]

    def is_doubtful(self, folder: Path) -> bool:
        """Whether a list in a folder is a student's: beside it, folders without any were named."""
        beside = {absolute(each) for each in self.named}
        return (
            folder in beside
            and _has_list(folder)
            and any(each.parent == folder.parent and not _has_list(each) for each in beside)
        )

    def listed(self, folder: Path) -> Mapping[str, Collected]:
        """Return what was collected into a folder, by the files' paths below it."""
        if folder not in self.manifests:
            rows = read_manifest(folder) if _has_list(folder) else []
            # What has no file gets a key that is no path below the folder.
            self.manifests[folder] = {
                each.file if each.is_laid_out else f"/{number}": each
                for number, each in enumerate(rows)
                if each.is_laid_out or not each.file
            }
        return self.manifests[folder]

    def of_kept(self, store: Store) -> dict[str, str]:
        """Return whose all submissions of a folder of results are, by their names."""
        unusable = {each.name: self._of(each.name, place(each.source)) for each in store.unusable()}
        records = [record for _stem, record in store.records() if record is not None]
        self.named = {each.within for each in records if each.within is not None}
        return unusable | {
            each.name: self._of(each.name, each.path, each.within, each.folder) for each in records
        }

    def _of(self, name: str, path: Path, named: Path | None = None, folder: str = "") -> str:
        if not folder:
            row = self.row(path, named)
            return encodable(row.student if row is not None else "") or student_named(name)
        return self.student(path, named, place(folder))


def student_named(name: str) -> str:
    """Return whose a submission is of which nothing is known but its name."""
    return _by_place(Path(f"{name}{SUFFIX}"), Path())


def absolute(path: Path) -> Path:
    """Return a path from the root on, without `..` in it: what is above it, and below, shows.

    Links are not followed.
    """
    return Path(os.path.abspath(path))  # noqa: PTH100 - this keeps links


def _has_list(folder: Path) -> bool:
    return (folder / MANIFEST).is_file()


def _below(path: Path, folder: Path) -> str:
    return os.path.relpath(absolute(path), folder)


def _by_place(path: Path, folder: Path) -> str:
    """Return whose a file is by its place below a folder alone: the first folder's, or its own.

    Two names are never one, whatever is in them, but for the ways in which a letter with an accent
    can be written.
    """
    below = absolute(path).relative_to(absolute(folder))
    first = unicodedata.normalize("NFC", below.parts[0].removesuffix(SUFFIX))
    return name_of(folder / f"{first}{SUFFIX}", folder)
