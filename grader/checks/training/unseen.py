"""Whether a network has learnt from the very images that it is judged by.

1.  There is a reason to ask where it knows the test images better than those of the training set,
    or where its training, watched in a fork for some thousand steps, moves weights by test images.
2.  It is proven outside: the notebook's own cells run again from one state, with one seed, once as
    they are and once with images of the training set in the place of the test set. Whoever only
    measures on these comes to the same network. Running them once more as they are shows that
    they come to the same network at all.

Where a slip in a layer was mended, it is the training with the mended layer that is asked about:
watching it would take as long as running it, so a training of the notebook's own is a reason.

Without a reason nothing is run again, and without a proof nobody is charged: choosing the best
epoch by the test set, say, moves no weight by a test image. Where there is a reason and the cells
cannot be run to the same network twice, the instructor is told.
"""

from collections.abc import Sequence
from typing import Final, NamedTuple

import numpy as np

from grader.checks.training.classifier import (
    Classifier,
    familiar,
    logits_in,
    logits_of,
    noisy_images,
)
from grader.checks.training.hints import what_it_does
from grader.checks.training.metrics import accuracy
from grader.checks.training.reruns import (
    MendedRun,
    counting_run,
    handed_out,
    mended_cells,
    mended_training,
    sources_of,
)
from grader.checks.training.trained import trained
from grader.datasets import load_images
from grader.execution.submission import Submission, once
from grader.i18n import _
from grader.scenario import Call, Images, Ref, Run, Scenario, Seed, Step, Swap, Use
from grader.verdicts import CheckFailed

# Honest networks know images of the training set better by about 0.01. The two shares that are
# compared differ by chance with a standard deviation of 0.006.
GAP: Final = 0.02

# An epoch of the notebook's has 1,875 batches, after which it measures.
PASSES: Final = 3000
SECONDS: Final = 30.0

# How far two runs of the same cells may be apart, as a share of the largest logit.
ALIKE: Final = 1e-3


def require_unseen(submission: Submission, classifier: Classifier, losses: tuple[str, ...]) -> None:
    """Raise CheckFailed where it is proven that the network has learnt from test images."""
    if submission.quick or submission.assignment.released:
        return
    if submission.mended:
        cell = mended_training(submission, classifier).span[1]
        ran = counting_run(submission, classifier, classifier.goal)
        if not _reason_of_mended(submission, classifier, ran):
            return
        again = _mended_without_them(submission, classifier)
    else:
        if not _reason(submission, classifier, losses):
            return
        cell = trained(submission, classifier).cell
        again = _without_them(submission, classifier)
    if again is None:
        told = _(
            "There is a reason to ask whether the network was trained on test images, and running "
            "its cells again does not answer it: look at what they train on."
        )
        submission.findings.suspicions.append((cell, told))
        return
    if again.same:
        return
    told = _(
        "The network was trained on test images: with other images in their place, the same cells "
        "come to another network, which recognises {accuracy:.1%} of the test images.",
        accuracy=again.accuracy,
    )
    submission.findings.suspicions.append((cell, told))
    raise CheckFailed(
        told,
        hint=_(
            "Which images come before each call of `backward` in your training? How well a network "
            "does on images that it has learnt from tells nothing of new ones."
        ),
    )


def _reason(submission: Submission, classifier: Classifier, losses: tuple[str, ...]) -> bool:
    if _knows_them_better(submission, classifier):
        return True
    if handed_out(submission, classifier):
        return False
    told = what_it_does(submission, classifier, losses, PASSES, SECONDS)
    return told is not None and bool(told["learnt"])


def _reason_of_mended(submission: Submission, classifier: Classifier, ran: MendedRun) -> bool:
    if not handed_out(submission, classifier):
        return True
    _known, of_known = familiar(submission, classifier)
    if ran.familiar is None:
        return True
    return ran.measured.accuracy - accuracy(ran.familiar, of_known) > GAP


def _knows_them_better(submission: Submission, classifier: Classifier) -> bool:
    """Whether the network does far better on test images than on those of the training set."""
    cell = trained(submission, classifier).cell
    images, labels = noisy_images(submission, classifier)
    known, of_known = familiar(submission, classifier)
    for way in _ways(classifier):
        student = submission.measured_at(cell)
        test = logits_in(student.answer(way(images)), labels)
        train = logits_in(student.answer(way(known)), of_known)
        if test is not None and train is not None:
            return accuracy(test, labels) - accuracy(train, of_known) > GAP
    return False


class _Way:
    """How a network is asked: with values from 0 to 1, or as the notebook's own set has them."""

    def __init__(self, classifier: Classifier, *, transformed: bool) -> None:
        self._classifier = classifier
        self._transformed = transformed

    def __call__(self, images: np.ndarray) -> Scenario:
        if not self._transformed:
            return logits_of(self._classifier.network, images)
        use = Use("network", self._classifier.network)
        x = Images("x", self._classifier.dataset, images)
        return Scenario(x, use, Call("logits", "network", "forward", [Ref("x")]))


def _ways(classifier: Classifier) -> list[_Way]:
    return [_Way(classifier, transformed=each) for each in (False, True)]


class _Again(NamedTuple):
    """What the cells come to that never saw the test images.

    Whether it is the same network, and how well it does on these.
    """

    same: bool
    accuracy: float


@once
def _without_them(submission: Submission, classifier: Classifier) -> _Again | None:
    """Return what the cells come to without the test images, None where that cannot be told."""
    judged = trained(submission, classifier)
    images, labels = noisy_images(submission, classifier)
    for way in _ways(classifier):
        asked = submission.measured_at(judged.cell).answer(way(images))
        if logits_in(asked, labels) is None:
            continue
        start = _start(submission, classifier, judged.begins)
        if start is None:
            return None
        cells = sources_of(submission, start + 1, judged.cell)
        return _compared(submission, classifier, start, cells, way)
    return None


@once
def _mended_without_them(submission: Submission, classifier: Classifier) -> _Again | None:
    """Return what the cells come to with mended layers, None where that cannot be told."""
    span = mended_training(submission, classifier).span
    start = _start(submission, classifier, span[0])
    if start is None:
        return None
    cells = mended_cells(submission, start, span)
    return _compared(submission, classifier, start, cells, _Way(classifier, transformed=False))


def _compared(
    submission: Submission, classifier: Classifier, start: int, cells: Sequence[str], way: _Way
) -> _Again | None:
    """Return what `cells` come to from a kept state, with the test images and without them."""
    _images, labels = noisy_images(submission, classifier)
    own = _rerun(submission, classifier, start, cells, way)
    other = _rerun(submission, classifier, start, cells, way, swapped=True)
    if own is None or other is None:
        return None
    if _alike(own, other):
        return _Again(same=True, accuracy=accuracy(other, labels))
    again = _rerun(submission, classifier, start, cells, way, number=1)
    if again is None or not _alike(own, again):
        return None
    return _Again(same=False, accuracy=accuracy(other, labels))


def _alike(one: np.ndarray, other: np.ndarray) -> bool:
    with np.errstate(all="ignore"):
        apart = np.max(np.abs(one - other)) if one.shape == other.shape else np.inf
        return bool(apart <= ALIKE * np.max(np.abs(one)))


def _rerun(
    submission: Submission,
    classifier: Classifier,
    start: int,
    cells: Sequence[str],
    way: _Way,
    *,
    swapped: bool = False,
    number: int = 0,
) -> np.ndarray | None:
    """Return what the network answers for the noisy test images after `cells` ran again.

    They start from the state after the cell `start`. Where `swapped`, they find images of the
    training set in the place of the test set. A run with another `number` is another run of the
    same.
    """
    images, labels = noisy_images(submission, classifier)
    first: Sequence[Step] = ()
    if swapped:
        known, of_known = load_images(submission.datasets[classifier.data], "train")
        count = len(images)
        first = (Swap(classifier.data, known[:count], of_known[:count]),)
    # `Run` seeds anew: this makes another question of it, so that it is asked again.
    anew: list[Step] = [Seed(number)] if number else []
    run = Run(cells, submission.assignment.config.kernel_seed)
    asked = submission.apart(
        start,
        Scenario(*first, *anew, run, *way(images).steps),
        seconds=submission.assignment.config.limits.total_seconds,
    )
    return logits_in(asked, labels)


def _start(submission: Submission, classifier: Classifier, begins: int) -> int | None:
    """Return a kept state before a training, where there is one before the data was read."""
    kept = sorted(submission.run.snapshots)
    bound = submission.cells.binding(classifier.dataset)
    for end in (min([begins, *bound]), begins):
        before = [index for index in kept if index < end]
        if before:
            return before[-1]
    return None
