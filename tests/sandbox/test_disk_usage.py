"""How much of a disk a submission takes is found however its folders are nested."""

import os
from pathlib import Path

import pytest

from grader.sandbox.folders import remove
from grader.sandbox.limits import ENTRY_BYTES
from grader.sandbox.usage import folder_size

ENOUGH = 2**30


def nested(folder: Path, depth: int, name: str = "d") -> None:
    """Make folders in folders, deeper than any path of theirs could be spelled."""
    here = os.open(folder, os.O_RDONLY)
    for _level in range(depth):
        os.mkdir(name, dir_fd=here)
        below = os.open(name, os.O_RDONLY, dir_fd=here)
        os.close(here)
        here = below
    os.close(here)


def test_deep_folders_are_counted(tmp_path: Path, request: pytest.FixtureRequest) -> None:
    """More levels than Python can call itself: each counts."""
    request.addfinalizer(lambda: remove(tmp_path / "top"))
    (tmp_path / "top").mkdir()
    nested(tmp_path / "top", 1500)
    assert folder_size(tmp_path / "top", ENOUGH) == 1500 * ENTRY_BYTES


def test_what_lies_deeper_than_paths_are_long_is_too_much(
    tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    """What cannot be counted is not taken for nothing."""
    request.addfinalizer(lambda: remove(tmp_path / "top"))
    (tmp_path / "top").mkdir()
    nested(tmp_path / "top", 60, "d" * 100)
    assert folder_size(tmp_path, ENOUGH) > ENOUGH


def test_it_ends_soon_after_it_is_enough(tmp_path: Path) -> None:
    """Something over what was asked is returned, without looking at all of it."""
    nested(tmp_path, 50)
    assert 3 * ENTRY_BYTES < folder_size(tmp_path, 3 * ENTRY_BYTES) < 50 * ENTRY_BYTES
