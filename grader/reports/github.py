"""A result as GitHub workflow commands, which annotate the notebook at its cells.

https://docs.github.com/en/actions/reference/workflow-commands-for-github-actions
"""

import os
import secrets
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Final, Literal

from rich.console import Console

from grader.i18n import _
from grader.reports.formats import Graded, Refused
from grader.reports.graded_file import content
from grader.reports.notebook_lines import source_lines
from grader.reports.wording import (
    CELL_ENDS,
    REFUSED,
    named,
    number,
    points,
    scope,
    skipped,
    slips,
)
from grader.results.model import CheckResult, ExerciseResult, Result
from grader.text import capital, one_line, printable

# GitHub shows no more of a kind in a step.
MOST: Final = 10


@dataclass(frozen=True)
class Annotation:
    """One note at a line of the notebook's file."""

    kind: Literal["error", "warning", "notice"]
    line: int
    title: str
    message: str

    def command(self, file: str) -> str:
        """Return the workflow command, one line."""
        where = f"file={_property(file)},line={self.line},title={_property(self.title)}"
        return f"::{self.kind} {where}::{_data(self.message)}"


def write_report(graded: Graded) -> str:
    """Return the report of a result in this format."""
    return to_annotations(graded.result, content(graded).decode("utf-8-sig", "replace"))


def write_refusal(refused: Refused) -> str:
    """Return what says why a submission was not graded."""
    title, told = capital(REFUSED), one_line(refused.sentence)
    return f"{Annotation('error', 1, title, told).command(str(refused.path))}\n"


def to_annotations(result: Result, notebook: str) -> str:
    """Return a line for each exercise that lost points or waits, and each cell that failed.

    A student's repository has a notice that says how much was checked, and one holds what a person
    said of checks that passed.

    `notebook` is the text of the graded file. The first ten of each kind are given; the last of
    them says how many more there are.
    """
    lines = source_lines(notebook)
    every = [*_exercises(result.exercises, lines), *_cells(result, lines)]
    errors = _bounded([each for each in every if each.kind == "error"])
    warnings = _bounded([each for each in every if each.kind == "warning"])
    told = scope(result) if result.released else []
    read = [each for each in every if each.kind == "notice"]
    notices = _bounded(
        [*(Annotation("notice", 1, _("What was checked"), each) for each in told), *read]
    )
    shown = (*errors, *warnings, *notices)
    return "".join(f"{each.command(result.submission.path)}\n" for each in shown)


def _exercises(exercises: Iterable[ExerciseResult], lines: Sequence[int]) -> Iterator[Annotation]:
    for exercise in exercises:
        given = _(
            "{score} of {points}", score=number(exercise.score), points=points(exercise.max_score)
        )
        title = f"{one_line(exercise.title)}: {given}"
        lost = [check for check in exercise.checks if check.lost]
        waiting = [check for check in exercise.checks if check.pending]
        line = _line(exercise.cell, lines)
        if lost:
            failed = [check for check in lost if check.status != "skipped"]
            told = [f"✗ {_words(check)}" for check in failed]
            told += [f"- {skipped(exercise)}"] * bool(skipped(exercise))
            if exercise.mistake is not None:
                told.insert(0, f"{_('This looks like a known mistake')}: {exercise.mistake.name}.")
            told = [f"{one_line(f'{each.place}. {each.told}')}" for each in slips(exercise)] + told
            yield Annotation("error", line, title, "\n".join(told))
        if waiting:
            told = [f"? {_words(check)}" for check in waiting]
            yield Annotation("warning", line, title, "\n".join(told))
        read = [check for check in exercise.checks if check.status == "passed" and check.comment]
        if read:
            yield Annotation("notice", line, title, "\n".join(f"✓ {_words(each)}" for each in read))


def _words(check: CheckResult) -> str:
    return one_line(f"{check.title} {check.message} {check.comment}")


def _cells(result: Result, lines: Sequence[int]) -> Iterator[Annotation]:
    for cell in result.cells:
        if cell.status in ("error", "timeout", "died"):
            name = capital(named(cell))
            title = f"{name} {_(CELL_ENDS[cell.status]) or _('ended with an error')}"
            yield Annotation("warning", _line(cell.index, lines), title, cell.error or title)


def _line(cell: int | None, lines: Sequence[int]) -> int:
    return lines[cell] if cell is not None and cell < len(lines) else 1


def _bounded(annotations: Sequence[Annotation]) -> Sequence[Annotation]:
    if len(annotations) <= MOST:
        return annotations
    last = annotations[MOST - 1]
    more = _(
        "{message}\nThere are {count} more of these.",
        message=last.message,
        count=len(annotations) - MOST,
    )
    return [*annotations[: MOST - 1], Annotation(last.kind, last.line, last.title, more)]


def _data(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")


@contextmanager
def as_text(console: Console) -> Iterator[None]:
    """Have nothing that is printed on `console` meanwhile be taken for a command.

    A line of a student's may look like one. Elsewhere than in a workflow nothing is added.
    """
    if os.environ.get("GITHUB_ACTIONS") != "true":
        yield
        return
    # Commands are off until this is said again, which nobody can know before.
    token = secrets.token_hex(16)
    _print(console, f"::stop-commands::{token}")
    try:
        yield
    finally:
        _print(console, f"::{token}::")


def say(console: Console, text: str) -> None:
    """Print a text as it is, in which a student's words may stand."""
    with as_text(console):
        _print(console, printable(text))


def _print(console: Console, line: str) -> None:
    console.print(line, markup=False, emoji=False, highlight=False, soft_wrap=True)
