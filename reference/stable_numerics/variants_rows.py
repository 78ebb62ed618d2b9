"""Unusual right solutions of `softmax`, `cross_entropy` and their gradients."""

from .lines import (
    COPY,
    DIVIDED,
    LARGEST,
    LOSS,
    LOSSES,
    MINUS_ONE,
    POWERS,
    PRODUCT,
    SHARES,
    SHIFTED,
    TOTAL,
    lines,
    variants_of,
)

softmax, loss = variants_of("softmax"), variants_of("cross_entropy")

_LOG_SUM = "np.logaddexp.reduce(np.asarray(logits, float), axis=1)"

variants = [
    softmax("last axis", (POWERS, POWERS.replace("axis=1", "axis=-1"))),
    softmax(
        "by logarithms",
        (POWERS, f"log_sum = {_LOG_SUM}"),
        (SHARES, "return np.exp(logits - log_sum[:, None])"),
    ),
    softmax(
        "on its side",
        (POWERS, "exponentials = np.exp(logits.T - logits.T.max(axis=0))"),
        (SHARES, "return (exponentials / exponentials.sum(axis=0)).T"),
    ),
    softmax(
        "in float32",
        (POWERS, "exponentials = np.exp((logits - logits.max(1)[:, None]).astype(np.float32))"),
    ),
    softmax(
        "a copy, written to",
        (
            POWERS,
            lines(
                "shifted = np.array(logits, dtype=float)",
                "shifted -= shifted.max(axis=1, keepdims=True)",
                "exponentials = np.exp(shifted, out=shifted)",
            ),
        ),
        (SHARES, lines("exponentials /= exponentials.sum(axis=1)[:, None]", "return exponentials")),
    ),
    softmax(
        "a little more than the largest",
        (POWERS, "exponentials = np.exp(logits - logits.max(axis=1, keepdims=True) - 3)"),
    ),
    softmax(
        "for any number of axes",
        (POWERS, "exponentials = np.exp(logits - np.amax(logits, axis=-1, keepdims=True))"),
        (SHARES, "return np.divide(exponentials, np.sum(exponentials, axis=-1, keepdims=True))"),
    ),
    softmax(
        "one over a sum of differences",
        (POWERS, "differences = logits[:, None, :] - logits[:, :, None]"),
        (SHARES, "return 1 / np.exp(differences).sum(axis=2)"),
    ),
    softmax(
        "einsum",
        (TOTAL, "total = np.einsum('bc,bc->b', grad, probabilities)[:, None]"),
        (PRODUCT, "return np.multiply(probabilities, grad - total)"),
    ),
    softmax(
        "whole Jacobian matrices",
        (
            TOTAL,
            lines(
                "eye = np.eye(probabilities.shape[1])",
                "jacobian = probabilities[:, :, None] * (eye - probabilities[:, None, :])",
            ),
        ),
        (PRODUCT, "return (jacobian @ grad[:, :, None])[:, :, 0]"),
    ),
    softmax(
        "multiplied out",
        (TOTAL, "weighted = probabilities * grad"),
        (PRODUCT, "return weighted - probabilities * weighted.sum(axis=1).reshape(-1, 1)"),
    ),
    loss(
        "logaddexp",
        (LOSS, f"return np.mean({_LOG_SUM} - logits[examples, labels])"),
    ),
    loss(
        "differences to the right logit",
        (
            LOSS,
            lines(
                "gaps = np.asarray(logits - logits[examples, labels][:, None], float)",
                "return np.logaddexp.reduce(gaps, axis=1).mean()",
            ),
        ),
    ),
    loss(
        "one-hot rows",
        (
            LOSS,
            lines(
                "truth = np.eye(logits.shape[1])[labels]",
                "log_q = logits - largest[:, None] - np.log(exponentials.sum(1, keepdims=True))",
                "return -(truth * log_q).sum() / len(truth)",
            ),
        ),
    ),
    loss(
        "take along the axis",
        (
            LOSS,
            lines(
                "right = np.take_along_axis(logits, labels[:, None], axis=1)[:, 0]",
                "return float((largest + np.log(exponentials.sum(axis=1)) - right).mean())",
            ),
        ),
    ),
    loss("an array of one number", (LOSS, f"return np.array([np.mean({LOSSES})])")),
    loss(
        "divided by hand",
        (LOSS, f"return sum({LOSSES}) / len(labels)".replace("sum(", "np.sum(", 1)),
    ),
    loss(
        "loss in float32",
        (LARGEST, "largest = logits.max(axis=1).astype(np.float32)"),
        (SHIFTED, "exponentials = np.exp(logits.astype(np.float32) - largest[:, None])"),
    ),
    loss(
        "one-hot subtracted",
        (COPY, "truth = np.eye(probabilities.shape[1])[labels]"),
        (MINUS_ONE, "gradient = probabilities - truth"),
    ),
    loss(
        "compared with the classes",
        (COPY, "truth = labels[:, None] == np.arange(probabilities.shape[1])"),
        (MINUS_ONE, "gradient = probabilities - truth"),
        (DIVIDED, "return gradient / probabilities.shape[0]"),
    ),
    loss(
        "divided first",
        (COPY, "gradient = probabilities / len(labels)"),
        (MINUS_ONE, "gradient[np.arange(len(labels)), labels] -= 1 / len(labels)"),
        (DIVIDED, "return gradient"),
    ),
    loss(
        "subtract.at",
        (MINUS_ONE, "np.subtract.at(gradient, (range(len(labels)), labels), 1)"),
        (DIVIDED, "return np.multiply(gradient, 1 / len(labels))"),
    ),
]
