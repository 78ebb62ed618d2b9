"""What candidates came to before: outcomes kept by all that they followed from.

They lie in the user's cache folder, one file an assignment, and are the user's alone. Keys are
digests of contents (`footprints`): whatever changes gives another key, and nothing is ever wrong
for being old. An outcome that hangs on more than its key (an error, or what another machine's load
ended) is not kept.
"""

import contextlib
import json
import os
import stat
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final, Self

from platformdirs import user_cache_path

from grader.assignment.model import Assignment
from grader.authoring.environment import digest_of
from grader.errors import UsageError
from grader.files import sweep, write_atomically

SHELF: Final = "verify"
# Of a few proofs of a large assignment: what was asked for last stays.
MOST_KEPT: Final = 60_000
# Assignments, with those that are long gone.
MOST_FILES: Final = 40
_FORMAT: Final = 1


@dataclass
class Memory:
    """What is kept, by its keys, in the order in which it was last asked for."""

    path: Path | None = None
    kept: dict[str, Any] = field(default_factory=dict)
    asked: dict[str, Any] = field(default_factory=dict)

    @classmethod
    def of(cls, assignment: Assignment) -> Self:
        """Return what is remembered of an assignment: nothing where that cannot be read."""
        folder = user_cache_path("notebook-grader") / SHELF
        place = digest_of(str(assignment.folder.resolve()))
        path = folder / f"{assignment.name[:40]}-{place[:12]}.json"
        return cls(path, dict(_read(path)))

    def get(self, key: str) -> Any:
        """Return what is kept under a key, None where nothing is."""
        found = self.asked.get(key)
        if found is None and key in self.kept:
            found = self.asked[key] = self.kept[key]
        return found

    def keep(self, key: str, told: Any) -> None:
        """Keep plain data under a key."""
        self.asked[key] = told

    def forget(self) -> None:
        """Keep nothing that was told since this was read."""
        self.asked = {key: self.kept[key] for key in self.asked if key in self.kept}

    @property
    def news(self) -> int:
        """How much was not known before."""
        return sum(self.kept.get(key) != each for key, each in self.asked.items())

    def close(self) -> None:
        """Write down what is kept; where the cache cannot be written, it is forgotten."""
        if self.path is None or not self.news:
            return
        old = [item for item in self.kept.items() if item[0] not in self.asked]
        together = dict([*old, *self.asked.items()][-MOST_KEPT:])
        with contextlib.suppress(OSError, UsageError):
            self.path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            sweep(self.path.parent)
            write_atomically(self.path, json.dumps([_FORMAT, together]))
            self.path.chmod(0o600)
            newest = sorted(self.path.parent.glob("*.json"), key=_age)
            for path in newest[MOST_FILES:]:
                path.unlink(missing_ok=True)


def _age(path: Path) -> float:
    return -path.stat().st_mtime


def _read(path: Path) -> Mapping[str, Any]:
    """Return what a file keeps: nothing where it is broken, or others could have written it."""
    try:
        for each in (path, path.parent):
            found = each.lstat()
            writable = found.st_mode & (stat.S_IWGRP | stat.S_IWOTH)
            if found.st_uid != os.geteuid() or writable or stat.S_ISLNK(found.st_mode):
                return {}
        version, kept = json.loads(path.read_bytes())
    except (OSError, ValueError, TypeError):
        return {}
    return kept if version == _FORMAT and isinstance(kept, dict) else {}
