"""One way to call `grader collect`, with its output."""

from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from grader.cli import grader

Collect = Callable[..., Result]


@pytest.fixture
def collect() -> Collect:
    """Return what calls the command, and holds that it ends as it says."""

    def call(
        *downloads: Path, roster: Path, out: Path, status: int | None = 0, assignment: str = ""
    ) -> Result:
        more = ["--assignment", assignment] if assignment else []
        named = [*map(str, downloads), "--roster", str(roster), "--out", str(out), *more]
        result = CliRunner().invoke(grader, ["collect", *named])
        assert status is None or result.exit_code == status, result.output
        return result

    return call
