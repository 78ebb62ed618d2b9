"""What a training that misses its bar is given besides: real kernels, one epoch each."""

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Final

from grader.assignment.model import Exercise
from grader.checks.training.reruns import measure
from grader.execution.submission import Submission
from grader.results.model import Result
from grader.verdicts import CheckFailed
from reference.nn_from_scratch.training import CLASSIFIER, PAIRED
from tests.fast_training import assignment, cells, graded
from tests.grading import accuracy
from tests.notebooks import edited

# After one epoch the accuracy is still mostly luck: 0.75 to 0.82.
BAR: Final = 0.79
# Paired from 4, the reference reaches 0.82; as a notebook from 1 it ends at 0.76, from 6 at 0.81.
RECIPE: Final = replace(PAIRED, epochs=1, seeds=(4,))
UNLUCKY, LUCKY = 1, 6

STEP_W = "self.W = self.W - self.learning_rate * self.grad_W"
STEP_B = "self.b = self.b - self.learning_rate * self.grad_b"


def exercise() -> Exercise:
    """Return an exercise that asks for the bar, and tells what it was judged by."""
    made = Exercise("training", "The trained network", points=1, names=("network",))

    @made.check(points=1)
    def clears_the_bar(submission: Submission) -> None:
        """Clear the bar."""
        found = measure(submission, CLASSIFIER, BAR, RECIPE)
        if found.accuracy < BAR:
            raise CheckFailed(f"{found.accuracy:.4f}, {found.source}")

    return made


def looked_at(
    folder: Path, changed: Mapping[str, str] | None = None, looks: tuple[int, ...] = ()
) -> Result:
    """Grade a training from the unlucky seed with some cells changed."""
    (folder / "assignment").mkdir(exist_ok=True)
    assigned = assignment(folder / "assignment", exercise(), seed=UNLUCKY, looks=looks, epochs=1)
    result = graded(assigned, folder, changed, epochs=1)
    assert "accuracy" in result.measures
    assert BAR - 0.06 <= accuracy(result) < BAR, "no second look is taken: choose another seed"
    return result


def test_an_unlucky_right_solution_passes_the_same_way_every_time(tmp_path: Path) -> None:
    """Its layers clear the bar when trained as the reference was, and that is not luck."""
    first, again = looked_at(tmp_path), looked_at(tmp_path)
    assert first.score == again.score == 1
    assert first.measures == again.measures


def test_comments_and_layout_leave_a_training_as_it_was_handed_out(tmp_path: Path) -> None:
    """Only what a cell does is compared with the assignment's."""
    train = "# My notes.\n\n" + cells(1)["train-loop"].replace(
        "Linear(784, 40)", "Linear( 784,40 )"
    )
    assert looked_at(tmp_path, {"train-loop": train}).score == 1


FLOAT32 = edited(
    "linear",
    ("x @ self.W + self.b", "np.float32(x) @ np.float32(self.W) + np.float32(self.b)"),
    ("self.x.T @ grad", "np.float32(self.x).T @ np.float32(grad)"),
)


def test_layers_in_single_precision_pass(tmp_path: Path) -> None:
    """Right layers are not measured by the last bits of their numbers."""
    assert looked_at(tmp_path, {"linear": FLOAT32}).score == 1


HALF = edited("linear", (STEP_W, f"{STEP_W} / 1.5"), (STEP_B, f"{STEP_B} / 1.5"))


def test_wrong_layers_get_no_further_draws(tmp_path: Path) -> None:
    """Layers that miss the bar when paired fail, whatever luck other seeds would bring."""
    result = looked_at(tmp_path, {"linear": HALF}, looks=(LUCKY,))
    assert result.score == 0
    assert "second look" not in result.exercises[0].checks[0].message


OWN = cells(1)["train-loop"] + "\nprint('done')"


def test_a_training_of_ones_own_is_run_again(tmp_path: Path) -> None:
    """Cells that were changed are judged as they are, from other seeds; one clear run is enough."""
    assert looked_at(tmp_path, {"train-loop": OWN}, looks=(UNLUCKY, LUCKY)).score == 1


def test_the_layers_of_a_changed_training_are_not_all_that_counts(tmp_path: Path) -> None:
    """Right layers alone do not pass where the training around them is another one."""
    assert looked_at(tmp_path, {"train-loop": OWN}).score == 0
