"""Grading for the tests, through the same door as the command."""

import atexit
from dataclasses import replace
from functools import cache
from pathlib import Path

from grader.assignment.loading import load
from grader.assignment.model import Assignment
from grader.grading import Options, grade
from grader.notebook.reading import read
from grader.results.model import CheckResult, Result
from grader.sandbox.forkserver import ServerCache
from tests.notebooks import ROOT

UNIT = ("linear", "relu")


def nn_from_scratch() -> Assignment:
    """Return the first assignment."""
    return load(ROOT / "reference" / "nn_from_scratch")


def graded(
    path: Path,
    *only: str,
    cell_seconds: float | None = None,
    total_seconds: float | None = None,
    answer_seconds: float | None = None,
    servers: ServerCache | None = None,
) -> Result:
    """Grade the notebook at `path`."""
    return grade(
        read(path),
        nn_from_scratch() if answer_seconds is None else patient(answer_seconds),
        Options(only=only, cell_seconds=cell_seconds, total_seconds=total_seconds),
        servers=servers,
        private=together(path) if servers is not None else (),
    )


def accuracy(result: Result) -> float:
    """Return the accuracy that was measured, which there must be."""
    return float(result.measures["accuracy"])


def together(path: Path) -> tuple[Path, ...]:
    """Return the folder that all tests of a worker write in, each below one of its own.

    One fork server serves only those that the same folders are private to.
    """
    return (path.parent.parent,)


@cache
def shared_servers() -> ServerCache:
    """Return what keeps a fork server until the tests end, for those that train networks.

    Importing torch takes longer than many of their trainings.
    """
    servers = ServerCache()
    atexit.register(servers.close)
    return servers


def patient(answer_seconds: float) -> Assignment:
    """Return the first assignment, with so much time for an answer."""
    whole = nn_from_scratch()
    limits = replace(whole.config.limits, answer_seconds=answer_seconds)
    return replace(whole, config=replace(whole.config, limits=limits))


def scores(result: Result) -> dict[str, float]:
    """Return the score of each exercise by its id."""
    return {exercise.id: exercise.score for exercise in result.exercises}


def check(result: Result, exercise: str, name: str) -> CheckResult:
    """Return the result of one check."""
    (found,) = (
        check
        for each in result.exercises
        for check in each.checks
        if each.id == exercise and check.id == name
    )
    return found
