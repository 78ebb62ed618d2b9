"""A released assignment is changed: what students would notice, and what becomes of theirs."""

from pathlib import Path

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook

from grader.assignment.loading import load
from grader.assignment.model import CHECKS, CONFIG, REFERENCE
from grader.authoring.release.diff import difference
from grader.authoring.release.repository import publish
from grader.errors import UsageError
from grader.grading import grade
from grader.notebook.reading import read
from tests.grading import check, scores

_CHECKS = '''
from grader.assignment.model import Exercise
from grader.checks.manual import Criterion, manual
from grader.scenario import Call, Scenario
from grader.verdicts import CheckFailed, answer

def times(name, factor, points):
    exercise = Exercise(name, name, points=points, names=(name,))

    @exercise.check(points=points)
    def returns(student) -> None:
        """It returns the right number."""
        if answer(student.answer(Scenario(Call("y", name, args=[7]))), "y").value != 7 * factor:
            raise CheckFailed("It does not.")

    return exercise

why = manual("why", "Why", below="Your answer: why", rubric=[Criterion("clear", "It is.", 1)])
'''
FIRST = 'exercises = [times("double", 2, 2), why]\n'
SECOND = 'exercises = [times("double", 2, 4), times("triple", 3, 3), why]\n'


def function(name: str, factor: int) -> str:
    """Return the cell of an exercise, with its solution."""
    return (
        f"def {name}(n):\n    # Your code: {factor} times n.\n    ### BEGIN SOLUTION\n"
        f"    return {factor} * n\n    ### END SOLUTION"
    )


WHY = "**Your answer: why**\n\n### BEGIN SOLUTION\nBecause.\n### END SOLUTION"


def written(folder: Path, version: str, exercises: str, *cells: nbformat.NotebookNode) -> Path:
    """Write an assignment and return its folder."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / CONFIG).write_text(f'title = "Tiny"\nversion = "{version}"\n', "utf-8")
    (folder / CHECKS).write_text(_CHECKS + exercises, "utf-8")
    (folder / REFERENCE).write_text(nbformat.writes(new_notebook(cells=list(cells))), "utf-8")
    return folder


def first(folder: Path) -> Path:
    """Write the first version."""
    return written(
        folder / "first" / "tiny",
        "1",
        FIRST,
        new_markdown_cell("# Tiny", id="title"),
        new_code_cell(function("double", 2), id="double"),
        new_markdown_cell(WHY, id="why"),
    )


def second(folder: Path) -> Path:
    """Write the second: other ids, another order, an exercise more, other points."""
    return written(
        folder / "second" / "tiny",
        "2",
        SECOND,
        new_markdown_cell("# Tiny and new", id="title"),
        new_markdown_cell("## First of all\n\n" + WHY, id="in-words"),
        new_code_cell(function("triple", 3), id="triple"),
        new_code_cell(function("double", 2), id="twice"),
    )


def test_a_release_says_what_it_is(tmp_path: Path) -> None:
    """The notebook's metadata hold the assignment, the version and the points."""
    path, *_ = publish(load(first(tmp_path)), tmp_path / "out")
    told = nbformat.read(path, as_version=4).metadata.grader
    assert told == {"assignment": "tiny", "version": "1", "points": {"double": 2, "why": 1}}


def contents(folder: Path) -> dict[Path, bytes]:
    """Return what the files of a folder hold."""
    return {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_the_difference_to_the_former_release_is_shown(tmp_path: Path) -> None:
    """Versions, exercises, points and cells are told, then the texts; nothing is written."""
    publish(load(first(tmp_path)), tmp_path / "out")
    before = contents(tmp_path / "out")
    told = difference(second(tmp_path), tmp_path / "out").splitlines()
    assert told[:5] == [
        "version 1 -> 2",
        "exercise double: 2 -> 4 points",
        "exercise triple: new, 3 points",
        "cells: 4 added, 2 removed, 1 changed",
        "",
    ]
    for line in ("-# Tiny", "+# Tiny and new", "+def triple(n):", "-## cell why (markdown)"):
        assert line in told
    assert not any("return" in line for line in told)
    assert contents(tmp_path / "out") == before


def test_a_forgotten_version_is_told_of(tmp_path: Path) -> None:
    """Where students would notice something, the version is to be raised."""
    folder = first(tmp_path)
    publish(load(folder), tmp_path / "out")
    assert difference(folder, tmp_path / "out") == "Students would notice nothing."
    changed = (folder / REFERENCE).read_text("utf-8").replace("# Tiny", "# Small")
    (folder / REFERENCE).write_text(changed, "utf-8")
    told = difference(folder, tmp_path / "out")
    assert told.startswith("version 1, as before: raise `version` in assignment.toml\n")
    assert "+# Small" in told


@pytest.mark.parametrize("content", [None, "", "[]", '{"cells": [{}], "metadata": {}}'])
def test_a_former_release_that_cannot_be_read_is_told_of(
    tmp_path: Path, content: str | None
) -> None:
    """A sentence says what is missing, and what to do."""
    if content is not None:
        (tmp_path / "tiny.ipynb").write_text(content, "utf-8")
    with pytest.raises(UsageError, match=r"tiny\.ipynb is n"):
        difference(first(tmp_path), tmp_path)


def test_a_submission_from_an_older_release_still_grades(tmp_path: Path) -> None:
    """What it solves counts, wherever its cells stand; the result says which versions there are."""
    path, *_ = publish(load(first(tmp_path)), tmp_path / "out")
    notebook = nbformat.read(path, as_version=4)
    cells = {cell.id: cell for cell in notebook.cells}
    cells["double"].source = "def double(n):\n    return n + n"
    cells["why"].source = "**Your answer: why**\n\nIt is twice."
    nbformat.write(notebook, path)
    result = grade(read(path), load(second(tmp_path)))
    assert scores(result) == {"double": 4, "triple": 0, "why": 0}
    assert result.pending == 1
    assert "triple" in check(result, "triple", "returns").message
    evidence = check(result, "why", "clear").evidence
    assert evidence is not None
    assert evidence.text == "It is twice."
    assert result.assignment.version == "2"
    assert [note.text for note in result.notes] == [
        "The notebook was made from version 1 of the assignment, and was graded by version 2."
    ]
    same = grade(read(path), load(first(tmp_path)))
    assert (same.assignment.version, same.notes) == ("1", ())
    assert scores(same) == {"double": 2, "why": 0}
