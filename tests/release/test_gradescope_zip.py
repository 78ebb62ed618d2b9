"""The autograder for Gradescope, run as Gradescope runs it."""

import json
import os
import subprocess
import sys
import zipfile
from pathlib import Path
from typing import Any

import pytest

from grader.assignment import load
from grader.authoring.commands import release
from grader.authoring.gradescope import autograder
from tests import tiny_release
from tests.reports.test_gradescope import SCHEMA
from tests.tiny_release import RIGHT, notebook


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return what is /autograder there, the zip unpacked in it."""
    folder = tmp_path_factory.mktemp("autograder")
    release(tiny_release.reference(folder / "mine" / "tiny"), folder, folder / "autograder.zip")
    for name in ("source", "submission", "results"):
        (folder / name).mkdir()
    # Unlike Python's own, it keeps the permissions.
    with zipfile.ZipFile(folder / "autograder.zip") as archive:
        for entry in archive.infolist():
            path = Path(archive.extract(entry, folder / "source"))
            path.chmod(entry.external_attr >> 16)
    return folder


def run(root: Path) -> Any:
    """Run the autograder and return its results."""
    results = root / "results" / "results.json"
    results.unlink(missing_ok=True)
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    subprocess.run(
        [root / "source" / "run_autograder"],
        cwd=root,
        env={**os.environ, "AUTOGRADER_ROOT": str(root), "PATH": path},
        check=True,
    )
    told = json.loads(results.read_text("utf-8"))
    SCHEMA.validate(told)
    return told


def test_a_submission_gets_its_points(root: Path) -> None:
    """The hidden checks count there, and students see nothing of what they ask."""
    path = notebook(root / "submission" / "tiny.ipynb", ["import numpy as np", *RIGHT])
    assert run(root)["score"] == 12
    path.unlink()


@pytest.mark.parametrize("files", [{}, {"a.ipynb": "{}", "b.ipynb": "{}"}, {"tiny.ipynb": "{}"}])
def test_what_cannot_be_graded_is_told(root: Path, files: dict[str, str]) -> None:
    """No notebook, several, and one that is none: a sentence, not a failure of the autograder."""
    for name, text in files.items():
        (root / "submission" / name).write_text(text, "utf-8")
    told = run(root)
    assert told["score"] == 0
    assert "tiny.ipynb" in told["output"]
    for name in files:
        (root / "submission" / name).unlink()


def test_the_layout_is_the_documented_one(root: Path) -> None:
    """Both scripts stand at the top, executable, and setup installs what grading needs."""
    for name in ("setup.sh", "run_autograder"):
        path = root / "source" / name
        assert os.access(path, os.X_OK)
        assert path.read_text("utf-8").startswith("#!/usr/bin/env ")
    assert subprocess.run(["bash", "-n", root / "source" / "setup.sh"], check=True)
    needed = (root / "source" / "requirements.txt").read_text("utf-8").splitlines()
    assert needed[0].startswith("notebook-grader")
    assert "numpy" in needed


def test_the_same_assignment_gives_the_same_zip(root: Path) -> None:
    """Whoever uploads it anew can tell whether it has changed."""
    assignment = load(root / "mine" / "tiny")
    assert autograder(assignment) == (root / "autograder.zip").read_bytes()
