"""The first assignment for tests of its training: on data as arrays, in as few epochs as wanted.

The training is handed out in this form, so that a notebook with its cells trains as handed out.
"""

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

from grader.assignment.model import Assignment, Exercise
from grader.grading import Options, grade
from grader.notebook.reading import read
from grader.results.model import Result
from tests.grading import nn_from_scratch, shared_servers, together
from tests.notebooks import FAST_DATA, edited, submission

# Cells that a training does not need.
DROPPED = ("data-look", "learning-curves", "predictions")


def cells(epochs: int = 10) -> dict[str, str]:
    """Return the cells of the training, as they are handed out."""
    return {
        "data": FAST_DATA,
        "train-loop": edited("train-loop", ("epochs = 10", f"epochs = {epochs}")),
    }


def assignment(
    folder: Path, *exercises: Exercise, seed: int, looks: tuple[int, ...] = (), epochs: int = 10
) -> Assignment:
    """Return an assignment in `folder` that starts its random numbers from `seed`.

    Its exercises are `exercises`, or else those of the first assignment.
    """
    submission(folder, cells(epochs), drop=DROPPED, name="solution.ipynb")
    whole = nn_from_scratch()
    config = replace(whole.config, kernel_seed=seed, looks=looks)
    return replace(
        whole, folder=folder, config=config, exercises=tuple(exercises) or whole.exercises
    )


def graded(
    assigned: Assignment, folder: Path, changed: Mapping[str, str] | None = None, epochs: int = 10
) -> Result:
    """Grade the training of the right solution with some of its cells changed."""
    path = submission(folder, {**cells(epochs), **(changed or {})}, drop=DROPPED)
    return grade(
        read(path),
        assigned,
        Options(only=("training",)),
        servers=shared_servers(),
        private=together(path),
    )
