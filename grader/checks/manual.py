"""Exercises that a person judges: what a student has written, by a rubric of points.

    symmetry = manual(
        "symmetry",
        "In your own words",
        below="Your answer: why the shift is harmless",
        rubric=[Criterion("cancels", "The shift cancels between numerator and sum.", 4), ...],
    )

Each criterion is a check that waits for a person, with the student's text beside the first. Points
are entered later: see `grader.course.manual_points`.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from grader.assignment.model import Exercise
from grader.execution.submission import Submission
from grader.i18n import _, in_all, marked
from grader.notebook.reading import Notebook
from grader.results.evidence import Evidence
from grader.verdicts import CheckFailed, NeedsReview

# What stands in the student notebook where an answer in words goes.
PLACEHOLDER: Final = marked("*Your answer goes here.*")

_MARKUP: Final = re.compile(r"[\s#*_>`]+")
# The reference has its own answer between these.
_MARKER: Final = re.compile(r"\s*### (BEGIN|END) SOLUTION\s*")
# A rule may stand above a heading.
_HEADING: Final = re.compile(r"(?:\s*(?:-{3,}|\*{3,}|_{3,}|<hr\s*/?>)[ \t]*\n)*\s*#{1,6}\s")


@dataclass(frozen=True)
class Criterion:
    """What a good answer says, worth `points`. `sentence` is what the student reads of it."""

    id: str
    sentence: str
    points: float


@dataclass(frozen=True)
class Answer:
    """What a student has written, and the index of the cell that it begins in."""

    text: str
    cell: int


def manual(id_: str, title: str, *, below: str, rubric: Sequence[Criterion]) -> Exercise:
    """Return an exercise for which a person reads what stands `below` a line of the notebook.

    The line is looked for without its markup, so that it may be a heading or bold. Raises
    AssignmentError where the rubric cannot be one.
    """
    points = sum(each.points for each in rubric)
    exercise = Exercise(id_, title, points, manual=True, below=below)
    for number, criterion in enumerate(rubric):
        _declare(exercise, criterion, below, quoted=not number)
    return exercise


def _declare(exercise: Exercise, criterion: Criterion, below: str, *, quoted: bool) -> None:
    def check(submission: Submission) -> None:
        lines = in_all(below, submission.assignment.sources)
        found = answer_below(submission.notebook, lines)
        if found is None:
            raise NeedsReview(
                _(
                    "The line {below!r}, below which the answer belongs, is not in the notebook. A "
                    "person will look for it.",
                    below=_(below),
                )
            )
        submission.places[exercise.id] = found.cell
        if not found.text:
            raise CheckFailed(_("Nothing is written below {below!r}.", below=_(below)))
        evidence = Evidence(text=found.text) if quoted else None
        raise NeedsReview(_("A person will read your answer."), evidence)

    check.__name__, check.__doc__ = criterion.id, criterion.sentence
    exercise.check(points=criterion.points)(check)


def answer_below(notebook: Notebook, lines: Iterable[str]) -> Answer | None:
    """Return what is written below one of `lines`: in its cell, and in cells of text that follow.

    The next heading ends it. None where no such line is there.
    """
    wanted = set(map(_plain, lines))
    for cell in notebook.cells:
        source = cell.source.split("\n")
        place = next((index for index, each in enumerate(source) if _plain(each) in wanted), None)
        if place is None:
            continue
        parts = ["\n".join(source[place + 1 :])]
        for other in notebook.cells[cell.index + 1 :]:
            if other.kind == "code" or _HEADING.match(other.source):
                break
            parts.append(other.source)
        return Answer(_without_placeholder(parts), cell.index)
    return None


def _plain(line: str) -> str:
    return _MARKUP.sub(" ", line).strip().casefold()


def _without_placeholder(parts: Iterable[str]) -> str:
    every = (line for part in parts for line in part.split("\n"))
    empty = in_all(PLACEHOLDER)
    kept = [line for line in every if line.strip() not in empty and not _MARKER.fullmatch(line)]
    return "\n".join(kept).strip()
