"""What each command may import: a student's check waits for nothing that it has no use for."""

import os
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import nbformat
import pytest
from nbclient import NotebookClient

from tests import tiny_release
from tests.importing.sources import brought
from tests.notebooks import ROOT
from tests.tiny_release import RIGHT, SQUARED, notebook

# What a student's machine needs for `%check`, with what these import themselves.
CORE = frozenset(
    {
        *("annotated_types", "typing_extensions", "packaging", "platformdirs"),
        *("numpy", "hypothesis", "_hypothesis_globals", "sortedcontainers"),
        *("jinja2", "markupsafe", "rich", "pygments", "markdown_it", "mdurl", "click", "polib"),
    }
)
# What runs a notebook: Jupyter's client, and the limits of what it may take.
RUNNING = frozenset(
    {
        *("IPython", "traitlets", "jupyter_client", "jupyter_core", "nbclient", "nbformat"),
        *("zmq", "tornado", "dateutil", "fastjsonschema", "jsonschema", "attr", "attrs"),
        *("jsonschema_specifications", "referencing", "rpds", "psutil", "py_landlock", "pyseccomp"),
    }
)
# What these import only where it happens to be installed, as it is here.
BY_THE_WAY = frozenset({"_distutils_hack", "msgpack", "colorama", "idna", "orjson", "six"})
# How long a process may take to end.
SECONDS = 30.0
OURS = frozenset({"grader", "tests"})


@pytest.fixture
def imported(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[str], set[str]]:
    """Return what tells what a process has imported, by a word of its command."""
    left = tmp_path / "left"
    left.mkdir()
    monkeypatch.setenv("PYTHONPATH", str(Path(__file__).parent))
    monkeypatch.setenv("BUDGET_FOLDER", str(left))

    def read(word: str) -> set[str]:
        files: list[Path] = []
        end = time.monotonic() + SECONDS
        # What is nobody's child may end after those that started it.
        while not files and time.monotonic() < end:
            time.sleep(0.05)
            files = [
                each
                for each in left.iterdir()
                if each.stem == word or each.stem.startswith(f"{word}-")
            ]
        assert files, [each.name for each in left.iterdir()]
        return {line for each in files for line in each.read_text("utf-8").split()} - OURS

    return read


def test_the_face_imports_nothing(imported: Callable[[str], set[str]]) -> None:
    """`import grader` takes no package from outside, and `%load_ext grader` just numpy."""
    for source in ("import grader", "import grader.inline.magic"):
        subprocess.run([sys.executable, "-c", source], check=True, cwd=ROOT)
    assert imported("import grader") - BY_THE_WAY == set()
    assert imported("import grader.inline.magic") - BY_THE_WAY == {"numpy"}


@pytest.mark.parametrize("cell", [RIGHT[0], SQUARED[0]], ids=["right", "wrong"])
def test_a_check_imports_the_core(
    tmp_path: Path, imported: Callable[[str], set[str]], cell: str
) -> None:
    """`%check` judges with numpy and a handful of pure packages, whatever comes of it."""
    folder = tiny_release.released(tmp_path / "course")
    sources = ["import numpy as np", cell, "%load_ext grader", "%check doubled"]
    document = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(s) for s in sources])
    NotebookClient(
        document, kernel_name="python3", resources={"metadata": {"path": str(folder)}}
    ).execute()
    assert "never counts" in document.cells[-1].outputs[-1]["data"]["text/plain"]
    assert imported("grader.inline.judge") - BY_THE_WAY <= CORE


def test_grading_a_unit_imports_what_runs_it(
    tmp_path: Path, imported: Callable[[str], set[str]]
) -> None:
    """`grade --only` takes Jupyter's client beside the core, and none of a course's packages."""
    folder = tiny_release.released(tmp_path / "course")
    notebook(folder / "tiny.ipynb", ["import numpy as np", *RIGHT])
    command = [sys.executable, "-m", "grader", "tiny.ipynb", "--only", "doubled"]
    environ = {**os.environ, "PYTHONPATH": f"{os.environ['PYTHONPATH']}:{ROOT}"}
    subprocess.run(command, check=True, cwd=folder, env=environ, stdout=subprocess.DEVNULL)
    assert imported("grader-tiny.ipynb-doubled") - BY_THE_WAY <= CORE | RUNNING


def test_inputs_named_by_hand_take_no_hypothesis(
    tmp_path: Path, imported: Callable[[str], set[str]]
) -> None:
    """An imported assignment, whose checks draw nothing, is graded without what draws inputs."""
    cells = ["def double(n):\n    return 2 * n", "assert double(7) == 14"]
    assert brought(tmp_path, notebook(tmp_path / "ps1.ipynb", cells)).exit_code == 0
    command = [sys.executable, "-m", "grader", "ps1.ipynb", "--assignment", "reference/ps1"]
    environ = {**os.environ, "PYTHONPATH": f"{os.environ['PYTHONPATH']}:{ROOT}"}
    subprocess.run(command, check=True, cwd=tmp_path, env=environ, stdout=subprocess.DEVNULL)
    assert "hypothesis" not in imported("grader-ps1.ipynb-ps1")
