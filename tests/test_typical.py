"""What typical mistakes cost, from unit exercise to trained network."""

from pathlib import Path

import pytest

from tests.gallery import FILE, entry, without_counts
from tests.grading import graded, scores, shared_servers
from tests.notebooks import short_training, submission
from tests.typical import TYPICAL, Typical


@pytest.mark.parametrize("typical", TYPICAL, ids=lambda typical: typical.name)
def test_a_typical_mistake_costs_what_a_fair_assistant_would_take(
    tmp_path: Path, typical: Typical
) -> None:
    """Each mistake costs its own points and is not charged again in the exercises after it."""
    path = submission(tmp_path, {**short_training(), **typical.cells})
    result = graded(path, servers=shared_servers())
    got = scores(result)
    assert (got["linear"], got["relu"], got["training"]) == typical.points
    assert (got["curves"], got["predictions"]) == (10, 10), result.exercises[-2:]
    hints = " ".join(check.hint or "" for each in result.exercises for check in each.checks)
    messages = " ".join(check.message for each in result.exercises for check in each.checks)
    assert typical.hinted in hints + messages
    told = without_counts(entry(typical, result))
    assert told in without_counts(FILE.read_text("utf-8")), "run `python -m tests.gallery`"
