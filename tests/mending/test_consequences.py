"""What a slip in a layer spoils of the training is not charged again, and only that."""

from dataclasses import replace
from pathlib import Path

import pytest

from grader import CheckFailed, Exercise, Submission
from grader.assignment.model import Assignment
from grader.checks.training.classifier import Classifier
from grader.checks.training.reruns import measure
from grader.checks.training.unseen import require_unseen
from grader.execution.recording import unpacked
from grader.grading import Options, grade, judged_again
from grader.notebook.reading import read
from grader.results.model import ExerciseResult, Result
from tests.fast_training import DROPPED, assignment, cells
from tests.grading import check, nn_from_scratch, scores, shared_servers, together
from tests.notebooks import edited, reference_cells, submission

STEP = "self.W - self.learning_rate * self.grad_W"
UPHILL = edited("linear", (STEP, STEP.replace("-", "+")))
MISSPELT = edited("linear", ("self.learning_rate * self.grad_W", "self.lr * self.grad_W"))
EPOCHS = 2


@pytest.fixture(scope="module")
def assigned(tmp_path_factory: pytest.TempPathFactory) -> Assignment:
    """Return an assignment whose right training takes seconds: it has two epochs."""
    made = assignment(tmp_path_factory.mktemp("assigned"), seed=51, epochs=EPOCHS)
    return replace(made, exercises=tuple(each for each in made.exercises if each.id in ASKED))


ASKED = ("linear", "training")


def outcome(
    folder: Path,
    assigned: Assignment,
    changed: dict[str, str],
    kept: list[bytes] | None = None,
    *,
    below: tuple[str, ...] = (),
) -> Result:
    """Grade a training of two epochs with some cells changed, and others below."""
    path = submission(folder, {**cells(EPOCHS), **changed}, drop=DROPPED, append=below)
    return grade(
        read(path),
        assigned,
        Options(only=ASKED),
        servers=shared_servers(),
        private=together(path),
        keep=None if kept is None else kept.append,
    )


def training(result: Result) -> ExerciseResult:
    """Return what the training came to."""
    return next(each for each in result.exercises if each.id == "training")


@pytest.mark.parametrize("layer", [UPHILL, MISSPELT], ids=["another network", "no network"])
def test_what_a_slip_spoils_of_the_training_is_charged_with_the_slip_alone(
    tmp_path: Path, assigned: Assignment, layer: str
) -> None:
    """The training passes with the mended layer: its points are given, and it is said why."""
    kept: list[bytes] = []
    result = outcome(tmp_path, assigned, {"linear": layer}, kept)
    assert scores(result)["linear"] < 40
    learnt = check(result, "training", "has_learnt")
    assert (learnt.status, learnt.points, learnt.follows) == ("failed", 8, True)
    assert "is charged there" in learnt.message
    again = judged_again(unpacked(kept[0], tmp_path), assigned)
    assert again is not None
    assert scores(again) == scores(result)


def test_a_training_that_is_wrong_itself_is_charged_all_the_same(
    tmp_path: Path, assigned: Assignment
) -> None:
    """With its layer mended it learns nothing either."""
    loop = edited("train-loop", ("epochs = 10", f"epochs = {EPOCHS}"))
    still = loop.replace(
        "network.backward(grad_softmax_crossentropy_with_logits(logits, labels))", "pass"
    )
    assert still != loop
    result = outcome(tmp_path, assigned, {"linear": UPHILL, "train-loop": still})
    assert [each.id for each in result.exercises if each.slips] == ["linear"]
    assert training(result).score == 0
    assert not any(each.follows for each in training(result).checks)


def test_where_slips_are_charged_in_full_so_is_what_they_spoil(
    tmp_path: Path, assigned: Assignment
) -> None:
    """An assignment that wants no follow-through marks gives none here."""
    terms = replace(assigned.config.follow_through, marks=False)
    strict = replace(assigned, config=replace(assigned.config, follow_through=terms))
    assert training(outcome(tmp_path, strict, {"linear": UPHILL})).score == 0


CLASSIFIER = Classifier(
    network="network", loader="train_loader", dataset="test_dataset", data="FashionMNIST", goal=0.5
)
# Trains on the test images where its layer steps downhill. Few steps of one layer are enough.
UNLIKE = """
from itertools import islice

probe = Linear(1, 1)
before = probe.W.copy()
probe.forward(np.ones((1, 1)))
probe.backward(np.ones((1, 1)))
source = train_loader if probe.W > before else test_loader
network = Sequential([Linear(784, 10)])
for images, labels in islice(source, 300):
    network.backward(grad_softmax_crossentropy_with_logits(network.forward(images), labels))
"""


@pytest.fixture
def small(tmp_path: Path) -> Assignment:
    """Return an assignment of a layer, and of a network that has to learn from other images."""
    own = Exercise("training", "Training", points=10, names=("network",))

    @own.check(points=10)
    def learns(submission: Submission) -> None:
        """Learn from other images."""
        if measure(submission, CLASSIFIER, CLASSIFIER.goal).accuracy < CLASSIFIER.goal:
            raise CheckFailed("It has not learnt.")
        require_unseen(submission, CLASSIFIER, ("grad_softmax_crossentropy_with_logits",))

    linear = next(each for each in nn_from_scratch().exercises if each.id == "linear")
    (tmp_path / "assignment").mkdir()
    return assignment(tmp_path / "assignment", linear, own, seed=51)


@pytest.mark.parametrize(
    ("otherwise", "given"),
    [("test_loader", (0, False)), ("train_loader", (10, True))],
    ids=["on test images", "on others"],
)
def test_a_mended_training_on_test_images_gives_no_points_back(
    tmp_path: Path, small: Assignment, otherwise: str, given: tuple[float, bool]
) -> None:
    """It is asked about as any other is: it may learn from other images with the mended layer."""
    loop = UNLIKE.replace("else test_loader", f"else {otherwise}")
    result = outcome(tmp_path, small, {"linear": UPHILL, "train-loop": loop})
    assert [each.id for each in result.exercises if each.slips] == ["linear"]
    learnt = check(result, "training", "learns")
    assert (learnt.points, learnt.follows) == given


def test_a_slip_that_costs_nothing_gives_nothing_back(tmp_path: Path, small: Assignment) -> None:
    """A layer that is right below is judged there, and no price stands anywhere."""
    loop = UNLIKE.replace("else test_loader", "else train_loader")
    changed = {"linear": UPHILL, "train-loop": loop}
    result = outcome(tmp_path, small, changed, below=(reference_cells()["linear"],))
    assert scores(result) == {"linear": 40, "training": 0}
