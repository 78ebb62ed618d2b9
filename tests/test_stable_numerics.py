"""Whole notebooks of the second assignment, from the file to the score."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import nbformat
import pytest

from grader.assignment.loading import find_assignment, load
from grader.assignment.model import Assignment
from grader.grading import grade
from grader.notebook.reading import read
from grader.results.model import Result
from tests.grading import check, scores
from tests.notebooks import ROOT

FOLDER = ROOT / "reference" / "stable_numerics"
RELEASED = ROOT / "assignments" / "stable_numerics" / "stable_numerics.ipynb"
# What is judged by asking; what only a person can judge waits.
ASKED = {"softmax": 20, "cross_entropy": 30, "sigmoid": 10, "tanh": 10, "dropout": 20}

RIGHT = {
    "softmax": """
def log_softmax(z):
    return z - np.logaddexp.reduce(np.asarray(z, float), axis=1, keepdims=True)

def softmax(logits):
    return np.exp(log_softmax(logits))

def grad_softmax(probabilities, grad):
    weighted = probabilities * grad
    return weighted - probabilities * weighted.sum(axis=-1)[:, np.newaxis]
""",
    "cross-entropy": """
def cross_entropy(logits, labels):
    return -log_softmax(logits)[range(len(labels)), labels].mean()

def grad_cross_entropy(probabilities, labels):
    return (probabilities - np.eye(probabilities.shape[1])[labels]) / len(labels)
""",
    "sigmoid": """
class Sigmoid:
    def forward(self, x):
        self.half = np.tanh(x / 2)
        return (1 + self.half) / 2

    def backward(self, grad):
        return grad * (1 - self.half) * (1 + self.half) / 4
""",
    "tanh": """
class Tanh(Sigmoid):
    def forward(self, x):
        return 2 * super().forward(2 * x) - 1

    def backward(self, grad):
        return 4 * super().backward(grad)
""",
    "dropout": """
class Dropout:
    def __init__(self, rate):
        self.rate, self.training, self.random = rate, True, np.random.default_rng()

    def forward(self, x):
        self.scale = 1.0
        if self.training:
            self.scale = self.random.binomial(1, 1 - self.rate, x.shape) / (1 - self.rate)
        return self.scale * x

    def backward(self, grad):
        return self.scale * grad
""",
}

WRONG = {
    "softmax": """
def softmax(logits):
    e = np.exp(logits)
    return e / e.sum(axis=1, keepdims=True)

def grad_softmax(probabilities, grad):
    return grad * probabilities * (1 - probabilities)
""",
    "cross-entropy": """
def cross_entropy(logits, labels):
    return -np.log(softmax(logits)[np.arange(len(labels)), labels]).sum()

def grad_cross_entropy(probabilities, labels):
    grads = probabilities.copy()
    grads[np.arange(len(labels)), labels] -= 1
    return grads
""",
    "sigmoid": """
class Sigmoid:
    def forward(self, x):
        self.y = np.exp(x) / (1 + np.exp(x))
        return self.y

    def backward(self, grad):
        return self.y * (1 - self.y)
""",
    "tanh": """
class Tanh:
    def forward(self, x):
        self.x = x
        return np.tanh(x)

    def backward(self, grad):
        return grad * (1 - self.x**2)
""",
    "dropout": """
class Dropout:
    def __init__(self, rate):
        self.rate, self.training = rate, True

    def forward(self, x):
        if not self.training:
            return x * (1 - self.rate)
        self.mask = np.random.rand(*x.shape) > self.rate
        return x * self.mask

    def backward(self, grad):
        return grad * self.mask
""",
}


@pytest.fixture(scope="module")
def assignment() -> Assignment:
    """Return the second assignment."""
    return load(FOLDER)


def handed_in(folder: Path, cells: Mapping[str, str]) -> Path:
    """Write what a student hands in who replaced these cells of the released notebook."""
    notebook = nbformat.read(RELEASED, as_version=4)
    for cell in notebook.cells:
        cell.source = cells.get(cell.id, cell.source)
    path = folder / "submission.ipynb"
    nbformat.write(notebook, path)
    return path


def graded(path: Path, assignment: Assignment) -> Result:
    """Grade a notebook."""
    return grade(read(path), assignment)


def asked(result: Result) -> dict[str, float]:
    """Return the scores of what is judged by asking."""
    return {id_: score for id_, score in scores(result).items() if id_ in ASKED}


def test_the_reference_gets_everything(assignment: Assignment) -> None:
    """The instructor's own solution gets all points, and none of its cells fails."""
    result = graded(assignment.reference, assignment)
    assert asked(result) == ASKED
    assert all(cell.status == "ok" for cell in result.cells)


def test_the_released_notebook_gets_nothing(assignment: Assignment) -> None:
    """An empty hand-in gets no points; the notebook says itself which assignment it is."""
    notebook = read(RELEASED)
    assert find_assignment(notebook).name == assignment.name
    assert asked(graded(RELEASED, assignment)) == dict.fromkeys(ASKED, 0)


def test_an_explanation_waits_for_a_person(assignment: Assignment) -> None:
    """What is written is shown beside its rubric, and an empty answer costs nobody any time."""
    written, empty = (graded(path, assignment) for path in (assignment.reference, RELEASED))
    assert (written.pending, empty.pending) == (10, 0)
    first, *others = written.exercises[-1].checks
    assert first.evidence is not None
    assert (first.evidence.text or "").startswith("A logit above 709")
    assert {each.status for each in (first, *others)} == {"review"}


def test_another_right_solution_gets_everything(tmp_path: Path, assignment: Assignment) -> None:
    """Functions and layers written in other ways get all points, however they draw."""
    path = handed_in(tmp_path, RIGHT)
    assert asked(graded(path, assignment)) == ASKED


def test_a_wrong_solution_loses_what_is_wrong(tmp_path: Path, assignment: Assignment) -> None:
    """Each mistake costs its own points, is told of, and is the same every time."""
    path = handed_in(tmp_path, WRONG)
    result = graded(path, assignment)
    failed = {
        f"{exercise.id}.{each.id}"
        for exercise in result.exercises
        for each in exercise.checks
        if each.status == "failed" and exercise.id in ASKED
    }
    assert failed == {
        "softmax.large_logits",
        "softmax.gradient",
        "cross_entropy.mean_of_batch",
        "cross_entropy.gradient",
        "cross_entropy.large_logits",
        "sigmoid.large_inputs",
        "sigmoid.gradient",
        "tanh.gradient",
        "dropout.kept_scaled",
        "dropout.testing",
    }
    assert "NaN" in check(result, "softmax", "large_logits").message
    assert "is the batch size" in check(result, "cross_entropy", "mean_of_batch").message
    assert check(result, "tanh", "gradient").mistake == "square of the input"
    again = graded(path, assignment)
    assert again.exercises == result.exercises


def test_the_example_of_a_random_layer_can_be_asked_again(
    tmp_path: Path, assignment: Assignment
) -> None:
    """The cell under a failed check of what is random starts the same random numbers."""
    result = graded(handed_in(tmp_path, WRONG), assignment)
    evidence = check(result, "dropout", "kept_scaled").evidence
    assert evidence is not None
    assert "np.random.seed(" in (evidence.cell or "")
    assert evidence.got is not None
    namespace: dict[str, Any] = {}
    exec("import numpy as np\n" + WRONG["dropout"] + (evidence.cell or ""), namespace)  # noqa: S102
    assert namespace["y"].ravel().tolist() == list(evidence.got.value)  # type: ignore[arg-type]


def test_what_a_gradient_is_asked_with_is_not_what_a_forward_pass_should_have_returned(
    tmp_path: Path, assignment: Assignment
) -> None:
    """Who keeps the probabilities of one question has no answer to another by them."""
    kept = """
kept = []

def softmax(logits):
    fit = [each for each in kept if each.shape == logits.shape]
    return fit[-1] if fit else np.zeros(logits.shape)

def grad_softmax(probabilities, grad):
    kept.append(probabilities.copy())
    weighted = probabilities * grad
    return weighted - probabilities * weighted.sum(axis=-1)[:, np.newaxis]
"""
    loss = """
def cross_entropy(logits, labels):
    fit = [each for each in kept if each.shape == logits.shape]
    return -np.log(fit[-1])[range(len(labels)), labels].mean() if fit else 0.0

def grad_cross_entropy(probabilities, labels):
    kept.append(probabilities.copy())
    return (probabilities - np.eye(probabilities.shape[1])[labels]) / len(labels)
"""
    path = handed_in(tmp_path, {**RIGHT, "softmax": kept, "cross-entropy": loss})
    result = graded(path, assignment)
    assert check(result, "softmax", "values").points == 0
    assert check(result, "cross_entropy", "mean_of_batch").points == 0
    assert check(result, "cross_entropy", "one_example").points == 0
