"""What judging the exercises about single layers takes, once a notebook's kernel has run.

    python -m benchmarks.unit_exercises --rounds 10

Each submission is run once in the sandbox; then its layers are asked and judged again and again,
with a student and a reference that remember nothing, as for a first submission. `right` is the
reference's own solution. In `all wrong` no check passes that asks for a value. In `slightly wrong`
the directions are right and every other check has something to find, so that the most checks are
asked and shrink an example. `raises` answers every question with an exception.

The goals: 0.5 s where nothing fails, 3 s where everything does.
"""

import statistics
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Final

import click
import nbformat
from rich.console import Console
from rich.table import Table

from grader.assignment.loading import load
from grader.assignment.model import Assignment, Exercise
from grader.execution.plan import Plan
from grader.execution.run import run
from grader.judging.judge import judge
from grader.notebook.reading import read
from grader.results.model import ExerciseResult
from grader.sandbox.box import Box
from grader.sandbox.kernel import BoxKernels
from grader.sandbox.limits import Limits
from grader.sandbox.rungs import choose
from grader.scenario import Answering
from grader.subjects.reference import cells, reference
from grader.subjects.student import Student, Terms

ASSIGNMENT: Final = Path(__file__).parent.parent / "reference" / "nn_from_scratch"
EXERCISES: Final = ("linear", "relu")
STATUSES: Final = ("passed", "failed", "skipped", "review", "error")

ALL_WRONG: Final = """
import numpy as np

class Linear:
    def __init__(self, n_in, n_out, learning_rate=0.1):
        self.W, self.b = np.ones((n_in, n_out)), np.ones(n_out)

    def forward(self, x):
        x *= 2
        return np.stack([np.abs(row) @ np.abs(self.W) + 7 for row in x])

    def backward(self, grad):
        self.grad_W, self.grad_b = self.W**2 + 1, self.b**2 + 1
        return np.ones((len(grad), len(self.W)))

class ReLU:
    def forward(self, x):
        return x * x - 1

    def backward(self, grad):
        return grad + 1
"""

SLIGHTLY_WRONG: Final = """
import numpy as np

class Linear:
    def __init__(self, n_in, n_out, learning_rate=0.1):
        self.W, self.b = np.ones((n_in, n_out)), np.ones(n_out)
        self.grad_W = 0

    def forward(self, x):
        self.x = x
        return np.stack([row @ self.W for row in x])

    def backward(self, grad):
        self.grad_W = self.grad_W + self.x.T @ grad / 2
        self.grad_b = grad.sum(0) / 2
        self.W = self.W - 0.2 * self.grad_W
        self.b = self.b - 0.2 * self.grad_b
        grad *= 2
        return grad @ self.W.T

class ReLU:
    first = None

    def forward(self, x):
        self.first = x if self.first is None else self.first
        y = np.maximum(x, 0)
        x *= 1.5
        return np.array([[max(0, each) for each in np.atleast_1d(row)] for row in y])

    def backward(self, grad):
        return grad * (self.first > 0)
"""

RAISES: Final = """
class Linear:
    def __init__(self, n_in, n_out, learning_rate=0.1):
        pass

    def forward(self, x):
        raise NotImplementedError

    backward = forward

class ReLU(Linear):
    def __init__(self):
        pass
"""


def submissions(assignment: Assignment) -> dict[str, list[str]]:
    """Return the cells of each submission by its name."""
    names = [name for each in exercises(assignment) for name in each.names]
    return {
        "right": cells(assignment.reference, names),
        "all wrong": [ALL_WRONG],
        "slightly wrong": [SLIGHTLY_WRONG],
        "raises": [RAISES],
    }


def exercises(assignment: Assignment) -> list[Exercise]:
    """Return the exercises about single layers."""
    return [each for each in assignment.exercises if each.id in EXERCISES]


def judged(assignment: Assignment, state: Answering, seed: int) -> list[ExerciseResult]:
    """Judge both exercises as for a submission that nothing is known of."""
    return [
        judge(
            exercise,
            student=Student(state, Terms(10)),
            reference=reference(assignment.reference, exercise.names),
            submission=None,
            seed=seed,
        )
        for exercise in exercises(assignment)
    ]


def timed(action: Callable[[], object]) -> float:
    """Return the seconds that an action takes."""
    started = time.perf_counter()
    action()
    return time.perf_counter() - started


@dataclass(frozen=True)
class Measured:
    """Seconds of each round, with questions new to the process and with known ones, and a result.

    The first submission of a course is asked new questions, all others known ones.
    """

    new: list[float]
    known: list[float]
    results: list[ExerciseResult]


def measure(assignment: Assignment, sources: list[str], rounds: int, seeds: range) -> Measured:
    """Return what judging the layers that `sources` define takes.

    `seeds`, at least one a round, must not have been asked by this process before.
    """
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "layers.ipynb"
        written = [nbformat.v4.new_code_cell(source) for source in sources]
        path.write_text(nbformat.writes(nbformat.v4.new_notebook(cells=written)), "utf-8")
        notebook = read(path)
    last = len(sources) - 1
    plan = Plan(cells=tuple(range(len(sources))), keep={last})
    with Box({}, rung=choose(required=False), limits=Limits()) as box:
        ran = run(notebook, plan, BoxKernels(box))
        state = ran.after(last)
        if state is None or any(end.status != "ok" for end in ran.ends.values()):
            raise RuntimeError(f"the layers did not run: {ran.ends}")
        usual = assignment.config.seed
        results = judged(assignment, state, usual)
        new = [timed(partial(judged, assignment, state, seed)) for seed in seeds[:rounds]]
        known = [timed(partial(judged, assignment, state, usual)) for _ in range(rounds)]
        ran.close()
    return Measured(new, known, results)


@click.command()
@click.option("--rounds", type=click.IntRange(min=1), default=10, show_default=True)
def main(rounds: int) -> None:
    """Measure how long the exercises `linear` and `relu` of one submission take."""
    assignment = load(ASSIGNMENT)
    columns = ("new: median s", "slowest", "known: median s", "slowest", "points")
    table = Table("submission", box=None, header_style="bold")
    for column in (*columns, *STATUSES):
        table.add_column(column, justify="right")
    for number, (name, sources) in enumerate(submissions(assignment).items(), start=1):
        found = measure(assignment, sources, rounds, range(1000 * number, 1000 * number + rounds))
        statuses = [check.status for each in found.results for check in each.checks]
        seconds = [
            figure(each) for each in (found.new, found.known) for figure in (statistics.median, max)
        ]
        table.add_row(
            name,
            *(f"{each:.3f}" for each in seconds),
            f"{sum(each.score for each in found.results):g}",
            *(str(statuses.count(status)) for status in STATUSES),
        )
    console = Console()
    console.print(f"Both exercises, all checks and all cases; {rounds} rounds.")
    console.print(table)


if __name__ == "__main__":
    main()
