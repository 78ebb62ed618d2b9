"""How often a classifier is right."""

import numpy as np


def accuracy(logits: np.ndarray, labels: np.ndarray) -> float:
    """Return the share of rows of `logits`, (n, classes), whose largest is at `labels`, (n,).

    A row with a number that is not finite is wrong, wherever its largest may be.
    """
    right = (np.argmax(logits, axis=1) == labels) & np.isfinite(logits).all(axis=1)
    return float(np.mean(right))
