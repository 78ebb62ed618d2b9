"""What of a course has been graded already: results kept by what they were made from."""

import hashlib
import json
from collections.abc import Iterable
from dataclasses import asdict
from functools import cache
from pathlib import Path
from typing import Final

from pydantic import ValidationError

import grader
from grader.course.jobs import Job
from grader.errors import UnusableInputError
from grader.evidence import Model
from grader.files import write_atomically
from grader.finding import find_assignment
from grader.notebook import read
from grader.results import Result

FOLDER: Final = ".grading"


class Record(Model):
    """A result, whole, and the key of what it was made from."""

    key: str
    result: Result


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

    def known(self, job: Job) -> Result | None:
        """Return the result of an earlier grading of just this, None where there is none."""
        record = self.record(job.name)
        return record.result if record is not None and record.key == key(job) else None

    def record(self, name: str) -> Record | None:
        """Return the record of this name, None where there is none that can be read."""
        try:
            return Record.model_validate_json(self.path(name).read_bytes())
        except (OSError, ValidationError):
            return None

    def keep(self, job: Job, result: Result) -> None:
        """Keep what a job came to. What the grader failed at is to be tried again."""
        if result.status != "error":
            record = Record(key=key(job), result=result)
            write_atomically(self.path(job.name), record.model_dump_json())


def key(job: Job) -> str:
    """Return the name of what decides a job's result: equal keys, equal results.

    That is the notebook, the assignment, the grader, and how it is called. Raises GraderError
    where the notebook or its assignment cannot be used.
    """
    notebook = read(job.path)
    assignment = find_assignment(notebook, job.how.assignment)
    how = {name: str(value) for name, value in asdict(job.how).items()}
    parts = [notebook.sha256, digest(assignment.folder), digest(_PACKAGE), grader.__version__]
    return hashlib.sha256(json.dumps([*parts, how], sort_keys=True).encode()).hexdigest()


_PACKAGE: Final = Path(grader.__file__).parent


@cache
def digest(folder: Path) -> str:
    """Return the digest of the sources below `folder`, by their names and contents."""
    found = hashlib.sha256()
    for path in _sources(folder):
        content = hashlib.sha256(path.read_bytes()).hexdigest()
        found.update(f"{path.relative_to(folder)} {content}\n".encode())
    return found.hexdigest()


def _sources(folder: Path) -> Iterable[Path]:
    kinds = {".py", ".toml", ".ipynb", ".json", ".html", ".css"}
    return sorted(path for path in folder.rglob("*") if path.suffix in kinds and path.is_file())
