"""What a slip in a layer spoils of the training is not charged again, and only that."""

from dataclasses import replace
from pathlib import Path

import pytest

from grader.assignment.model import Assignment
from grader.execution.recording import unpacked
from grader.grading import Options, grade, judged_again
from grader.notebook.reading import read
from grader.results.model import ExerciseResult, Result
from tests.fast_training import DROPPED, assignment, cells
from tests.grading import check, scores, shared_servers, together
from tests.notebooks import edited, submission

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
    folder: Path, assigned: Assignment, changed: dict[str, str], kept: list[bytes] | None = None
) -> Result:
    """Grade a training of two epochs with some cells changed."""
    path = submission(folder, {**cells(EPOCHS), **changed}, drop=DROPPED)
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
