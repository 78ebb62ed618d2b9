"""Notebooks that students filled in under nbgrader or Otter, as they come back."""

from collections.abc import Callable
from pathlib import Path

import nbformat
import pytest
from nbformat import NotebookNode

from grader.assignment.loading import load
from grader.grading import Options, grade
from grader.notebook.reading import read
from tests.grading import scores
from tests.importing import test_nbgrader, test_otter
from tests.importing.sources import brought, code, write


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return where nbgrader's `ps1` and Otter's `lab01` were brought to, with their sources."""
    folder = tmp_path_factory.mktemp("submissions")
    for name, cells in (("ps1", test_nbgrader.CELLS), ("lab01", test_otter.SOURCE)):
        assert brought(folder, write(folder / f"{name}.ipynb", cells)).exit_code == 0
    return folder


def marks(
    folder: Path, name: str, change: Callable[[list[NotebookNode]], None]
) -> dict[str, float]:
    """Return the points of the source notebook once its cells were changed."""
    notebook = nbformat.read(folder / f"{name}.ipynb", as_version=4)
    change(notebook.cells)
    path = folder / "submission.ipynb"
    nbformat.write(notebook, path)
    return scores(grade(read(path), load(folder / "reference" / name), Options()))


def place(cells: list[NotebookNode], text: str) -> int:
    """Return which cell holds a text."""
    return next(number for number, cell in enumerate(cells) if text in cell.source)


def without_tests(cells: list[NotebookNode]) -> None:
    """Delete the cells of tests, as their metadata tells them."""
    cells[:] = [c for c in cells if not c.metadata.get("nbgrader", {}).get("grade")]


def unlocked(cells: list[NotebookNode]) -> None:
    """Change what was locked, and let tests hold for everyone."""
    cells[place(cells, "def rel_error")].source = "def rel_error(x, y):\n    return 0.0"
    cells[place(cells, "assert squares(1)")].source = "assert True"


def doubled(cells: list[NotebookNode]) -> None:
    """Have a cell twice under one id, the upper one as it was handed out."""
    at = place(cells, "def squares")
    cells.insert(at, unwritten(cells[at]))


def stale(cells: list[NotebookNode]) -> None:
    """Have it once more below, as it was handed out."""
    at = place(cells, "def squares")
    cells.insert(at + 1, unwritten(cells[at]))


def unwritten(cell: NotebookNode) -> NotebookNode:
    """Return a cell as it was handed out."""
    copy = code("def squares(n):\n    # YOUR CODE HERE\n    raise NotImplementedError()")
    copy.metadata = cell.metadata
    return copy


def divided(cells: list[NotebookNode]) -> None:
    """Have the class in a cell of its own, with a helper above it that has no id."""
    at = place(cells, "class Linear")
    cells[at].source = cells[at].source.replace("x @ self.W", "product(x, self.W)")
    cells.insert(at, code("def product(a, b):\n    return a @ b"))


def bare(cells: list[NotebookNode]) -> None:
    """Lose all metadata, as other editors do."""
    for cell in cells:
        cell.metadata = NotebookNode()


@pytest.mark.parametrize("change", [without_tests, unlocked, doubled, stale, divided, bare])
def test_right_answers_of_nbgraders_count_however_their_cells_stand(
    folder: Path, change: Callable[[list[NotebookNode]], None]
) -> None:
    """They are found by their names, and what a student changed in given cells changes nothing."""
    assert marks(folder, "ps1", change) == {"squares": 3, "linear": 3, "why": 0}


def test_wrong_answers_of_nbgraders_win_nothing_by_given_cells(folder: Path) -> None:
    """Whoever changes the helpers and the tests has the points of the answers."""

    def wrong(cells: list[NotebookNode]) -> None:
        unlocked(cells)
        for old, new in (("i**2", "i * 2"), ("x @ self.W", "x @ self.W + 1")):
            at = place(cells, old)
            cells[at].source = cells[at].source.replace(old, new)

    assert marks(folder, "ps1", wrong) == {"squares": 2, "linear": 0, "why": 0}


def test_what_students_get_of_otters_is_graded(folder: Path) -> None:
    """Its notebook has calls of its grader, and no tests."""

    def handed_out(cells: list[NotebookNode]) -> None:
        tests = False
        kept = [code('import otter\ngrader = otter.Notebook("lab01.ipynb")')]
        for cell in cells:
            tests = tests and "END TESTS" not in cell.source
            tests = tests or "BEGIN TESTS" in cell.source
            if cell.cell_type == "raw" or tests:
                continue
            cell.source = cell.source.replace(" # SOLUTION", "")
            kept += [cell, code('grader.check("q1")')]
        cells[:] = [*kept, code("grader.export()")]

    found = marks(folder, "lab01", handed_out)
    assert {name: points for name, points in found.items() if name != "q2"} == {"q1": 4, "q3": 2}
