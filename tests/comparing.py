"""Comparisons for the tests."""

from typing import Any

import numpy as np
import pytest

from grader.verdicts import CheckFailed

EXPECTED = np.array([[1.0, -2.0, 3.0], [0.5, 4.0, -1.0]])


def failure(function: Any, *arguments: Any, **more: Any) -> CheckFailed:
    """Return the failure that a comparison must raise."""
    with pytest.raises(CheckFailed) as caught:
        function(*arguments, **more)
    return caught.value
