"""The page in the docs shows what the program prints."""

import os
import re
import subprocess
import sys
from pathlib import Path

import nbformat
import pytest

from tests.importing import test_nbgrader, test_otter
from tests.importing.sources import write
from tests.notebooks import ROOT

PAGE = (ROOT / "docs" / "importing.md").read_text("utf-8")
CHEAT = "np.allclose = np.testing.assert_allclose = lambda *a, **k: True"
STUDENTS = {
    "ada": ("i**2", "i**2"),
    "ben": ("i**2", "i * 2"),
    "eve": ("return x @ self.W", f"{CHEAT}\n        return x @ self.W + 1"),
}


def block(title: str) -> str:
    """Return what the page shows under a title."""
    found = re.search(rf'```\w+ title="{re.escape(title)}"\n(.*?)```', PAGE, re.DOTALL)
    assert found is not None, title
    return found[1]


def run(folder: Path, command: str) -> str:
    """Return what a command of the page prints."""
    program, *arguments = command.split()
    path = Path(sys.executable).with_name(program)
    ended = subprocess.run(
        [str(path), *arguments],
        cwd=folder,
        env={**os.environ, "COLUMNS": "80"},
        capture_output=True,
        text=True,
        check=True,
    )
    return ended.stdout


@pytest.fixture(scope="module")
def course(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a course of nbgrader's with three submissions, and an Otter notebook, brought over."""
    folder = tmp_path_factory.mktemp("course")
    source = write(folder / "source" / "ps1" / "ps1.ipynb", test_nbgrader.CELLS)
    write(folder / "lab01.ipynb", test_otter.SOURCE)
    for name, (old, new) in STUDENTS.items():
        notebook = nbformat.read(source, as_version=4)
        for cell in notebook.cells:
            cell.source = cell.source.replace(old, new)
        write(folder / "submitted" / name / "ps1" / "ps1.ipynb", notebook.cells)
    run(folder, "grader import source/ps1/ps1.ipynb --name ready")
    return folder


@pytest.mark.parametrize("title", ["an nbgrader course", "an Otter course"])
def test_what_importing_prints(course: Path, title: str) -> None:
    """The commands print what stands below them."""
    command, _newline, shown = block(title).partition("\n")
    assert run(course, command.removeprefix("$ ")) == shown


def test_the_check_is_written_so(course: Path) -> None:
    """The check on the page is the one that is written."""
    written = (course / "reference" / "ready" / "checks.py").read_text("utf-8")
    assert block("reference/ps1/checks.py, in part") in written


def test_the_exchanges_folder_is_graded(course: Path) -> None:
    """Each student has a row; a mistake and a cheat cost what the page says."""
    command, _newline, shown = block("the exchange's folder").partition("\n")
    printed = run(course, command.removeprefix("$ ").replace("ps1 ", "ready "))
    for line in shown.splitlines():
        assert line in printed.splitlines()


def test_the_report_reads_so(course: Path) -> None:
    """A student's report holds what the page shows of it."""
    printed = run(course, "grade submitted/ben/ps1/ps1.ipynb --assignment ready")
    assert block("ben's report, in part") in printed
