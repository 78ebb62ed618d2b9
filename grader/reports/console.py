"""Setting lines, tables and values on a console.

Text is data here: it is never read as markup, and what the terminal's encoding
cannot show becomes a question mark.
"""

from collections.abc import Sequence
from typing import Final

from rich.cells import cell_len
from rich.console import Console
from rich.table import Table
from rich.text import Text

from grader.reports.arrays import Row
from grader.text import one_line, printable

_NARROWEST: Final = 40
_MARKS: Final = {
    "passed": ("✓", "+", "green"),
    "failed": ("✗", "x", "red"),
    "skipped": ("-", "-", "dim"),
    "review": ("?", "?", "yellow"),
    "error": ("!", "!", "yellow"),
}


class Page:
    """A console, and how lines are set on it."""

    def __init__(self, console: Console) -> None:
        self.console = console
        self._blank = True

    def text(self, text: str, style: str = "") -> Text:
        """Return `text`, cleaned, as far as the terminal's encoding can show it."""
        encoding = self.console.encoding
        return Text(printable(text).encode(encoding, "replace").decode(encoding), style)

    def code(self, text: str, style: str = "") -> Text:
        """Return `text` with what stands between backticks in colour."""
        told = self.text(text, style)
        told.highlight_regex(r"`[^`\n]+`", "cyan")
        return told

    def mark(self, status: str) -> Text:
        """Return the sign for the status of a check."""
        mark, plain, style = _MARKS[status]
        return Text(plain if self.console.options.ascii_only else mark, style)

    def gap(self) -> None:
        """Print an empty line, unless there is one or nothing is above it."""
        if not self._blank:
            self.console.print()
        self._blank = True

    def heading(self, text: str) -> None:
        """Print a line that starts a part of the page."""
        self.gap()
        self.line(text, "bold")

    def line(self, text: str, style: str = "", indent: int = 0, mark: Text | None = None) -> None:
        """Print `text` in one style, as `write` does."""
        self.write(self.text(text, style), indent, mark)

    def write(self, text: Text, indent: int = 0, mark: Text | None = None) -> None:
        """Print `text`, wrapped and indented, its first line after `mark`."""
        width = max(self.console.width - indent, _NARROWEST // 2)
        margin = Text(" " * indent)
        first = Text.assemble(" " * (indent - 2), mark, " ") if mark else margin
        for number, line in enumerate(text.wrap(self.console, width)):
            line.rstrip()
            self.console.print((margin if number else first) + line, soft_wrap=True)
        self._blank = False

    def source(self, source: str, indent: int) -> None:
        """Print source code, its lines unbroken, so that it can be copied."""
        for line in source.splitlines():
            self.console.print(self.text((" " * indent + line).rstrip(), "dim"), soft_wrap=True)
        self._blank = False

    def columns(self, *names: str, left: int) -> Table:
        """Return a table whose first `left` columns are words and whose others are numbers."""
        table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style="dim")
        for number, name in enumerate(names):
            word = number < left
            table.add_column(
                self.text(one_line(name)),
                justify="left" if word else "right",
                no_wrap=not word,
                overflow="fold",
            )
        return table

    def table(self, table: Table) -> None:
        """Print a table that `columns` began."""
        self.console.print(table)
        self._blank = False

    def rows(self, rows: Sequence[Row], indent: int) -> None:
        """Print values below each other, beside their labels and with their shapes behind."""
        most = self.console.width // 4
        sizes = [cell_len(self.text(row.label).plain) for row in rows]
        column = max((size for size in sizes if size <= most), default=0)
        for row in rows:
            label = self.text(row.label, row.colour or "dim")
            # A label too long for its column would take the room from every matrix.
            if label.cell_len > column:
                self.write(label, indent)
                label = Text()
            label.pad_right(column - label.cell_len)
            self._row(label, row, indent + column + 2, Text(" " * indent))

    def _row(self, label: Text, row: Row, start: int, margin: Text) -> None:
        room = max(self.console.width - start, _NARROWEST // 2)
        # Of the sixteen colours these two can be read on light ground and on dark. What is wrong
        # stands between marks, too.
        body = self.text(row.writing.body(row.item, row.worst, room), row.colour)
        body.highlight_regex(r">[^<>]+<", f"bold {row.colour}".strip())
        lines = body.wrap(self.console, room)
        note = self.text(row.note(), "dim")
        if lines[-1].cell_len + 2 + note.cell_len <= room:
            lines[-1] = Text.assemble(lines[-1], "  ", note)
        else:
            lines.append(note)
        for number, line in enumerate(lines):
            whole = Text(" " * start) + line if number else Text.assemble(margin, label, "  ", line)
            whole.rstrip()
            self.console.print(whole, soft_wrap=True)
        self._blank = False
