"""Which known mistakes are no slips of the pen, and why: for these no mend is to be expected.

A slip is what one of these undoes, in one place or two: a name that exists for one that does not,
or that was mixed up, a transpose, an axis, a sign, the order of two statements, factors or
arguments, a missing or needless `self`, `return`, call, copy, factor, term or `keepdims`, one wrong
number, index, operator, comparison or function of the same kind, and the same slip made once for
each parameter.

They were sorted by hand, by what was changed in the reference, among those that had no mend. What
had one is a slip: one edit or two undo it.
"""

from collections.abc import Mapping, Sequence
from typing import Final

# By assignment and reason.
NO_SLIPS: Final[Mapping[str, Mapping[str, Sequence[str]]]] = {
    "nn_from_scratch": {
        "another function, or another way to compute": (
            "weights of zeros",
            "weights of ones",
            "one column of weights for all outputs",
            "uniform weights between 0 and 1",
            "sigmoid inside Linear",
            "softmax inside Linear",
            "batch normalised",
            "product of sums",
            "product of means",
            "weight gradient of the first example only",
            "weight gradient of the last example only",
            "weight gradient from the sum of the inputs",
            "weight gradient made of W",
            "bias gradient of ones",
            "bias as a further row of the weight gradient",
            "input gradient of zeros",
            "outputs' gradients summed before W",
            "forward run on the gradient",
            "step in proportion to the weight",
            "sigmoid instead of ReLU",
            "tanh instead of ReLU",
            "softplus",
            "swish",
            "sign returned",
            "all or nothing",
            "output returned by backward",
            "ones where open",
            "sigmoid's derivative",
        ),
        "what it lacks stands nowhere in the code": (
            "normal weights that are not made smaller",
            "no update",
        ),
        "right numbers by a loop, or at less precision": (
            "Python loop over the examples",
            "half precision in ReLU",
            "each row by itself as a list",
            "Python loop in ReLU",
        ),
        "something kept between calls, in several places": (
            "step of the batch before",
            "accumulated gradients",
        ),
        "a convention of one's own, in four places or more": (
            "weights stored as (outputs, inputs)",
            "weights under other names",
            "negative gradients",
            "learning rate inside the gradients",
        ),
    },
    "stable_numerics": {
        "another function, or another way to compute": (
            "divided by the largest logit",
            "length one instead of sum one",
            "diagonal alone",
            "all classes counted",
            "labels of the wrong axis",
            "probability instead of its logarithm",
            "columns of all labels",
            "gradient with respect to the probabilities",
            "tanh for a sigmoid",
            "a straight line for a sigmoid",
            "sigmoid for a tanh",
            "slope of the sigmoid",
            "one number for all",
            "same rows for all columns",
            "dropping while testing",
            "small numbers dropped",
            "noise in place of zeros",
            "no backward while testing",
        ),
        "right on paper, and overflows": (
            "softmax as it stands",
            "clipped logits",
            "logarithm of the probability",
            "small number in the logarithm",
            "probability kept off zero",
            "exponentials as they stand",
            "fraction of two exponentials",
            "two sums of exponentials",
            "one exponential that overflows",
        ),
        "what it lacks stands nowhere in the code": (
            "not divided",
            "right logit forgotten",
            "truth not subtracted",
            "gradient passed on",
        ),
        "right numbers by a loop, or at less precision": (
            "loop over the rows",
            "loss by a loop",
            "gradient by a loop",
            "number by number",
            "rows one by one",
        ),
        "a convention of one's own, in three places or more": ("scaled while testing",),
    },
}


def no_slips(assignment: str) -> frozenset[str]:
    """Return the names of the known mistakes of an assignment that are no slips."""
    reasons = NO_SLIPS.get(assignment, {})
    return frozenset(name for names in reasons.values() for name in names)
