"""What of a course has been graded already: results kept by what they were made from."""

import hashlib
import json
import os
import stat
import tomllib
from collections.abc import Collection, Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass, replace
from functools import cache
from pathlib import Path
from typing import Any, Final
from urllib.parse import quote, unquote_to_bytes

import grader
from grader import models
from grader.assignment.loading import find_assignment
from grader.assignment.model import CONFIG, Assignment
from grader.course.jobs import How, Job
from grader.course.submissions import KEPT
from grader.errors import GraderError, UsageError
from grader.files import content_of, hold, lock_file, sweep, write_atomically
from grader.models import FieldError, Model
from grader.notebook.opening import opened
from grader.notebook.reading import SIZE_LIMIT
from grader.notebook.sniffing import NotebookError
from grader.results.identity import file_stem
from grader.results.model import Result, renewed
from grader.text import encodable

FOLDER: Final = KEPT
ANSWERS: Final = ".answers"
UNUSABLE: Final = ".unusable"
# Where a folder of results says which gradebook it belongs to.
POINTER: Final = "gradebook"


@dataclass(frozen=True, slots=True, kw_only=True)
class Record(Model):
    """A result, whole, and the key of what it was made from; `how` is how it was graded.

    `name` is that of the submission, `source` its file, `folder` the one that names are below, and
    `named` the one that was named and in which the file was found, all three as `address` writes
    them. They are empty in records that are older than these, `named` also where the file itself
    was named. `feedback` is the level that its files were written at. With `floor`, an instructor
    chose to keep it although its notebook was judged lower.
    """

    key: str
    result: Result
    how: dict[str, Any]
    name: str = ""
    source: str = ""
    folder: str = ""
    named: str = ""
    feedback: str = "everything"
    floor: bool = False

    @property
    def path(self) -> Path:
        """The file that was graded."""
        return place(self.source) if self.source else Path(self.result.submission.path)

    @property
    def within(self) -> Path | None:
        """The folder that it was found in, None where the file itself was named."""
        return place(self.named) if self.named else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Unusable(Model):
    """Why there is no result of a submission, the last time that it was to be graded.

    `key` is that of what was to be graded, "" where that is not known.
    """

    name: str
    source: str
    sentence: str
    key: str = ""


_RAW: Final = ("utf-8", "surrogateescape")


def address(path: Path) -> str:
    """Return the place of a file in ASCII, whatever bytes its name is made of."""
    return quoted(Path(os.path.abspath(path)))  # noqa: PTH100 - links are not followed


def quoted(path: Path) -> str:
    """Return a path in ASCII, whatever bytes it is made of."""
    return quote(os.fspath(path).encode(*_RAW))


def place(written: str) -> Path:
    """Return the path that `address` or `quoted` wrote."""
    return Path(unquote_to_bytes(written).decode(*_RAW))


class Store:
    """The records of a folder of results, which belong to the instructor alone."""

    def __init__(self, results: Path) -> None:
        self.results = results
        self.folder = results / FOLDER

    def open(self) -> None:
        """Make the folder. Raises UsageError where it cannot be made or trusted."""
        try:
            self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        except OSError as error:
            raise UsageError(
                f"{self.folder.parent} cannot be made a folder for the results: {error.strerror}. "
                "Name another with --out."
            ) from error
        self.require_own()

    def require_own(self) -> None:
        """Raise UsageError where others could have written what is kept."""
        try:
            found = self.folder.lstat()
        except FileNotFoundError:
            return
        wrong = ""
        if not stat.S_ISDIR(found.st_mode):
            wrong = "it is a link or a file"
        elif not hasattr(os, "geteuid"):
            # What others may do there is told in other ways than by bits and owners.
            return
        elif found.st_uid != os.geteuid():
            wrong = "it belongs to another user"
        elif found.st_mode & (stat.S_IWGRP | stat.S_IWOTH):
            wrong = "others than its owner may write to it"
        if wrong:
            raise UsageError(
                f"{self.folder} is not used: {wrong}, so what is kept in it may not be the "
                "grader's. Mend that if you know what made it, or name another folder."
            )

    @contextmanager
    def alone(self) -> Iterator[None]:
        """Keep other calls out meanwhile, and remove what killed ones have left half written.

        Raises UsageError where there is another.
        """
        try:
            opened = lock_file(self.folder / "lock")
        except OSError as error:
            raise UsageError(
                f"{self.folder / 'lock'} cannot be opened: {error.strerror}. Remove what is there, "
                "or name another folder."
            ) from error
        with opened as file:
            try:
                hold(file)
            except BlockingIOError as error:
                raise UsageError(
                    f"Another call is writing to {self.results} now. Wait for it to end."
                ) from error
            except OSError as error:
                raise UsageError(
                    f"The file system of {self.results} keeps no locks ({error.strerror}), without "
                    "which two calls might write over one another. Name a folder on this machine's "
                    "own disk with --out, and copy it from there."
                ) from error
            for folder in (self.folder, self.results):
                sweep(folder)
            yield

    def stems(self) -> list[str]:
        """Return the names of the files of all records, without their suffixes."""
        return sorted(path.stem for path in self.folder.glob("*.json"))

    def require_stems(self) -> list[str]:
        """Return `stems`. Raises UsageError where there is no record."""
        stems = self.stems()
        if not stems:
            raise UsageError(
                f"{self.results} keeps no results that could be judged again: "
                f"`grade FOLDER --out {self.results}` makes them."
            )
        return stems

    def at(self, stem: str) -> Record | None:
        """Return the record in the file of this stem, None where none can be read."""
        try:
            record = models.loads(Record, renewed(content_of(self.folder / f"{stem}.json")))
        except (OSError, FieldError):
            return None
        return record if record.name else replace(record, name=encodable(stem))

    def records(self, but: Collection[str] = ()) -> Iterator[tuple[str, Record | None]]:
        """Yield the stem of each record with it, None for one that cannot be read.

        Those of the stems `but` are left out.
        """
        for stem in self.stems():
            if stem not in but:
                yield stem, self.at(stem)

    def record(self, name: str) -> Record | None:
        """Return the record of this name, None where there is none that can be read."""
        return self.at(file_stem(name))

    def unusable(self) -> Iterator[Unusable]:
        """Yield what was not usable when it was last to be graded."""
        for path in sorted(self.folder.glob(f"*{UNUSABLE}")):
            with suppress(OSError, FieldError):
                yield models.loads(Unusable, content_of(path))

    def unusable_of(self, name: str) -> Unusable | None:
        """Return why there is no result of this name, None where nothing says so."""
        try:
            return models.loads(Unusable, content_of(self._unusable(name)))
        except (OSError, FieldError):
            return None

    def recording(self, stem: str) -> Path:
        """Return where the recording of the record in the file of this stem is kept."""
        return self.folder / f"{stem}{ANSWERS}"

    def keep(self, record: Record, recording: bytes = b"") -> Record:
        """Keep a record, and return what is in force from now on.

        That is the former result where an instructor chose that it is not lowered, and the notebook
        is still the same.
        """
        former = self.record(record.name)
        if former is not None and former.floor and _holds(former, record):
            record = replace(record, result=former.result, floor=True)
        self.put(record, recording)
        return record

    def put(self, record: Record, recording: bytes = b"") -> None:
        """Keep a record in the place of whatever there was."""
        stem = file_stem(record.name)
        if recording:
            write_atomically(self.recording(stem), recording)
        # Last: whoever finds it finds the recording too.
        write_atomically(self.folder / f"{stem}.json", models.dumps(record))
        self.forget_unusable(record.name)

    def keep_unusable(self, name: str, path: Path, sentence: str, key: str = "") -> None:
        """Keep why there is no result of a submission; a former one stays where it is."""
        told = Unusable(name=name, source=address(path), sentence=encodable(sentence), key=key)
        write_atomically(self._unusable(name), models.dumps(told))

    def forget_unusable(self, name: str) -> None:
        """Forget why there was no result of a submission."""
        self._unusable(name).unlink(missing_ok=True)

    def _unusable(self, name: str) -> Path:
        return self.folder / f"{file_stem(name)}{UNUSABLE}"


def _holds(former: Record, new: Record) -> bool:
    """Whether a result that is not to be lowered stands against a new one of its notebook."""
    one, other = former.result.submission, new.result.submission
    same = one.sha256 == other.sha256 or (one.sources is not None and one.sources == other.sources)
    return same and new.result.score < former.result.score


def record_of(job: Job, key: str, result: Result, feedback: str, folder: Path) -> Record:
    """Return what is to be kept of a job's result."""
    return Record(
        key=key,
        result=result,
        how=plain_how(job.how),
        name=job.name,
        source=address(job.path),
        folder=address(folder),
        named="" if job.folder is None else address(job.folder),
        feedback=feedback,
    )


def plain_how(how: How) -> dict[str, Any]:
    """Return how a notebook is graded as a record has it."""
    told = asdict(how)
    return {name: str(each) if isinstance(each, Path) else each for name, each in told.items()}


def how_of(told: Mapping[str, Any]) -> How:
    """Return how a notebook is graded from what a record has of it."""
    how: dict[str, Any] = {**told, "only": tuple(told.get("only", ()))}
    if how.get("data") is not None:
        how["data"] = Path(how["data"])
    return How(**how)


@dataclass(frozen=True)
class File:
    """What a job's file holds: its digest, and the key of all that decides its result.

    `sources` is the digest of its cells alone. `reference` is whether it is byte for byte the
    assignment's reference.
    """

    sha256: str
    sources: str
    key: str
    reference: bool


@dataclass(frozen=True)
class Contents(File):
    """The same with the assignment that the file is of."""

    assignment: Assignment


def contents(job: Job) -> Contents:
    """Return what a job's file holds.

    Its result is decided by the notebook, the assignment, the grader, and how it is called: equal
    keys, equal results. Raises GraderError where the notebook or its assignment cannot be used.
    """
    notebook = job.read()
    assignment = find_assignment(notebook, job.how.assignment)
    key = key_of(notebook.sha256, assignment, job.how)
    same = not assignment.released and notebook.sha256 == _digest(assignment.reference)
    return Contents(notebook.sha256, notebook.sources, key, same, assignment)


def digests(job: Job) -> tuple[str, str | None]:
    """Return the digests of a file, and of its cells, that cannot be graded now.

    "" and None where it cannot be read at all.
    """
    try:
        notebook = job.read()
    except GraderError:
        try:
            content = opened(job.path, job.folder, SIZE_LIMIT).content
        except NotebookError:
            return "", None
        return hashlib.sha256(content).hexdigest(), None
    return notebook.sha256, notebook.sources


def _of_config(path: Path) -> str:
    """Return the digest of an assignment's settings; when it is due decides no result."""
    content = path.read_bytes()
    with suppress(UnicodeDecodeError, tomllib.TOMLDecodeError):
        told = tomllib.loads(content.decode())
        if told.pop("handing_in", None) is not None:
            content = json.dumps(told, sort_keys=True, default=str).encode()
    return hashlib.sha256(content).hexdigest()


@cache
def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def require_no_less(store: Store, jobs: Iterable[Job]) -> None:
    """Raise UsageError where jobs would put a part in the place of a whole result."""
    for job in jobs:
        record = store.record(job.name) if job.how.only or job.how.quick else None
        if record is None:
            continue
        partly = bool(job.how.only) and not record.result.partial
        if partly or (job.how.quick and not record.result.quick and not record.result.partial):
            option = "--only" if partly else "--quick"
            raise UsageError(
                f"{store.results} holds the whole result of {record.name}, which {option} would "
                "replace by a part of it. Name another folder with --out, or add --force."
            )


def key_of(sha256: str, assignment: Assignment, how: How) -> str:
    """Return the key of a notebook with this digest."""
    return key_with(sha256, digest(assignment.sources), how)


def key_with(sha256: str, sources: str, how: How) -> str:
    """Return the key of a notebook with this digest, by an assignment with this one."""
    told = {name: str(value) for name, value in asdict(how).items()}
    parts = [sha256, sources, grader_digest(), grader.__version__, told]
    return hashlib.sha256(json.dumps(parts, sort_keys=True).encode()).hexdigest()


def grader_digest() -> str:
    """Return the digest of the grader's own sources."""
    return digest(Path(grader.__file__).parent)


@cache
def digest(folder: Path) -> str:
    """Return the digest of the sources below `folder`, by their names and contents."""
    found = hashlib.sha256()
    for name, content in source_digests(folder).items():
        found.update(f"{name} {content}\n".encode())
    return found.hexdigest()


def source_digests(folder: Path) -> dict[str, str]:
    """Return the digest of each of the sources below `folder`, by their places there."""
    return {
        str(path.relative_to(folder)): _of_config(path) if path.name == CONFIG else _digest(path)
        for path in _sources(folder)
    }


def _sources(folder: Path) -> Iterable[Path]:
    kinds = {".py", ".toml", ".ipynb", ".json", ".html", ".css", ".bin", ".po"}
    return sorted(path for path in folder.rglob("*") if path.suffix in kinds and path.is_file())
