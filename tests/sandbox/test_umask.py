"""Grading does not hang on which rights new files get by default."""

import os
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from grader.sandbox.forkserver import ServerCache
from grader.sandbox.rungs import Rung, available
from tests.tiny_assignment import DOUBLE, TRIPLE, graded_with_limits


@pytest.fixture
def closed() -> Iterator[None]:
    """Let new files be for nobody else, meanwhile."""
    former = os.umask(0o077)
    yield
    os.umask(former)


@pytest.mark.usefixtures("closed")
@pytest.mark.parametrize("server", [False, True], ids=["cold", "forked"])
@pytest.mark.parametrize("rung", available(), ids=lambda rung: f"rung{int(rung)}")
def test_a_submission_s_user_reaches_its_folders(
    tmp_path: Path, rung: Rung, *, server: bool
) -> None:
    """Where the grader's own files are for nobody else, what a submission needs still is for it."""
    files = "import os, tempfile\nopen('here', 'w').close()\ntempfile.NamedTemporaryFile().close()"
    home = "open(os.path.expanduser('~/there'), 'w').close()"
    with closing(ServerCache()) as servers:
        result = graded_with_limits(
            tmp_path / "tiny",
            [f"{files}\n{home}", DOUBLE, TRIPLE],
            rung=rung,
            servers=servers if server else None,
        )
    assert [cell.status for cell in result.cells] == ["ok"] * 3
    assert result.score == 5
