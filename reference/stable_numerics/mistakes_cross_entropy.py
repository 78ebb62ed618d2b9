"""Mistakes in `cross_entropy` and `grad_cross_entropy`."""

from .lines import (
    COPY,
    DIVIDED,
    LARGEST,
    LOSS,
    LOSSES,
    MINUS_ONE,
    SHIFTED,
    lines,
    mistakes_of,
)

loss = mistakes_of("cross_entropy")

_SOFTMAX = "q = exponentials / exponentials.sum(axis=1, keepdims=True)"
_TWICE = "Feed the same example once, and then twice in one batch. What should change?"
_FAR = "What is the loss of [0, 1000] for the class 0? Follow each value on the way there."

mistakes = [
    loss(
        "logarithm of the probability",
        "Your loss takes the logarithm of a probability that may have become 0.",
        _FAR,
        (LOSS, lines(_SOFTMAX, "return np.mean(-np.log(q[examples, labels]))")),
    ),
    loss(
        "small number in the logarithm",
        "Your loss adds a small number to the probability before it takes the logarithm.",
        _FAR,
        (LOSS, lines(_SOFTMAX, "return np.mean(-np.log(q[examples, labels] + 1e-12))")),
    ),
    loss(
        "probability kept off zero",
        "Your loss lifts small probabilities to a least one.",
        _FAR,
        (LOSS, lines(_SOFTMAX, "return -np.log(np.maximum(q[examples, labels], 1e-15)).mean()")),
    ),
    loss(
        "exponentials as they stand",
        "Your loss takes the exponentials of the logits as they are.",
        "What is np.exp(1000.0)? What may you take out of a logarithm of a sum?",
        (LARGEST, "largest = np.zeros(len(logits))"),
    ),
    loss(
        "largest logit of all rows",
        "Your loss subtracts the same number from all rows.",
        "A row of [0, 1] stands beside one of [1000, 1001]. What is left of the first?",
        (LARGEST, "largest = np.full(len(logits), logits.max())"),
    ),
    loss(
        "largest logit not added again",
        "Your loss subtracts the largest logit before the exponentials and never adds it again.",
        "log(exp(z - m)) is z - m. Which number is missing?",
        (LOSS, "return np.mean(np.log(exponentials.sum(axis=1)) - logits[examples, labels])"),
    ),
    loss(
        "sum in place of the mean",
        "Your loss is the sum over the batch.",
        _TWICE,
        (LOSS, f"return np.sum({LOSSES})"),
    ),
    loss(
        "one loss for each example",
        "Your function returns the losses of the examples, and not their mean.",
        "How many numbers should come back?",
        (LOSS, f"return {LOSSES}"),
    ),
    loss(
        "divided by the classes",
        "Your loss divides by the number of classes.",
        _TWICE,
        (LOSS, f"return np.sum({LOSSES}) / logits.shape[1]"),
    ),
    loss(
        "mean over all logits",
        "Your loss divides by the number of all logits, of which there are several per example.",
        _TWICE,
        (LOSS, f"return np.sum({LOSSES}) / logits.size"),
    ),
    loss(
        "negative loss",
        "Your loss is negative where it should be positive.",
        "Sure and wrong costs a lot. Which sign has a cost?",
        (LOSS, f"return -np.mean({LOSSES})"),
    ),
    loss(
        "right logit forgotten",
        "Your loss is the same whichever class is right.",
        "Change a label. Should the loss move?",
        (LOSS, "return np.mean(largest + np.log(exponentials.sum(axis=1)))"),
    ),
    loss(
        "logarithm to the base 2",
        "Your loss is in bits: the logarithm is to the base 2.",
        "What does somebody pay who has no idea, among two classes?",
        (LOSS, f"return np.mean({LOSSES}) / np.log(2)"),
    ),
    loss(
        "all classes counted",
        "Your loss adds up the price of every class, not only of the right one.",
        "Of -sum(p log q), how many terms survive when p is 1 for one class and 0 elsewhere?",
        (
            LOSS,
            "return np.mean((largest + np.log(exponentials.sum(axis=1)))[:, None] - logits)"
            " * logits.shape[1]",
        ),
    ),
    loss(
        "labels of the wrong axis",
        "Your loss picks the columns of the labels from every row.",
        "What is the shape of `logits[:, labels]`, and what should it be?",
        (
            LOSS,
            "return np.mean((largest + np.log(exponentials.sum(axis=1)))[:, None]"
            " - logits[:, labels])",
        ),
    ),
    loss(
        "first label for all",
        "Your loss takes the first label for every example.",
        "Feed two examples, and change the second label. Should the loss move?",
        (
            LOSS,
            "return np.mean(largest + np.log(exponentials.sum(axis=1))"
            " - logits[examples, labels[0]])",
        ),
    ),
    loss(
        "probability instead of its logarithm",
        "Your loss is 1 less the probability of the right class, without a logarithm.",
        "What should sure and wrong cost? And what is the most that yours can say?",
        (LOSS, lines(_SOFTMAX, "return np.mean(1 - q[examples, labels])")),
    ),
    loss(
        "logits changed by the loss",
        "Your loss subtracts from the array of logits itself.",
        "Print the logits before and after the call. Who may still need them?",
        (SHIFTED, lines("exponentials = np.exp(logits - largest[:, None])", "logits *= 1.5")),
        (LOSS, LOSS.replace("logits[examples, labels]", "logits[examples, labels] / 1.5")),
    ),
    loss(
        "loss by a loop",
        "Your loss goes through the examples one by one.",
        "How does numpy pick one number out of each row?",
        (
            LOSS,
            lines(
                "each = [largest[i] + np.log(exponentials[i].sum()) - logits[i, labels[i]]"
                " for i in examples]",
                "return np.mean(each)",
            ),
        ),
    ),
    loss(
        "gradient of the sum",
        "Your gradient is that of the sum of the losses, and the loss is their mean.",
        "What does the mean do to the row of each example?",
        (DIVIDED, "return gradient"),
    ),
    loss(
        "gradient divided twice",
        "Your gradient is divided by the batch size twice.",
        "What does the mean do to the row of each example? And how often?",
        (DIVIDED, "return gradient / len(labels) ** 2"),
    ),
    loss(
        "gradient divided by the classes",
        "Your gradient is divided by the number of classes.",
        "Of how many losses is the mean taken?",
        (DIVIDED, "return gradient / probabilities.shape[1]"),
    ),
    loss(
        "gradient divided by all numbers",
        "Your gradient is divided by the number of all logits.",
        "Of how many losses is the mean taken?",
        (DIVIDED, "return gradient / probabilities.size"),
    ),
    loss(
        "descent instead of gradient",
        "Your gradient has the opposite sign: it points to where the loss falls.",
        "When the logit of the right class goes up, does the loss rise or fall?",
        (DIVIDED, "return -gradient / len(labels)"),
    ),
    loss(
        "truth not subtracted",
        "Your gradient is the probabilities alone, divided by the batch size.",
        "Change a label. Should the gradient move?",
        (MINUS_ONE, "pass"),
    ),
    loss(
        "one added to the right class",
        "Your gradient adds 1 where it should subtract it.",
        "When the probability of the right class is nearly 1, how much is left to learn?",
        (MINUS_ONE, "gradient[np.arange(len(labels)), labels] += 1"),
    ),
    loss(
        "columns of all labels",
        "Your gradient subtracts 1 from the columns of all labels, in every row.",
        "Print `gradient[:, labels]` for a batch of two. How many numbers should change?",
        (MINUS_ONE, "gradient[:, np.unique(labels)] -= 1"),
    ),
    loss(
        "right class alone",
        "Your gradient is 0 for every class but the right one.",
        "When the logit of a wrong class goes up, does the loss stay as it was?",
        (
            DIVIDED,
            lines(
                "mask = np.zeros_like(gradient)",
                "mask[np.arange(len(labels)), labels] = 1",
                "return gradient * mask / len(labels)",
            ),
        ),
    ),
    loss(
        "gradient with respect to the probabilities",
        "Your gradient is the one with respect to the probabilities: -1/q for the right class.",
        "With respect to what is the gradient asked for? Then the chain goes one step further.",
        (
            MINUS_ONE,
            lines(
                "q = gradient",
                "gradient = np.zeros_like(q)",
                "rows = np.arange(len(labels))",
                "gradient[rows, labels] = -1 / q[rows, labels]",
            ),
        ),
    ),
    loss(
        "probabilities changed",
        "Your gradient subtracts 1 from the array of probabilities itself.",
        "Print the probabilities before and after the call. Who may still need them?",
        (COPY, "gradient = probabilities"),
    ),
    loss(
        "a list for the gradient",
        "Your gradient has the right numbers as a list, and what works on with them needs a numpy "
        "array.",
        "Print the `type` of what comes back. Which line makes a list of an array?",
        (DIVIDED, f"{DIVIDED.replace('return ', 'return (')}).tolist()"),
    ),
    loss(
        "gradient by a loop",
        "Your gradient goes through the examples one by one.",
        "How does numpy address one number in each row?",
        (
            MINUS_ONE,
            "for row, label in enumerate(labels):\n        gradient[row, label] -= 1",
        ),
    ),
]
