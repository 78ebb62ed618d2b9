"""What an instructor is told of a reference that cannot be released."""

import json
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import nbformat
import pytest
from nbformat import NotebookNode
from nbformat.v4 import new_code_cell

from grader.assignment.mistakes import FILE
from grader.authoring.release.record_answers import recorded
from grader.authoring.release.student_notebook import (
    read_reference,
    released_text,
    solution_lines,
    student_notebook,
)
from grader.errors import AssignmentError
from tests import tiny_release
from tests.release.references import code, notebook
from tests.verify import assignments


class TestMistakesOfTheInstructor:
    @pytest.mark.parametrize(
        ("source", "line", "complaint"),
        [
            ("x\n### BEGIN SOLUTION\ny", 2, "does not end"),
            ("x\ny\n### END SOLUTION", 3, "has not begun"),
            ("### BEGIN SOLUTION\n### BEGIN SOLUTION\n### END SOLUTION", 2, "inside the one"),
            ("### BEGIN SOLUTION\n### END SOLUTION\n### END SOLUTION", 3, "has not begun"),
            ("x = 1  ### BEGIN SOLUTION\ny\n### END SOLUTION", 1, "looks like a marker"),
            ("### BEGIN SOLUTIONS\ny\n### END SOLUTION", 1, "looks like a marker"),
            ("BEGIN SOLUTION\ny\nEND SOLUTION", 1, "looks like a marker"),
        ],
    )
    @pytest.mark.parametrize("ask", [student_notebook, solution_lines])
    def test_markers_that_do_not_pair_up(
        self, source: str, line: int, complaint: str, ask: Callable[[NotebookNode], object]
    ) -> None:
        """The error names the cell and the line, and nothing is handed out."""
        with pytest.raises(AssignmentError, match=rf"cell 'task', line {line}:.*{complaint}"):
            ask(code(source))

    def test_release_names_the_file(self, tmp_path: Path) -> None:
        """An error of a marker says in which file it is, and nothing is written."""
        reference = tmp_path / "broken" / "solution.ipynb"
        reference.parent.mkdir()
        nbformat.write(code("### BEGIN SOLUTION"), reference)
        with pytest.raises(AssignmentError, match=rf"{re.escape(str(reference))}: cell 'task'"):
            released_text(reference)

    def test_nothing_marked(self, tmp_path: Path) -> None:
        """A reference without any solution is not handed out as it is."""
        nbformat.write(code("print('all of it')"), tmp_path / "solution.ipynb")
        with pytest.raises(AssignmentError, match="nothing is marked as solution"):
            released_text(tmp_path / "solution.ipynb")

    def test_no_reference(self, tmp_path: Path) -> None:
        """A folder without a reference notebook is named."""
        with pytest.raises(AssignmentError, match=r"solution\.ipynb: cannot be read"):
            released_text(tmp_path / "solution.ipynb")

    @pytest.mark.parametrize(
        ("text", "complaint"),
        [
            ("no json", "not a valid notebook"),
            ("[]", "not a valid notebook"),
            ('{"nbformat": 4, "nbformat_minor": 5, "metadata": {}}', "not a valid notebook"),
            ('{"nbformat": 4, "nbformat_minor": 4, "metadata": {}, "cells": []}', "format 4.4"),
        ],
    )
    def test_no_notebook(self, tmp_path: Path, text: str, complaint: str) -> None:
        """A file that is no current notebook is an error with a way out."""
        (tmp_path / "solution.ipynb").write_text(text, encoding="utf-8")
        with pytest.raises(AssignmentError, match=rf"{complaint}.*[Ss]ave it again"):
            read_reference(tmp_path / "solution.ipynb")

    @pytest.mark.parametrize("ids", [("a", "a"), ("a", None)])
    def test_cells_without_ids_of_their_own(
        self, tmp_path: Path, ids: tuple[str, str | None]
    ) -> None:
        """Ids that would be invented anew at each release are asked for instead."""
        document = json.loads(nbformat.writes(notebook(new_code_cell(), new_code_cell())))
        for cell, cell_id in zip(document["cells"], ids, strict=True):
            del cell["id"]
            if cell_id is not None:
                cell["id"] = cell_id
        (tmp_path / "solution.ipynb").write_text(json.dumps(document), encoding="utf-8")
        with pytest.raises(AssignmentError, match="a cell has no id, or two cells"):
            read_reference(tmp_path / "solution.ipynb")


def test_a_known_mistake_without_an_end_is_named(tmp_path: Path) -> None:
    """Recording what it answers ends with a sentence, and nothing is written."""
    folder = tiny_release.reference(tmp_path / "tiny")
    endless = tiny_release.MISTAKES_TEXT.replace("return numbers", "while True: pass")
    (folder / FILE).write_text(endless, "utf-8")
    program = (
        "import sys; from grader.authoring.release import command; command.STEP_SECONDS = 5.0; "
        "from grader.cli import grader; sys.argv = ['grader', 'release', *sys.argv[1:]]; grader()"
    )
    asked = [str(folder), "--out", str(tmp_path / "out")]
    done = subprocess.run(
        [sys.executable, "-c", program, *asked], capture_output=True, text=True, check=False
    )
    assert done.returncode == 2, done.stderr
    assert "mistake 2 of 2" in done.stderr
    assert "grader verify tiny" in done.stderr
    assert not (tmp_path / "out").exists()


def test_a_reference_that_does_not_pass_its_own_checks_is_not_released(tmp_path: Path) -> None:
    """It is found before anybody is graded, and the check is named."""
    assignment = assignments.written(tmp_path, cells=[assignments.DOUBLE.replace("2 *", "3 *")])
    with pytest.raises(AssignmentError, match=r"does not pass `double.seven`"):
        recorded(assignment)
