"""What parts of a course have of its submissions, and which of two results counts."""

import hashlib
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Final

from grader import models
from grader.course.jobs import Outcome
from grader.course.output import UNUSABLE
from grader.course.parts.part import Manifest, Submission
from grader.course.store import Record, Store
from grader.errors import UsageError
from grader.files import content_of
from grader.reports.json_file import from_json
from grader.results.identity import file_stem
from grader.results.model import Result

# Which of two pieces counts: one with a result, one on which the grader failed, one without any.
GOOD: Final = 2
_FAULTY: Final = 1
_NONE: Final = 0
# What differs from machine to machine, and from run to run, in a result that is the same.
_OF_A_RUN: Final = ("seconds", "sandbox", "versions", "history", "contended", "submission")


@dataclass(frozen=True)
class Folder:
    """The folder of results of a part, and what it says of itself."""

    store: Store
    manifest: Manifest

    def __str__(self) -> str:
        """As it is told."""
        return str(self.store.results)


@dataclass(frozen=True)
class Piece:
    """What a part has of a submission; its result is read where it is asked for.

    `digest` is that of what is kept of it, and `key` what it is known by there. `sentence` says why
    there is no result.
    """

    part: Folder
    name: str
    submission: Submission
    rank: int
    digest: str
    key: str
    sentence: str = ""

    @classmethod
    def of(cls, part: Folder, name: str, submission: Submission) -> "Piece | None":
        """Return what a part has of a submission, None where it has not come to it."""
        known = (part, name, submission)
        unusable = part.store.unusable_of(name)
        if unusable is not None:
            digest, sentence = _digest(unusable), unusable.sentence
            return cls(*known, _NONE, digest, unusable.key, sentence)
        record = part.store.record(name)
        if record is not None and record.key == submission.key:
            return cls(*known, GOOD, _digest(record), record.key)
        seen = seen_in(part.store, name)
        if seen is None or seen.status != "error" or seen.submission.sha256 != submission.sha256:
            return None
        return cls(*known, _FAULTY, _digest(seen), submission.key)

    @property
    def result(self) -> Result | None:
        """Its result, what the student sees of it where the grader failed."""
        if self.rank == _FAULTY:
            return seen_in(self.part.store, self.name)
        record = self.part.store.record(self.name) if self.rank == GOOD else None
        return None if record is None else record.result

    @property
    def outcome(self) -> Outcome:
        """What grading it came to."""
        result = self.result
        if result is None:
            return Outcome(None, self.sentence, UNUSABLE)
        path = self.part.store.recording(file_stem(self.name))
        recording = b""
        if self.rank == GOOD:
            # Without it the notebook is run again where it is to be judged again.
            with suppress(OSError):
                recording = content_of(path)
        return Outcome(result, status=result.exit_status, recording=recording)

    @property
    def said(self) -> str:
        """What it comes to, for a person."""
        result = self.result if self.rank == GOOD else None
        return "no result" if result is None else f"{result.score:g} of {result.max_score:g}"

    def agrees(self, other: "Piece") -> bool:
        """Whether two pieces say the same, but for what their runs and machines were like."""
        return self.rank == other.rank and _lasting(self.result) == _lasting(other.result)

    def is_of(self, record: Record) -> bool:
        """Whether a record is the result of the same notebook."""
        return record.result.submission.sha256 == self.submission.sha256


def _lasting(result: Result | None) -> object:
    """Return what of a result does not depend on the run, as plain data."""
    if result is None:
        return None
    told = {name: each for name, each in models.plain(result).items() if name not in _OF_A_RUN}
    told["cells"] = [{**cell, "seconds": 0} for cell in told["cells"]]
    return told, result.submission.sha256


def _digest(value: object) -> str:
    return hashlib.sha256(models.dumps(value).encode()).hexdigest()


def seen_in(store: Store, name: str) -> Result | None:
    """Return a result as it is written for its student, None where none can be read."""
    try:
        return from_json(content_of(store.results / f"{file_stem(name)}.json"))
    except (OSError, UsageError):
        return None


def chosen_of(parts: Sequence[Folder]) -> tuple[dict[str, Piece], list[str]]:
    """Return the piece that counts of each submission, and of which ones two results differ.

    One with a result counts before one on which the grader failed; of two results that differ it is
    the one of the part that was named first.
    """
    chosen: dict[str, Piece] = {}
    differing = []
    for part in parts:
        for name, submission in part.manifest.submissions.items():
            new, former = Piece.of(part, name, submission), chosen.get(name)
            if new is None:
                continue
            if former is None or new.rank > former.rank:
                chosen[name] = new
            elif new.rank == former.rank == GOOD and not new.agrees(former):
                differing.append(
                    f"{name} has two results that differ: {former.said} in {former.part}, which "
                    f"counts, since it was named first, and {new.said} in {part}. Name only one "
                    "of these two parts."
                )
    return dict(sorted(chosen.items())), differing
