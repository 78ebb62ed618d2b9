"""Handing in the frauds, each in a notebook of its own, and the same mistakes honestly."""

import tempfile
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Final
from unittest.mock import patch

import nbformat

from grader.assignment.model import Assignment
from grader.grading import Options, grade
from grader.notebook.reading import read
from grader.results.model import Result
from grader.sandbox import kernel
from grader.sandbox.forkserver import ServerCache
from grader.sandbox.rungs import Rung
from tests.attacks.attack import Fraud, Outcome
from tests.attacks.gaming import FRAUDS
from tests.attacks.gaming.layers import WRONG
from tests.attacks.machine import WAITS
from tests.grading import nn_from_scratch
from tests.notebooks import reference_cells

RIGHT: Final = f"import numpy as np\nclass Layer: pass\n{reference_cells()['relu']}"


class Marker:
    """Grades frauds on one rung, one after the other, from one fork server."""

    def __init__(self, rung: Rung) -> None:
        self.rung = rung
        self.servers = ServerCache()
        # One for all: what is private to a notebook is its folder.
        self._folder = tempfile.TemporaryDirectory()
        self._honest: dict[tuple[str, str], Result] = {}

    def graded(self, cell: str, exercise: str) -> Result:
        """Grade a notebook of one cell."""
        notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(cell)])
        path = Path(self._folder.name, "submission.ipynb")
        nbformat.write(notebook, path)
        with patch.multiple(kernel, **WAITS):
            options = Options(only=(exercise,), wanted=self.rung)
            return grade(read(path), assignment(), options, servers=self.servers)

    def close(self) -> None:
        """End the fork server."""
        self.servers.close()
        self._folder.cleanup()

    def honest(self, fraud: Fraud) -> Result:
        """Return what the same is worth without the attempt."""
        key = (fraud.honest or WRONG, fraud.exercise)
        if key not in self._honest:
            self._honest[key] = self.graded(*key)
        return self._honest[key]

    def outcome(self, fraud: Fraud) -> Outcome:
        """Return what came of a fraud."""
        result, honest = self.graded(fraud.code, fraud.exercise), self.honest(fraud)
        checks = {check.id: check.status for each in result.exercises for check in each.checks}
        if "error" in checks.values():
            return Outcome(True, f"the grader failed: {checks}")
        if result.score > honest.score:
            told = "a note tells of it" if result.integrity else "and nobody was told"
            return Outcome(True, f"{result.score:g} instead of {honest.score:g} points, {told}")
        if result.pending > honest.pending and not fraud.review:
            return Outcome(True, f"{result.pending:g} points left open")
        return Outcome(False, f"{result.score:g} points")


def assignment() -> Assignment:
    """Return the first assignment, with little time for an answer."""
    whole = nn_from_scratch()
    limits = replace(whole.config.limits, answer_seconds=3.0, cell_seconds=60.0)
    return replace(whole, config=replace(whole.config, limits=limits))


@cache
def marked(rung: Rung) -> tuple[dict[str, Outcome], Result]:
    """Try all frauds on a rung; return what came of them, and of a right layer after them."""
    marker = Marker(rung)
    try:
        outcomes = {fraud.slug: marker.outcome(fraud) for fraud in FRAUDS}
        return outcomes, marker.graded(RIGHT, "relu")
    finally:
        marker.close()
