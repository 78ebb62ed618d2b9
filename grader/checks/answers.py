"""Asking a notebook's classifier, as it was after a cell, what it says of images."""

import hashlib
from dataclasses import dataclass
from typing import Final

import numpy as np

from grader.checks.classifier import Classifier, noisy_images
from grader.checks.compare import MOST_NUMBERS
from grader.execution.submission import Submission
from grader.scenario import Call, Images, Ref, Scenario, Step, Stopped, Use, Value

# So many test images tell an accuracy to 0.01 (a standard deviation) in hundredths of a second.
SAMPLE: Final = 1000


@dataclass(frozen=True)
class Standing:
    """How well a classifier does: its share of right answers, its mean cross-entropy in nats."""

    accuracy: float
    loss: float


@dataclass(frozen=True)
class Look:
    """How a classifier stood, a digest of its answers, and whether one of them came to no end.

    Two states with the same digest, unless it is empty, hold the same network.
    """

    standing: Standing | None
    digest: bytes
    stopped: bool = False


def answers(
    submission: Submission, classifier: Classifier, cell: int, images: np.ndarray
) -> list[np.ndarray]:
    """Return the network's logits, float64 (n, classes), for uint8 images (n, height, width).

    The network is asked as it was after the cell with this index: once with the images as the
    notebook's own data set transforms them, and once with values from 0 to 1. Both may be the
    same. Where it gives no logits, as where there is no network, that answer is missing.
    """
    count = len(images)
    plain = (images.reshape(count, -1) / np.float32(255)).astype(np.float32)
    use = Use("network", classifier.network)
    transformed: list[Step] = [
        Images("transformed", classifier.dataset, images),
        Call("rows", "transformed", "reshape", [count, -1]),
    ]
    student = submission.at(cell)
    found: list[np.ndarray] = []
    for method in ("forward", ""):
        for first, rows in ((transformed, Ref("rows")), ([], plain)):
            call = Call("logits", "network", method, [rows])
            outcome = student.answer(Scenario(*first, use, call)).outcomes[-1]
            if isinstance(outcome, Stopped):
                # It would do so again.
                return found
            logits = outcome.value if isinstance(outcome, Value) else None
            if not isinstance(logits, np.ndarray) or logits.ndim != 2:
                continue
            if len(logits) == count and 0 < logits.size <= MOST_NUMBERS:
                found.append(logits.astype(np.float64))
        if found:
            break
    return found


def standing(submission: Submission, classifier: Classifier, cell: int) -> Standing | None:
    """Return how well the network did after a cell on `SAMPLE` test images.

    None where there was no network, or its answers are not finite numbers.
    """
    return look(submission, classifier, cell).standing


def look(submission: Submission, classifier: Classifier, cell: int) -> Look:
    """Return what the network answered after a cell for `SAMPLE` test images."""
    known = submission.remembered.setdefault("looked at", {})
    if cell not in known:
        images, labels = noisy_images(submission, classifier)
        images, labels = images[:SAMPLE], labels[:SAMPLE]
        stopped = submission.stopped
        every = answers(submission, classifier, cell, images)
        standings = [_standing(logits, labels) for logits in every]
        finite = [each for each in standings if each is not None]
        known[cell] = Look(
            max(finite, key=lambda each: each.accuracy, default=None),
            b"".join(hashlib.sha256(logits.tobytes()).digest() for logits in every),
            submission.stopped > stopped,
        )
    found: Look = known[cell]
    return found


@np.errstate(all="ignore")
def _standing(logits: np.ndarray, labels: np.ndarray) -> Standing | None:
    if logits.shape[1] <= labels.max():
        return None
    shifted = logits - logits.max(axis=1, keepdims=True)
    losses = np.log(np.exp(shifted).sum(axis=1)) - shifted[np.arange(len(labels)), labels]
    loss = float(losses.mean())
    if not np.isfinite(loss):
        return None
    return Standing(float(np.mean(logits.argmax(axis=1) == labels)), loss)
