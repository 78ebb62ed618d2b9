"""How the run of a cell ended, as told by its outputs and by the agent."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any, Final, Literal

from nbformat import NotebookNode

from grader.i18n import _, marked
from grader.sandbox.limits import Limits, explained
from grader.text import printable

MOST_NOTES: Final = 100
PRINTED_KEPT: Final = 4000
# Characters of an error, and parts of a traceback, that are looked at.
LONGEST: Final = 2000
MOST_FRAMES: Final = 10
# How IPython marks the line in which an error arose.
_ARROW: Final = re.compile(r"^-+> +\d+ (.*)$", re.MULTILINE)

# What Python calls a cell is a number that IPython made up: its line alone tells a person anything.
_PLACE: Final = re.compile(r" \((?:<[^<>,()]*>|\d{3,}\.py), (line \d+)\)$")

# The cell of a statement that was left out, the module for which, and the names it mentions.
LeftOut = tuple[int, str, tuple[str, ...]]

Status = Literal["ok", "error", "timeout", "died"]


@dataclass(frozen=True, slots=True)
class CellEnd:
    """How the execution of one cell ended.

    `error` is one line, `error_name` the exception's type, `line` the line of the cell that raised
    it where that is known; `displayed` are the MIME types of its
    outputs; `figures` is how many matplotlib figures it made; `printed` is the end of what it
    printed; `changed` says whether it changed what the watched names lead to. `figures` and
    `changed` are claims of the notebook's own process.
    """

    status: Status
    seconds: float
    error_name: str = ""
    error: str = ""
    displayed: frozenset[str] = frozenset()
    figures: int = 0
    printed: str = ""
    line: str = ""
    changed: bool = False


@dataclass(frozen=True, slots=True)
class Claims:
    """What the agent tells of a cell that has ended: see `CellEnd`.

    Notes, and the statements left out, are those of all cells so far.
    """

    figures: int = 0
    notes: tuple[tuple[int, str], ...] = ()
    left_out: Sequence[LeftOut] = ()
    changed: bool = False


def ended(
    outputs: Sequence[NotebookNode],
    status: Status,
    seconds: float,
    claims: Claims,
    *,
    breach: str | None,
    limits: Limits,
) -> CellEnd:
    """Return the end of a cell with these outputs, where the process lives on.

    `breach` says which limit ended it, None where none did.
    """
    displayed = frozenset(
        kind for output in outputs for kind in (output.get("data") or {output.output_type: None})
    )
    printed = "".join(output.text for output in outputs if output.output_type == "stream")
    left: dict[str, Any] = {
        "displayed": displayed,
        "figures": claims.figures,
        "printed": printed[-PRINTED_KEPT:],
        "changed": claims.changed,
    }
    if breach is not None:
        return CellEnd("error", seconds, "LimitExceeded", breach, **left)
    for output in outputs:
        if output.output_type == "error":
            left["line"] = _line(output.get("traceback"))
            text = f"{output.ename}: {output.evalue}"[:LONGEST].strip().splitlines() or [""]
            said = _PLACE.sub(r" (\1)", text[0])[:500]
            late: Status = "timeout" if status == "timeout" else "error"
            return CellEnd(late, seconds, output.ename, explained(said, limits), **left)
    return CellEnd(status, seconds, **left)


def _line(traceback: object) -> str:
    """Return the line that IPython's traceback points at first, in the cell itself."""
    if not isinstance(traceback, list):
        return ""
    text = "\n".join(str(part)[:LONGEST] for part in traceback[:MOST_FRAMES])
    found = _ARROW.search(printable(text))
    return found[1].strip() if found else ""


def told(reply: dict[str, Any]) -> Claims:
    """Return what the agent tells. What is malformed is dropped."""
    figures, notes, left_out = (reply.get(name) for name in ("figures", "notes", "left_out"))
    kept: list[tuple[int, str]] = []
    for note in notes[:MOST_NOTES] if isinstance(notes, list) else ():
        match note:
            case [int(cell), str(text)] if 0 <= cell < 2**31:
                kept.append((cell, text[:500]))
    lost: list[LeftOut] = []
    for each in left_out[:MOST_NOTES] if isinstance(left_out, list) else ():
        match each:
            case [int(cell), str(module), list(names)] if 0 <= cell < 2**31:
                lost.append((cell, module, tuple(map(str, names[:MOST_NOTES]))))
    return Claims(
        figures if type(figures) is int and 0 <= figures < 2**31 else 0,
        tuple(kept),
        lost,
        reply.get("changed") is True,
    )


# The more particular one first.
NOTES: Final = (
    marked("google.colab is not here: mounting, uploading and downloading did nothing"),
    marked("the module {module} is not installed in the grading environment"),
    marked("what needs the module {module} here was left out: it is not installed"),
    marked("the grader could not prepare {module}: {error}"),
    marked("`input()` got an empty answer: nobody is there while a notebook is graded"),
    marked("`%matplotlib {gui}` was taken as `%matplotlib inline`"),
    marked("the style {style} was left out: it is not installed"),
    marked("matplotlib's backend {backend} was taken as the inline one: no display here"),
    marked("`{line}` was not run: nothing is installed while a notebook is graded"),
    marked("`{line}` was not run: nothing stays in the background while a notebook is graded"),
    marked(
        "`{line}` was not run: there is no network, no graphics card and no server while a "
        "notebook is graded"
    ),
    marked("`{line}` was ignored: no such folder below the notebook's"),
    marked("`{line}` was ignored: there is no such magic here"),
    marked("`{line}` was left out: there is no such file here"),
    marked(
        "a pool of threads that was made here is gone when questions are asked: what waits for it "
        "gives no answer; make it inside the function"
    ),
    marked("`{line}` was ignored: {error}"),
    marked("`{line}` could not be started: {error}"),
    marked(
        "batches that the grader had prepared differed from the notebook's own: grade it again "
        "with --faithful"
    ),
    marked(
        "a DataLoader with num_workers={workers} made its batches without workers, which need "
        "shared memory"
    ),
)
_SAID: Final = marked("The notebook's own process says: {note}")


def said(note: str) -> str:
    """Return the sentence that tells of a note.

    The agent, in the student's process, has no catalogues. Its notes are told as that process says
    them: whoever forges one has only a sentence translated.
    """
    return _(_SAID, note=_translated(note))


def _translated(note: str) -> str:
    for template in NOTES:
        found = _pattern(template).fullmatch(note)
        if found:
            return _(template, **found.groupdict())
    return note


@cache
def _pattern(template: str) -> re.Pattern[str]:
    # Every second part is the name of a field.
    parts = iter(re.split(r"\{(\w+)\}", template))
    pattern = re.escape(next(parts))
    for field, text in zip(parts, parts, strict=True):
        pattern += f"(?P<{field}>.*?){re.escape(text)}"
    return re.compile(pattern, re.DOTALL)
