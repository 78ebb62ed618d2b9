"""Answers about a trained network that are of no fit kind: no points, and no fault of ours."""

from pathlib import Path

import nbformat
import numpy as np
import pytest

from grader.assignment.loading import load
from grader.checks.plots.figures import marks
from grader.checks.training.classifier import logits_in
from grader.grading import Options, grade
from grader.notebook.reading import read
from grader.scenario import Scenario, Transcript, Use, Value
from tests.grading import check
from tests.notebooks import ROOT

LABELS = np.array([0, 1, 9])
UNFIT = {
    "no columns": np.zeros((3, 0)),
    "too few columns": np.zeros((3, 9)),
    "too few rows": np.zeros((2, 10)),
    "one axis": np.zeros(3),
    "a list": [[0.0] * 10] * 3,
    "texts": np.full((3, 10), "a"),
    "complex numbers": np.zeros((3, 10), complex),
    "objects": np.full((3, 10), None),
}


def answered(value: object) -> Transcript:
    """Return a transcript in which the network answered this."""
    return Transcript(Scenario(Use("logits", "network")), (Value(value),))


@pytest.mark.parametrize("unfit", UNFIT)
def test_what_are_no_logits_is_none(unfit: str) -> None:
    """Accuracies are computed of one row for each image, with a number for each class, alone."""
    assert logits_in(answered(UNFIT[unfit]), LABELS) is None


def test_logits_of_any_number_type_are_read() -> None:
    """They are computed with in float64."""
    found = logits_in(answered(np.zeros((3, 10), np.float32)), LABELS)
    assert found is not None
    assert found.dtype == np.float64


@pytest.mark.parametrize("forged", [np.ones(2), [1], {}, "2", None])
def test_a_forged_description_of_a_figure_is_read(forged: object) -> None:
    """What is to be a number of things drawn, and is none, is nothing drawn."""
    axes = {"collections": forged, "patches": forged, "title": "loss"}
    assert list(marks({"axes": [axes]})) == []


MODEL = """
class Model:
    def eval(self):
        return self

    def __call__(self, x):
        return {answer}

model = Model()
for images, labels in train_loader:
    break
"""


@pytest.mark.parametrize(
    "answer", ["np.full((len(x), 10), None)", "self", "[[1.0], [1.0, 2.0]]", "np.full((9, 9), 'a')"]
)
def test_a_model_that_answers_no_numbers_has_failed(answer: str, tmp_path: Path) -> None:
    """Nobody has to look, and the grader has not failed."""
    folder = ROOT / "reference" / "torch_classifier"
    told = nbformat.reads((folder / "solution.ipynb").read_text("utf-8"), as_version=4)
    (cell,) = (each for each in told.cells if each.id == "trained")
    cell.source = MODEL.format(answer=answer)
    path = tmp_path / "submission.ipynb"
    path.write_text(nbformat.writes(told), "utf-8")
    result = grade(read(path), load(folder), Options(only=("trained",)))
    found = check(result, "trained", "recognises")
    assert (found.status, found.points) == ("failed", 0)
