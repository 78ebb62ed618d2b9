"""How far two right answers may lie apart.

One function and one documented bound serve every comparison. A sum of n products evaluated in
floating point, in whatever order, differs from the exact one by at most

    gamma(n) * sum(|a_i| * |b_i|),    gamma(n) = n * u / (1 - n * u),

where u is the unit roundoff (N. J. Higham, Accuracy and Stability of Numerical Algorithms,
2nd ed., SIAM 2002, section 3.1). Two evaluations differ by at most twice that.
"""

from grader.asking.tolerance import (
    SAFETY,
    SMALLEST_NORMAL,
    UNIT_ROUNDOFF,
    gamma,
    tolerance,
)

__all__ = [
    "SAFETY",
    "SMALLEST_NORMAL",
    "UNIT_ROUNDOFF",
    "gamma",
    "tolerance",
]
