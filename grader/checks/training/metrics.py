"""How good a classifier's answers are: accuracy, and cross-entropy with its gradient.

Logits are (n, classes), labels (n,) integers.
"""

import numpy as np


def accuracy(logits: np.ndarray, labels: np.ndarray) -> float:
    """Return the share of rows of `logits` whose largest is at `labels`.

    A row with a number that is not finite is wrong, wherever its largest may be.
    """
    right = (np.argmax(logits, axis=1) == labels) & np.isfinite(logits).all(axis=1)
    return float(np.mean(right))


@np.errstate(all="ignore")
def loss(logits: np.ndarray, labels: np.ndarray) -> float:
    """Return the mean softmax cross-entropy in nats, which may be no finite number."""
    shifted = logits - logits.max(axis=1, keepdims=True)
    log_sum = np.log(np.exp(shifted).sum(axis=1))
    return float(np.mean(log_sum - shifted[np.arange(len(labels)), labels]))


def loss_gradient(logits: np.ndarray, labels: np.ndarray) -> np.ndarray:
    """Return the gradient of the mean softmax cross-entropy by logits, (n, classes)."""
    shares = np.exp(logits - logits.max(axis=1, keepdims=True))
    shares /= shares.sum(axis=1, keepdims=True)
    shares[np.arange(len(labels)), labels] -= 1
    return np.asarray(shares / len(labels))
