"""What the grader itself looks for in a notebook's sources it finds in time that grows with them.

Nothing confines or ends this work: it is done beside the sandbox. Each of these took hours.
"""

import time
from collections.abc import Callable
from pathlib import Path

import pytest

from grader.checks.plots.drawn_cells import KINDS, shows_otherwise
from grader.execution.absences import absent
from grader.execution.plan import Plan
from grader.execution.run import Run
from grader.notebook.cell_map import CellMap
from grader.notebook.imports import modules
from grader.notebook.names import analyse
from grader.notebook.newer_syntax import newer
from grader.notebook.reading import read
from grader.subjects.blame import absent_in
from tests.tiny_assignment import write

# The most that any of them may take, in seconds of processor time: they take a few at most.
ENOUGH = 30

CHAIN = (
    "def f0(): return train_loader",
    *(f"def f{i}(): return f{i - 1}()" for i in range(1, 2_400)),
    *("f2399()",) * 2_400,
    "class Linear:\n    def forward(self, x): return f2399()",
    "train_loader = 1",
    "network = Linear()",
    "network.train(f2399())",
)


def looked_for_drawings(source: str) -> None:
    """Do what checks of drawings do with a source."""
    shows_otherwise(source)
    for kind in KINDS:
        kind.looks_drawn(source)


def told_absent(source: str, folder: Path) -> str:
    """Return what is told of why a notebook of this one cell defines no `ReLU`."""
    write(folder / "submission.ipynb", [source])
    notebook = read(folder / "submission.ipynb")
    return absent("ReLU", notebook, CellMap(notebook), Run(notebook, Plan(()))).ended


def soon(work: Callable[[], object]) -> None:
    """Do some work, which must not take more than enough of the processor's time."""
    started = time.process_time()
    work()
    assert time.process_time() - started < ENOUGH


@pytest.mark.parametrize(
    "source",
    [
        pytest.param(f"picture = '{'a' * 1_000_000}'", id="one long word"),
        pytest.param("x = " + "a." * 400_000 + "a", id="one long dotted name"),
        pytest.param("from IPython import (\n" * 80_000, id="brackets that stay open"),
    ],
)
def test_drawings_are_looked_for_in_a_source_of_any_form(source: str) -> None:
    """A picture as a text in a cell, say, is gone through once."""
    soon(lambda: looked_for_drawings(source))


@pytest.mark.parametrize("between", ["\n", " ", "\n \t"])
def test_why_a_name_is_absent_is_found_in_a_cell_of_empty_lines(
    between: str, tmp_path: Path
) -> None:
    """The cell is no Python, and may be as long as a cell can be."""
    source = between * 150_000 + "\nx = (\n"
    soon(lambda: told_absent(source, tmp_path))


def test_a_definition_in_a_cell_that_is_no_python_is_found(tmp_path: Path) -> None:
    """Its error is why the name is not there, whatever the lines above it hold."""
    assert "SyntaxError" in told_absent("\n\n  \n  class\tReLU (:\n", tmp_path)
    assert "SyntaxError" in told_absent("x = (\n\tReLU  = 3\n", tmp_path)
    assert told_absent("x = (\nReLULayer = 3\n", tmp_path) == ""


@pytest.mark.parametrize(
    "source",
    [
        pytest.param("class a[\n" * 20_000 + "x = 1", id="open"),
        pytest.param("class a[T = 1,\n" * 20_000 + "x", id="open, with defaults"),
        pytest.param("class a[\n" * 20_000 + "x=1" + "]" * 20_000, id="within each other"),
        pytest.param("class a[T]: x\n" * 20_000 + "(", id="closed"),
    ],
)
def test_type_parameters_without_end_are_gone_through_once(source: str) -> None:
    """Older Pythons look for what a newer one would read in such a cell."""
    soon(lambda: newer(source))


def test_exceptions_without_parentheses_are_gone_through_once() -> None:
    """Older Pythons look for them in a cell that is none, however many spaces it has."""
    soon(lambda: newer("try:\n    pass\nexcept a, A" + " " * 500_000 + "x"))


@pytest.mark.parametrize(
    "source",
    [
        pytest.param("%%time\n" * 20_000 + "x = 1", id="cell magics"),
        pytest.param("%%capture\n\n%%writefile a.py\n" * 9_000 + "x = 1", id="of two kinds"),
        pytest.param("%time " * 20_000 + "x = 1", id="line magics"),
        pytest.param("x = 1\n" + "%time \\\n" * 20_000 + "x = 1", id="on lines that go on"),
    ],
)
def test_magics_that_run_each_other_are_not_followed(source: str) -> None:
    """What is left of the cell would be looked through anew for each of them."""

    def looked_through() -> None:
        assert not analyse(source).binds & {"y"}
        assert newer(source) is None
        assert modules(source) == ()

    soon(looked_through)


def test_a_few_magics_run_each_other() -> None:
    """What they run is the notebook's own, and so is a line that tells of many."""
    assert analyse("%%capture\n%%time\n%prun -q %time x = 1\ny = 1").binds == {"y", "x"}
    told = "# " + "%time or %timeit, " * 8
    assert analyse(f"{told}\ny = 1").binds == {"y"}


def test_cells_that_all_lead_through_each_other_are_planned_soon(tmp_path: Path) -> None:
    """Where it takes too much to tell which of them are needed, all are."""
    write(tmp_path / "submission.ipynb", CHAIN)
    notebook = read(tmp_path / "submission.ipynb")
    cells = CellMap(notebook)

    def plan() -> None:
        assert len(cells.slice(["Linear"])) >= 2_401
        assert len(cells.training("network", "train_loader")) == 2

    soon(plan)


def test_one_name_that_all_cells_define_is_put_together_soon(tmp_path: Path) -> None:
    """What each of its definitions reads is added to what is known, and not copied anew."""
    cells = [f"def f(): return {', '.join(f'a{i}_{j}' for j in range(40))}" for i in range(4_900)]
    write(tmp_path / "submission.ipynb", cells)
    notebook = read(tmp_path / "submission.ipynb")
    soon(lambda: CellMap(notebook).until(4_000).ready(["f"]))


def test_what_is_imported_in_a_long_block_is_told_soon() -> None:
    """Of each statement it is known at once whether its errors are caught."""
    source = "try:\n" + "    import a\n" * 60_000 + "except ImportError:\n    pass\n"

    def told() -> None:
        assert all(each.caught for each in modules(source))

    soon(told)


def test_of_many_modules_that_are_lacking_each_is_told_soon() -> None:
    """None of them is compared with all others."""
    lacking = frozenset(f"absent{i}.part" for i in range(60_000))

    def told() -> None:
        for name in lacking:
            assert absent_in(f"{name}.inner", lacking) == name
            assert absent_in(f"{name}s", lacking) is None

    soon(told)
