"""How far two right answers may lie apart.

One function and one documented bound serve every comparison. A sum of n products evaluated in
floating point, in whatever order, differs from the exact one by at most

    gamma(n) * sum(|a_i| * |b_i|),    gamma(n) = n * u / (1 - n * u),

where u is the unit roundoff (N. J. Higham, Accuracy and Stability of Numerical Algorithms,
2nd ed., SIAM 2002, section 3.1). Two evaluations differ by at most twice that.
"""

from typing import Final

import numpy as np

# Data loaders of a course deliver float32, and a layer that computes in it is right whatever it
# returns: the unit roundoff of float32 is the one to judge by, also for float64 answers.
UNIT_ROUNDOFF: Final = float(np.finfo(np.float32).eps) / 2

SMALLEST_NORMAL: Final = float(np.finfo(np.float32).tiny)

# Headroom over two worst-case evaluations, for the few more roundings of a layer that scales
# before and after its sums. A mistake is off by a fraction of the answer, at least a million
# times more.
SAFETY: Final = 4


def gamma(terms: int) -> float:
    """Return Higham's relative error bound of a sum of `terms` products in float32."""
    return terms * UNIT_ROUNDOFF / (1 - terms * UNIT_ROUNDOFF)


def tolerance(terms: int, magnitude: np.ndarray | float) -> np.ndarray:
    """Return the largest difference that two right answers may show.

    `terms` is the length of the sums, `magnitude` the sum of the terms' absolute values, an array
    of the answer's shape or one bound for all elements. The result has the shape of `magnitude`.
    """
    bound = 2 * SAFETY * gamma(terms + 2) * np.abs(np.asarray(magnitude, np.float64))
    # Below the smallest normal number of float32 nothing is accurate any more.
    return np.maximum(bound, SMALLEST_NORMAL)
