"""Whatever is imported, it is told in a sentence what is wrong, and nothing waits or is outside."""

import os
from pathlib import Path

import pytest

from tests.importing.sources import brought, code, graded, solved, text, write

DOUBLE = """def double(x):
    ### BEGIN SOLUTION
    return 2 * x
    ### END SOLUTION"""
TEST = graded("assert double(2) == 4", "t", 1)


@pytest.mark.parametrize(
    "source",
    [f"x = {'-' * 30_000}1", f"x = a{'.b' * 30_000}"],
    ids=["signs", "attributes"],
)
def test_what_python_cannot_read_is_told_with_its_cell(tmp_path: Path, source: str) -> None:
    """No failure of the grader's, but the cell that is nested too deep."""
    path = write(tmp_path / "ps.ipynb", [solved(DOUBLE, "d"), TEST, code(source)])
    ended = brought(tmp_path, path)
    assert ended.exit_code == 2
    assert "cell 3 is nested deeper than Python can read" in ended.output


def test_a_letter_that_is_none_and_metadata_of_any_kind_hinder_nothing(tmp_path: Path) -> None:
    """Halves of letters are replaced, and what nbgrader has not written is none of its own."""
    odd = code("x = 'HALF'")
    odd["metadata"] = {"nbgrader": [1, 2]}
    path = write(tmp_path / "ps.ipynb", [solved(DOUBLE, "d"), TEST, odd, text("# T HALF")])
    path.write_text(path.read_text("utf-8").replace("HALF", r"\ud800"), "utf-8")
    ended = brought(tmp_path, path)
    assert ended.exit_code == 0, ended.output
    assert "1 of 1 tests are checks" in ended.output


def test_points_without_end_are_none(tmp_path: Path) -> None:
    """What is no number of points gives none."""
    path = write(
        tmp_path / "ps.ipynb",
        [solved(DOUBLE, "d"), TEST, graded("assert double(3) == 6", "u", float("inf"))],
    )
    ended = brought(tmp_path, path)
    assert "2 of 2 tests are checks, 1 points" in ended.output


def test_a_file_by_way_of_the_folder_above_is_none_beside_the_notebook(tmp_path: Path) -> None:
    """Nothing is copied by it, least of all to somewhere outside."""
    (tmp_path / "data.csv").write_text("1", "utf-8")
    reads = code(f"open('../{tmp_path.name}/data.csv').read()")
    path = write(tmp_path / "ps.ipynb", [solved(DOUBLE, "d"), TEST, reads])
    ended = brought(tmp_path, path)
    assert ended.exit_code == 0, ended.output
    assert "copied" not in ended.output


@pytest.mark.parametrize("kind", ["a pipe", "a device", "a folder", "a large file"])
def test_tests_are_an_ordinary_file(tmp_path: Path, kind: str) -> None:
    """Nobody waits for a pipe, or reads a device to its end."""
    path = write(tmp_path / "ps.ipynb", [solved(DOUBLE, "d")])
    tests = tmp_path / "tests.py"
    if kind == "a pipe":
        os.mkfifo(tests)
    elif kind == "a device":
        tests.symlink_to("/dev/zero")
    elif kind == "a folder":
        tests.mkdir()
    else:
        tests.write_text("#" * 2**21, "utf-8")
    ended = brought(tmp_path, path, str(tests))
    assert ended.exit_code == 2
    assert "tests.py is" in ended.output
