"""What a check has to tell as plain text, for reports that hold text only."""

from textwrap import dedent, indent
from typing import Final

from grader.i18n import _
from grader.reports.arrays import Row, furthest, is_raised_line, rows
from grader.reports.wording import cost, slips
from grader.results.evidence import Evidence
from grader.results.model import CheckResult, ExerciseResult
from grader.text import one_line, printable

_WIDTH: Final = 72


def example(evidence: Evidence) -> str:
    """Return the values of an example below each other, the wrong element pointed out."""
    shown = rows(evidence)
    column = max((len(one_line(row.label)) for row in shown), default=0) + 2
    parts = [_row(row, column) for row in shown]
    if is_raised_line(evidence):
        parts += ["", _("It was raised in this line of yours:")]
    if evidence.text:
        parts.append(printable(dedent(evidence.text)))
    if told := furthest(evidence):
        parts += ["", told]
    return "\n".join(parts)


def _row(row: Row, column: int) -> str:
    body = row.writing.body(row.item, row.worst, _WIDTH)
    lines = printable(f"{body}  {row.note()}".rstrip()).splitlines() or [""]
    label = one_line(row.label).ljust(column)
    return "\n".join([label + lines[0], *(" " * column + line for line in lines[1:])])


def check_text(check: CheckResult, exercise: str) -> str:
    """Return everything that is told of a check of the exercise with this id, except its title."""
    # By its id a student can ask the staff about it.
    parts = [f"({cost(check)}; {exercise}.{check.id})"] if check.status != "passed" else []
    parts += [printable(check.message), printable(check.comment)]
    if check.evidence is not None and check.status != "passed":
        parts.append(indent(example(check.evidence), "  ", lambda _line: True))
    if check.hint:
        parts.append(f"{_('Hint')}: {printable(check.hint)}")
    if check.evidence is not None and check.evidence.cell:
        parts.append(_("To see it yourself, run this below your code:"))
        parts.append(indent(printable(check.evidence.cell), "  "))
    return "\n\n".join(part.rstrip() for part in parts if part.strip())


def mistake_text(exercise: ExerciseResult) -> str:
    """Return what is told of the slips and the known mistake of an exercise, "" for neither."""
    parts = []
    for slip in slips(exercise):
        parts.append(f"{slip.place}\n{slip.told}")
        if slip.hint:
            parts.append(f"{_('Hint')}: {slip.hint}")
        if slip.mend:
            parts.append(f"{_('This would mend it:')}\n{slip.mend}")
    mistake = exercise.mistake
    if mistake is not None:
        named = f"{_('This looks like a known mistake')}: {mistake.name}. {mistake.explanation}"
        parts += [named, f"{_('Hint')}: {mistake.hint}"]
    return "\n\n".join(map(printable, parts))
