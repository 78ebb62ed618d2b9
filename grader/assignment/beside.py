"""The files that notebooks find beside them wherever they run, as `files` of an assignment names.

Every notebook gets a copy of its own. They are copied from a folder that holds nothing else, for
the assignment's own is not for notebooks to see.
"""

import hashlib
import tempfile
from pathlib import Path
from typing import Final

from platformdirs import user_cache_path

from grader.agent import BESIDE
from grader.assignment.model import Assignment
from grader.errors import AssignmentError, UsageError

# All of them together: each notebook has a copy, which may be in memory.
MOST_BYTES: Final = 2**26


def files_of(assignment: Assignment) -> dict[str, bytes]:
    """Return what is in the files, by their paths. Raises AssignmentError."""
    found: dict[str, bytes] = {}
    for name in assignment.config.files:
        path = assignment.folder / name
        try:
            if not path.resolve().is_relative_to(assignment.folder.resolve()):
                raise AssignmentError(f"{path} leads out of the assignment, which `files` may not.")
            found[name] = path.read_bytes()
        except OSError as error:
            raise AssignmentError(
                f"{path} cannot be read ({error.strerror}), and `files` in the assignment's "
                "settings says that notebooks find it beside them."
            ) from error
    if sum(map(len, found.values())) > MOST_BYTES:
        raise AssignmentError(
            f"The `files` of {assignment.name} are more than {MOST_BYTES // 2**20} MiB: every "
            "notebook is given a copy. Hand out less, or make it a data set."
        )
    return found


def folder_beside(assignment: Assignment) -> Path | None:
    """Return a folder with copies of the files, None where there are none.

    It is called by what is in it, and stays for the next notebook. Raises AssignmentError where one
    cannot be read, UsageError where the cache cannot be written.
    """
    files = files_of(assignment)
    if not files:
        return None
    state = hashlib.sha256()
    for name, content in sorted(files.items()):
        state.update(f"{len(name)} {len(content)} {name}".encode() + content)
    shelf: Path = user_cache_path("notebook-grader") / BESIDE
    folder = shelf / state.hexdigest()[:32]
    if folder.is_dir():
        return folder
    try:
        shelf.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=shelf) as scratch:
            made = Path(scratch) / "made"
            for name, content in files.items():
                path = made / name
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_bytes(content)
            for path in (made, *made.rglob("*")):
                path.chmod(0o755 if path.is_dir() else 0o644)
            made.replace(folder)
    except OSError as error:
        # Another call may have been faster.
        if not folder.is_dir():
            raise UsageError(f"{shelf} cannot be written ({error.strerror}).") from error
    return folder
