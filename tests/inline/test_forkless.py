"""Where no process can be forked, as on Windows, `%check` says the same words."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import nbformat
import pytest

from tests import tiny_release
from tests.notebooks import ROOT

FORKLESS = Path(__file__).parent / "forkless"
RELEASED = ROOT / "assignments" / "nn_from_scratch"
SOLUTION = ROOT / "reference" / "nn_from_scratch" / "solution.ipynb"

# In a process of its own: the environment is that of all that is started.
ASK = """
import json, sys
import nbformat
from nbclient import NotebookClient
cells = map(nbformat.v4.new_code_cell, json.loads(sys.argv[1]))
document = nbformat.v4.new_notebook(cells=[*cells])
NotebookClient(document, kernel_name="python3", allow_errors=True).execute()
print(json.dumps([[*cell.outputs] for cell in document.cells]))
"""

WRONG = {
    "linear": [("self.x.T @ grad", "self.x.T @ grad * 2")],
    "relu": [("np.maximum(input, 0)", "np.abs(input)")],
}
HANGING = {"relu": [("return np.maximum(input, 0)", "while True: pass")]}
CRASHING = {"relu": [("return np.maximum(input, 0)", "import os; os._exit(3)")]}


def sources(changes: dict[str, list[tuple[str, str]]]) -> list[str]:
    """Return the cells of the solution's layers, with changes by the cells' ids."""
    cells = {cell.id: cell.source for cell in nbformat.read(SOLUTION, as_version=4).cells}
    found = ["import numpy as np", *(cells[name] for name in ("layer-sequential",))]
    for name in ("linear", "relu"):
        source = cells[name]
        for old, new in changes.get(name, []):
            assert old in source
            source = source.replace(old, new)
        found.append(source)
    return found


def run(cells: list[str], *, folder: Path = RELEASED, forkless: bool) -> list[list[Any]]:
    """Return the outputs of cells, run in a real kernel, with fork or without."""
    env = dict(os.environ)
    if forkless:
        env["PYTHONPATH"] = str(FORKLESS)
    done = subprocess.run(
        [sys.executable, "-c", ASK, json.dumps(cells)],
        cwd=folder,
        env={**env, "PYTHONPATH": os.pathsep.join([env.get("PYTHONPATH", ""), str(ROOT)])},
        capture_output=True,
        text=True,
        check=True,
        timeout=300,
    )
    found: list[list[Any]] = json.loads(done.stdout)
    return found


def said(outputs: list[Any]) -> dict[str, str]:
    """Return what a check shows at last, by MIME type."""
    (output,) = outputs
    shown: dict[str, str] = output["data"]
    return shown


@pytest.mark.parametrize("changes", [{}, WRONG, HANGING, CRASHING], ids=str)
def test_it_says_the_same_words(changes: dict[str, list[tuple[str, str]]]) -> None:
    """Right, wrong, endless and crashing code comes to the same with nothing that is Unix's."""
    has_fork = "import os; print(hasattr(os, 'fork'))"
    cells = [*sources(changes), "%load_ext grader\n%check linear relu", has_fork]
    forked, again = (run(cells, forkless=each) for each in (False, True))
    assert [each[-1][0]["text"] for each in (forked, again)] == ["True\n", "False\n"]
    assert said(again[-2]) == said(forked[-2])
    assert "never counts" in said(again[-2])["text/plain"]


def test_what_is_run_again_is_what_is_needed(tmp_path: Path) -> None:
    """Cells that the asked names need run once more, and no others: their errors end nothing."""
    folder = tiny_release.released(tmp_path)
    note = "from pathlib import Path\nwith Path('ran').open('a') as file: file.write('x')"
    cells = [
        f"{note}",
        "def unused(): pass\nPath('unused').mkdir()",
        "two = 2\nprint('twice')\nwith Path('ran').open('a') as file: file.write('y')",
        "def double(numbers):\n    return two * numbers",
        "def halve(number):\n    return number / two\n\n%load_ext grader\n%check\n1 / 0",
        "print(Path('ran').read_text(), Path('unused').exists())",
    ]
    *_before, checked, counted = run(cells, folder=folder, forkless=True)
    text = checked[0]["data"]["text/plain"]
    assert "6 / 10" in text
    assert "2 / 2" in text
    assert counted[0]["text"] == "xyxy True\n"


def test_what_does_not_come_to_be_again_is_told(tmp_path: Path) -> None:
    """A name that running the cells again does not make is told, with the error that kept it."""
    folder = tiny_release.released(tmp_path)
    once = "from pathlib import Path\nPath('once').mkdir()\ndef double(n):\n    return 2 * n"
    cells = [once, "%load_ext grader\n%check doubled"]
    text = said(run(cells, folder=folder, forkless=True)[-1])["text/plain"]
    assert "run again in a process of their own, and there `double`" in text
    assert "[1] FileExistsError" in text


def test_the_saved_notebook_is_run_anew(tmp_path: Path) -> None:
    """`%check --fresh` grades the file beside it, as where there are forks."""
    folder = tiny_release.released(tmp_path)
    fresh = [
        said(run(["%load_ext grader\n%check --fresh"], folder=folder, forkless=each)[-1])
        for each in (False, True)
    ]
    assert fresh[0] == fresh[1]
    assert "run anew, as it is saved" in fresh[0]["text/plain"]
