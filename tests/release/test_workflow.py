"""The workflow that students get, and the action for everybody else's."""

import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from grader.authoring.release_files import GRADE_SCRIPT
from tests import tiny_release
from tests.notebooks import ROOT
from tests.tiny_release import RIGHT, SQUARED, notebook

WORKFLOW = ".github/workflows/grade.yml"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a tiny release, out of sight of its reference."""
    released = tiny_release.released(tmp_path_factory.mktemp("course"))
    return shutil.copytree(released, tmp_path_factory.mktemp("student") / "homework")


def steps(folder: Path) -> list[dict[str, Any]]:
    """Return the steps of the released workflow."""
    told = yaml.safe_load((folder / WORKFLOW).read_text("utf-8"))
    found: list[dict[str, Any]] = told["jobs"]["grade"]["steps"]
    return found


def run(folder: Path, tmp_path: Path, cells: tuple[str, ...], **environment: str) -> Any:
    """Run the workflow's grading step as GitHub does, on a notebook of these cells."""
    notebook(folder / "tiny.ipynb", ["import numpy as np", *cells])
    (step,) = (each for each in steps(folder) if each.get("name") == "Grade")
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    summary = {"GITHUB_STEP_SUMMARY": str(tmp_path / "summary.md"), "PATH": path}
    # https://docs.github.com/en/actions/reference/workflow-syntax-for-github-actions: bash -e.
    return subprocess.run(
        ["bash", "-e", "-c", step["run"]],
        cwd=folder,
        env={**os.environ, **step["env"], **summary, **environment},
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.parametrize(
    ("schema", "file"), [("github-workflows", WORKFLOW), ("github-actions", "action.yml")]
)
def test_github_takes_it(folder: Path, schema: str, file: str) -> None:
    """Both keep to the schemas of schemastore.org."""
    path = folder / file if file == WORKFLOW else ROOT / file
    command = [sys.executable, "-m", "check_jsonschema", "--builtin-schema", f"vendor.{schema}"]
    done = subprocess.run([*command, path], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout


def test_a_run_shows_summary_annotations_and_a_page(folder: Path, tmp_path: Path) -> None:
    """A wrong notebook's job ends well, with a summary, annotations, and a page to upload."""
    done = run(folder, tmp_path, SQUARED)
    assert done.returncode == 0, done.stderr
    assert "The public checks decide on 8 of 12 points" in (tmp_path / "summary.md").read_text(
        "utf-8"
    )
    assert "::error file=tiny.ipynb," in done.stdout
    (upload,) = (each for each in steps(folder) if "upload" in each.get("uses", ""))
    assert upload["if"] == "always()"
    assert "squared" in (folder / upload["with"]["path"] / "feedback.html").read_text("utf-8")


def test_a_threshold_fails_the_run(folder: Path, tmp_path: Path) -> None:
    """With FAIL_UNDER, fewer points fail the job, and as many do not."""
    assert run(folder, tmp_path, SQUARED, FAIL_UNDER="3").returncode == 1
    assert run(folder, tmp_path, RIGHT, FAIL_UNDER="8").returncode == 0


def test_what_is_installed_is_cached(folder: Path) -> None:
    """What the requirements name is installed, and kept from one run to the next."""
    (python,) = (each["with"] for each in steps(folder) if "setup-python" in each.get("uses", ""))
    (install,) = (each["run"] for each in steps(folder) if each.get("name") == "Install")
    assert python["cache"] == "pip"
    assert python["cache-dependency-path"] == "requirements.txt"
    assert install == "python -m pip install --requirement requirements.txt"


def test_the_action_grades_as_the_workflow_does(folder: Path) -> None:
    """Both run the same script."""
    action = yaml.safe_load((ROOT / "action.yml").read_text("utf-8"))
    (mine,) = (each["run"] for each in action["runs"]["steps"] if each.get("name") == "Grade")
    (theirs,) = (each["run"] for each in steps(folder) if each.get("name") == "Grade")
    assert mine == theirs == GRADE_SCRIPT
