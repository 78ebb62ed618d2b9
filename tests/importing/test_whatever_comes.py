"""Whatever is imported, it is told in a sentence what is wrong, and nothing waits or is outside."""

import json
import os
from itertools import pairwise
from pathlib import Path

import pytest
from nbformat import NotebookNode

from grader.authoring.importing.otter import solution
from tests.importing.sources import brought, code, graded, raw, solved, text, write

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


def of_otter(settings: str, test: str = "assert double(2) == 4") -> list[NotebookNode]:
    """Return the cells of a question of Otter's."""
    return [
        raw(f"# BEGIN QUESTION\n{settings}"),
        raw("# BEGIN SOLUTION"),
        code("def double(x):\n    return 2 * x # SOLUTION"),
        raw("# END SOLUTION"),
        raw("# BEGIN TESTS"),
        code(test),
        raw("# END TESTS"),
        raw("# END QUESTION"),
    ]


ALIASES = "a: &a [x, x, x, x, x, x, x, x]\n" + "".join(
    f"{name}: &{name} [{', '.join([f'*{former}'] * 8)}]\n"
    for former, name in pairwise("abcdefghij")
)


@pytest.mark.parametrize(
    ("settings", "told"),
    [
        (f"{ALIASES}name: *j", "its settings are no YAML: aliases are not read here"),
        (f"name: {'[' * 5_000}", "its settings are no YAML"),
        (f"name: q1\npoints: {'9' * 5_000}", "its settings are no YAML"),
        ("name: q1\npoints: 1e400", "its points are no number"),
        ("name: q1\npoints: many", "its points are no number"),
        ("name: q1\npoints: [1, many]", "its points are no number"),
        ("name: q1\npoints: -1", "its points are no number"),
    ],
    ids=["aliases", "nested", "digits", "endless", "word", "list", "negative"],
)
def test_settings_of_any_kind_are_told_with_their_cell(
    tmp_path: Path, settings: str, told: str
) -> None:
    """A few lines of YAML may stand for gigabytes, and points be anything."""
    ended = brought(tmp_path, write(tmp_path / "ps.ipynb", of_otter(settings)))
    assert ended.exit_code == 2, ended.output
    assert f"cell 1: {told}" in ended.output


def test_points_below_nothing_are_none(tmp_path: Path) -> None:
    """However far below."""
    test = graded("assert double(3) == 6", "u", -1e308)
    path = write(tmp_path / "ps.ipynb", [solved(DOUBLE, "d"), TEST, test])
    assert "2 of 2 tests are checks, 1 points" in brought(tmp_path, path).output


@pytest.mark.parametrize("cell", [{"cell_type": "code", "source": None, "metadata": {}}, 1])
def test_a_cell_that_is_none_is_told(tmp_path: Path, cell: object) -> None:
    """With its number."""
    path = write(tmp_path / "ps.ipynb", [solved(DOUBLE, "d"), TEST])
    document = json.loads(path.read_text("utf-8"))
    path.write_text(json.dumps({**document, "cells": [*document["cells"], cell]}), "utf-8")
    ended = brought(tmp_path, path)
    assert ended.exit_code == 2, ended.output
    assert "is no notebook" in ended.output or "cell 3 is none" in ended.output


@pytest.mark.parametrize("end", ["import sys\nsys.exit(5)", "import os\nos._exit(0)"])
def test_a_test_that_ends_python_is_left_to_a_person(tmp_path: Path, end: str) -> None:
    """The others are taken over."""
    ends = graded(f"assert double(1) == 2\n{end}", "u", 1)
    ended = brought(tmp_path, write(tmp_path / "ps.ipynb", [solved(DOUBLE, "d"), TEST, ends]))
    assert ended.exit_code == 1, ended.output
    assert "it ends Python by itself" in ended.output


def test_blocks_without_an_end_are_kept_and_looked_through_once() -> None:
    """What has an end is left out; for what has none, only the beginning is looked at."""
    block = "# BEGIN IGNORE\nx\n# END IGNORE\n"
    assert solution(f"{block}a = 1 # SOLUTION\n# BEGIN IGNORE\n", whole=False) == (
        "### BEGIN SOLUTION\na = 1\n### END SOLUTION\n# BEGIN IGNORE\n"
    )


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
