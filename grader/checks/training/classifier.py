"""Measuring a classifier that a notebook has trained.

The network is judged on test images with noise of one grey level, so that looking images up by
their contents finds nothing (such noise moved honest networks by at most 0.0002), and by labels
that only the grader uses. Noise and order are drawn from the assignment's `seed`: whoever knew them
could tell each image by them.
"""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

import numpy as np

from grader.checks.compare import MOST_NUMBERS, is_real
from grader.checks.training.metrics import accuracy, loss
from grader.datasets import load_images
from grader.execution.submission import Submission, once
from grader.i18n import _, marked
from grader.scenario import Call, Images, Ref, Scenario, Step, Stopped, Transcript, Use, Value
from grader.verdicts import CheckFailed, unanswered

# Images of the training set by which it is told whether a network knows others better.
FAMILIAR: Final = 5000
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

    @property
    def figures(self) -> dict[str, float]:
        """What a result quotes."""
        return {marked("accuracy"): self.accuracy, marked("loss"): self.loss}


def ask(
    submission: Submission,
    classifier: Classifier,
    cell: int,
    first: Sequence[Step],
    *,
    then: Sequence[Step] = (),
    apart: bool = False,
) -> Transcript:
    """Return the network's answers for the noisy test images after `first`, as best it can.

    Where these change the state that they are asked of, they are to be asked `apart`. What is asked
    `then` may go by "network".
    """
    images, _labels = noisy_images(submission, classifier)
    student = submission.measured_at(cell)
    use = Use("network", classifier.network)
    transformed = Images("x", classifier.dataset, images)
    ways = [
        logits_of(classifier.network, images),
        Scenario(transformed, use, Call("logits", "network", "forward", [Ref("x")])),
        Scenario(use, Call("logits", "network", "", [_rows(_Itself(images))])),
        Scenario(transformed, use, Call("logits", "network", "", [Ref("x")])),
    ]
    best, best_accuracy = None, -1.0
    for way in ways:
        asked = Scenario(*first, *way.steps, *then) if first or then else way
        seconds = submission.assignment.config.limits.total_seconds
        transcript = (
            submission.apart(cell, asked, seconds=seconds) if apart else student.answer(asked)
        )
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
    return _noisy(submission, classifier.data)


def familiar(submission: Submission, classifier: Classifier) -> tuple[np.ndarray, np.ndarray]:
    """Return the first `FAMILIAR` images of the training set, as they are, and their labels."""
    images, labels = load_images(submission.datasets[classifier.data], "train")
    return _first(_Itself(images)), labels[:FAMILIAR]


@once
def _noisy(submission: Submission, data: str) -> tuple[np.ndarray, np.ndarray]:
    images, labels = load_images(submission.datasets[data], "test")
    return _moved(_Itself(images), _Itself(labels), submission.assignment.config.seed)


def logits_of(network: str, images: np.ndarray) -> Scenario:
    """Return the question what a network makes of images as rows of values from 0 to 1.

    It is the same object for the same images: encoding a test set takes longer than judging what
    comes back, and a process judges many submissions.
    """
    return _logits_of(network, _Itself(images))


class _Itself:
    """An array as what something is remembered by: that array, and not one with equal numbers."""

    def __init__(self, array: np.ndarray) -> None:
        self.array = array

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Itself) and self.array is other.array

    def __hash__(self) -> int:
        return id(self.array)


@lru_cache(maxsize=1)
def _first(images: _Itself) -> np.ndarray:
    return images.array[:FAMILIAR]


@lru_cache(maxsize=1)
def _moved(images: _Itself, labels: _Itself, seed: int) -> tuple[np.ndarray, np.ndarray]:
    return noisy(images.array, labels.array, seed)


# The test images with noise and without, and some of the training set.
SETS: Final = 3


@lru_cache(maxsize=SETS)
def _rows(images: _Itself) -> np.ndarray:
    # It can be written to, as what a notebook hands its network: that is sent along.
    return as_rows(images.array)


@lru_cache(maxsize=SETS)
def _logits_of(network: str, images: _Itself) -> Scenario:
    call = Call("logits", "network", "forward", [_rows(images)])
    return Scenario(Use("network", network), call)


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
    _images, labels = noisy_images(submission, classifier)
    return logits_in(transcript, labels)


def logits_in(
    transcript: Transcript, labels: np.ndarray, result: str = "logits"
) -> np.ndarray | None:
    """Return the logits that were answered, float64 (n, classes), for n images with these labels.

    None where there are none: another kind of value, too few rows or classes, or far too many.
    """
    outcome = transcript.outcome(result)
    if not isinstance(outcome, Value) or not is_real(outcome.value):
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
    cost = loss(logits, labels)
    return Measured(
        _accuracy(submission, classifier, transcript), cost, bool(np.isfinite(cost)), source
    )


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
            if not is_real(logits) or logits.ndim != 2:
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


@once
def look(submission: Submission, classifier: Classifier, cell: int) -> Look:
    """Return what the network answered after a cell for `SAMPLE` test images."""
    images, labels = noisy_images(submission, classifier)
    images, labels = images[:SAMPLE], labels[:SAMPLE]
    stopped = submission.findings.stopped
    every = answers(submission, classifier, cell, images)
    standings = [_standing(logits, labels) for logits in every]
    finite = [each for each in standings if each is not None]
    return Look(
        max(finite, key=lambda each: each.accuracy, default=None),
        b"".join(hashlib.sha256(logits.tobytes()).digest() for logits in every),
        submission.findings.stopped > stopped,
    )


def _standing(logits: np.ndarray, labels: np.ndarray) -> Standing | None:
    cost = loss(logits, labels) if logits.shape[1] > labels.max() else np.nan
    return Standing(accuracy(logits, labels), cost) if np.isfinite(cost) else None
