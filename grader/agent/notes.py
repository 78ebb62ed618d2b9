"""What a report should say about how the notebook was run, each thing once.

A note says that something was answered, left out or replaced because a program
ran the notebook and not a person: "`!pip install foo` was not run".
"""

from dataclasses import dataclass, field

MAX_NOTES = 200
"""Later notes are dropped: a report with more of them would not be read."""

MAX_LENGTH = 300
"""Characters of one note; a longer one is cut."""


@dataclass
class _Notes:
    cell: int = 0
    cell_of: dict[str, int] = field(default_factory=dict)


_notes = _Notes()


def begin_cell(index: int) -> None:
    """Say that the cell with this index is about to run; what follows belongs to it."""
    _notes.cell = index


def current_cell() -> int:
    """Return the index given to the last `begin_cell`, 0 before the first."""
    return _notes.cell


def note(text: str) -> None:
    """Keep `text` for the report, with the current cell, unless it was told before."""
    text = " ".join(text.split())
    if len(text) > MAX_LENGTH:
        text = text[: MAX_LENGTH - 1] + "…"
    if len(_notes.cell_of) < MAX_NOTES:
        _notes.cell_of.setdefault(text, _notes.cell)


def collect() -> list[list[int | str]]:
    """Return every note so far as `[cell, text]`, in the order told."""
    return [[cell, text] for text, cell in _notes.cell_of.items()]
