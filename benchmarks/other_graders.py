"""nbgrader and Otter, each in an environment of its own, given the small course to grade."""

import os
import shutil
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Final

import nbformat
import platformdirs

from benchmarks.overhead import CELLS
from benchmarks.small_course import MODULES, submissions

PACKAGES: Final = ("numpy", "matplotlib", "ipykernel")
ASSERTION: Final = "assert (Double().forward(np.ones(3)) == 2).all()"

_TESTS: Final = """
OK_FORMAT = True
test = {"name": "double", "points": 3, "suites": [{"type": "doctest", "scored": True, "cases": [
    {"code": ">>> bool((Double().forward(np.ones(3)) == 2).all())\\nTrue", "hidden": False},
]}]}
"""
POINTS: Final = {
    "nbgrader": {
        "grade": True,
        "grade_id": "double",
        "locked": True,
        "points": 3,
        "schema_version": 3,
        "solution": False,
        "task": False,
    }
}


def environment(package: str) -> Path:
    """Return the programs' folder of an environment that has `package`, made where it is not."""
    folder = platformdirs.user_cache_path("notebook-grader-benchmarks") / package
    ready = folder / "ready"
    if not ready.exists():
        subprocess.run([sys.executable, "-m", "venv", "--clear", str(folder)], check=True)
        install = [str(folder / "bin" / "pip"), "install", "--quiet", package, *PACKAGES]
        subprocess.run(install, check=True)
        ready.touch()
    return folder / "bin"


def version(package: str) -> str:
    """Return the version of the package in its environment."""
    program = f"from importlib.metadata import version; print(version({package!r}))"
    python = str(environment(package) / "python")
    return subprocess.check_output([python, "-c", program], text=True).strip()


def variables(package: str) -> dict[str, str]:
    """Return the environment variables of its programs: they call each other by their names."""
    return {**os.environ, "PATH": f"{environment(package)}{os.pathsep}{os.environ['PATH']}"}


class Nbgrader:
    """A course of nbgrader's with so many submissions of one assignment."""

    def __init__(self, folder: Path, count: int) -> None:
        self.folder = folder
        self.variables = variables("nbgrader")
        source = folder / "source" / "ps1"
        source.mkdir(parents=True)
        notebook = nbformat.v4.new_notebook(
            cells=[
                *map(nbformat.v4.new_code_cell, (MODULES, *CELLS)),
                nbformat.v4.new_code_cell(ASSERTION, metadata=POINTS),
            ],
            metadata={"kernelspec": {"name": "python3", "display_name": "Python 3"}},
        )
        nbformat.write(notebook, source / "small.ipynb")
        self._program = str(environment("nbgrader") / "nbgrader")
        subprocess.run(
            [self._program, "generate_assignment", "ps1"],
            cwd=folder,
            env=self.variables,
            check=True,
            capture_output=True,
        )
        for number in range(count):
            handed_in = folder / "submitted" / f"s{number}" / "ps1"
            shutil.copytree(folder / "release" / "ps1", handed_in)

    def commands(self) -> Sequence[list[str]]:
        """Return the command that grades them all, whatever was graded before."""
        return [[self._program, "autograde", "ps1", "--force"]]


class Otter:
    """Submissions for Otter without its container: one call each, as it knows no other way."""

    def __init__(self, folder: Path, count: int) -> None:
        self.folder = folder
        self.variables = variables("otter-grader")
        for name in ("tests", "results"):
            (folder / name).mkdir(parents=True)
        (folder / "tests" / "double.py").write_text(_TESTS, "utf-8")
        self._program = str(environment("otter-grader") / "otter")
        nothing_more = ("--no-environment", "--no-requirements", "--no-config")
        subprocess.run(
            [self._program, "generate", "-t", "tests", "-o", "autograder.zip", *nothing_more],
            cwd=folder,
            env=self.variables,
            check=True,
            capture_output=True,
        )
        self._submissions = sorted(submissions(folder / "in", count).iterdir())

    def commands(self) -> Sequence[list[str]]:
        """Return the commands that grade them all."""
        run = [self._program, "run", "--no-logo", "-a", "autograder.zip", "-o", "results"]
        return [[*run, str(path)] for path in self._submissions]
