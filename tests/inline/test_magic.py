"""`%check` in a real kernel: it teaches, never counts, and breaks nothing."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import nbformat
import pytest
from nbclient import NotebookClient

from grader.assignment.loading import find_assignment, load
from grader.authoring.release.repository import notebook_text
from grader.grading import grade
from grader.notebook.reading import read
from tests import tiny_release
from tests.notebooks import ROOT
from tests.tiny_release import RIGHT, SQUARED, notebook

Cells = Callable[..., list[dict[str, Any]]]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the folder of a tiny release."""
    return tiny_release.released(tmp_path_factory.mktemp("course"))


@pytest.fixture(scope="module")
def cells(folder: Path) -> Iterator[Cells]:
    """Return what runs cells in one kernel in that folder; each gives what it showed, by type."""
    document = nbformat.v4.new_notebook()
    client = NotebookClient(
        document, kernel_name="python3", resources={"metadata": {"path": str(folder)}}
    )
    with client.setup_kernel():

        def run(*sources: str) -> list[dict[str, Any]]:
            shown = []
            for source in sources:
                cell = nbformat.v4.new_code_cell(source)
                document.cells.append(cell)
                client.execute_cell(cell, len(document.cells) - 1)
                data = [out.get("data") or {"text/plain": out["text"]} for out in cell.outputs]
                shown.append({kind: text for each in data for kind, text in each.items()})
            return shown

        run("%load_ext grader\nimport numpy as np")
        yield run


def test_what_is_defined_is_asked(cells: Cells) -> None:
    """A wrong function gets its example as matrices, its hint and its name; as text, too."""
    (_, told) = cells(SQUARED[0], "%check doubled")
    assert "This looks like a known mistake: squared" in told["text/plain"]
    assert "What is twice two?" in told["text/plain"]
    assert '<span class="entry wrong">' in told["text/html"]
    assert "<script" not in told["text/html"]
    assert "never counts" in told["text/plain"]


def test_it_says_what_it_does_until_the_answer_is_there(folder: Path) -> None:
    """What is shown first is replaced: the exercise that is asked, the cells that run."""
    notebook(folder / "tiny.ipynb", ["import numpy as np", *RIGHT])
    cells = [*RIGHT, "%load_ext grader", "%check doubled", "%check --fresh"]
    document = nbformat.v4.new_notebook(
        cells=[nbformat.v4.new_code_cell(each) for each in ["import numpy as np", *cells]]
    )
    client = NotebookClient(
        document, kernel_name="python3", resources={"metadata": {"path": str(folder)}}
    )
    said: dict[int, list[str]] = {}

    def listen(msg: Any, cell_index: int) -> None:
        if "data" in msg["content"]:
            said.setdefault(cell_index, []).append(msg["content"]["data"]["text/plain"])

    process = client.process_message

    def both(msg: Any, cell: Any, cell_index: int) -> Any:
        listen(msg, cell_index)
        return process(msg, cell, cell_index)

    client.process_message = both
    client.execute()
    *_rest, live, fresh = (said[index] for index in sorted(said))
    assert live[:2] == ["%check doubled …", "Doubling …"]
    assert "never counts" in live[-1]
    assert fresh[0] == "%check --fresh …"
    assert "Running your cells: 0 of 3 …" in fresh
    assert "Doubling …" in fresh
    for cell in document.cells[-2:]:
        (output,) = cell.outputs
        assert "never counts" in output["data"]["text/plain"]


def test_loading_it_again_says_nothing(folder: Path) -> None:
    """Each check cell of a notebook loads it; other extensions are told of as ever."""
    document = nbformat.v4.new_notebook(
        cells=[
            nbformat.v4.new_code_cell(each)
            for each in ("%load_ext grader", "%load_ext grader", "%load_ext autoreload")
        ]
    )
    document.cells.append(nbformat.v4.new_code_cell("%load_ext autoreload\n%load_ext grader"))
    NotebookClient(document, kernel_name="python3").execute()
    *silent, told = (cell.outputs for cell in document.cells)
    assert silent == [[], [], []]
    assert ["already loaded" in output["text"] for output in told] == [True]
    assert "grader" not in told[0]["text"]


def test_what_is_not_defined_yet_is_told(cells: Cells) -> None:
    """All exercises are asked by `%check` alone, and one without its function waits."""
    cells("if 'halve' in globals(): del halve", RIGHT[0])
    (told,) = cells("%check")
    assert "Doubling" in told["text/plain"]
    assert "`halve` is not defined yet" in told["text/plain"]


def test_the_kernel_stays_as_it_was(cells: Cells) -> None:
    """Neither variables nor random numbers are touched, nor does a crash end the kernel."""
    found = cells(
        "import random; random.seed(1); np.random.seed(1); expected = (random.random(), "
        "np.random.random())\nrandom.seed(1); np.random.seed(1)",
        "calls = []\ndef double(numbers):\n    calls.append(numbers); random.random()\n"
        "    np.random.random(); import os; os._exit(3)",
        "%check doubled",
        "print(calls, expected == (random.random(), np.random.random()))",
    )
    assert "died" in found[2]["text/plain"]
    assert found[3]["text/plain"] == "[] True\n"


def test_nothing_is_left_running(cells: Cells) -> None:
    """What was forked to answer is gone when the answer is there."""
    look = (
        "import psutil, time\nme = psutil.Process().cmdline()\nfor _ in range(200):\n"
        "    alike = [p for p in psutil.process_iter(['cmdline']) if p.info['cmdline'] == me]\n"
        "    if len(alike) == 1: break\n    time.sleep(0.1)\nprint(len(alike))"
    )
    assert cells(RIGHT[0], "%check doubled", look)[-1]["text/plain"] == "1\n"


def test_fresh_runs_the_saved_notebook(cells: Cells, folder: Path) -> None:
    """Stale definitions of the kernel do not count for `--fresh`: the file does."""
    notebook(folder / "tiny.ipynb", ["import numpy as np", *SQUARED])
    cells(RIGHT[0])
    live, fresh = cells("%check doubled", "%check doubled --fresh")
    assert "6 / 10" in live["text/plain"]
    assert "0 / 10" in fresh["text/plain"]
    # Which file that was, since Jupyter does not always tell which one is open.
    assert "tiny.ipynb was run anew" in fresh["text/plain"]


@pytest.mark.parametrize(
    ("line", "told"),
    [("%check nothing", "has no exercise 'nothing'"), ("%check --fast", "knows no --fast")],
)
def test_a_slip_is_told(cells: Cells, line: str, told: str) -> None:
    """An exercise or an option that there is not ends in a sentence."""
    assert told in cells(line)[0]["text/plain"]


@pytest.mark.parametrize(
    ("name", "told"),
    [
        ("stable_numerics", "by `%check --fresh`: In your own words"),
        ("stable_numerics.ru", "командой `%check --fresh`: Своими словами"),
    ],
)
def test_what_a_person_judges_is_left_to_the_whole_notebook(name: str, told: str) -> None:
    """An answer in words is no matter of what is defined, and no fault of the grader's.

    That is said in the language of the notebook in the folder.
    """
    released = ROOT / "assignments" / name
    document = nbformat.v4.new_notebook(
        cells=[nbformat.v4.new_code_cell("%load_ext grader\n%check words")]
    )
    where = {"metadata": {"path": str(released)}}
    NotebookClient(document, kernel_name="python3", resources=where).execute()
    (shown,) = document.cells[0].outputs
    assert told in shown.data["text/plain"]
    assert "failed" not in shown.data["text/plain"]


def test_it_is_inert_while_a_notebook_is_graded(folder: Path) -> None:
    """Official grading neither runs it nor notes it, whatever the cell asks."""
    path = notebook(
        folder.parent.parent / "graded.ipynb",
        ["import numpy as np", *RIGHT, "%load_ext grader\n%check\n%check doubled --fresh\nx = 1"],
    )
    done = read(path)
    result = grade(done, find_assignment(done, str(folder.parent.parent / "reference" / "tiny")))
    assert result.score == result.max_score
    assert {cell.status for cell in result.cells} == {"ok"}
    assert not result.notes
    assert not result.integrity


def test_without_the_package_the_notebook_goes_on(folder: Path, tmp_path: Path) -> None:
    """Where the grader is not installed, the check cells say how to get it, and nothing breaks."""
    # Other tests save their own notebook over the one in the folder.
    text = notebook_text(load(folder.parent.parent / "reference" / "tiny"))
    document = nbformat.reads(text, as_version=4)
    hide = "import sys; sys.modules['grader'] = None"
    document.cells.insert(0, nbformat.v4.new_code_cell(hide))
    where = {"metadata": {"path": str(tmp_path)}}
    NotebookClient(document, kernel_name="python3", resources=where).execute()
    said = [out["text"] for cell in document.cells for out in cell.get("outputs", ())]
    assert len(said) == 2
    assert all("pip install -r requirements.txt" in text for text in said)
    assert not list(tmp_path.iterdir())
