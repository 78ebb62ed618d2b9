"""Each student's feedback, as the gradebook has it by now."""

import io
import json
import zipfile
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from grader.collecting.downloads import inside
from grader.course.owners import Owners
from grader.course.store import Record, Store
from grader.errors import UsageError
from grader.files import write_atomically
from grader.gradebook.attempts import last_grading
from grader.gradebook.book import Gradebook
from grader.gradebook.grades import result_of
from grader.gradebook.tables import Attempt, Decision
from grader.i18n import _, spoken
from grader.publishing.names import Platform, feedback_name
from grader.publishing.publications import Ready
from grader.reports.formats import FORMATS, Graded
from grader.reports.wording import number, points
from grader.results.feedback import Feedback, shown
from grader.results.model import Note, Result

DEFAULT: Final = "html"
CHOICES: Final = ("html", "markdown", "notebook", "json")
# Zip files know no time before; the same feedback gives the same file.
_ZIP_TIME: Final = (1980, 1, 1, 0, 0, 0)


@dataclass(frozen=True)
class Marked:
    """What a student's counting attempt came to, and where its notebook lies.

    `results` and `submission` say where the folder of results has it, `level` how much of it the
    student is told, `comments` what persons wrote to points beside the checks.
    """

    ready: Ready
    result: Result
    results: Path
    submission: str
    path: Path
    number: int
    sha256: str
    level: str
    comments: tuple[str, ...]


@dataclass
class Files:
    """Feedback files by their paths, those of whose they are, and why others have none."""

    contents: dict[str, bytes] = field(default_factory=dict)
    owners: dict[str, list[Ready]] = field(default_factory=dict)
    lacking: list[str] = field(default_factory=list)

    def add(self, path: str, content: bytes, ready: Ready) -> None:
        """Take in a student's file; those who handed in together share one that is the same."""
        if self.contents.setdefault(path, content) != content:
            whose = " and ".join(each.student.id for each in (*self.owners[path], ready))
            self.lacking.append(f"{ready.student.id}: {path} would be that of {whose}")
            return
        self.owners.setdefault(path, []).append(ready)


def marked(session: Session, book: Gradebook, each: Iterable[Ready]) -> Iterator[Marked]:
    """Yield the counting attempts of students, of those that have a result."""
    for ready in each:
        attempt = None if ready.attempt_id is None else session.get(Attempt, ready.attempt_id)
        result = None if attempt is None else result_of(session, attempt)
        if attempt is None or result is None:
            continue
        comments = select(Decision.comment).where(
            Decision.attempt_id == attempt.id,
            Decision.kind == "adjustment",
            Decision.undone_at.is_(None),
            Decision.comment != "",
        )
        yield Marked(
            ready,
            result,
            book.folder / attempt.results,
            attempt.submission,
            Path(attempt.path),
            attempt.number,
            attempt.sha256,
            "" if (last := last_grading(session, attempt)) is None else last.feedback,
            tuple(session.scalars(comments.order_by(Decision.id))),
        )


@dataclass
class FeedbackWriter:
    """Writes feedback in a format, under the names that a platform wants.

    What lies beside notebooks and results is read once.
    """

    platform: Platform
    form: str
    levels: dict[Path, frozenset[str]] = field(default_factory=dict)
    owners: Owners = field(default_factory=Owners)

    def written(self, every: Iterable[Marked]) -> Files:
        """Return the feedback of students, and whose cannot be written and why."""
        files, every = Files(), list(every)
        records = (Store(each.results).record(each.submission) for each in every)
        self.owners.named = {each.within for each in records if each and each.within is not None}
        for each in every:
            record = Store(each.results).record(each.submission)
            # Of an attempt in whose place another lies by now, the record is the other's.
            own = record if record is not None and _same(record, each) else None
            path = each.path if own is None else own.path
            suffix = FORMATS[self.form].suffix
            parts, above = path.parts, _above(path, own)
            if self.platform != "gradescope":
                named = None if record is None else record.within
                parts, above = self._parts(each, path, named) or (parts, above)
            name = feedback_name(self.platform, each.ready.student, parts, suffix, above)
            if name is None:
                files.lacking.append(
                    f"{each.ready.student.id}: {path} did not come from a download of "
                    f"{self.platform}, so that the name which is wanted back is not known"
                )
                continue
            try:
                content = self._report(each, own, path)
            except UsageError as error:
                files.lacking.append(f"{each.ready.student.id}: {error}")
                continue
            files.add(name, content, each.ready)
        return files

    def _report(self, each: Marked, own: Record | None, path: Path) -> bytes:
        with spoken(each.result.language):
            seen = shown(each.result, self._level(each, own))
            told = _grade(each)
            notes = (*(Note(text=sentence) for sentence in told), *seen.notes)
            seen = replace(seen, notes=notes)
            folder = None if own is None else own.within
            text = FORMATS[self.form].write(Graded(seen, path, folder or path.parent))
        return (_in_notebook(text, told) if self.form == "notebook" and told else text).encode()

    def _level(self, each: Marked, own: Record | None) -> Feedback:
        """Return how much a student is told: what the run told, and no more.

        Its files may have been written anew at another level since, which the record has. Where
        there is none any more, no more is told than in all of its folder: that may have been
        lowered since as well.
        """
        if own is not None:
            levels = frozenset((own.feedback,))
        else:
            known = self.levels.setdefault(each.results, _levels(each.results))
            levels = known | {each.level or "score"}
        # Notes for staff are nobody's feedback.
        return min(Feedback.EVERYTHING, *map(Feedback.named, levels))

    def _parts(
        self, each: Marked, path: Path, named: Path | None
    ) -> tuple[tuple[str, ...], int] | None:
        """Return the names in the path that a notebook had in the download of a platform.

        None of them lead to the download. None where no list tells.
        """
        folders = self.owners.folders(path, named)
        own = [found for found in [self.owners.row(path, named)] if found is not None]
        mine = (each.ready.student.id, each.number)
        own += [
            row
            for folder in folders
            for row in self.owners.listed(folder).values()
            if row.source and (row.student, row.attempt) == mine
        ]
        return (tuple(inside(own[0].source).split("/")), 0) if own else None


def _above(path: Path, own: Record | None) -> int:
    """Return how many of the names in a path lead to the folder that was named to be graded."""
    folder = None if own is None else own.within
    inside_it = folder is not None and path.is_relative_to(folder)
    return len(folder.parts) if folder is not None and inside_it else len(path.parts) - 1


def _same(record: Record, each: Marked) -> bool:
    return record.result.submission.sha256 == each.sha256


def _levels(results: Path) -> frozenset[str]:
    every = Store(results).records()
    return frozenset(record.feedback for _stem, record in every if record is not None)


def _grade(each: Marked) -> list[str]:
    """Return sentences on the grade where it is not what the checks came to."""
    ready = each.ready
    told = []
    if ready.deduction:
        told.append(_("{points} taken off: it was handed in late.", points=points(ready.deduction)))
    if ready.adjustment > 0:
        told.append(_("{points} given by a person.", points=points(ready.adjustment)))
    if ready.adjustment < 0:
        told.append(_("{points} taken off by a person.", points=points(-ready.adjustment)))
    if not told:
        return []
    grade = _(
        "Your grade is {grade} of {points}. The checks came to {score}.",
        grade=number(ready.grade),
        points=points(ready.max_score),
        score=number(ready.score),
    )
    return [" ".join([grade, *told]), *each.comments]


def _in_notebook(text: str, told: Iterable[str]) -> str:
    """Return a feedback notebook that tells the grade below the score."""
    document = json.loads(text)
    lines = "".join(f"\n\n{sentence}" for sentence in told)
    document["cells"][0]["source"].append(lines)
    return json.dumps(document, indent=1, ensure_ascii=False) + "\n"


def present(out: Path, files: Files) -> dict[str, bytes]:
    """Return those of files that a folder or a zip file has already, as they are there."""
    return _in_zip(out, files.contents) if _is_zip(out) else _in_folder(out, files.contents)


def write_files(out: Path, files: Files) -> None:
    """Write feedback files below a folder, or as a zip file. Raises UsageError where that fails."""
    if _is_zip(out):
        write_atomically(out, _zipped(files.contents))
        return
    for path, content in files.contents.items():
        place = out / path
        try:
            place.parent.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise UsageError(
                f"{place.parent} cannot be made a folder for feedback: {error.strerror}. Name "
                "another."
            ) from error
        write_atomically(place, content)


def _is_zip(out: Path) -> bool:
    return out.suffix.casefold() == ".zip"


def _zipped(contents: Mapping[str, bytes]) -> bytes:
    written = io.BytesIO()
    with zipfile.ZipFile(written, "w", zipfile.ZIP_DEFLATED) as archive:
        for path in sorted(contents):
            info = zipfile.ZipInfo(path, _ZIP_TIME)
            info.external_attr = 0o644 << 16
            archive.writestr(info, contents[path], zipfile.ZIP_DEFLATED)
    return written.getvalue()


def _in_zip(out: Path, wanted: Iterable[str]) -> dict[str, bytes]:
    try:
        with zipfile.ZipFile(out) as archive:
            there = set(archive.namelist())
            return {path: archive.read(path) for path in wanted if path in there}
    except (OSError, zipfile.BadZipFile):
        return {}


def _in_folder(out: Path, wanted: Iterable[str]) -> dict[str, bytes]:
    return {path: (out / path).read_bytes() for path in wanted if (out / path).is_file()}
