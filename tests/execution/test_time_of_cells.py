"""How long a cell may take follows from the reference, and no honest one is ended for it."""

import json
import re
import time
from pathlib import Path

import pytest

from grader.assignment.loading import load
from grader.assignment.model import TIMES, Assignment
from grader.errors import AssignmentError
from grader.execution.timing import FACTOR, cell_times
from grader.grading import Options, grade
from grader.notebook.cell_map import CellMap
from grader.notebook.reading import read
from grader.results.model import Result
from tests.tiny_assignment import DOUBLE, FULL, TRIPLE, declare, write

TRAIN = "for step in range(steps):\n    data = triple(data)"
REFERENCE = {"d": DOUBLE, "t": TRIPLE, "s": "steps = 3\ndata = 1", "train": TRAIN}


def recorded(folder: Path, *, train: float = 20.0) -> Assignment:
    """Return the tiny assignment with a last cell that takes `train` seconds, as is recorded."""
    declare(folder)
    write(folder / "solution.ipynb", list(REFERENCE.values()))
    ids = [cell.id for cell in read(folder / "solution.ipynb").cells]
    seconds = dict(zip(ids, (0.1, 0.1, 0.1, train), strict=True))
    (folder / TIMES).write_text(json.dumps(seconds), "utf-8")
    return load(folder)


def processor(folder: Path, assignment: Assignment, *cells: str) -> list[float | None]:
    """Return the processor time that each cell of a notebook may take, None where no less."""
    path = folder / "submission.ipynb"
    write(path, cells)
    notebook = read(path)
    found = cell_times(notebook, CellMap(notebook), assignment)
    return [found[i].processor if i in found else None for i in range(len(cells))]


def test_a_cell_has_the_time_of_the_reference_s_that_it_is_like(tmp_path: Path) -> None:
    """What works on what takes long there may take long, however it is written."""
    assignment = recorded(tmp_path / "tiny")
    long = FACTOR * 20
    assert processor(tmp_path, assignment, DOUBLE, TRIPLE, "import numpy") == [30, 30, 30]
    setting = "steps = 3\ndata = 1"
    own = "def fit(steps, data):\n    ...\nfit(steps, data)"
    found = processor(tmp_path, assignment, setting, TRAIN, own)
    assert found == [long + 2, long + 2, long]
    # What is like nothing there may take as long as anything does.
    assert processor(tmp_path, assignment, "Trainer().run()") == [long]


def test_where_nothing_is_recorded_the_assignment_s_limit_holds(tmp_path: Path) -> None:
    """As it does where the reference takes so long that it is the shorter one."""
    assert processor(tmp_path, load(declare(tmp_path / "bare")), DOUBLE) == [None]
    assert processor(tmp_path, recorded(tmp_path / "long", train=90), TRAIN) == [None]


def test_what_cannot_be_read_is_told(tmp_path: Path) -> None:
    """The message names the file and the command that writes it anew."""
    assignment = recorded(tmp_path / "tiny")
    (assignment.folder / TIMES).write_text("[1, 2]", "utf-8")
    with pytest.raises(AssignmentError, match=r"times\.json cannot be read .* `grader time tiny`"):
        processor(tmp_path, assignment, DOUBLE)


def endless(folder: Path, cell: str, options: Options) -> Result:
    """Return what a notebook comes to in which one cell does not end."""
    path = folder / "submission.ipynb"
    write(path, [DOUBLE, cell, TRIPLE])
    return grade(read(path), recorded(folder / "tiny", train=0.1), options)


@pytest.mark.parametrize(
    ("cell", "told"),
    [
        ("while True: pass", "2 s of processor time|4 s"),
        ("import time; time.sleep(10**6)", "4 s"),
    ],
)
def test_a_cell_without_an_end_is_soon_ended(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, cell: str, told: str
) -> None:
    """It is told at which limit, and costs only itself: not the ten minutes of an assignment."""
    monkeypatch.setattr("grader.execution.timing.FLOOR", 2.0)
    started = time.monotonic()
    result = endless(tmp_path, cell, Options())
    assert time.monotonic() - started < 60
    assert result.cells[1].status == "timeout"
    assert re.fullmatch(f"ended at the limit of ({told}) for a cell", result.cells[1].error or "")
    assert {each.id: each.score for each in result.exercises} == FULL


def test_what_the_caller_says_of_cells_wins(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A limit that is named holds for each cell, whatever is recorded."""
    monkeypatch.setattr("grader.execution.timing.FLOOR", 0.1)
    cell = "import time\nuntil = time.process_time() + 1\nwhile time.process_time() < until: pass"
    result = endless(tmp_path, cell, Options(cell_seconds=60))
    assert result.cells[1].status == "ok"
