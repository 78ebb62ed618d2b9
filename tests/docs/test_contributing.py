"""What CONTRIBUTING.md sends people to is there."""

import re

import pytest

from tests.notebooks import ROOT

TEXT = (ROOT / "CONTRIBUTING.md").read_text("utf-8")
PATHS = sorted(
    {
        each
        for each in re.findall(r"`([\w./*-]+)`", TEXT)
        if "/" in each and "NAME" not in each and "VERSION" not in each
    }
)


def test_paths_are_found() -> None:
    """The test below is about something."""
    assert "grader/scenario.py" in PATHS


@pytest.mark.parametrize("path", PATHS)
def test_each_path_that_is_named_is_there(path: str) -> None:
    """A newcomer who follows it finds a file or a folder."""
    assert list(ROOT.glob(path.rstrip("/")))
