"""What of a course has been graded already: results kept by what they were made from."""

import hashlib
import json
from collections.abc import Iterable
from dataclasses import asdict
from functools import cache
from pathlib import Path
from typing import Any, Final

from pydantic import ValidationError

import grader
from grader.assignment import PUBLIC, Assignment
from grader.course.jobs import How, Job
from grader.errors import UnusableInputError
from grader.evidence import Model
from grader.files import write_atomically
from grader.finding import find_assignment
from grader.notebook import read
from grader.results import Result

FOLDER: Final = ".grading"


class Record(Model):
    """A result, whole, and the key of what it was made from; `how` is how it was graded."""

    key: str
    result: Result
    how: dict[str, Any]


class Ledger:
    """The records of a folder of results, which belong to the instructor alone."""

    def __init__(self, results: Path) -> None:
        self.folder = results / FOLDER

    def open(self) -> None:
        """Make the folder. Raises UnusableInputError where it cannot be made."""
        try:
            self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        except OSError as error:
            raise UnusableInputError(
                f"{self.folder.parent} cannot be made a folder for the results: {error.strerror}. "
                "Name another with --out."
            ) from error

    def path(self, name: str) -> Path:
        """Return where the record of this name is kept."""
        return self.folder / f"{name}.json"

    def known(self, name: str, key: str) -> Result | None:
        """Return the result that was kept under this name and key, None where there is none."""
        record = self.record(name)
        return record.result if record is not None and record.key == key else None

    def record(self, name: str) -> Record | None:
        """Return the record of this name, None where there is none that can be read."""
        try:
            return Record.model_validate_json(self.path(name).read_bytes())
        except (OSError, ValidationError):
            return None

    def recording(self, name: str) -> Path:
        """Return where the recording of this name is kept."""
        return self.folder / f"{name}.answers"

    def keep(self, job: Job, key: str, result: Result, recording: bytes = b"") -> None:
        """Keep what a job came to, by its key. What the grader failed at is to be tried again."""
        if result.status == "error":
            return
        if recording:
            write_atomically(self.recording(job.name), recording)
        how = {name: _plain(value) for name, value in asdict(job.how).items()}
        record = Record(key=key, result=result, how=how)
        # Last: whoever finds it finds the recording too.
        write_atomically(self.path(job.name), record.model_dump_json())


def _plain(value: object) -> object:
    return str(value) if isinstance(value, Path) else value


def key(job: Job) -> str:
    """Return the name of what decides a job's result: equal keys, equal results.

    That is the notebook, the assignment, the grader, and how it is called. Raises GraderError
    where the notebook or its assignment cannot be used.
    """
    notebook = read(job.path)
    assignment = find_assignment(notebook, job.how.assignment)
    return key_of(notebook.sha256, assignment, job.how)


def key_of(sha256: str, assignment: Assignment, how: How) -> str:
    """Return the key of a notebook with this digest."""
    told = {name: str(value) for name, value in asdict(how).items()}
    # A student's repository may hold much else beside what judges it.
    judging = assignment.folder / PUBLIC if assignment.released else assignment.folder
    parts = [sha256, digest(judging), grader_digest(), grader.__version__, told]
    return hashlib.sha256(json.dumps(parts, sort_keys=True).encode()).hexdigest()


def grader_digest() -> str:
    """Return the digest of the grader's own sources."""
    return digest(Path(grader.__file__).parent)


@cache
def digest(folder: Path) -> str:
    """Return the digest of the sources below `folder`, by their names and contents."""
    found = hashlib.sha256()
    for path in _sources(folder):
        content = hashlib.sha256(path.read_bytes()).hexdigest()
        found.update(f"{path.relative_to(folder)} {content}\n".encode())
    return found.hexdigest()


def _sources(folder: Path) -> Iterable[Path]:
    kinds = {".py", ".toml", ".ipynb", ".json", ".html", ".css", ".bin", ".po"}
    return sorted(path for path in folder.rglob("*") if path.suffix in kinds and path.is_file())
