"""What a network is asked about images: made once for all submissions, as a notebook makes it."""

import numpy as np

from grader.checks.training.classifier import logits_of
from grader.scenario import Call, Scenario


def _images() -> np.ndarray:
    images = np.arange(2 * 28 * 28).reshape(2, 28, 28).astype(np.uint8)
    images.flags.writeable = False
    return images


def _handed(question: Scenario) -> np.ndarray:
    call = question.steps[-1]
    assert isinstance(call, Call)
    (rows,) = call.args
    assert isinstance(rows, np.ndarray)
    return rows


def test_the_question_on_the_same_images_is_made_once() -> None:
    """It is encoded for the first submission alone; equal images elsewhere have an equal one."""
    images = _images()
    assert logits_of("network", images) is logits_of("network", images)
    other = logits_of("network", _images())
    assert other is not logits_of("network", images)
    assert other.key == logits_of("network", images).key


def test_a_network_may_write_to_what_it_is_handed() -> None:
    """A layer that works in place is not refused the images, which are the grader's own copy."""
    rows = _handed(logits_of("network", _images()))
    assert rows.flags.writeable
    assert rows.shape == (2, 784)
    assert rows.dtype == np.float32
    assert rows.max() == 1
