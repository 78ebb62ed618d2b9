"""Writing the reports that one call of `grade` asks for, as results come in."""

import os
import sys
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final, Self

from grader.errors import UsageError
from grader.files import require_writable, write_atomically
from grader.i18n import spoken
from grader.reports.csv_file import Row
from grader.reports.formats import COURSE_FORMATS, FORMATS, Course, Graded, Refused
from grader.reports.overview import Overview
from grader.results.identity import file_stem
from grader.results.model import Result

STDOUT: Final = "-"


@dataclass(frozen=True)
class ServerSpec:
    """A report that was asked for: its format, and its file: "-" is stdout, None the folder's."""

    name: str
    file: str | None

    @classmethod
    def named(cls, text: str) -> Self:
        """Return what `FORMAT` or `FORMAT=FILE` asks for.

        Raises UsageError for a format that there is not.
        """
        name, equals, file = text.partition("=")
        if name not in FORMATS and name not in COURSE_FORMATS:
            known = ", ".join(sorted({*FORMATS, *COURSE_FORMATS}))
            raise UsageError(f"There is no report {name!r}; there are {known}.")
        if equals and not file:
            raise UsageError(f"--report {text} names no file; write {text}FILE.")
        return cls(name, file or None)


@dataclass
class Reports:
    """The reports of one call, written as its results come in; `close` writes the course's.

    With a page for each of several submissions, the overview that links them is written too.
    """

    wanted: tuple[ServerSpec, ...] = ()
    out: Path | None = None
    overview: Overview = field(default_factory=Overview)
    nameless: Overview = field(default_factory=Overview)
    rows: dict[str, Row] = field(default_factory=dict)

    @classmethod
    def asked(cls, texts: Sequence[str], *, out: Path | None, notebooks: Collection[Path]) -> Self:
        """Return the reports that `--report` asks for.

        Raises UsageError where that cannot be carried out, before anything is graded.
        """
        wanted = tuple(map(ServerSpec.named, texts))
        for each in wanted:
            _refuse(each, out, notebooks)
        _refuse_sharing([each.file for each in wanted if each.file is not None])
        for each in wanted:
            if each.file not in (None, STDOUT):
                require_writable(Path(str(each.file)))
        if ServerSpec("html", None) in wanted and len(notebooks) > 1:
            wanted = tuple(dict.fromkeys((*wanted, ServerSpec("overview", None))))
        return cls(wanted, out)

    @property
    def names(self) -> tuple[str, ...]:
        """The formats that were asked for."""
        return tuple(each.name for each in self.wanted)

    def of_each(self, out: Path) -> "Reports":
        """Return those of the reports that are of one submission, for the folder `out`."""
        return Reports(tuple(each for each in self.wanted if each.name in FORMATS), out)

    @property
    def quiet(self) -> bool:
        """Whether stdout is for a report alone."""
        return any(each.file == STDOUT for each in self.wanted)

    def take(
        self,
        name: str,
        path: Path,
        result: Result,
        *,
        whole: Result | None = None,
        folder: Path | None = None,
    ) -> None:
        """Write what is wanted of the submission that is called `name`, and what is there of it.

        It is in the file `path`, found in `folder`. `result` is what a student may see of `whole`,
        which only the instructor's page tells of. Raises UsageError where a report cannot
        be written, when the others are.
        """
        stem = file_stem(name)
        graded = Graded(result, path, folder)
        faults = []
        for each in (*self.wanted, *self._there(stem)):
            if each.name in FORMATS:
                try:
                    self._write_one(each, stem, graded)
                except UsageError as error:
                    faults.append(error)
        self.add(name, result, whole or result)
        if faults:
            raise faults[0]

    def _there(self, stem: str) -> Iterator[ServerSpec]:
        """Yield what a folder holds of a submission already: it must not stay as it was."""
        for name, form in FORMATS.items() if self.out is not None else ():
            wanted = ServerSpec(name, None)
            if wanted not in self.wanted and _exists(self.out, f"{stem}{form.suffix}"):
                yield wanted

    def _write_one(self, wanted: ServerSpec, stem: str, graded: Graded) -> None:
        form = FORMATS[wanted.name]
        with spoken(graded.result.language):
            text = form.write(graded)
        self._write(wanted, f"{stem}{form.suffix}", text)

    def add(self, name: str, result: Result, whole: Result) -> None:
        """Let a submission stand in the reports on the whole course."""
        if self.of_course:
            self.overview.add(name, whole)
            self.nameless.add(name, result)
            self.rows[name] = Row.graded(name, result)

    def fail(self, name: str, sentence: str) -> None:
        """Take in that a submission could not be graded, and why."""
        if self.of_course:
            self.overview.add_unusable(name, sentence)
            self.nameless.add_unusable(name, sentence)
            self.rows[name] = Row.unusable(name, sentence)

    def refuse(self, refused: Refused) -> None:
        """Take in a submission that could not be graded, and say why in the files named for CI.

        Raises UsageError where one cannot be written.
        """
        self.fail(refused.name, refused.sentence)
        for each in self.wanted:
            form = FORMATS.get(each.name)
            if form is not None and form.refuse is not None and each.file is not None:
                self._write(each, "", form.refuse(refused))

    def close(self, names: Sequence[str]) -> None:
        """Write the reports on all submissions, in the order of `names`."""
        pages = {
            name
            for name in names
            if _exists(self.out, f"{file_stem(name)}{FORMATS['html'].suffix}")
        }
        course = Course(self.overview, self.nameless, self.rows, tuple(names), frozenset(pages))
        for each in self.of_course:
            form = COURSE_FORMATS[each.name]
            self._write(each, form.file, form.write(course))

    @property
    def of_course(self) -> list[ServerSpec]:
        """The reports on the whole course: those asked for, and those that the folder holds."""
        asked = [each for each in self.wanted if each.name in COURSE_FORMATS]
        there = [
            ServerSpec(name, None)
            for name, form in COURSE_FORMATS.items()
            # The grades are written by themselves.
            if name != "csv" and _exists(self.out, form.file)
        ]
        return list(dict.fromkeys((*asked, *there)))

    def _write(self, wanted: ServerSpec, name: str, text: str) -> None:
        if wanted.file == STDOUT:
            sys.stdout.write(text)
        elif wanted.file is not None:
            write_atomically(Path(wanted.file), text)
        elif self.out is not None:
            write_atomically(self.out / name, text)


def _exists(folder: Path | None, name: str) -> bool:
    return folder is not None and (folder / name).is_file()


def _refuse_sharing(files: Sequence[str]) -> None:
    if files.count(STDOUT) > 1:
        raise UsageError("Only one report can go to stdout; name files for the others.")
    named = [Path(file).resolve() for file in files if file != STDOUT]
    twice = next((path for path in named if named.count(path) > 1), None)
    if twice is not None:
        raise UsageError(f"Two reports would be written to {twice}. Name a file for each.")


def _refuse(wanted: ServerSpec, out: Path | None, notebooks: Collection[Path]) -> None:
    name = wanted.name
    if wanted.file is None and out is None:
        raise UsageError(
            f"--report {name} needs a file, as in --report {name}=FILE, or a folder, by --out."
        )
    if wanted.file is not None and name in FORMATS and len(notebooks) > 1:
        raise UsageError(
            f"--report {name}={wanted.file} would write every notebook's report to one file; use "
            f"--out DIR --report {name}."
        )
    # What was handed in may be a link to itself, which a path does not resolve.
    submitted = {os.path.realpath(path) for path in notebooks}
    if wanted.file not in (None, STDOUT) and os.path.realpath(str(wanted.file)) in submitted:
        raise UsageError(
            f"--report {name}={wanted.file} would overwrite the submission. Name another file."
        )
