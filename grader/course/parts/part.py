"""A part of a folder of submissions, which one of several machines grades by itself.

Which part a submission falls to follows from its name alone: who hands in late moves no other, and
a notebook that is handed in again falls to the part that graded it before. A part is a folder of
results of its own, and what it says of itself is all that joining the parts needs to know.
"""

import hashlib
import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Final, Self

import grader
from grader import models
from grader.course.jobs import How, Job
from grader.course.settling import there
from grader.course.store import Contents, Store, address, digest, grader_digest, place, plain_how
from grader.course.submissions import HandedIn
from grader.errors import UsageError
from grader.files import content_of, write_atomically
from grader.models import FieldError, Model
from grader.results.identity import name_of

FILE: Final = "part"
_WRITTEN: Final = re.compile(r"([0-9]{1,9})/([0-9]{1,9})", re.ASCII)
_FOLDER: Final = re.compile(r"part-([0-9]+)-of-([0-9]+)", re.ASCII)


@dataclass(frozen=True, order=True)
class Part:
    """Which part it is, counted from 1, of how many."""

    number: int
    of: int

    @classmethod
    def named(cls, text: str) -> Self:
        """Return what `NUMBER/OF` says. Raises UsageError where there is no such part."""
        written = _WRITTEN.fullmatch(text)
        if written is None or int(written[2]) == 0:
            raise UsageError(
                f"--shard {text} names no part: write its number and how many there are, as in "
                "--shard 3/16. Where a variable stands in it, that may not be set."
            )
        number, of = map(int, written.groups())
        if number == 0:
            raise UsageError(
                f"--shard {text}: parts are counted from 1, the first of {of} is 1/{of} and the "
                f"last {of}/{of}. Where a job counts from 0, add 1: --shard "
                f"$((JOB_COMPLETION_INDEX + 1))/{of} in an indexed Job of Kubernetes, or #SBATCH "
                f"--array=1-{of} for Slurm."
            )
        if number > of:
            raise UsageError(
                f"--shard {text}: there is no part {number} of {of}. SLURM_ARRAY_TASK_COUNT is how "
                "many tasks this call of sbatch has: where it is for some of the parts only, write "
                "how many there are in all."
            )
        return cls(number, of)

    @property
    def folder(self) -> str:
        """The name of its folder of results."""
        return f"part-{self.number}-of-{self.of}"

    def has(self, name: str) -> bool:
        """Whether the submission of this name falls to it."""
        drawn = int.from_bytes(hashlib.sha256(name.encode()).digest()[:8], "big")
        return drawn % self.of == self.number - 1

    def within(self, results: Path) -> Path:
        """Return its folder below `results`.

        Raises UsageError where there are parts of another number: they could not be joined.
        """
        others = sorted(
            {int(named[2]) for named in map(_FOLDER.fullmatch, _names(results)) if named}
            - {self.of}
        )
        if others:
            raise UsageError(
                f"{results} holds parts of {others[0]}, and this is one of {self.of}: the two do "
                f"not fit together. Write /{others[0]} to grade some of those parts again, or name "
                "another folder with --out."
            )
        return results / self.folder

    def __str__(self) -> str:
        """As it is told."""
        return f"{self.number} of {self.of}"


def _names(folder: Path) -> list[str]:
    try:
        return [path.name for path in folder.iterdir()]
    except OSError:
        return []


@dataclass(frozen=True, slots=True, kw_only=True)
class Submission(Model):
    """A file that fell to a part.

    `source` is the file and `named` the folder that was named and in which it was found, both as
    `address` writes them, `named` "" where the file itself was. The digests and the `key` are those
    of `Contents`, "" where they are not known; `reference` is whether it is the reference's copy.
    """

    source: str
    named: str = ""
    sha256: str = ""
    sources: str = ""
    key: str = ""
    assignment: str = ""
    reference: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Basis(Model):
    """What decides the results of all parts alike.

    `assignments` are the digests of those that were found, by their names, and `feedback` is the
    level at which results were told.
    """

    version: str
    grader: str
    how: dict[str, Any]
    feedback: str
    assignments: dict[str, str] = field(default_factory=dict)

    @classmethod
    def now(cls, how: How, feedback: str) -> Self:
        """Return those of this version of the grader, called so."""
        return cls(
            version=grader.__version__,
            grader=grader_digest(),
            how=models.plain(plain_how(how)),
            feedback=feedback,
        )

    def difference(self, other: Self) -> str:
        """Return in what two parts differ such that they do not fit together, "" if in nothing."""
        if self.version != other.version:
            return f"the version of the grader ({self.version} and {other.version})"
        if self.grader != other.grader:
            return "the grader's own sources, although both call themselves " + self.version
        options = sorted(
            name for name in {*self.how, *other.how} if self.how.get(name) != other.how.get(name)
        )
        if options:
            named = [f"{each} ({self.how.get(each)} and {other.how.get(each)})" for each in options]
            return f"how `grade` was called: {', '.join(named)}"
        if self.feedback != other.feedback:
            return f"how much reports tell ({self.feedback} and {other.feedback})"
        for name, own in self.assignments.items():
            if other.assignments.get(name, own) != own:
                return f"the contents of the assignment {name}"
        return ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Manifest(Model):
    """What a part says of itself.

    `folder` is the one that names are below, and `found` how many submissions there were in each
    folder that was named, both as `address` writes them; `places` are the folders of the
    assignments by their names. `reports` are the formats that were asked for, those of the whole
    course included.
    """

    number: int
    of: int
    basis: Basis
    folder: str
    found: dict[str, int]
    reports: tuple[str, ...]
    places: dict[str, str]
    submissions: dict[str, Submission]

    @property
    def part(self) -> Part:
        """Which part it is."""
        return Part(self.number, self.of)

    def beside(self, former: Self) -> Self:
        """Return this with what an earlier call on the same basis says, where that still holds."""
        own = {each.source for each in self.submissions.values()}
        there_still = {
            name: each
            for name, each in former.submissions.items()
            if each.source not in own and there(place(each.source))
        }
        assignments = {**former.basis.assignments, **self.basis.assignments}
        return replace(
            self,
            basis=replace(self.basis, assignments=assignments),
            found={**former.found, **self.found},
            reports=tuple(dict.fromkeys((*former.reports, *self.reports))),
            places={**former.places, **self.places},
            submissions={**there_still, **self.submissions},
        )


def manifest_of(store: Store) -> Manifest | None:
    """Return what a folder of results says that it is, None where it is no part.

    Raises UsageError where that cannot be read.
    """
    path = store.folder / FILE
    try:
        return models.loads(Manifest, content_of(path))
    except (FileNotFoundError, NotADirectoryError):
        return None
    except (OSError, FieldError) as error:
        raise UsageError(
            f"{path} cannot be read, which says what part {store.results} is ({error}). Where "
            "another version of the grader wrote it, grade that part again with this one."
        ) from error


def refuse_with_shard(
    *, out: Path | None, gradebook: Path | None, json_file: str | None, reports: Sequence[str]
) -> None:
    """Raise UsageError where a part is to write what only the whole can have."""
    if gradebook is not None:
        raise UsageError(
            "--shard writes no gradebook: a database that many machines write to at once, on a "
            "network's file system, breaks. Grade the parts with --out DIR, and then call "
            f"`grader merge DIR --out DIR --gradebook {gradebook}` on one machine."
        )
    if out is None:
        raise UsageError("--shard needs a folder for the parts, by --out.")
    if json_file is not None or any("=" in each for each in reports):
        raise UsageError(
            "With --shard every report goes to the folder of its part: leave out --json, and the "
            "files that --report names. `grader merge` takes a file for a report on the course."
        )


@dataclass(frozen=True)
class Sharded:
    """A call for one part of what was `found`, whose names are below `folder`.

    `how` is how it grades, and `reports` are the formats that were asked for.
    """

    part: Part
    found: Sequence[HandedIn]
    folder: Path
    how: How
    reports: tuple[str, ...]

    @property
    def own(self) -> list[HandedIn]:
        """Those that fall to the part."""
        return [each for each in self.found if self.part.has(name_of(each.path, self.folder))]

    @property
    def told(self) -> str:
        """What the call was for."""
        return f"Part {self.part}: {len(self.own)} of {len(self.found)} submissions"

    def declare(
        self,
        store: Store,
        folder: Path,
        jobs: Sequence[Job],
        files: Mapping[str, Contents],
        feedback: str,
    ) -> None:
        """Write down what the part is, before anything is graded.

        `folder` is the one that the names of `jobs` are below.
        """
        assignments = {each.assignment.name: each.assignment for each in files.values()}
        digests = {name: digest(each.sources) for name, each in assignments.items()}
        folders = Counter(address(each.folder) for each in self.found if each.folder is not None)
        manifest = Manifest(
            number=self.part.number,
            of=self.part.of,
            basis=replace(Basis.now(self.how, feedback), assignments=digests),
            folder=address(folder),
            found=dict(folders),
            reports=self.reports,
            places={name: address(each.folder) for name, each in assignments.items()},
            submissions={job.name: _submission(job, files.get(job.name)) for job in jobs},
        )
        former = manifest_of(store)
        if former is not None and not former.basis.difference(manifest.basis):
            manifest = manifest.beside(former)
        write_atomically(store.folder / FILE, models.dumps(manifest))


def _submission(job: Job, file: Contents | None) -> Submission:
    source, named = address(job.path), "" if job.folder is None else address(job.folder)
    if file is None:
        return Submission(source=source, named=named)
    return Submission(
        source=source,
        named=named,
        sha256=file.sha256,
        sources=file.sources,
        key=file.key,
        assignment=file.assignment.name,
        reference=file.reference,
    )
