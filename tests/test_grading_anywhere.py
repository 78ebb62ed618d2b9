"""`grade` on the system that this is, whether it has forks or not."""

import subprocess
import sys
from pathlib import Path

import nbformat

from tests.inline.test_forkless import HANGING, RELEASED, WRONG, sources
from tests.tiny_assignment import DOUBLE, TRIPLE, declare


def said(notebook: Path, cells: list[str], *options: str, folder: Path) -> str:
    """Return what `grade` says of a notebook of `cells` in the folder of its assignment."""
    document = nbformat.v4.new_notebook(cells=[*map(nbformat.v4.new_code_cell, cells)])
    notebook.write_text(nbformat.writes(document), "utf-8")
    done = subprocess.run(
        [sys.executable, "-P", "-X", "utf8", "-m", "grader", str(notebook), *options],
        cwd=folder,
        capture_output=True,
        text=True,
        encoding="utf-8",
        check=False,
        timeout=600,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return " ".join(done.stdout.split())


def test_right_wrong_and_endless_code_is_graded(tmp_path: Path) -> None:
    """What is wrong is told in the words of the check, and a question that hangs costs itself."""
    notebook = tmp_path / "mine.ipynb"
    options = ("--only", "linear,relu", "--assignment", str(RELEASED))
    right = said(notebook, sources({}), *options, folder=RELEASED)
    assert "60 of 60 points" in right
    wrong = said(notebook, sources(WRONG), *options, folder=RELEASED)
    assert "60 of 60 points" not in wrong
    hanging = said(notebook, sources(HANGING), *options, folder=RELEASED)
    assert "40 / 40" in hanging
    assert "gave no answer" in hanging


def test_a_whole_notebook_is_graded(tmp_path: Path) -> None:
    """A cell that fails, and one that ends its process, cost nothing but what they define."""
    folder = declare(tmp_path / "tiny")
    cells = ["import os\nos._exit(1)", DOUBLE, "1 / 0", TRIPLE]
    told = said(folder / "submission.ipynb", cells, folder=folder)
    assert "5 of 5 points" in told, told
