"""A prompt with the stand-in for the reference, or for a submission in its sandbox."""

import subprocess
import sys
from pathlib import Path

import nbformat
import numpy as np
import pytest

import grader
from grader import CheckFailed, fetch
from grader.authoring.new import new
from grader.errors import UsageError
from tests.notebooks import ROOT

EXAMPLES = ROOT / "reference" / "nn_from_scratch" / "examples"


def prompted(*arguments: str | Path, lines: str) -> str:
    """Return what `grader ask` answers to lines."""
    called = [str(Path(sys.executable).with_name("grader")), "ask", *map(str, arguments)]
    done = subprocess.run(
        called, input=lines, capture_output=True, text=True, cwd=ROOT, check=False, timeout=300
    )
    assert "Traceback" not in done.stderr
    return done.stdout


def test_the_reference_answers_and_a_failure_is_told_and_forgotten() -> None:
    """As a check would be told; the next line goes on from the one before."""
    told = prompted(
        "nn_from_scratch",
        lines=(
            "layer = code.Linear(2, 3)\n"
            "y = layer.forward(np.ones((1, 2)))\n"
            "y.shape\n"
            "layer.nothing\n"
            "assert y.shape == (1, 4)\n"
            "layer.W.shape\n"
        ),
    )
    assert "Out[3]: (1, 3)" in told
    assert "Reading the attribute `nothing` raised AttributeError" in told
    assert "`y.shape[1]` is 3, expected 4." in told
    assert "Out[6]: (2, 3)" in told


def test_a_submission_answers_from_its_sandbox() -> None:
    """What its author wrote, mistakes included."""
    lines = "relu = code.ReLU()\nrelu.forward(np.array([[-1.0, 2.0]]))\n"
    told = prompted("nn_from_scratch", EXAMPLES / "right.ipynb", lines=lines)
    assert "Out[2]: array([[0., 2.]])" in told


def test_a_notebook_opens_the_reference(monkeypatch: pytest.MonkeyPatch) -> None:
    """`grader.open` returns the stand-in, or says which assignments there are."""
    monkeypatch.chdir(ROOT)
    code = grader.open("stable_numerics")
    assert np.allclose(np.sum(code.softmax(np.zeros((1, 2)))), 1)
    with pytest.raises(UsageError, match="stable_numerics"):
        grader.open("unheard_of")


def test_what_no_exercise_asks_about_yet_can_be_tried(tmp_path: Path) -> None:
    """A function that its author has just written into the reference; what works is not run."""
    new("net", tmp_path)
    path = tmp_path / "net" / "solution.ipynb"
    notebook = nbformat.read(path, as_version=4)
    for source in (
        "def twice(x):\n    return 2 * x",
        "raise SystemExit",
        "TRAINED = twice(3)",
        "def trained():\n    return TRAINED",
    ):
        notebook.cells.append(nbformat.v4.new_code_cell(source))
    nbformat.write(notebook, path)
    code = grader.open(str(tmp_path / "net"))
    assert fetch(code.twice(3)) == 6
    assert fetch(code.mean_squared_error(np.ones(2), np.zeros(2))) == 1
    with pytest.raises(CheckFailed, match="defines no trained"):
        fetch(code.trained())
