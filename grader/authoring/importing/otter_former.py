"""Otter's former source format, jAssign's too, as the present one has it.

There, settings stand in a fenced block of a text, a test is a cell that begins with `# TEST` or
`# HIDDEN TEST`, and a question ends where its tests do, or where the next one begins.
"""

import re
from collections.abc import Iterator
from typing import Final

from nbformat import NotebookNode
from nbformat.v4 import new_raw_cell

# Which cell of the notebook as it was a cell is of, in its metadata.
NUMBER: Final = "former_number"

_BLOCK: Final = re.compile(
    r"```[ \t]*\n(?P<block>\s*BEGIN (?P<what>QUESTION|ASSIGNMENT)\b.*?)```", re.DOTALL
)
_TEST: Final = re.compile(
    r"\A\s*#+\s*(?P<hidden>HIDDEN\s+)?TEST\b[\s#]*?$", re.IGNORECASE | re.MULTILINE
)
_SOLUTION: Final = re.compile(r"\A\s*(?:\*\*|#+\s*)?SOLUTION\b", re.IGNORECASE)


def is_former(notebook: NotebookNode) -> bool:
    """Whether a notebook is in the former format."""
    texts = [cell.source for cell in notebook.cells if cell.cell_type == "markdown"]
    return any(found["what"] == "QUESTION" for each in texts for found in _BLOCK.finditer(each))


def in_present_format(notebook: NotebookNode) -> NotebookNode:
    """Return the same notebook in the present format."""
    cells: list[NotebookNode] = []
    borders = _Borders()
    for number, cell in enumerate(notebook.cells, start=1):
        for each in (*borders.before(cell), *_present(cell)):
            each.metadata[NUMBER] = number
            cells.append(each)
    cells += borders.closed()
    return NotebookNode({**notebook, "cells": cells})


class _Borders:
    """Where in a question the cells stand that were gone through so far."""

    def __init__(self) -> None:
        self.question = self.tests = False

    def before(self, cell: NotebookNode) -> Iterator[NotebookNode]:
        """Yield the borders between the cells so far and this one."""
        is_test = cell.cell_type == "code" and _TEST.match(cell.source) is not None
        begins = cell.cell_type == "markdown" and _settings(cell) is not None
        if begins or (self.tests and not is_test):
            yield from self.closed()
        self.question = self.question or begins
        if is_test and self.question and not self.tests:
            self.tests = True
            yield new_raw_cell("# BEGIN TESTS")

    def closed(self) -> list[NotebookNode]:
        """Return the borders at which the question ends, if there is one."""
        ends = (["# END TESTS"] if self.tests else []) + (
            ["# END QUESTION"] if self.question else []
        )
        self.question = self.tests = False
        return [new_raw_cell(each) for each in ends]


def _settings(cell: NotebookNode) -> str | None:
    """Return the settings of the question that begins in a text, None where none does."""
    blocks = [each for each in _BLOCK.finditer(cell.source) if each["what"] == "QUESTION"]
    return blocks[0]["block"].strip() if blocks else None


def _present(cell: NotebookNode) -> Iterator[NotebookNode]:
    """Yield what a cell is in the present format."""
    kept = NotebookNode({**cell, "metadata": NotebookNode(cell.metadata)})
    if cell.cell_type == "markdown":
        settings = _settings(cell)
        kept.source = _BLOCK.sub("", cell.source).strip()
        if settings is not None:
            yield new_raw_cell(f"# {settings}")
        if _SOLUTION.match(kept.source):
            yield from (new_raw_cell("# BEGIN SOLUTION"), kept, new_raw_cell("# END SOLUTION"))
        elif kept.source or not cell.source:
            yield kept
        return
    test = _TEST.match(cell.source) if cell.cell_type == "code" else None
    if test:
        kept.source = ("# HIDDEN\n" if test["hidden"] else "") + cell.source[test.end() :].lstrip(
            "\n"
        )
    yield kept
