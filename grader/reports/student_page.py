"""A result as a page for the student: one HTML file, for the phone, for paper, for the dark."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from textwrap import dedent
from typing import Final

from grader.i18n import _, _n, marked
from grader.notebook.reading import Notebook
from grader.reports.arrays import furthest, is_raised_line
from grader.reports.formats import Graded
from grader.reports.graded_file import unchanged
from grader.reports.html import page, part
from grader.reports.matrices import Matrix, matrices
from grader.reports.own_code import Excerpt, Source
from grader.reports.svg import LineChart, line_chart, score_chart
from grader.reports.wording import (
    CELL_ENDS,
    measured,
    named,
    number,
    place,
    points,
    scope,
    score,
    status,
    told_once,
)
from grader.results.drawings import Example
from grader.results.evidence import Evidence
from grader.results.model import CellResult, ExerciseResult, Result

_STATUS_WORDS: Final = {
    "passed": marked("passed"),
    "failed": marked("not yet right"),
    "skipped": marked("skipped"),
    "review": marked("waits for a person"),
    "error": marked("the grader failed"),
}
# A ring of this radius is 100 long.
_RING_RADIUS: Final = 15.9155


@dataclass(frozen=True)
class Shown:
    """The evidence of one check, laid out."""

    matrices: tuple[Matrix, ...]
    text: str
    furthest: str
    cell: str
    own: "Own | None" = None


@dataclass(frozen=True)
class Own:
    """The student's source beside a check; `again` where the page has shown it further up."""

    excerpt: Excerpt
    anchor: str
    again: bool


@dataclass(frozen=True)
class Moment:
    """A cell in the timeline: how it ended, and its share of the time of the longest."""

    cell: CellResult
    told: str
    part: float


def write_report(graded: Graded) -> str:
    """Return the report of a result in this format."""
    return student_page(graded.result, unchanged(graded))


def student_page(result: Result, notebook: Notebook | None = None) -> str:
    """Return the page of one submission: complete in itself, and inert whatever it holds.

    `notebook` is the one that was graded, where its source is to stand beside the checks.
    """
    sources = _Sources(notebook)
    return page(
        "student.html",
        script="student.js",
        result=replace(result, exercises=told_once(result.exercises)),
        score=score(result),
        verdict=_verdict(result),
        scope=scope(result),
        rings=_rings(result),
        radius=_RING_RADIUS,
        words=_words(),
        shown=sources.shown,
        measured=measured(result),
        glance=_glance,
        place=place,
        named=named,
        charts=_charts(result),
        scores=score_chart(result.history),
        moment=_moment,
        examples=result.examples,
        right=sum(map(_right, result.examples)),
        timeline=_timeline(result),
        seconds=_seconds,
    )


def fragment(exercises: Sequence[ExerciseResult], notes: Sequence[str]) -> str:
    """Return what exercises came to as HTML for a notebook's output, with notes below it."""
    return part(
        "inline.html",
        style="inline.css",
        exercises=told_once(exercises),
        notes=notes,
        words=_words(),
        shown=_Sources(None).shown,
    )


def _words() -> dict[str, str]:
    return {name: _(word) for name, word in _STATUS_WORDS.items()}


def _verdict(result: Result) -> str:
    """Return in one sentence what there is to do."""
    statuses = [status(exercise) for exercise in result.exercises]
    if not statuses:
        return _("No exercise was graded.")
    mend = sum(each in ("failed", "skipped") for each in statuses)
    if mend:
        return _n(
            "{number} of {count} exercises needs another look. What to mend is below.",
            "{number} of {count} exercises need another look. What to mend is below.",
            mend,
            count=len(statuses),
        )
    if result.pending:
        looked_at = result.pending - result.after_submission
        waits = [_("{points} wait for a person's look", points=points(looked_at))] * bool(looked_at)
        waits += [_("{points} for the submission", points=points(result.after_submission))] * bool(
            result.after_submission
        )
        return _("Nothing is wrong; {waits}.", waits=", ".join(waits))
    return _("Every check passed.")


def _rings(result: Result) -> tuple[float, float]:
    """Return the parts of the ring, in hundredths: the score, and what is pending."""
    most = result.max_score or 1
    return round(100 * result.score / most, 2), round(100 * result.pending / most, 2)


def _glance(exercise: ExerciseResult) -> str:
    """Return in a few words how an exercise's checks ended."""
    statuses = [check.status for check in exercise.checks]
    passed = statuses.count("passed")
    if passed == len(statuses):
        return _("every check passed")
    told = [_("{passed} of {count} checks passed", passed=passed, count=len(statuses))]
    if exercise.mistakes:
        names = ", ".join(each.name for each in exercise.mistakes)
        told.append(_("looks like: {name}", name=names))
    if waiting := statuses.count("review") + statuses.count("error"):
        told.append(_("{number} pending", number=waiting))
    return ", ".join(told)


class _Sources:
    """Lays evidence out, and remembers which of the student's source the page has shown."""

    def __init__(self, notebook: Notebook | None) -> None:
        self.notebook = notebook
        self.anchors: dict[Excerpt, str] = {}

    @cached_property
    def source(self) -> Source | None:
        """Go through the code once where a check shows some of the student's own source."""
        return None if self.notebook is None else Source(self.notebook)

    def shown(self, evidence: Evidence, exercise: ExerciseResult) -> Shown:
        """Return the evidence of a check of this exercise as it is shown."""
        laid_out = tuple(matrices(evidence))
        told = "" if _plain_to_see(laid_out) else furthest(evidence)
        own = self._own(evidence, exercise.cell)
        # The line that raised need not be told beside the code in which it is marked.
        marked = own is not None and own.excerpt.marked and is_raised_line(evidence)
        text = "" if marked else dedent(evidence.text or "")
        return Shown(laid_out, text, told, evidence.cell or "", own)

    def _own(self, evidence: Evidence, last: int | None) -> Own | None:
        if evidence.code is None or self.source is None:
            return None
        found = self.source.excerpt(evidence.code, last)
        if found is None:
            return None
        again = found in self.anchors
        anchor = self.anchors.setdefault(found, f"code-{len(self.anchors) + 1}")
        return Own(found, anchor, again)


def _plain_to_see(laid_out: Iterable[Matrix]) -> bool:
    """Return whether one entry is marked, and is not written as the one that was expected."""
    marked = {
        kind: [
            entry.text
            for each in laid_out
            if each.kind == kind
            for block in each.blocks
            for row in block.rows
            for entry in row
            if entry.wrong
        ]
        for kind in ("expected", "got")
    }
    return len(marked["got"]) == 1 and marked["expected"] != marked["got"]


def _charts(result: Result) -> list[LineChart]:
    return [chart for curve in result.curves if (chart := line_chart(curve)) is not None]


def _right(example: Example) -> bool:
    return example.predicted == example.true


def _timeline(result: Result) -> list[Moment]:
    longest = max((cell.seconds for cell in result.cells), default=0) or 1
    return [
        Moment(cell, _(CELL_ENDS[cell.status]), round(100 * cell.seconds / longest, 1))
        for cell in result.cells
    ]


def _moment(date: str) -> str:
    """Return a moment as a person reads it: the day and the minute."""
    return f"{date[:10]} {date[11:16]}"


def _seconds(value: float) -> str:
    """Return a time in words, as exactly as a reader cares to know it."""
    if value < 10:
        return _("{seconds:.1f} s", seconds=value)
    if value < 120:
        return _("{seconds:.0f} s", seconds=value)
    return _("{minutes} min {seconds:.0f} s", minutes=number(value // 60), seconds=value % 60)
