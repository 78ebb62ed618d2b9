"""`--quick`: what a training would come to is told without it, and what needs it stays pending."""

from pathlib import Path

from grader.grading import Options, grade
from grader.notebook import read
from grader.recordings import unpacked
from grader.results import Result
from grader.scoring import judged_again
from tests.grading import check, nn_from_scratch, scores
from tests.notebooks import edited, submission

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
    assert (result.accuracy, result.loss) == (training.accuracy, training.loss)
    assert "through the first 100 steps" in told(result)
    assert "--quick" in check(result, "curves", "loss_curve").message
    sources = {cell.index: cell.source for cell in read(path).cells}
    assert not any("network = " in sources[cell.index] for cell in result.cells)
    again = judged_again(unpacked(b"".join(kept), path), nn_from_scratch())
    assert again is not None
    assert again.model_copy(update={"seconds": 0, "versions": {}}) == result.model_copy(
        update={"seconds": 0, "versions": {}}
    )


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
    assert result.accuracy is not None
    assert result.accuracy < 0.86
    assert result.pending == 20


def test_right_layers_in_another_training_are_trained_by_the_grader(tmp_path: Path) -> None:
    """A changed loop, and a network class of the student's own, cost a right solution nothing."""
    changed = edited(
        "train-loop",
        ("epochs = 10", "epochs = 12"),
        ("network = Sequential([", "class Net(Sequential):\n    pass\n\nnetwork = Net(["),
    )
    result = quick(submission(tmp_path, {"train-loop": changed}))
    assert scores(result) == RIGHT
    assert result.accuracy is not None
    assert result.accuracy > 0.86
    assert "The grader trained its layers" in told(result)


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
