"""A result as a page for the student: one HTML file, for the phone, for paper, for the dark."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from textwrap import dedent
from typing import Final

from grader.drawings import Example
from grader.evidence import Evidence
from grader.reports.charts import LineChart, line_chart
from grader.reports.matrices import Matrix, matrices
from grader.reports.pages import page, part
from grader.reports.values import furthest
from grader.reports.wording import (
    CELL_ENDS,
    measured,
    number,
    place,
    points,
    scope,
    score,
    status,
)
from grader.results import CellResult, ExerciseResult, Result

__all__ = ["fragment", "student_page"]

_STATUS_WORDS: Final = {
    "passed": "passed",
    "failed": "not yet right",
    "skipped": "skipped",
    "review": "waits for a person",
    "error": "the grader failed",
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


@dataclass(frozen=True)
class Moment:
    """A cell in the timeline: how it ended, and its share of the time of the longest."""

    cell: CellResult
    told: str
    part: float


def student_page(result: Result) -> str:
    """Return the page of one submission: complete in itself, and inert whatever it holds."""
    return page(
        "student.html",
        script="student.js",
        result=result,
        score=score(result),
        verdict=_verdict(result),
        scope=scope(result),
        rings=_rings(result),
        radius=_RING_RADIUS,
        words=_STATUS_WORDS,
        shown=_shown,
        measured=measured(result),
        glance=_glance,
        place=place,
        charts=_charts(result),
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
        exercises=exercises,
        notes=notes,
        words=_STATUS_WORDS,
        shown=_shown,
    )


def _verdict(result: Result) -> str:
    """Return in one sentence what there is to do."""
    statuses = [status(exercise) for exercise in result.exercises]
    if not statuses:
        return "No exercise was graded."
    mend = sum(each in ("failed", "skipped") for each in statuses)
    if mend:
        exercises = "exercise needs" if mend == 1 else "exercises need"
        return f"{mend} of {len(statuses)} {exercises} another look. What to mend is below."
    if result.pending:
        looked_at = result.pending - result.after_submission
        waits = [f"{points(looked_at)} wait for a person's look"] * bool(looked_at)
        waits += [f"{points(result.after_submission)} for the submission"] * bool(
            result.after_submission
        )
        return f"Nothing is wrong; {', '.join(waits)}."
    return "Every check passed."


def _rings(result: Result) -> tuple[float, float]:
    """Return the parts of the ring, in hundredths: the score, and what is pending."""
    most = result.max_score or 1
    return round(100 * result.score / most, 2), round(100 * result.pending / most, 2)


def _glance(exercise: ExerciseResult) -> str:
    """Return in a few words how an exercise's checks ended."""
    statuses = [check.status for check in exercise.checks]
    passed = statuses.count("passed")
    if passed == len(statuses):
        return "every check passed"
    told = [f"{passed} of {len(statuses)} checks passed"]
    if exercise.mistake is not None:
        told.append(f"looks like: {exercise.mistake.name}")
    if waiting := statuses.count("review") + statuses.count("error"):
        told.append(f"{waiting} pending")
    return ", ".join(told)


def _shown(evidence: Evidence) -> Shown:
    laid_out = tuple(matrices(evidence))
    told = "" if _plain_to_see(laid_out) else furthest(evidence)
    return Shown(laid_out, dedent(evidence.text or ""), told, evidence.cell or "")


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
        Moment(cell, CELL_ENDS[cell.status].strip(), round(100 * cell.seconds / longest, 1))
        for cell in result.cells
    ]


def _seconds(value: float) -> str:
    """Return a time in words, as exactly as a reader cares to know it."""
    if value < 10:
        return f"{value:.1f} s"
    if value < 120:
        return f"{value:.0f} s"
    return f"{number(value // 60)} min {value % 60:.0f} s"
