"""Comparing what a student's code answered with what it should have been.

Every function returns where the two agree and raises CheckFailed where they do not, with the
worst element as evidence.
"""

from grader.asking import compare
from grader.asking.compare import *  # noqa: F403

__all__ = compare.__all__
