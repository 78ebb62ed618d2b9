"""A name that the notebook does not define: the cell that failed is told, or a name like it."""

import re
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from grader.execution.absences import absent
from grader.execution.plan import Plan
from grader.execution.run import Run
from grader.notebook.cell_map import CellMap
from grader.notebook.reading import Cell, Notebook, read
from grader.reports.github import to_annotations
from grader.results.model import CheckResult
from grader.sandbox.cell_end import CellEnd
from grader.scenario import Absent
from tests.grading import graded
from tests.notebooks import SLOW, edited, submission

BROKEN = ("self.grad_b = grad.sum(axis=0)", "self.grad_b = grad.sum(axis=0")


def first_failed(path: Path, exercise: str) -> CheckResult:
    """Return the first check of an exercise that failed."""
    result = graded(path, exercise)
    return next(each for each in result.exercises[0].checks if each.status == "failed")


def test_a_syntax_error_is_told_where_its_class_is_asked_for(tmp_path: Path) -> None:
    """The error and its line, in the exercise that needs the cell."""
    path = submission(tmp_path, {"linear": edited("linear", BROKEN)}, drop=SLOW)
    check = first_failed(path, "linear")
    assert check.message.startswith("The notebook defines no `Linear`: the cell `class Linear(Lay")
    assert "where it is written, ended with SyntaxError: '(' was never closed (line " in (
        check.message
    )
    assert check.evidence is not None
    assert check.evidence.text == "self.grad_b = grad.sum(axis=0"


def test_a_syntax_error_s_exercise_is_where_its_class_is_written(tmp_path: Path) -> None:
    """Reports that point at a place point at the cell, and not at the notebook's first line."""
    path = submission(tmp_path, {"linear": edited("linear", BROKEN)}, drop=SLOW)
    result = graded(path, "linear")
    (cell,) = (each for each in read(path).cells if BROKEN[1] in each.source)
    assert result.exercises[0].cell == cell.index
    lines = path.read_text("utf-8").splitlines()
    told = to_annotations(result, path.read_text("utf-8"))
    line = int(re.search(r"^::error [^\n]*line=(\d+),title=The Linear", told, re.MULTILINE)[1])  # type: ignore[index]
    assert "class Linear(Layer)" in lines[line - 1]


def test_an_error_before_the_class_is_told_with_its_line(tmp_path: Path) -> None:
    """A cell that ends before it defines what is asked for."""
    path = submission(tmp_path, {"relu": "width = 1 + 'a'\n\nclass ReLU(Layer):\n    pass"})
    check = first_failed(path, "relu")
    assert "`ReLU`: the cell `width = 1 + 'a'`, where it is written, ended with TypeError: " in (
        check.message
    )
    assert check.evidence is not None
    assert check.evidence.text == "width = 1 + 'a'"


def test_an_error_in_the_training_s_cell_is_told_for_the_network(tmp_path: Path) -> None:
    """The exercises about `network` quote the error of the cell that should bind it."""
    changed = edited("train-loop", ("Linear(784, 40)", "Linear(784)"))
    path = submission(tmp_path, {"train-loop": changed})
    check = first_failed(path, "training")
    assert (
        "`network`: the cell `network = Sequential([`, where it is written, ended with TypeE"
        in (check.message)
    )
    assert check.evidence is not None
    assert check.evidence.text == "Linear(784),"


@pytest.mark.parametrize("named", ["LinearLayer", "linear", "MyLinear"])
def test_a_class_of_nearly_that_name_is_named(tmp_path: Path, named: str) -> None:
    """It is asked for by the name in the notebook."""
    changed = edited("linear", ("class Linear(", f"class {named}("))
    path = submission(tmp_path, {"linear": changed}, drop=(*SLOW, "linear-check"))
    check = first_failed(path, "linear")
    assert check.message == f"The notebook defines no `Linear`, but there is `{named}`."


def test_a_name_that_is_nowhere_is_told_plainly(tmp_path: Path) -> None:
    """Nothing is made up where nothing is like it."""
    path = submission(tmp_path, drop=(*SLOW, "linear", "linear-check"))
    assert first_failed(path, "linear").message == "The notebook defines no `Linear`."


def told_of(name: str, sources: Sequence[str], errors: Sequence[str]) -> Absent:
    """Return what is told of a name in a notebook of cells that ended with these errors."""
    cells = (Cell(at, f"c{at}", "code", each, {}) for at, each in enumerate(sources))
    notebook = Notebook(Path("x.ipynb"), "x", tuple(cells), {}, "0" * 64, "python")
    run = Run(notebook, Plan(tuple(range(len(sources)))))
    run.ends = {at: CellEnd("error", 0.0, error=each) for at, each in enumerate(errors)}
    return absent(name, notebook, CellMap(notebook), run)


def no_name(name: str) -> str:
    """Return the error of a cell that lacks a name."""
    return f"NameError: name '{name}' is not defined"


def test_names_that_lack_each_other_are_told_as_they_are() -> None:
    """Two cells, each of which reads what the other defines, are followed once."""
    found = told_of(
        "Linear", ["Base = Linear", "Linear = Base"], [no_name("Linear"), no_name("Base")]
    )
    assert found.ended == no_name("Base")


def test_long_ways_to_the_cell_that_is_behind_it_are_not_followed() -> None:
    """Of five thousand cells, each of which lacks what the next defines."""
    count = 5000
    started = time.thread_time()
    sources = [f"x{at} = x{at + 1}" for at in range(count)]
    found = told_of("x0", sources, [no_name(f"x{at + 1}") for at in range(count)])
    assert found.ended == no_name("x1")
    assert time.thread_time() - started < 20


def test_it_is_found_out_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Hundreds of questions are asked of a name that is not there."""
    asked = []

    def counted(name: str, *rest: Any) -> Absent:
        asked.append(name)
        return absent(name, *rest)

    monkeypatch.setattr("grader.execution.submission.absent", counted)
    first_failed(submission(tmp_path, drop=(*SLOW, "linear", "linear-check")), "linear")
    assert asked == ["Linear"]
