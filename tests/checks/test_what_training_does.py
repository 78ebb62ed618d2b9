"""What a training does that keeps right layers from learning, and which images it learns from."""

import time
from pathlib import Path

import pytest

from grader import Exercise, Submission
from grader.checks.training.classifier import Classifier
from grader.checks.training.hints import looks_along_examples, makes_anew
from grader.checks.training.unseen import require_unseen
from grader.results.model import CheckResult
from tests.fast_training import assignment, graded
from tests.grading import check
from tests.notebooks import edited

STEP = "network.backward(grad_softmax_crossentropy_with_logits(logits, labels))"
LEARNING = "for images, labels in tqdm(train_loader"
TURN = "for epoch in range(epochs):"
CLASSIFIER = Classifier(
    network="network", loader="train_loader", dataset="test_dataset", data="FashionMNIST"
)
# Is defined in the same cell, above the loop.
SOFTMAX = """
def softmax(logits):
    powers = np.exp(logits - logits.max(axis=1, keepdims=True))
    return powers / powers.sum(axis=1, keepdims=True)


"""
# Too few steps to learn from, whatever is handed to the loss.
FEW = (
    LEARNING,
    f"from itertools import islice\n    {LEARNING}".replace(
        "train_loader", "islice(train_loader, 40)"
    ),
)
LOSSES = ("grad_softmax_crossentropy_with_logits",)


def training(*changes: tuple[str, str]) -> str:
    """Return the cell of the training, of one epoch, with changes."""
    return edited("train-loop", ("epochs = 10", "epochs = 1"), *changes)


def missed(folder: Path, loop: str, layer: str | None = None) -> CheckResult:
    """Return what is told of a training that misses what it should reach."""
    (folder / "assignment").mkdir()
    changed = {"train-loop": loop} | ({"linear": layer} if layer else {})
    result = graded(assignment(folder / "assignment", seed=0, epochs=1), folder, changed)
    found = check(result, "training", "has_learnt")
    assert found.status == "failed"
    return found


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ([(STEP, "pass")], "Your training never calls `backward`: no weight has moved."),
        (
            [(STEP, STEP.replace("labels))", "labels) * 0)"))],
            "Your training calls `backward`, but no weight moves.",
        ),
        (
            [(STEP, STEP.replace("(logits, labels)", "(softmax(logits), labels)"))],
            "What your training hands to the loss are probabilities already",
        ),
        (
            [(STEP, STEP.replace("labels))", "labels) * (not network.layers[0].b.any()))"))],
            "The weights moved with the first `backward` of your training, and not again.",
        ),
        (
            [("Linear(40, 10)", "Linear(40, 10, learning_rate=0.0001)")],
            "Your layers have the learning rate 0.0001; the usual one is 0.1.",
        ),
        (
            [(STEP, STEP.replace("labels))", "labels) * -1e9)"))],
            "the outputs are no finite numbers any more.",
        ),
        (
            [(TURN, f"{TURN}\n    network = Sequential([Linear(784, 10, 1e-6)])")],
            "In each turn of a loop, a new `network` is made.",
        ),
    ],
    ids=[
        *("no backward", "nothing handed on", "probabilities", "moved once"),
        *("rate", "diverged", "a new network"),
    ],
)
def test_what_the_training_does_is_told(
    tmp_path: Path, changes: list[tuple[str, str]], told: str
) -> None:
    """It is watched for some steps; that the layers are right is told behind it."""
    found = missed(tmp_path, SOFTMAX + training(FEW, *changes))
    assert told in found.message
    assert "Your layers are not the reason" in found.message


def test_the_error_of_the_training_cell_is_told_with_its_line(tmp_path: Path) -> None:
    """It is why the network has not learnt."""
    loss = "network.backward(softmax_crossentropy_with_logits(logits, labels))"
    found = missed(tmp_path, training((STEP, loss)))
    assert "ended with ValueError" in found.message
    assert found.evidence is not None
    assert found.evidence.text == loss


READ = "np.mean(logits.argmax(axis=-1) == labels)"
# Enough to learn something, before there is anything to measure.
SOME = (
    LEARNING,
    f"from itertools import islice\n    {LEARNING}".replace(
        "train_loader", "islice(train_loader, 300)"
    ),
)


def notes(folder: Path, read: str) -> list[str]:
    """Return the notes on a training that reads its accuracy off the logits like this."""
    (folder / "assignment").mkdir()
    assigned = assignment(folder / "assignment", seed=0, epochs=1)
    result = graded(assigned, folder, {"train-loop": training(SOME, (READ, read))})
    return [note.text for note in result.notes]


def test_an_accuracy_that_is_read_off_along_another_axis_is_told(tmp_path: Path) -> None:
    """The notebook's own number is not its network's, and the network is not the reason."""
    told = notes(tmp_path, "np.mean(logits.argmax() == labels)")
    (own,) = [text for text in told if "Along which axis do the outputs for one image lie" in text]
    assert "but the network has 0." in own


def test_an_accuracy_that_is_wrong_for_another_reason_is_not_told_of(tmp_path: Path) -> None:
    """The same lines with a wrong number, whose outputs are gone through as they should be."""
    told = notes(tmp_path, "np.mean(logits.T.argmax(axis=0) == labels + 1)")
    assert not [text for text in told if "axis" in text]


def test_the_axis_is_asked_about_where_the_comparison_raised(tmp_path: Path) -> None:
    """Ten numbers, one for each class, are no labels of 32 images."""
    read = "np.mean(np.argmax(logits, axis=0) == labels)"
    found = missed(tmp_path, training(FEW, (READ, read)))
    assert "operands could not be broadcast" in found.message
    assert found.hint is not None
    assert "along which does `argmax` look?" in found.hint


@pytest.mark.parametrize(
    ("line", "along"),
    [
        ("right += np.sum(np.argmax(x, 0) == t)", True),
        ("p = x.argmax(axis=0)", True),
        ("p = x.argmax(0) == t", True),
        ("p = np.argmax(x[0], 1)", False),
        ("p = x.argmax(-1)[0]", False),
        ("for p in x.argmax(0):", False),
    ],
)
def test_a_line_that_looks_along_the_examples_is_seen(line: str, along: bool) -> None:
    """Where the axis stands in it, as a number, and the line is whole."""
    assert looks_along_examples(line) is along


def seen(folder: Path, *changes: tuple[str, str], noted: bool = False) -> CheckResult:
    """Return the verdict on whether a network has learnt from the test images.

    The instructor's note on it is required where it has, or where it is to be `noted`.
    """
    exercise = Exercise("training", "Training", points=1, names=("network",))

    @exercise.check(points=1)
    def unseen(submission: Submission) -> None:
        """Ask for a network that has not learnt from the test images."""
        require_unseen(submission, CLASSIFIER, LOSSES)

    (folder / "assignment").mkdir()
    assigned = assignment(folder / "assignment", exercise, seed=0, epochs=1)
    result = graded(assigned, folder, {"train-loop": training(*changes)}, epochs=1)
    found = check(result, "training", "unseen")
    assert bool(result.integrity) == (found.status == "failed" or noted)
    return found


MEASURED = 'logs["loss"].append('


@pytest.mark.parametrize(
    "changes",
    [
        [(LEARNING, LEARNING.replace("train_loader", "test_loader"))],
        [(MEASURED, f"{STEP}\n        {MEASURED}")],
    ],
    ids=["in the place of the training set", "while it is measured"],
)
def test_learning_from_the_test_set_is_proven(
    tmp_path: Path, changes: list[tuple[str, str]]
) -> None:
    """With other images in their place the same cells come to another network."""
    found = seen(tmp_path, *changes)
    assert found.status == "failed"
    assert "was trained on test images" in found.message


@pytest.mark.parametrize(
    "changes",
    [
        [("epochs = 1", "epochs = 2")],
        [(LEARNING, "for images, labels in [*train_loader][::2]:\n        pass\n    " + LEARNING)],
        [(MEASURED, f"if len(logs['loss']) > 300:\n            break\n        {MEASURED}")],
    ],
    ids=["longer", "with a look at the batches", "measured in part"],
)
def test_a_training_of_ones_own_is_no_learning_from_the_test_set(
    tmp_path: Path, changes: list[tuple[str, str]]
) -> None:
    """However long it is and whatever it measures."""
    assert seen(tmp_path, *changes).status == "passed"


def test_what_cannot_be_run_to_the_same_network_twice_is_noted(tmp_path: Path) -> None:
    """Who starts from numbers of the machine's own is not charged: a person looks at it."""
    lucky = "labels) * (1 + __import__('os').urandom(1)[0] / 256))"
    changes = [
        (LEARNING, LEARNING.replace("train_loader", "test_loader")),
        (STEP, STEP.replace("labels))", lucky)),
    ]
    assert seen(tmp_path, *changes, noted=True).status == "passed"


@pytest.mark.parametrize(
    ("source", "made"),
    [
        ("for e in es:\n    n = N()\n    for b in bs:\n        n.backward()\n", True),
        ("for e in es:\n    pass\nelse:\n    for b in bs:\n        n = N(); n.backward()\n", True),
        ("n = N()\nfor e in es:\n    for b in bs:\n        n.backward()\n", False),
        ("for e in es:\n    n = step(n)\n    n.backward()\n", False),
    ],
    ids=["in the outer loop", "in a loop behind a loop", "above", "from the one before"],
)
def test_a_network_that_each_turn_makes_is_seen(source: str, made: bool) -> None:
    """In whichever loop, also where another within it does the training."""
    assert makes_anew([source], "n") is made


def test_loops_within_loops_are_gone_through_once() -> None:
    """Python nests eighty blocks, functions among them, around a hundred thousand statements."""
    heads = [f"def f{depth}():" if depth % 2 else "for i in x:" for depth in range(80)]
    lines = [" " * depth + head for depth, head in enumerate(heads)]
    source = "\n".join([*lines, " " * 80 + "a;" * 60_000]) + "\n"
    makes_anew(["a"], "n")
    started = time.thread_time()
    assert not makes_anew([source], "n")
    nested = time.thread_time() - started
    started = time.thread_time()
    assert not makes_anew(["for i in x:\n " + "a;" * 60_000], "n")
    assert nested < 3 * (time.thread_time() - started) + 1
