"""Where no process can be forked, as on Windows, `grade` comes to the same result."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.inline.test_forkless import FORKLESS
from tests.notebooks import FAST_DATA, ROOT, edited, submission

EXAMPLES = ROOT / "reference" / "nn_from_scratch" / "examples"
# What is another each time, or tells of the machine.
OTHERS = ("seconds", "sandbox", "history", "contended")


@pytest.fixture
def released(tmp_path: Path) -> Path:
    """Return a released folder, in which a student's notebook lies."""
    folder = tmp_path / "released"
    shutil.copytree(ROOT / "assignments" / "nn_from_scratch", folder)
    return folder


def call(folder: Path, *arguments: str, forkless: bool) -> subprocess.CompletedProcess[str]:
    """Call `grade` in a folder, with fork or without."""
    path = os.pathsep.join([*([str(FORKLESS)] if forkless else []), str(ROOT)])
    return subprocess.run(
        [sys.executable, "-P", "-m", "grader", *arguments],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": path},
        capture_output=True,
        text=True,
        check=False,
    )


def graded(folder: Path, *arguments: str, forkless: bool) -> dict[str, Any]:
    """Return the result of a notebook as its file has it, but for what is another each time."""
    done = call(folder, *arguments, "--json", "result.json", forkless=forkless)
    assert done.returncode == 0, done.stderr
    result: dict[str, Any] = json.loads((folder / "result.json").read_text("utf-8"))
    (folder / "result.json").unlink()
    for name in OTHERS:
        result.pop(name, None)
    for cell in result["cells"]:
        cell.pop("seconds")
    return result


@pytest.mark.parametrize("name", ["right", "typical_mistakes"])
@pytest.mark.parametrize("options", [["--only", "linear,relu"], ["--quick"]], ids=" ".join)
def test_an_example_comes_to_the_same(released: Path, name: str, options: list[str]) -> None:
    """Checks, points, messages and notes are the same in a right notebook and in a wrong one."""
    shutil.copy(EXAMPLES / f"{name}.ipynb", released)
    notebook = f"{name}.ipynb"
    forked, again = (graded(released, notebook, *options, forkless=each) for each in (False, True))
    assert again == forked


def test_a_whole_notebook_comes_to_the_same(released: Path) -> None:
    """So do the network that it trains and the figures that it draws; a cell run again is told."""
    short = edited("train-loop", ("epochs = 10", "epochs = 2"))
    submission(released, {"data": FAST_DATA, "train-loop": short}, name="mine.ipynb")
    forked, again = (graded(released, "mine.ipynb", forkless=each) for each in (False, True))
    told = [each for each in again["notes"] if each not in forked["notes"]]
    assert all("ran again" in each["text"] for each in told)
    again["notes"] = [each for each in again["notes"] if each not in told]
    assert again == forked
    assert again["measures"]["accuracy"] > 0.5


def test_other_peoples_notebooks_are_refused_in_a_sentence(released: Path) -> None:
    """Several need a sandbox; without one they are graded one at a time."""
    for name in ("one.ipynb", "two.ipynb"):
        shutil.copy(EXAMPLES / "right.ipynb", released / name)
    several = call(released, "one.ipynb", "two.ipynb", forkless=True)
    assert several.returncode == 2
    assert "need a sandbox" in several.stderr
    assert "no fork" in " ".join(several.stderr.split())
    anyway = call(released, "one.ipynb", "two.ipynb", "--no-require-sandbox", forkless=True)
    assert anyway.returncode == 2
    assert "one at a time" in " ".join(anyway.stderr.split())


def test_what_the_machine_lacks_is_told(released: Path) -> None:
    """`grade --preflight` looks through a notebook, `grader doctor` says what confines it."""
    shutil.copy(EXAMPLES / "right.ipynb", released)
    looked = call(released, "--preflight", "right.ipynb", forkless=True)
    assert looked.returncode == 0, looked.stderr
    assert "It will grade." in looked.stdout
    doctor = subprocess.run(
        [sys.executable, "-P", "-c", "from grader.cli import grader; grader()", "doctor"],
        cwd=released,
        env={**os.environ, "PYTHONPATH": os.pathsep.join([str(FORKLESS), str(ROOT)])},
        capture_output=True,
        text=True,
        check=False,
    )
    assert doctor.returncode == 0, doctor.stderr
    assert "which nothing confines" in doctor.stdout
