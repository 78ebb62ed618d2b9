"""Joining the parts of a course into what one call of `grade` over the whole folder writes."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import combinations
from pathlib import Path
from typing import Final

from rich.console import Console

from grader import models
from grader.assignment.loading import in_sight, is_assignment, load
from grader.assignment.model import Assignment
from grader.course.jobs import Job, Outcome
from grader.course.output import Call, booking_of
from grader.course.parts.part import Manifest, Part, manifest_of
from grader.course.parts.pieces import GOOD, Folder, Piece, chosen_of, seen_in
from grader.course.settling import remembered_folder, settle
from grader.course.store import Contents, File, Record, Store, how_of, place, require_no_less
from grader.course.submissions import KEPT
from grader.errors import INTERRUPTED, GraderError, UsageError
from grader.files import content_of, write_atomically
from grader.models import FieldError
from grader.reports.formats import FORMATS
from grader.reports.github import say
from grader.reports.writer import Reports
from grader.results.feedback import Feedback
from grader.results.identity import file_stem
from grader.results.model import Result

WHOLE, INCOMPLETE = 0, 1

# What of the parts a folder of results has taken in, by the submissions' names.
JOINED: Final = "joined"
_MOST_NAMED: Final = 5


def merge(
    folders: Sequence[Path], *, out: Path, gradebook: Path | None, report: Sequence[str]
) -> int:
    """Join the parts in or below `folders` in the folder of results `out`.

    It writes what one call of `grade` over all submissions would have, with the reports that the
    parts were asked for and those of `report`, and to `gradebook` where one is named. What it took
    in before, and what has been done in `out` since, stays. Returns the exit status: 1 where
    anything is missing, or two results of a submission differ. Raises UsageError where the parts
    do not fit together, before anything is written.
    """
    parts = _parts(folders, out)
    _require_one_run(parts)
    told = Console(stderr=True)
    pieces, differing = chosen_of(parts)
    lacking = [*_missing(parts, pieces), *differing]
    wanted = (*report, *_not_named(parts, report))
    notebooks = [place(each.submission.source) for each in pieces.values()]
    store = Store(out)
    call = _Joining(
        Console(),
        told,
        None,
        None,
        None,
        Reports.asked(wanted, out=out, notebooks=notebooks),
        store=store,
        part="" if not lacking else "incomplete",
        pieces=pieces,
    )
    store.open()
    with store.alone():
        call.booking = booking_of(store, gradebook)
        status = _Merge(store, call, parts).carry_out()
    for sentence in lacking:
        say(told, sentence)
    return status or (INCOMPLETE if lacking else WHOLE)


def _parts(folders: Sequence[Path], out: Path) -> list[Folder]:
    """Return the parts that are in or below folders. Raises UsageError where there is none."""
    found: dict[Path, Folder] = {}
    for folder in folders:
        own = [Folder(store, said) for store, said in _below(folder)]
        if not own:
            raise UsageError(
                f"{folder} holds no part: `grade FOLDER --out {folder} --shard 1/16` writes one."
            )
        for each in own:
            found.setdefault(each.store.results.resolve(), each)
    if out.resolve() in found:
        raise UsageError(f"{out} is itself a part: name another folder with --out.")
    return list(found.values())


def _below(folder: Path) -> Iterator[tuple[Store, Manifest]]:
    """Yield the parts that a folder is or holds."""
    try:
        inside = sorted(path for path in folder.iterdir() if (path / KEPT).is_dir())
    except OSError as error:
        raise UsageError(f"{folder} cannot be looked into: {error.strerror}.") from error
    for each in (folder, *inside):
        store = Store(each)
        store.require_own()
        said = manifest_of(store)
        if said is not None:
            yield store, said


def _require_one_run(parts: Sequence[Folder]) -> None:
    """Raise UsageError where parts are not those of one course, graded in one way."""
    for first, each in combinations(parts, 2):
        one, other = first.manifest, each.manifest
        differ = one.basis.difference(other.basis)
        if one.of != other.of:
            differ = f"how many parts there are ({one.of} and {other.of})"
        elif not differ and _of_different_courses(one, other):
            of = [", ".join(sorted(said.basis.assignments)) for said in (one, other)]
            differ = f"the assignment ({of[0]} and {of[1]})"
        if differ:
            raise UsageError(
                f"{first} and {each} do not fit together, and nothing was written. They differ in "
                f"{differ}. Grade one of them again as the other was, or name only those parts "
                "that belong together."
            )


def _of_different_courses(one: Manifest, other: Manifest) -> bool:
    """Whether two parts have other assignments, and that is not since they share a folder."""
    names = [set(said.basis.assignments) for said in (one, other)]
    return all(names) and not names[0] & names[1] and one.folder != other.folder


def _not_named(parts: Sequence[Folder], report: Sequence[str]) -> list[str]:
    """Return the formats that the parts were asked for and that `report` does not name."""
    named = {each.partition("=")[0] for each in report}
    every = dict.fromkeys(name for each in parts for name in each.manifest.reports)
    return [name for name in every if name not in named]


def _missing(parts: Sequence[Folder], pieces: Mapping[str, Piece]) -> list[str]:
    """Return what is to be told of what is not there."""
    of = parts[0].manifest.of
    told = []
    gone = sorted({*range(1, of + 1)} - {each.manifest.number for each in parts})
    if gone:
        named = ", ".join(map(str, gone[:_MOST_NAMED]))
        more = f" and {len(gone) - _MOST_NAMED} more" if len(gone) > _MOST_NAMED else ""
        told.append(
            f"{'Parts' if len(gone) > 1 else 'Part'} {named}{more} of {of} "
            f"{'are' if len(gone) > 1 else 'is'} missing: grade what is missing, by --shard "
            f"{gone[0]}/{of}, and merge again."
        )
    for part in parts:
        lacking = [name for name in part.manifest.submissions if name not in pieces]
        if lacking:
            told.append(
                f"Part {part.manifest.part} in {part} is not finished: {len(lacking)} of its "
                f"{len(part.manifest.submissions)} submissions are not graded, {lacking[0]} among "
                "them. The same call of `grade` goes on from there; then merge again."
            )
    return [*told, *_grown(parts)]


def _grown(parts: Sequence[Folder]) -> Iterator[str]:
    """Yield that parts found different numbers of submissions, where they did."""
    seen: dict[str, dict[int, Part]] = {}
    for part in parts:
        for folder, count in part.manifest.found.items():
            seen.setdefault(folder, {}).setdefault(count, part.manifest.part)
    for folder, counts in sorted(seen.items()):
        if len(counts) > 1:
            (fewer, one), *_, (more, other) = sorted(counts.items())
            yield (
                f"Part {one} found {fewer} submissions in {place(folder)} and part {other} {more}: "
                "what came in or went meanwhile may be in no part. Call `grade` for the parts once "
                "more, which grades only what is new, and merge again."
            )


@dataclass
class _Joining(Call):
    """A call that writes what parts came to, by the names of the submissions."""

    pieces: Mapping[str, Piece] = field(default_factory=dict)

    def places(self, name: str) -> list[Path]:
        """Return where results of this name are written, and where the part wrote its own."""
        piece = self.pieces.get(name)
        own = [] if piece is None else [piece.part.store.results / f"{file_stem(name)}.json"]
        return [*own, *super().places(name)]

    def report(self, job: Job, seen: Result, whole: Result) -> None:
        """Take the reports of the part, and write anew those that say something else by now.

        The notebook need not be there: what the part has of it stays where it cannot be read.
        """
        piece = self.pieces[job.name]
        same = seen_in(piece.part.store, job.name) == seen
        there = _copied(piece, self.reports.out, anew=same)
        wanted = {each.name for each in self.reports.wanted if each.name in FORMATS}
        if same and wanted <= there:
            self.reports.add(job.name, seen, whole)
            return
        try:
            super().report(job, seen, whole)
        except GraderError as error:
            say(self.told, f"A report of {job.name} stays as it was: {error}")


def _copied(piece: Piece, out: Path | None, *, anew: bool) -> set[str]:
    """Copy the reports that a part has of a submission, and return their formats.

    Those that are there already are copied `anew`, or stay.
    """
    copied = set()
    stem = file_stem(piece.name)
    for name, form in FORMATS.items():
        path = piece.part.store.results / f"{stem}{form.suffix}"
        if name != "json" and path.is_file() and not path.is_symlink():
            if out is not None and (anew or not (out / path.name).is_file()):
                try:
                    content = content_of(path)
                except OSError:
                    # It is written anew.
                    continue
                write_atomically(out / path.name, content)
            copied.add(name)
    return copied


@dataclass
class _Merge:
    """Joining parts in a folder of results that is open and locked."""

    store: Store
    call: _Joining
    parts: Sequence[Folder]
    joined: dict[str, str] = field(default_factory=dict)

    def carry_out(self) -> int:
        """Take in what is new; return `INTERRUPTED` where that was ended, and else `WHOLE`."""
        jobs = [_job(each) for each in self.call.pieces.values()]
        self._begin(jobs)
        try:
            for job in jobs:
                self._take(job, self.call.pieces[job.name])
                self.call.grades()
        except KeyboardInterrupt:
            kept = f"What is joined is kept in {self.store.results}; the same call goes on."
            say(self.call.told, f"\nInterrupted. {kept}")
            return INTERRUPTED
        finally:
            write_atomically(self.store.folder / JOINED, models.dumps(self.joined))
            self.call.grades(last=True)
            self.call.close_reports()
        self.call.close([job.name for job in jobs])
        return WHOLE

    def _begin(self, jobs: Sequence[Job]) -> None:
        """Bring the folder of results in line with the parts. Raises UsageError as it cannot."""
        call, store = self.call, self.store
        folder = place(self.parts[0].manifest.folder)
        above = remembered_folder(store, folder)
        if above != folder:
            raise UsageError(
                f"{store.results} holds results of {above}, and the parts are of {folder} alone: "
                "their submissions have other names. Name another folder with --out."
            )
        require_no_less(store, jobs)
        digests = {
            name: each.submission.sha256
            for name, each in call.pieces.items()
            if each.submission.sha256
        }
        for sentence in settle(store, jobs, digests):
            say(call.told, sentence)
        levels = [self.parts[0].manifest.basis.feedback]
        levels += [record.feedback for _stem, record in store.records() if record is not None]
        call.feedback = min(map(Feedback.named, levels))
        call.begin(folder, jobs, self._files())
        self.joined = _joined(store)

    def _files(self) -> dict[str, File]:
        """Return what the parts know of the files, with their assignments for a gradebook."""
        of_parts: dict[str, Assignment] = {}
        if self.call.booking is not None:
            of_parts = _assignments([each.manifest for each in self.parts])
        files: dict[str, File] = {}
        for name, piece in self.call.pieces.items():
            each = piece.submission
            if each.key:
                known = (each.sha256, each.sources, each.key, each.reference)
                assignment = of_parts.get(each.assignment)
                files[name] = File(*known) if assignment is None else Contents(*known, assignment)
        return files

    def _take(self, job: Job, piece: Piece) -> None:
        """Take in what a part has of a job, unless the folder of results has as much of it."""
        own = self.store.record(job.name)
        if own is not None and self._stays(own, piece):
            if not self.call.keep(job, {job.name: own.key}):
                self.call.take(job, Outcome(own.result), alone=False)
        else:
            self.call.take(job, piece.outcome, alone=False, key=piece.key)
        self.joined[job.name] = piece.digest

    def _stays(self, own: Record, piece: Piece) -> bool:
        """Whether a record of the folder of results counts, and not what a part has.

        It was taken from there and perhaps judged again since, is of the same key, or the grader
        failed at the same notebook in the part.
        """
        if piece.rank < GOOD:
            return piece.is_of(own)
        return own.key == piece.key or self.joined.get(piece.name) == piece.digest


def _job(piece: Piece) -> Job:
    """Return the work that a piece is of."""
    named = piece.submission.named
    return Job(
        place(piece.submission.source),
        piece.name,
        how_of(piece.part.manifest.basis.how),
        recorded=True,
        folder=place(named) if named else None,
    )


def _joined(store: Store) -> dict[str, str]:
    """Return the digests of what was taken from parts before, by the submissions' names."""
    try:
        return models.loads(dict[str, str], content_of(store.folder / JOINED))
    except (OSError, FieldError):
        return {}


def _assignments(manifests: Iterable[Manifest]) -> dict[str, Assignment]:
    """Return the assignments of parts by their names, for when their submissions were due.

    Raises UsageError where one, or the folder of submissions, is not here.
    """
    found: dict[str, Assignment] = {}
    for said in manifests:
        if not place(said.folder).is_dir():
            raise UsageError(
                f"There is no folder {place(said.folder)} here, which the parts are of. A "
                "gradebook takes from it who handed in what: merge on a machine that has it."
            )
        for name, folder in said.places.items():
            near = {each.name: each for each in in_sight(Path.cwd())}
            own = place(folder) if is_assignment(place(folder)) else near.get(name)
            if own is None:
                raise UsageError(
                    f"The assignment {name} is not in {place(folder)}, nor in a `reference` folder "
                    "above this one. A gradebook takes deadlines from it: call from its course."
                )
            found[name] = load(own)
    return found
