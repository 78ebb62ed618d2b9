"""An nbgrader assignment, brought over and graded."""

from pathlib import Path

import nbformat
import pytest

from grader.assignment.loading import load
from grader.authoring.release.student_notebook import released_text
from grader.authoring.verify.verify import verify
from grader.grading import Options, grade
from grader.notebook.reading import read
from grader.results.model import Result
from tests.grading import check, scores
from tests.importing.sources import (
    brought,
    checks,
    code,
    graded,
    locked,
    report,
    solved,
    text,
    write,
)

SQUARES = '''def squares(n):
    """Return the squares of the numbers from 1 to n."""
    ### BEGIN SOLUTION
    if n < 1:
        raise ValueError("n must be at least 1")
    return [i**2 for i in range(1, n + 1)]
    ### END SOLUTION'''
LINEAR = """class Linear:
    def __init__(self, n, m):
        ### BEGIN SOLUTION
        self.W = np.random.randn(n, m) * 0.1
        ### END SOLUTION
    def forward(self, x):
        ### BEGIN SOLUTION
        return x @ self.W
        ### END SOLUTION"""
RAISES = '''"""Refuses numbers below 1"""
try:
    squares(0)
except ValueError:
    pass
else:
    raise AssertionError("did not raise")

### BEGIN HIDDEN TESTS
try:
    squares(-4)
except ValueError:
    pass
else:
    raise AssertionError("did not raise for -4")
### END HIDDEN TESTS'''
HELPERS = """def rel_error(x, y):
    return np.max(np.abs(x - y) / np.maximum(1e-8, np.abs(x) + np.abs(y)))

X = np.arange(12.0).reshape(4, 3)"""
FORWARD = """# The layer multiplies
np.random.seed(3)
layer = Linear(3, 2)
assert isinstance(layer, Linear)
out = layer.forward(X)
assert out.shape == (4, 2)
np.testing.assert_allclose(out, X.dot(layer.W))
print("ok")"""
CELLS = [
    text("# Problem set 1"),
    code("import numpy as np"),
    locked(HELPERS, "helpers"),
    text("## Squares"),
    solved(SQUARES, "squares"),
    graded("assert squares(1) == [1]\nassert squares(3) == [1, 4, 9]", "correct", 1),
    graded(RAISES, "refuses", 2),
    text("## Layers"),
    solved(LINEAR, "linear"),
    graded(FORWARD, "forward", 2),
    graded("assert rel_error(out, X @ layer.W) < 1e-6", "close", 1),
    text("## In words"),
    graded("The product is linear in each of its factors.", "why", 3, manual=True),
]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return where the assignment `ps1` was brought to, with its source notebook."""
    folder = tmp_path_factory.mktemp("nbgrader")
    source = write(folder / "source" / "ps1.ipynb", CELLS)
    assert brought(folder, source).exit_code == 0
    return folder


def result(folder: Path, *changes: tuple[str, str]) -> Result:
    """Return what the source notebook comes to as a submission, with some text changed in it."""
    notebook = nbformat.read(folder / "source" / "ps1.ipynb", as_version=4)
    for old, new in changes:
        cell = next(each for each in notebook.cells if old in each.source)
        cell.source = cell.source.replace(old, new)
    path = folder / "submission.ipynb"
    nbformat.write(notebook, path)
    return grade(read(path), load(folder / "reference" / "ps1"), Options())


def test_every_test_is_a_check(folder: Path) -> None:
    """Each has its code as it was, its sentence, and its points; hidden tests carry the points."""
    assignment = load(folder / "reference" / "ps1")
    told = [
        (each.id, each.title, each.points, each.public)
        for exercise in assignment.exercises
        for each in exercise.checks
    ]
    assert told == [
        ("correct", "`squares` passes the tests.", 1, True),
        ("refuses", "Refuses numbers below 1.", 0, True),
        ("refuses_hidden", "`squares` passes the tests.", 2, False),
        ("forward", "The layer multiplies.", 2, True),
        ("close", "`Linear` passes the tests.", 1, True),
        ("answer", "A person has read it.", 3, True),
    ]
    source = checks(folder, "ps1")
    assert "    assert squares(3) == [1, 4, 9]\n" in source
    assert "np.testing.assert_allclose(out, X.dot(layer.W))" in source


def test_the_report_tells_of_every_cell(folder: Path) -> None:
    """It says what was taken over as it is; nothing had to be changed."""
    told = report(folder, "ps1")
    assert "Left to a person" not in told
    assert "with a change" not in told
    for name in ("correct", "refuses", "close", "why"):
        assert f"(`{name}`)" in told


def test_the_solution_gets_all_points(folder: Path) -> None:
    """What the source notebook solves is right; what a person judges is pending."""
    found = result(folder)
    assert scores(found) == {"squares": 3, "linear": 3, "why": 0}
    assert found.pending == 3


def test_a_mistake_costs_its_checks_and_is_shown(folder: Path) -> None:
    """The failing assert is told by the student's values, with a cell that shows it."""
    found = result(folder, ("i**2", "i * 2"))
    assert scores(found)["squares"] == 2
    told = check(found, "squares", "correct")
    assert told.message == "`squares(1)[0]` is 2, expected 1."
    assert told.evidence is not None
    assert told.evidence.cell == "print(squares(1)[0])  # expected 1"


def test_hidden_tests_are_not_released(folder: Path) -> None:
    """Neither the notebook for students nor the public checks hold any of them."""
    released = released_text(folder / "reference" / "ps1" / "solution.ipynb")
    assert "squares(-4)" not in released
    assert "squares(0)" in released
    assert "i**2" not in released


CHEATS = {
    "comparisons": "np.allclose = lambda *a, **k: True\n"
    "np.testing.assert_allclose = lambda *a, **k: None",
    "helpers": "def rel_error(x, y): return 0\nX = np.zeros((4, 3))",
    "builtins": "import builtins\nbuiltins.isinstance = lambda *a: True\nbuiltins.print = len",
    "arrays": "class Same(np.ndarray):\n    def __eq__(self, other): return True\n"
    "np.ndarray.__array_priority__",
}


@pytest.mark.parametrize("cheat", CHEATS)
def test_patching_wins_nothing(folder: Path, cheat: str) -> None:
    """Whatever a student does to comparisons, helpers and builtins: a wrong layer stays wrong."""
    wrong = ("x @ self.W", "x @ self.W + 1")
    found = result(folder, wrong, (HELPERS, f"{HELPERS}\n{CHEATS[cheat]}"))
    assert scores(found)["linear"] == 0


def test_mutants_tell_which_asserts_prove_something(folder: Path) -> None:
    """`grader verify` holds the asserts against mutants of the solution."""
    certificate = verify(load(folder / "reference" / "ps1"))
    mutants = certificate.of("mutant")
    assert sum(each.killed for each in mutants) >= 0.8 * len(mutants) > 0


def test_importing_again_keeps_what_an_author_changed(tmp_path: Path) -> None:
    """Their checks and settings stay; what the source has changed comes in."""
    source = write(tmp_path / "ps1.ipynb", CELLS)
    assert brought(tmp_path, source).exit_code == 0
    path = tmp_path / "reference" / "ps1" / "checks.py"
    mine = path.read_text("utf-8").replace("The layer multiplies.", "Each row is multiplied by W.")
    mine = mine.replace(
        "exercises = [",
        '@squares.check(points=1)\ndef of_two(code):\n    """`squares(2)` has two."""\n'
        "    assert len(code.squares(2)) == 2\n\n\nexercises = [",
    ).replace('"Squares", points=3', '"Squares", points=4')
    path.write_text(mine, "utf-8")
    changed = [*CELLS]
    changed[5] = graded("assert squares(2) == [1, 4]", "correct", 1)
    write(source, changed)
    assert brought(tmp_path, source).exit_code == 0
    found = path.read_text("utf-8")
    assert "Each row is multiplied by W." in found
    assert "def of_two(code):" in found
    assert "assert squares(2) == [1, 4]" in found
    assert "squares(3)" not in found
    assert load(tmp_path / "reference" / "ps1").exercises[0].points == 4


def test_points_become_halves(tmp_path: Path) -> None:
    """Fractions of points are multiplied alike, and the report says so."""
    cells = [
        solved("def two():\n    ### BEGIN SOLUTION\n    return 2\n    ### END SOLUTION", "two"),
        graded("assert two() == 2", "is_two", 0.25),
        graded("assert two() + 1 == 3", "plus", 1.25),
    ]
    assert brought(tmp_path, write(tmp_path / "ps.ipynb", cells)).exit_code == 0
    (exercise,) = load(tmp_path / "reference" / "ps").exercises
    assert [each.points for each in exercise.checks] == [0.5, 2.5]
    assert "2 times what they were" in report(tmp_path, "ps")


def test_what_does_not_hold_for_the_solution_is_left_to_a_person(tmp_path: Path) -> None:
    """It is in the report and in a comment, with the reason; the exit status says so."""
    cells = [
        solved("def two():\n    ### BEGIN SOLUTION\n    return 2\n    ### END SOLUTION", "two"),
        graded("assert two() == 3", "wrong", 1),
        graded("%timeit two()\nassert two() == 2", "magic", 1),
        graded("assert two() == unheard_of", "unknown", 1),
        graded("assert two() == 2", "right", 1),
    ]
    ended = brought(tmp_path, write(tmp_path / "ps.ipynb", cells))
    assert ended.exit_code == 1
    assert "it does not hold for the solution: `two()` is 2, expected 3." in ended.output
    assert "it has magics or commands of a terminal." in ended.output
    assert "it reads `unheard_of`, which nothing above it defines." in ended.output
    (exercise,) = load(tmp_path / "reference" / "ps").exercises
    assert [each.id for each in exercise.checks] == ["right"]
    assert "#     assert two() == unheard_of" in checks(tmp_path, "ps")


def test_a_folder_that_was_not_imported_is_left_alone(tmp_path: Path) -> None:
    """An assignment of that name is not written over."""
    source = write(tmp_path / "ps1.ipynb", CELLS)
    (tmp_path / "reference" / "ps1").mkdir(parents=True)
    ended = brought(tmp_path, source)
    assert ended.exit_code == 2
    assert "is there already and was not imported" in ended.output


def test_a_notebook_without_tests_is_refused(tmp_path: Path) -> None:
    """The error says which notebook to name instead."""
    ended = brought(tmp_path, write(tmp_path / "x.ipynb", [code("x = 1")]))
    assert ended.exit_code == 2
    assert "has no tests" in ended.output
    assert not (tmp_path / "reference").exists()


def test_an_assignment_has_a_name_as_folders_have(tmp_path: Path) -> None:
    """Another is refused before anything is written."""
    ended = brought(tmp_path, write(tmp_path / "ps1.ipynb", CELLS), "--name", "../ps1")
    assert ended.exit_code == 2
    assert "An assignment cannot be called '../ps1'" in ended.output
    assert not (tmp_path / "reference").exists()


def test_a_notebook_that_names_itself_is_not_handed_out(tmp_path: Path) -> None:
    """A cell that hands the notebook in lays no solution beside students' notebooks."""
    cells = [
        text('# Squares \\u """ of numbers'),
        code("NAME = 'ps1.ipynb'\nOTHER = 'table.csv'"),
        solved(SQUARES, "squares"),
        graded("assert squares(2) == [1, 4]", "correct", 2),
    ]
    source = write(tmp_path / "ps1.ipynb", cells)
    (tmp_path / "table.csv").write_text("1", "utf-8")
    assert brought(tmp_path, source).exit_code == 0
    assert load(tmp_path / "reference" / "ps1").config.files == ("table.csv",)
