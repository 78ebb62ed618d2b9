"""A course's results as one page for the instructor, which is built up one result at a time."""

from collections import Counter
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field, replace
from statistics import fmean, median
from typing import Final
from urllib.parse import quote

from grader.reports.formats import Course
from grader.reports.html import page
from grader.reports.item_statistics import Tally
from grader.reports.svg import histogram
from grader.reports.wording import place
from grader.results.identity import file_stem
from grader.results.model import CellResult, Note, Result
from grader.text import capital, one_line

_MOST_LISTED: Final = 20
_SLOWEST: Final = 5
_WORDS: Final = {
    "graded": "graded",
    "review": "for a person",
    "error": "grader failed",
    "unusable": "not usable",
}


@dataclass(frozen=True)
class Entry:
    """What is kept of one submission: a line of the table, and what a person should look at.

    `key` is a name that tells nothing of whose it is. `looks` and `integrity` are places and what
    there is to see. `error` is why there is no result.
    """

    name: str
    key: str
    status: str
    score: float = 0.0
    max_score: float = 0.0
    pending: float = 0.0
    seconds: float = 0.0
    partial: bool = False
    scores: tuple[tuple[str, float], ...] = ()
    mistakes: tuple[str, ...] = ()
    looks: tuple[tuple[str, str], ...] = ()
    integrity: tuple[tuple[str, str], ...] = ()
    error: str = ""


@dataclass
class Overview:
    """The results of a course, as far as the page tells them."""

    title: str = ""
    version: str = ""
    entries: dict[str, Entry] = field(default_factory=dict)
    tally: Tally = field(default_factory=Tally)
    exercises: dict[str, str] = field(default_factory=dict)

    def add(self, name: str, result: Result) -> None:
        """Take in the result of the submission of this name."""
        self.title = self.title or result.assignment.title
        self.version = self.version or result.assignment.version
        self.exercises |= {each.id: each.title for each in result.exercises}
        self.tally.add(result)
        self.entries[name] = Entry(
            name,
            result.submission.sha256,
            result.status,
            result.score,
            result.max_score,
            result.pending,
            result.seconds,
            result.partial,
            tuple((each.id, each.score) for each in result.exercises),
            tuple(dict.fromkeys(_mistakes(result))),
            tuple(_looks(result)),
            tuple(_note(each, result.cells) for each in result.integrity),
        )

    def add_unusable(self, name: str, sentence: str) -> None:
        """Take in a submission that could not be graded, with the reason."""
        self.entries[name] = Entry(name, "", "unusable", error=sentence)

    def page(
        self, names: Sequence[str] = (), *, pages: Collection[str] = (), anonymous: bool = False
    ) -> str:
        """Return the page, its submissions in the order of `names`, or as they came.

        Those in `pages` lead to the page of their own beside this one. An `anonymous` page
        has numbers in place of names, given by the notebooks' digests, and neither links nor
        sentences that could tell a name: a student's own words may stand in any of them.
        """
        every = [self.entries[name] for name in names or self.entries if name in self.entries]
        if anonymous:
            every = [_nameless(entry, number) for number, entry in _numbered(every)]
        graded = [entry for entry in every if entry.status != "unusable"]
        most = max((entry.max_score for entry in graded), default=0.0)
        scores = [entry.score for entry in graded]
        return page(
            "overview.html",
            script="overview.js",
            title=self.title or "No submission was graded",
            version=self.version,
            entries=every,
            words=_WORDS,
            exercises=self.exercises,
            pages=() if anonymous else pages,
            href=_href,
            most=most,
            graded=len(graded),
            mean=fmean(scores) if scores else None,
            median=median(scores) if scores else None,
            histogram=histogram(scores, most),
            items=self.tally.items(),
            mistakes=Counter(mistake for entry in graded for mistake in entry.mistakes).most_common(
                _MOST_LISTED
            ),
            looks=[entry for entry in every if entry.looks or entry.error],
            integrity=[entry for entry in every if entry.integrity],
            slowest=sorted(graded, key=lambda entry: -entry.seconds)[:_SLOWEST],
        )


def write_course(course: Course) -> str:
    """Return the instructor's page."""
    return course.overview.page(course.names, pages=course.pages)


def write_anonymous(course: Course) -> str:
    """Return the page without names, which tells what students may see."""
    return course.nameless.page(course.names, anonymous=True)


def _mistakes(result: Result) -> Iterable[str]:
    return (mistake.name for each in result.exercises for mistake in each.mistakes)


def _looks(result: Result) -> Iterable[tuple[str, str]]:
    for exercise in result.exercises:
        for check in exercise.checks:
            if check.status in ("review", "error"):
                yield f"{exercise.id}.{check.id}", one_line(check.message)


def _note(note: Note, cells: Iterable[CellResult]) -> tuple[str, str]:
    return capital(place(note.cell, cells)) or "The notebook", one_line(note.text)


def _numbered(entries: Iterable[Entry]) -> Iterable[tuple[int, Entry]]:
    return enumerate(sorted(entries, key=lambda entry: entry.key), start=1)


def _nameless(entry: Entry, number: int) -> Entry:
    return replace(
        entry,
        name=f"Submission {number}",
        looks=tuple((place, "") for place, _ in entry.looks),
        integrity=tuple((place, "") for place, _ in entry.integrity),
        error="The file could not be graded." if entry.error else "",
    )


def _href(name: str) -> str:
    # With the dots first, a name that begins like "javascript:" is a file all the same.
    return f"./{quote(file_stem(name))}.html"
