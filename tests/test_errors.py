"""What can go wrong is sorted by who can mend it."""

import pytest

from grader.errors import AssignmentError, GraderError, InternalError, UnmetError, UsageError


@pytest.mark.parametrize("kind", [UsageError, AssignmentError, UnmetError])
def test_what_others_can_mend_is_no_failure_of_the_grader(kind: type[GraderError]) -> None:
    """Whoever waits for the grader's failures does not catch a caller's or an instructor's."""
    assert not issubclass(kind, InternalError)
    assert issubclass(kind, ValueError)
    assert kind.exit_status == 2


def test_a_failure_of_the_grader_has_a_status_of_its_own() -> None:
    """A script can tell it from a call that cannot be used."""
    assert InternalError.exit_status == 3
