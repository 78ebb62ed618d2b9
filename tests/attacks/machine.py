"""Setting off the bombs: many mild ones in one notebook, each grave one in a notebook of its own.

A rung's are graded by a few workers side by side, each from one fork server, as a course's
notebooks are. Most bombs make the grader wait, so that it takes less time than one after the other.
"""

import multiprocessing
import re
import tempfile
import time
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from functools import cache
from pathlib import Path
from typing import Any, Final
from unittest.mock import patch

from grader.reports.wording import cells_that_failed
from grader.results.model import Result
from grader.sandbox import kernel
from grader.sandbox.forkserver import ServerCache
from grader.sandbox.limits import MEBIBYTE
from grader.sandbox.rungs import Rung
from tests.attacks.attack import Bomb, Outcome
from tests.attacks.bombs import GRAVE
from tests.attacks.bombs.answers import ANSWERS
from tests.attacks.bombs.mild import MILD
from tests.tiny_assignment import DOUBLE, FULL, TRIPLE, graded_with_limits

# Small, so that they are soon reached.
LIMITS: Final[dict[str, float]] = {
    "cell_seconds": 2,
    "total_seconds": 100,
    "answer_seconds": 2,
    "memory_bytes": 400 * MEBIBYTE,
    "processes": 64,
    "open_files": 128,
    "disk_bytes": 16 * MEBIBYTE,
    "output_bytes": MEBIBYTE,
    "total_output_bytes": 1000 * MEBIBYTE,
}
# How many bombs go off at the same time on a rung.
WORKERS: Final = 2
# How much longer than its limits a bomb may keep the grader on a busy machine.
PATIENCE: Final = 60.0


class Course:
    """A worker on one rung that grades bombs, one after the other."""

    def __init__(self, rung: Rung) -> None:
        self.rung = rung
        self.servers = ServerCache()
        # One for all: what is private to a notebook is its folder.
        self._folder = tempfile.TemporaryDirectory()

    def graded(self, *cells: str, cell_seconds: float | None = None, **limits: float) -> Result:
        """Grade a notebook of these cells, with other limits from a process that starts cold."""
        with patch.multiple(kernel, **WAITS):
            return graded_with_limits(
                Path(self._folder.name),
                cells,
                rung=self.rung,
                servers=None if limits else self.servers,
                longest=cell_seconds,
                **{**LIMITS, **limits},
            )

    def close(self) -> None:
        """End the fork server."""
        self.servers.close()
        self._folder.cleanup()

    def mild(self) -> dict[str, Outcome]:
        """Return the outcomes of the bombs that share a notebook."""
        cells = [DOUBLE, *(bomb.source for bomb in MILD), TRIPLE]
        result = self.graded(*cells, cell_seconds=60)
        return {bomb.slug: outcome(bomb, result, index) for index, bomb in enumerate(MILD, start=1)}

    def alone(self, bomb: Bomb) -> Outcome:
        """Return the outcome of a bomb that has a notebook to itself."""
        started = time.monotonic()
        result = self.graded(DOUBLE, bomb.source, TRIPLE, **bomb.limits)
        taken = time.monotonic() - started
        if taken > bomb.limits.get("cell_seconds", LIMITS["cell_seconds"]) + PATIENCE:
            return Outcome(True, f"seen: {taken:.0f} s")
        return outcome(bomb, result, 1)


# What a process that does not heed or answer is given before it is killed, in seconds.
WAITS: Final[dict[str, Any]] = {"GRACE_SECONDS": 0.5, "REQUEST_SECONDS": 3.0}


def outcome(bomb: Bomb, result: Result, index: int) -> Outcome:
    """Return how a bomb in the cell at `index` came out."""
    scores = {each.id: each.score for each in result.exercises}
    lost = {name for name, points in FULL.items() if scores[name] != points}
    if lost - bomb.costs:
        return Outcome(True, f"seen: {', '.join(lost)} lost: {said(result, index)}")
    if result.status != "graded":
        return Outcome(True, f"seen: the grader's own failure: {said(result, index)}")
    if not re.search(bomb.told, said(result, index)):
        return Outcome(True, f"not told: {said(result, index)}")
    return Outcome(False, "told")


def said(result: Result, index: int) -> str:
    """Return what a result says of the cell at `index`, and of the exercises."""
    told = list(cells_that_failed([each for each in result.cells if each.index == index]))
    told += [note.text for note in result.notes if note.cell == index]
    told += [check.message for each in result.exercises for check in each.checks if check.message]
    return " | ".join(told)[:2000]


@cache
def exploded(rung: Rung) -> tuple[dict[str, Outcome], list[Result]]:
    """Set off all bombs on a rung.

    Returns what came of them, and of the right notebook that each worker had after its share.
    """
    alone = (*GRAVE, *ANSWERS)
    shares = [alone[start::WORKERS] for start in range(WORKERS)]
    outcomes: dict[str, Outcome] = {}
    after = []
    with ProcessPoolExecutor(WORKERS, multiprocessing.get_context("spawn")) as pool:
        done = pool.map(_share, [rung] * WORKERS, shares, [True] + [False] * (WORKERS - 1))
        for found, result in done:
            outcomes |= found
            after.append(result)
    return outcomes, after


def _share(rung: Rung, bombs: Sequence[Bomb], mild: bool) -> tuple[dict[str, Outcome], Result]:
    """Set off a worker's share of the bombs, and have it grade a right notebook then."""
    course = Course(rung)
    try:
        outcomes = course.mild() if mild else {}
        for bomb in bombs:
            outcomes[bomb.slug] = course.alone(bomb)
        return outcomes, course.graded(DOUBLE, TRIPLE)
    finally:
        course.close()
