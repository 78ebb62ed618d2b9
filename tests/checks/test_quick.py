"""`--quick`: what a training would come to is told without it, and what needs it stays pending."""

from dataclasses import replace
from pathlib import Path

import pytest

from grader.execution.recording import unpacked
from grader.grading import Options, grade, judged_again
from grader.notebook.reading import read
from grader.results.model import Result
from tests.grading import accuracy, check, nn_from_scratch, scores
from tests.notebooks import edited, submission

START = "self.W = 0.01 * np.random.normal(size=(in_channels, out_channels))"
RIGHT = {"linear": 40, "relu": 20, "training": 20, "curves": 0, "predictions": 0}


def quick(path: Path) -> Result:
    """Grade a notebook with --quick."""
    return grade(read(path), nn_from_scratch(), Options(quick=True))


def told(result: Result) -> str:
    """Return the notes of a result that are about no cell."""
    return " ".join(note.text for note in result.notes if note.cell is None)


def test_a_right_solution_is_credited_with_the_references_accuracy(tmp_path: Path) -> None:
    """The report says whose accuracy it is, no cell of the training runs, the rest is pending.

    Judged again from what was kept, it comes to the same.
    """
    path = submission(tmp_path)
    kept: list[bytes] = []
    result = grade(read(path), nn_from_scratch(), Options(quick=True), keep=kept.append)
    assert scores(result) == RIGHT
    assert (result.quick, result.pending) == (True, 20)
    training = nn_from_scratch().config.training
    assert training is not None
    assert (accuracy(result), result.measures["loss"]) == (
        training.accuracy,
        training.loss,
    )
    assert "through the first 100 steps" in told(result)
    assert "--quick" in check(result, "curves", "loss_curve").message
    sources = {cell.index: cell.source for cell in read(path).cells}
    assert not any("network = " in sources[cell.index] for cell in result.cells)
    again = judged_again(unpacked(b"".join(kept), path), nn_from_scratch())
    assert again is not None
    assert replace(again, seconds=0, versions={}) == replace(result, seconds=0, versions={})


def test_averaged_gradients_fail_as_they_would_have(tmp_path: Path) -> None:
    """Layers that learn too slowly in the training as handed out are told which gradient is off."""
    averaged = edited(
        "linear",
        ("self.x.T @ grad", "self.x.T @ grad / len(grad)"),
        ("grad.sum(axis=0)", "grad.mean(axis=0)"),
    )
    result = quick(submission(tmp_path, {"linear": averaged}))
    assert scores(result)["training"] == 8
    missed = check(result, "training", "reaches_the_bar")
    assert (missed.status, "In a small network" in missed.message) == ("failed", True)
    assert "accuracy" in result.measures
    assert accuracy(result) < 0.86
    assert result.pending == 20


@pytest.mark.parametrize("epochs", [1, 12])
def test_what_a_training_of_ones_own_comes_to_is_not_guessed(tmp_path: Path, epochs: int) -> None:
    """Right layers in another training may end below the bar in full: --quick leaves it pending."""
    changed = edited("train-loop", ("epochs = 10", f"epochs = {epochs}"))
    result = quick(submission(tmp_path, {"train-loop": changed}))
    assert scores(result) == {**RIGHT, "training": 0}
    assert result.pending == 40
    assert "accuracy" not in result.measures


ZEROS = "self.W = np.zeros((in_channels, out_channels))"


def test_weights_of_zeros_cost_the_training_without_it_too(tmp_path: Path) -> None:
    """Layers that are right but start where nothing can be learnt are told the start as reason."""
    linear = edited("linear", (START, ZEROS))
    result = quick(submission(tmp_path, {"linear": linear}))
    assert scores(result) == {**RIGHT, "linear": 39, "training": 0}
    assert result.pending == 20
    assert check(result, "linear", "start").message == "All weights of a new layer are 0."
    message = check(result, "training", "has_learnt").message
    assert "It is where your layers start. All weights of a new layer are 0." in message


def test_another_start_from_which_layers_learn_costs_nothing(tmp_path: Path) -> None:
    """The grader trains from the layers' own start where that is not as the reference's."""
    wider = edited("linear", (START, START.replace("0.01", "0.1")))
    result = quick(submission(tmp_path, {"linear": wider}))
    assert scores(result)["linear"] == 40
    assert scores(result)["training"] in (0, 20)
    assert (scores(result)["training"] == 0) == (result.pending == 40)


def test_a_wrong_layer_that_is_mended_below_is_left_pending(tmp_path: Path) -> None:
    """Another network further below may be the one that is judged in full."""
    wrong = edited("linear", ("self.x.T @ grad", "self.x.T @ grad / len(grad)"))
    below = (edited("linear"), edited("train-loop"))
    result = quick(submission(tmp_path, {"linear": wrong}, append=below))
    assert scores(result)["linear"] == 40
    assert check(result, "training", "reaches_the_bar").status == "review"


def test_what_another_training_makes_of_odd_layers_stays_pending(tmp_path: Path) -> None:
    """Layers that take arguments of their own may train well in a training of their own."""
    odd = edited("linear", ("learning_rate=0.1)", "*, learning_rate)"))
    network = edited(
        "train-loop",
        *[
            (f"{sizes})", f"{sizes}, learning_rate=0.1)")
            for sizes in ("784, 40", "(40, 40", "40, 10")
        ],
    )
    result = quick(submission(tmp_path, {"linear": odd, "train-loop": network}))
    assert check(result, "training", "has_learnt").status == "review"
    assert result.pending == 40


def test_a_training_that_others_need_is_run(tmp_path: Path) -> None:
    """A training in the cell that defines a layer cannot be left out; nothing is claimed of it."""
    both = edited(
        "relu",
        (
            "class ReLU",
            f"{edited('data')}\nfor _ in train_loader:\n    break\nnetwork = 1\n\nclass ReLU",
        ),
    )
    result = quick(submission(tmp_path, {"relu": both, "train-loop": "pass"}))
    assert not result.quick
    assert scores(result)["relu"] == 20
