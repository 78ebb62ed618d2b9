"""Measuring a classifier that a notebook has trained.

The network is judged on test images with noise of one grey level, so that looking images up by
their contents finds nothing (such noise moved honest networks by at most 0.0002), and by labels
that only the grader uses. Noise and order are drawn from the assignment's `seed`: whoever knew them
could tell each image by them.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from grader.checks.accuracy import accuracy
from grader.checks.compare import MOST_NUMBERS
from grader.datasets import load_images
from grader.execution.submission import Submission
from grader.i18n import _
from grader.scenario import Call, Images, Ref, Scenario, Step, Stopped, Transcript, Use, Value
from grader.verdicts import CheckFailed, unanswered

# Apart from what else is drawn from an assignment's seed.
NOISE: Final = 20_260_101


@dataclass(frozen=True)
class Classifier:
    """Where a notebook keeps a classifier: `network`, trained on what `loader` delivers.

    `dataset` is the notebook's own test set, of which only the `transform` is used, `data` the
    name of the data set that the grader measures on. `goal` is the accuracy that the notebook asks
    for. One above `ceiling` gives rise to doubt.
    """

    network: str
    loader: str
    dataset: str
    data: str
    ceiling: float = 1.0
    goal: float = 1.0


@dataclass(frozen=True)
class Measured:
    """How well a network does: the share of right answers, and the mean cross-entropy in nats.

    `finite` says whether all of its outputs were; `source` is what was measured, in words.
    """

    accuracy: float
    loss: float
    finite: bool
    source: str


def ask(
    submission: Submission, classifier: Classifier, cell: int, first: Sequence[Step]
) -> Transcript:
    """Return the network's answers for the noisy test images after `first`, as best it can."""
    images, _labels = noisy_images(submission, classifier)
    flat = as_rows(images)
    student = submission.measured_at(cell)
    use = Use("network", classifier.network)
    transformed = Images("x", classifier.dataset, images)
    ways: list[list[Step]] = [
        [use, Call("logits", "network", "forward", [flat])],
        [transformed, use, Call("logits", "network", "forward", [Ref("x")])],
        [use, Call("logits", "network", "", [flat])],
        [transformed, use, Call("logits", "network", "", [Ref("x")])],
    ]
    best, best_accuracy = None, -1.0
    for way in ways:
        transcript = student.answer(Scenario(*first, *way))
        reached = _accuracy(submission, classifier, transcript)
        if best is None or reached > best_accuracy:
            best, best_accuracy = transcript, reached
        # A network that does well has been fed as it was trained; a second look is costly. One
        # that hangs or crashes would do so again.
        if reached > 0.5 or first or isinstance(transcript.outcomes[-1], Stopped):
            break
    assert best is not None  # noqa: S101 - there is at least one way
    return best


def noisy_images(submission: Submission, classifier: Classifier) -> tuple[np.ndarray, np.ndarray]:
    """Return noisy test images, uint8 (n, height, width), and their labels, uint8 (n,).

    Each pixel is moved by -1, 0 or 1; the order is the assignment's own.
    """
    known = submission.remembered.get("noisy images")
    if known is None:
        images, labels = load_images(submission.datasets[classifier.data], "test")
        known = submission.remembered["noisy images"] = noisy(
            images, labels, submission.assignment.config.seed
        )
    return known


def as_rows(images: np.ndarray, divisor: float = 255) -> np.ndarray:
    """Return images, (n, ...), as float32 of shape (n, features), divided by `divisor`."""
    return np.asarray(images.reshape(len(images), -1) / np.float32(divisor), np.float32)


def noisy(images: np.ndarray, labels: np.ndarray, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Return images, uint8, with each pixel moved by -1, 0 or 1, and their labels, reordered."""
    random = np.random.default_rng([NOISE, abs(seed)])
    noise = random.integers(-1, 2, images.shape, np.int16)
    moved = np.clip(images.astype(np.int16) + noise, 0, 255).astype(np.uint8)
    order = random.permutation(len(images))
    return moved[order], labels[order]


def _logits(
    submission: Submission, classifier: Classifier, transcript: Transcript
) -> np.ndarray | None:
    outcome = transcript.outcome("logits")
    _images, labels = noisy_images(submission, classifier)
    if not isinstance(outcome, Value) or not isinstance(outcome.value, np.ndarray):
        return None
    logits = outcome.value
    if logits.ndim != 2 or len(logits) != len(labels) or logits.shape[1] <= int(labels.max()):
        return None
    if logits.size > MOST_NUMBERS:
        return None
    return logits.astype(np.float64)


def _accuracy(submission: Submission, classifier: Classifier, transcript: Transcript) -> float:
    logits = _logits(submission, classifier, transcript)
    if logits is None:
        return 0.0
    _images, labels = noisy_images(submission, classifier)
    return accuracy(logits, labels)


def measured(
    submission: Submission, classifier: Classifier, transcript: Transcript, source: str
) -> Measured:
    """Return what the answers are worth. Raises CheckFailed where there are none."""
    logits = _logits(submission, classifier, transcript)
    if logits is None:
        failure = transcript.failure
        if failure is not None:
            raise unanswered(*failure)
        raise CheckFailed(
            _(
                "`{network}` did not return one row of logits for each image.",
                network=classifier.network,
            )
        )
    _images, labels = noisy_images(submission, classifier)
    with np.errstate(all="ignore"):
        shifted = logits - logits.max(axis=1, keepdims=True)
        log_sum = np.log(np.exp(shifted).sum(axis=1))
        loss = float(np.mean(log_sum - shifted[np.arange(len(labels)), labels]))
    return Measured(
        _accuracy(submission, classifier, transcript), loss, bool(np.isfinite(loss)), source
    )
