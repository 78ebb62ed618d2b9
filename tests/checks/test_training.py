"""The exercise `training`, from a notebook in which its training is handed out as arrays."""

from collections.abc import Mapping
from pathlib import Path

import pytest

from grader.grading import Options, grade
from grader.notebook.reading import read
from grader.results.model import Result
from tests.fast_training import DROPPED, assignment, cells, graded
from tests.grading import accuracy, check, nn_from_scratch, scores, shared_servers, together
from tests.notebooks import edited, submission

STEP_W = "self.W = self.W - self.learning_rate * self.grad_W"
STEP_B = "self.b = self.b - self.learning_rate * self.grad_b"


# Both layers use the global `width`: the one as a share of 1, the other as the width of its input.
ONE_NAME_FOR_TWO_THINGS = {
    "linear": "width = 1\n\n"
    + edited(
        "linear",
        (
            "self.grad_W = self.x.T @ grad",
            "grad = grad / width\n        self.grad_W = self.x.T @ grad",
        ),
    ),
    "relu": edited(
        "relu",
        (
            "self.is_open = input > 0",
            "global width\n        width = input.shape[-1]\n        self.is_open = input > 0",
        ),
    ),
}


def trained(folder: Path, changed: Mapping[str, str] | None = None, seed: int = 0) -> Result:
    """Grade the exercise where the assignment grants no looks but the paired ones."""
    (folder / "assignment").mkdir(exist_ok=True)
    return graded(assignment(folder / "assignment", seed=seed), folder, changed)


def test_a_right_solution_that_ends_below_the_bar_gets_everything(tmp_path: Path) -> None:
    """The accuracy that is told stays the network's own, and the points are all there."""
    result = trained(tmp_path, seed=18)
    assert "accuracy" in result.measures
    assert accuracy(result) < 0.86, "this seed is no longer unlucky: choose another"
    assert result.score == 20


def test_layers_that_learn_too_slowly_are_told_where_they_part(tmp_path: Path) -> None:
    """The first step and the parameter that differ are named, and the layer by its arguments."""
    slow = edited("linear", (STEP_W, f"{STEP_W} / 10"), (STEP_B, f"{STEP_B} / 10"))
    result = trained(tmp_path, {"linear": slow})
    assert result.score == 8
    missed = check(result, "training", "reaches_the_bar")
    assert (
        "After `backward` for batch 1, `W` of layer 5, `Linear(40, 10)`, is not what it should be, "
        "most of all at `W[" in str(missed.message)
    )
    assert missed.hint is not None
    assert missed.evidence is not None
    assert missed.evidence.cell is not None
    assert missed.evidence.cell.endswith("# expected about 0.86 or more")


def test_layers_that_are_wrong_only_together_are_caught_and_explained(tmp_path: Path) -> None:
    """Each passes alone; the network they make misses the bar, and a small one shows why."""
    path = submission(tmp_path, {**cells(3), **ONE_NAME_FOR_TWO_THINGS}, drop=DROPPED)
    options = Options(only=("linear", "relu", "training"))
    result = grade(read(path), assignment(tmp_path, seed=0, epochs=3), options)
    lost = {exercise.id: exercise.max_score - exercise.score for exercise in result.exercises}
    assert (lost["linear"], lost["relu"]) == (0, 0)
    assert lost["training"] > 0
    told = " ".join(each.message for exercise in result.exercises for each in exercise.checks)
    assert "In a small network, Linear(3, 4) → ReLU() → Linear(4, 2), the gradient" in told


@pytest.mark.parametrize(
    "changed",
    [
        {"train-loop": cells(1)["train-loop"]},
        {
            "train-loop": edited(
                "train-loop", ("epochs = 10", "epochs = 2"), ("784, 40)", "784, 40, 0.01)")
            )
        },
    ],
    ids=["one epoch", "slower steps"],
)
def test_right_layers_in_a_wrong_training_are_cleared(
    tmp_path: Path, changed: Mapping[str, str]
) -> None:
    """A training that was cut short costs the bar; the message says that the layers are right."""
    result = trained(tmp_path, changed)
    assert result.score == 8
    message = check(result, "training", "reaches_the_bar").message
    assert "Your layers are not the reason" in message


def test_a_network_that_explodes_is_told_where_it_began(tmp_path: Path) -> None:
    """A gradient that is taken after the update shows in a small network, by numbers to check."""
    late = edited(
        "linear",
        ("self.grad = grad @ self.W.T\n\n        ", ""),
        ("return self.grad\n", "self.grad = grad @ self.W.T\n        return self.grad\n"),
    )
    result = trained(tmp_path, {"linear": late, **cells(1)})
    assert result.score == 0
    message = check(result, "training", "has_learnt").message
    assert "In a small network, Linear(3, 4) → ReLU() → Linear(4, 2), the gradient" in message
    assert "`W` of layer 1, `Linear(3, 4)`, is not that of the network's own outputs" in message


def test_a_start_from_which_nothing_is_learnt_is_the_reason(tmp_path: Path) -> None:
    """With weights of zeros the report does not say that the layers are right, but why it fails.

    A cell below that only clears its output is no drawing, also where the training ended badly.
    """
    start = "self.W = 0.01 * np.random.normal(size=(in_channels, out_channels))"
    zeros = edited("linear", (start, "self.W = np.zeros((in_channels, out_channels))"))
    training = cells(1)
    training["train-loop"] += "\nraise ValueError('too late')"
    clearing = "from IPython.display import clear_output\nclear_output()"
    path = submission(
        tmp_path, {"linear": zeros, "learning-curves": clearing, **training}, drop=DROPPED[:1]
    )
    options = Options(only=("training", "curves"))
    result = grade(
        read(path), nn_from_scratch(), options, servers=shared_servers(), private=together(path)
    )
    assert scores(result) == {"training": 0, "curves": 0}
    assert result.pending == 0
    message = check(result, "training", "has_learnt").message
    assert "It is where your layers start. All weights of a new layer are 0." in message
