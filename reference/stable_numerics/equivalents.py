"""Changes of the reference that are no mistake, and why: no check is to notice them."""

from typing import Final

from grader import Equivalent

from .lines import (
    DIVIDED,
    KEPT,
    LARGEST,
    LOGISTIC,
    LOSS,
    MINUS_ONE,
    ONES,
    PASSED,
    POWERS,
    SHARES,
    TOTAL,
)

_LAST_AXIS: Final = "Of a matrix, the axis 1 is the last one."
_ONE_DIMENSION: Final = "An array of one dimension, or of none, is its own transpose."
_AS_MANY: Final = "There are as many labels as rows."
_TESTING: Final = "\n    ".join(["if not self.training:", ONES, PASSED])
_EXAMPLES: Final = "examples = np.arange(len(labels))"


def _last(line: str) -> Equivalent:
    return Equivalent(old=line, new=(line.replace("axis=1", "axis=-1"),), reason=_LAST_AXIS)


equivalents = [
    *map(_last, (POWERS, SHARES, TOTAL, LARGEST, LOSS)),
    Equivalent(
        old=POWERS,
        new=("exponentials = -np.exp(logits - logits.max(axis=1, keepdims=True))",),
        reason="Numerator and denominator change their signs together.",
    ),
    Equivalent(old=_EXAMPLES, new=(f"{_EXAMPLES}.T",), reason=_ONE_DIMENSION),
    Equivalent(old=_EXAMPLES, new=("examples = np.arange(len(logits))",), reason=_AS_MANY),
    Equivalent(old=LARGEST, new=(f"{LARGEST}.T",), reason=_ONE_DIMENSION),
    Equivalent(
        old=LOSS,
        new=(
            f"{LOSS}.T",
            LOSS.replace(
                "largest + np.log(exponentials.sum(axis=1))",
                "(largest + np.log(exponentials.sum(axis=1))).T",
            ),
            LOSS.replace("logits[examples, labels]", "logits[examples, labels].T"),
            LOSS.replace("largest +", "largest.T +"),
            LOSS.replace("sum(axis=1))", "sum(axis=1)).T"),
        ),
        reason=_ONE_DIMENSION,
    ),
    Equivalent(
        old=LOSS,
        new=(LOSS.replace("axis=1", "axis=1, keepdims=True"),),
        reason="The mean over all pairs of rows is the sum of the means of both parts.",
    ),
    Equivalent(
        old=MINUS_ONE,
        new=tuple(
            MINUS_ONE.replace("len(labels)", f"len({n})") for n in ("probabilities", "gradient")
        ),
        reason=_AS_MANY,
    ),
    Equivalent(
        old=DIVIDED,
        new=tuple(f"return gradient / len({name})" for name in ("probabilities", "gradient")),
        reason=_AS_MANY,
    ),
    Equivalent(
        old=LOGISTIC,
        new=(LOGISTIC.replace(">=", ">"),),
        reason="For x = 0 both branches give 1.",
    ),
    Equivalent(
        old=KEPT,
        new=(KEPT.replace(">=", ">"),),
        reason="A draw equals the rate once in 2^53 times.",
    ),
    Equivalent(
        old=PASSED,
        new=("return x",),
        reason="Whoever passes an array on unchanged need not copy it.",
    ),
    Equivalent(
        old=f"{_TESTING}\n{KEPT}",
        new=(f"{KEPT}\n{_TESTING}",),
        reason="Numbers that are drawn while testing and not used change nothing.",
    ),
]
