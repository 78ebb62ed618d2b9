"""Doubts about a trained network that an instructor should hear of, and that cost nothing."""

import re
from typing import Final

from grader.checks.training.classifier import logits_in, logits_of
from grader.checks.training.metrics import accuracy
from grader.datasets import load_images
from grader.execution.submission import Submission
from grader.i18n import _

# Noise of one grey level moved the accuracy of honest networks by at most 0.0002.
MEMORISED: Final = 0.02
# A mean over all epochs so far, or over batches of different sizes, differs by less.
DISAGREES: Final = 0.1
ACCURACY: Final = re.compile(r"acc\w*\W{1,4}(\d*\.\d+)", re.IGNORECASE)


def memorised(
    submission: Submission, cell: int, network: str, data: str, under_noise: float
) -> None:
    """Tell where the network knows the test images as they are stored far better.

    `cell` is the one after which it is asked, `under_noise` its accuracy on noisy images.
    """
    images, labels = load_images(submission.datasets[data], "test")
    student = submission.measured_at(cell)
    logits = logits_in(student.answer(logits_of(network, images)), labels)
    if logits is None:
        return
    stored = accuracy(logits, labels)
    if stored - under_noise > MEMORISED:
        text = _(
            "The network recognises {stored:.1%} of the test images as they are stored, "
            "but {under_noise:.1%} with noise of one grey level: it may know them.",
            stored=stored,
            under_noise=under_noise,
        )
        submission.findings.suspicions.append((cell, text))


def implausible(submission: Submission, cell: int, measured: float, ceiling: float) -> None:
    """Tell where the network does better than what can be asked of it: above `ceiling`.

    Who looks up the nearest of the stored images instead of the same one is not led astray by
    noise.
    """
    if measured > ceiling:
        text = _(
            "The network recognises {measured:.1%} of the test images, more than can be "
            "expected of one that has never seen them ({ceiling:.0%}): it may know them.",
            measured=measured,
            ceiling=ceiling,
        )
        submission.findings.suspicions.append((cell, text))


def printed(submission: Submission, cell: int, measured: float) -> None:
    """Tell where the last accuracy that a cell printed is far from the one measured."""
    told = printed_otherwise(submission, cell, measured)
    if told is not None:
        text = _(
            "The notebook prints an accuracy of {told:.3f}, measured was {measured:.3f}.",
            told=told,
            measured=measured,
        )
        submission.findings.suspicions.append((cell, text))


def printed_otherwise(submission: Submission, cell: int, measured: float) -> float | None:
    """Return the last accuracy that a cell printed, None where it is about what was measured."""
    end = submission.run.ends.get(cell)
    told = [float(number) for number in ACCURACY.findall(end.printed if end else "")]
    if told and told[-1] <= 1 and abs(told[-1] - measured) > DISAGREES:
        return told[-1]
    return None
