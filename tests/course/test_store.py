"""Results are kept by what they were made from."""

from dataclasses import replace

from grader.course.jobs import How
from grader.course.store import key_of
from tests.grading import nn_from_scratch


def test_a_quick_result_is_not_taken_for_a_whole_one() -> None:
    """What is asked for with --quick or --faithful is graded anew, and known when asked again."""
    whole = How()
    ways = [whole, replace(whole, quick=True), replace(whole, faithful=True)]
    keys = [key_of("0" * 64, nn_from_scratch(), how) for how in ways]
    assert len(set(keys)) == 3
    assert keys[0] == key_of("0" * 64, nn_from_scratch(), How())
