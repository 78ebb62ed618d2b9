"""Mistakes in `softmax` and `grad_softmax`."""

from .lines import POWERS, PRODUCT, SHARES, TOTAL, lines, mistakes_of

softmax = mistakes_of("softmax")

_FAR = "What is np.exp(1000.0), and what is that divided by itself?"
_ROWS = "Feed one row alone, and then together with another. Should its answer change?"

mistakes = [
    softmax(
        "softmax as it stands",
        "Your `softmax` takes the exponentials of the logits as they are.",
        _FAR,
        (POWERS, "exponentials = np.exp(logits)"),
    ),
    softmax(
        "a list of probabilities",
        "Your `softmax` returns the right numbers as a list, and what works on with them needs a "
        "numpy array.",
        "Print `type(softmax(logits))`. Which line makes a list of an array?",
        (SHARES, f"{SHARES.replace('return ', 'return (')}).tolist()"),
    ),
    softmax(
        "probabilities squeezed",
        "Your `softmax` drops every axis of length 1: a batch of one row comes back without its "
        "axis.",
        "Feed one row, then two rows, and print the shapes of what comes back.",
        (SHARES, f"{SHARES.replace('return ', 'return np.squeeze(')})"),
    ),
    softmax(
        "largest logit of the whole batch",
        "Your `softmax` subtracts one number from all rows: the largest of the batch.",
        "A row of [0, 1] stands beside one of [1000, 1001]. What is left of the first?",
        (POWERS, "exponentials = np.exp(logits - logits.max())"),
    ),
    softmax(
        "mean subtracted",
        "Your `softmax` subtracts the mean of each row.",
        "What is the mean of [-2000, 0, 2000], and what remains?",
        (POWERS, "exponentials = np.exp(logits - logits.mean(axis=1, keepdims=True))"),
    ),
    softmax(
        "smallest logit subtracted",
        "Your `softmax` subtracts the smallest logit of each row.",
        "What is the largest exponent that can be left then?",
        (POWERS, "exponentials = np.exp(logits - logits.min(axis=1, keepdims=True))"),
    ),
    softmax(
        "clipped logits",
        "Your `softmax` clips the logits before it takes their exponentials.",
        "What becomes of the difference between 1000 and 1001?",
        (POWERS, "exponentials = np.exp(np.clip(logits, -700, 700))"),
    ),
    softmax(
        "divided by the largest logit",
        "Your `softmax` divides the logits by the largest of their row.",
        "What is the softmax of [1, 2], and what of [10, 20]? Should they be the same?",
        (
            POWERS,
            lines(
                "largest = np.abs(logits).max(axis=1, keepdims=True)",
                "exponentials = np.exp(logits / np.where(largest > 0, largest, 1))",
            ),
        ),
    ),
    softmax(
        "columns instead of rows",
        "Your `softmax` lets each column add up to 1, not each row.",
        _ROWS,
        (SHARES, "return exponentials / exponentials.sum(axis=0, keepdims=True)"),
    ),
    softmax(
        "sum of the whole batch",
        "Your `softmax` divides by the sum over the whole batch.",
        _ROWS,
        (SHARES, "return exponentials / exponentials.sum()"),
    ),
    softmax(
        "not divided",
        "Your `softmax` returns the exponentials themselves.",
        "What should a row add up to?",
        (SHARES, "return exponentials"),
    ),
    softmax(
        "sign of the logits",
        "Your `softmax` gives the largest share to the smallest logit.",
        "Which of [0, 5] should get more?",
        (POWERS, "exponentials = np.exp(logits.min(axis=1, keepdims=True) - logits)"),
    ),
    softmax(
        "logarithms returned",
        "Your `softmax` returns the logarithms of the probabilities.",
        "Can a probability be negative?",
        (SHARES, "return np.log(exponentials / exponentials.sum(axis=1, keepdims=True))"),
    ),
    softmax(
        "powers of two",
        "Your `softmax` raises 2 to the logits, not e.",
        "What is the softmax of [0, 1]? Compute it with a calculator.",
        (POWERS, "exponentials = np.exp2(logits - logits.max(axis=1, keepdims=True))"),
    ),
    softmax(
        "length one instead of sum one",
        "Your `softmax` divides each row by its length as a vector.",
        "What should a row add up to?",
        (SHARES, "return exponentials / np.linalg.norm(exponentials, axis=1, keepdims=True)"),
    ),
    softmax(
        "logits shifted in place",
        "Your `softmax` subtracts from the array of logits itself.",
        "Print the logits before and after the call. Who may still need them?",
        (
            POWERS,
            lines(
                "largest = logits.max(axis=1, keepdims=True)",
                "logits -= largest",
                "exponentials = np.exp(logits)",
            ),
        ),
    ),
    softmax(
        "loop over the rows",
        "Your `softmax` goes through the rows one by one.",
        "Which argument of `max` and `sum` keeps the rows apart?",
        (
            SHARES,
            "return np.array([row / row.sum() for row in exponentials]).reshape(logits.shape)",
        ),
    ),
    softmax(
        "diagonal alone",
        "Your `grad_softmax` lets each logit act on its own probability alone.",
        "When one logit goes up, what do the other probabilities of its row do?",
        (PRODUCT, "return grad * probabilities * (1 - probabilities)"),
    ),
    softmax(
        "second term forgotten",
        "Your `grad_softmax` multiplies gradient and probabilities, and stops there.",
        "All logits of a row go up by the same amount. What happens to the outputs?",
        (PRODUCT, "return probabilities * grad"),
    ),
    softmax(
        "total without probabilities",
        "Your `grad_softmax` subtracts the plain sum of the gradient.",
        "Multiply the formula out once more: which factors stand in the sum over j?",
        (TOTAL, "total = grad.sum(axis=1, keepdims=True)"),
    ),
    softmax(
        "total over the examples",
        "Your `grad_softmax` sums over the examples, not over the classes.",
        _ROWS,
        (TOTAL, "total = (grad * probabilities).sum(axis=0, keepdims=True)"),
    ),
    softmax(
        "mean in place of the sum",
        "Your `grad_softmax` takes the mean over the classes where the formula has a sum.",
        "Compare your formula for two classes and for four. Where does the number come from?",
        (TOTAL, "total = (grad * probabilities).mean(axis=1, keepdims=True)"),
    ),
    softmax(
        "negative gradient of softmax",
        "Your `grad_softmax` has the opposite sign.",
        "When a logit goes up, does its own probability rise or fall?",
        (PRODUCT, "return probabilities * (total - grad)"),
    ),
    softmax(
        "gradient of softmax averaged",
        "Your `grad_softmax` divides by the number of rows.",
        "Softmax takes no mean. What has already been divided before the gradient reaches you?",
        (PRODUCT, "return probabilities * (grad - total) / len(grad)"),
    ),
    softmax(
        "probabilities forgotten in front",
        "Your `grad_softmax` returns how far each gradient is from their mean.",
        "A class with the probability 0: how much does its logit matter?",
        (PRODUCT, "return grad - total"),
    ),
    softmax(
        "softmax taken twice",
        "Your `grad_softmax` takes the softmax of what it is given, which are probabilities.",
        "What is the parameter called? Print it for one row, and what it adds up to.",
        (TOTAL, lines("probabilities = softmax(probabilities)", TOTAL)),
    ),
    softmax(
        "gradient written into the argument",
        "Your `grad_softmax` subtracts from the gradient that it was given, in place.",
        "Print the gradient before and after the call. Who may still need it?",
        (
            PRODUCT,
            lines("np.subtract(grad, total, out=grad)", "return probabilities * grad"),
        ),
    ),
]
