"""A result as Markdown, for a pull request or the summary of a GitHub job.

What a student wrote stays text: it makes no HTML, no link, no mention and no reference.
"""

import re
from collections.abc import Iterator, Sequence
from typing import Final

from grader.i18n import _, marked
from grader.reports.formats import Graded, Refused
from grader.reports.plain import example
from grader.reports.wording import (
    REFUSED,
    cells_that_failed,
    cost,
    has_more,
    is_told,
    measures,
    number,
    place,
    points,
    scope,
    score,
    share,
    skipped,
    slips,
    status,
    told_once,
)
from grader.results.model import CellResult, CheckResult, ExerciseResult, Note, Result
from grader.text import one_line, printable

# https://docs.github.com/en/actions/reference/workflow-commands-for-github-actions: 1 MiB a step.
LIMIT: Final = 2**20

_MARKS: Final = {"passed": "✅", "failed": "❌", "skipped": "➖", "review": "👀", "error": "⚠️"}
_CODE: Final = re.compile(r"`([^`\n]+)`")
# Any of these may be escaped by a backslash: https://spec.commonmark.org/0.31.2/#backslash-escapes
_PUNCTUATION: Final = re.compile(r"([!-/:-@\[-`{-~])")
# What GitHub makes links of in the text that Markdown has already become: mentions, references to
# issues, addresses. A word joiner inside them, which nobody sees, keeps them text.
_LINKED: Final = re.compile(r"(@|#|GH-|(?<=:)/|www)(?=[\w/.])", re.IGNORECASE)
_WORD_JOINER: Final = "\u2060"
_TOO_LONG: Final = marked("\n_The report goes on, but not all of it fits here._\n")


def write_report(graded: Graded) -> str:
    """Return the report of a result in this format."""
    return to_markdown(graded.result)


def write_refusal(refused: Refused) -> str:
    """Return what says why a submission was not graded."""
    return f"## {_line(refused.name)}: {REFUSED}\n\n{_line(refused.sentence)}\n"


def to_markdown(result: Result, limit: int = LIMIT) -> str:
    """Return the report as Markdown of at most `limit` bytes of UTF-8.

    What does not fit is left out from the end, and that is said.
    """
    room = limit - len(_(_TOO_LONG).encode())
    kept: list[str] = []
    size = 0
    for block in _blocks(result):
        size += len(block.encode()) + 1
        if size > room:
            return "\n".join([*kept, _(_TOO_LONG)])[:limit]
        kept.append(block)
    return "\n".join(kept)


def _blocks(result: Result) -> Iterator[str]:
    title = f"{_line(result.submission.name)}: {_line(score(result))}"
    yield f"## {title}\n"
    assignment = result.assignment
    yield _(
        "{title}, version {version}\n",
        title=_line(assignment.title),
        version=_line(assignment.version),
    )
    yield _table(result.exercises)
    yield from (f"{sentence}\n" for sentence in scope(result))
    for exercise in told_once(result.exercises):
        if has_more(exercise):
            yield f"### {_line(exercise.title)}\n"
            yield from _exercise(exercise)
    lines = list(cells_that_failed(result.cells))
    if lines:
        yield f"### {_('Cells that did not run to their end')}\n"
        yield "".join(f"- {_text(line)}\n" for line in lines)
    yield from _notes(_("Notes"), result.notes, result.cells)
    told = _(
        "{measures} Graded in {seconds:.0f} s; sandbox: {sandbox}.",
        measures=measures(result),
        seconds=result.seconds,
        sandbox=result.sandbox,
    )
    yield f"<sub>{_line(told)}</sub>\n"


def exercise_markdown(exercise: ExerciseResult) -> str:
    """Return what is told of one exercise, with its points and its passed checks."""
    passed = [check for check in exercise.checks if check.status == "passed" and not is_told(check)]
    given = _(
        "{score} of {points}", score=number(exercise.score), points=points(exercise.max_score)
    )
    mark = _MARKS[status(exercise)]
    parts = [f"**{mark} {_line(exercise.title)}: {_line(given)}**\n", *_exercise(exercise)]
    if passed:
        parts.append("".join(f"- ✅ {_text(check.title)}\n" for check in passed))
    return "\n".join(parts)


def _table(exercises: Sequence[ExerciseResult]) -> str:
    pending = any(exercise.pending for exercise in exercises)
    heads = ["", _("Exercise"), _("Points"), *[_("Pending")] * pending]
    rule = ["---", "---", *["---:"] * (len(heads) - 2)]
    lines = [f"| {' | '.join(heads)} |", f"| {' | '.join(rule)} |"]
    for exercise in exercises:
        waits = [number(exercise.pending) if exercise.pending else ""]
        cells = [_MARKS[status(exercise)], _line(exercise.title), share(exercise)]
        cells += waits * pending
        lines.append(f"| {' | '.join(cells)} |")
    return "\n".join(lines) + "\n"


def _exercise(exercise: ExerciseResult) -> Iterator[str]:
    for slip in slips(exercise):
        hint = f">\n> **{_('Hint')}:** {_text(slip.hint)}\n" if slip.hint else ""
        yield f"> **{_text(slip.place)}** {_text(slip.told)}\n{hint}"
        if slip.mend:
            yield f"> {_('This would mend it:')} {_code(slip.mend.strip())}\n"
    mistake = exercise.mistake
    if mistake is not None:
        yield (
            f"> **{_('This looks like a known mistake')}: {_text(mistake.name)}.** "
            f"{_text(mistake.explanation)}\n>\n> **{_('Hint')}:** {_text(mistake.hint)}\n"
        )
    for check in exercise.checks:
        if is_told(check):
            yield _check(check, exercise)
    if skipped(exercise):
        yield f"- {_MARKS['skipped']} {_text(skipped(exercise))}\n"


def _check(check: CheckResult, exercise: ExerciseResult) -> str:
    place = _code(f"{exercise.id}.{check.id}")
    price = _line(cost(check))
    parts = [f"- {_MARKS[check.status]} **{_text(check.title)}** ({price}; {place})"]
    if check.message:
        parts.append(f"  {_text(check.message)}")
    if check.comment:
        parts.append(f"  **{_line(check.comment)}**")
    if check.evidence is not None and check.status != "passed" and example(check.evidence).strip():
        parts.append(_block(example(check.evidence), "text"))
    if check.hint:
        parts.append(f"  **{_('Hint')}:** {_text(check.hint)}")
    if check.evidence is not None and check.evidence.cell:
        parts.append(f"  {_('To see it yourself, run this below your code:')}")
        parts.append(_block(check.evidence.cell, "python"))
    return "\n\n".join(parts) + "\n"


def _notes(heading: str, notes: Sequence[Note], cells: Sequence[CellResult]) -> Iterator[str]:
    if notes:
        where = [f"{place(note.cell, cells)}: " if note.cell is not None else "" for note in notes]
        lines = [f"- {_text(each + note.text)}\n" for each, note in zip(where, notes, strict=True)]
        yield f"### {heading}\n"
        yield "".join(lines)


def _text(text: str) -> str:
    """Return text as one line of Markdown, what stands between backticks as code."""
    parts = _CODE.split(one_line(text))
    return "".join(_code(part) if place % 2 else _line(part) for place, part in enumerate(parts))


def _line(text: str) -> str:
    """Return text as one line of Markdown that shows it letter for letter."""
    # The spaces at both ends separate it from what stands beside it.
    lead, tail = text[:1].isspace(), text[-1:].isspace() and len(text) > 1
    joined = _LINKED.sub(rf"\1{_WORD_JOINER}", one_line(text))
    escaped = _PUNCTUATION.sub(r"\\\1", joined)
    # GitHub sees formulas before it sees backslashes.
    escaped = escaped.replace("\\$", "&#36;")
    return f"{' ' * lead}{escaped}{' ' * tail}"


def _code(text: str) -> str:
    """Return text as code inside a line."""
    shown = one_line(text)
    if not shown:
        # Two fences with nothing between them are one, which no other ends.
        return _line(f"`{text}`")
    fence = "`" * (_longest_run(shown) + 1)
    # A bar would end the cell of a table; elsewhere it needs no care.
    return f"{fence} {shown} {fence}" if "`" in shown else f"{fence}{shown}{fence}"


def _block(text: str, language: str) -> str:
    """Return text as a block of code that belongs to the list item above it."""
    shown = printable(text)
    fence = "`" * max(3, _longest_run(shown) + 1)
    lines = [f"{fence}{language}", *shown.splitlines(), fence]
    return "\n".join(f"  {line}".rstrip() for line in lines)


def _longest_run(text: str) -> int:
    return max(map(len, re.findall(r"`+", text)), default=0)
