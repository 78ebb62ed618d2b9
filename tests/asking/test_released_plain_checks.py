"""Plain checks through the whole grader: official grading, a release, and what that tells."""

from collections.abc import Callable
from pathlib import Path

import nbformat
import pytest

from grader.assignment.loading import load
from grader.assignment.model import Assignment
from grader.authoring.release.repository import publish
from grader.grading import grade
from grader.notebook.reading import read
from grader.results.model import CheckResult, Result

CHECKS = '''
"""The exercises."""

from grader import Exercise, floats, keeps_arguments, result, sizes

layer = Exercise("layer", "A layer", points=7, names=("Scale",))


@layer.compare(
    y=result(2, "`forward` multiplies by the factors."),
    grad=result(2, "`grad` is the gradient by the factors."),
)
def passes(code, x=floats("batch", "n"), factors=floats("n"), n=sizes()):
    scale = code.Scale(n)
    scale.factors = factors
    y = scale.forward(x)
    scale.backward(y)
    return {"y": y, "grad": scale.grad}


@layer.check(points=1, needs=passes.y)
def shape(code, x=floats("batch", "n"), n=sizes()):
    """`forward` keeps the shape."""
    y = code.Scale(n).forward(x)
    assert y.shape == x.shape


@layer.check(points=1, needs=passes)
def kept(code, x=floats("batch", "n"), n=sizes()):
    """`forward` leaves its argument as it was."""
    keeps_arguments(code.Scale(n).forward(x))


@layer.compare(secret=result(1, "The secret sentence."), public=False)
def hidden(code, x=floats("batch", 7771)):
    return {"secret": code.Scale(7771).forward(x)}


exercises = [layer]
'''

MISTAKES = '''
"""What students get wrong."""

from grader import Mistake

mistakes = [
    Mistake(
        name="mean in place of the sum",
        exercise="layer",
        changes=(("(self.x * grad).sum(0)", "(self.x * grad).mean(0)"),),
        explanation="Your gradient is a mean over the batch.",
        hint="How do the examples share a factor?",
    ),
]
'''

SOLUTION = """import numpy as np

class Scale:
    def __init__(self, n):
        self.factors = np.ones(n)

    def forward(self, x):
        ### BEGIN SOLUTION
        self.x = x
        return x * self.factors
        ### END SOLUTION

    def backward(self, grad):
        ### BEGIN SOLUTION
        self.grad = (self.x * grad).sum(0)
        return grad * self.factors
        ### END SOLUTION
"""


@pytest.fixture(scope="module")
def assignment(tmp_path_factory: pytest.TempPathFactory) -> Assignment:
    """Write the assignment as its instructor has it."""
    folder = tmp_path_factory.mktemp("plain") / "reference" / "scaling"
    folder.mkdir(parents=True)
    (folder / "assignment.toml").write_text('title = "Scaling"\nseed = 3\npublic_seed = 4\n')
    (folder / "checks.py").write_text(CHECKS)
    (folder / "mistakes.py").write_text(MISTAKES)
    (folder / "__init__.py").write_text('"""An assignment."""\n')
    written(folder / "solution.ipynb", SOLUTION)
    return load(folder)


@pytest.fixture(scope="module")
def released(assignment: Assignment) -> Assignment:
    """Write it as its students have it."""
    out = assignment.folder.parent.parent / "assignments" / "scaling"
    publish(assignment, out)
    return load(out)


def written(path: Path, source: str) -> Path:
    """Write a notebook of one cell."""
    nbformat.write(nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(source)]), path)
    return path


@pytest.fixture
def told(tmp_path: Path) -> Callable[..., Result]:
    """Return what grades a changed solution by an assignment."""

    def of(assignment: Assignment, *changes: tuple[str, str]) -> Result:
        source = SOLUTION
        for old, new in changes:
            assert old in source
            source = source.replace(old, new)
        return grade(read(written(tmp_path / "submission.ipynb", source)), assignment)

    return of


def lost(result: Result) -> dict[str, CheckResult]:
    """Return the checks that did not pass, by their ids."""
    return {
        check.id: check
        for exercise in result.exercises
        for check in exercise.checks
        if check.status != "passed"
    }


def test_a_right_solution_gets_all_points(
    assignment: Assignment, told: Callable[..., Result]
) -> None:
    """From its sandbox."""
    assert lost(told(assignment)) == {}


def test_a_known_mistake_is_named_with_its_example(
    assignment: Assignment, told: Callable[..., Result]
) -> None:
    """It costs what it breaks, and what builds on that."""
    result = told(assignment, ("(self.x * grad).sum(0)", "(self.x * grad).mean(0)"))
    assert {name: check.status for name, check in lost(result).items()} == {
        "grad": "failed",
        "kept": "skipped",
    }
    (exercise,) = result.exercises
    assert exercise.mistake is not None
    assert exercise.mistake.name == "mean in place of the sum"
    evidence = lost(result)["grad"].evidence
    assert evidence is not None
    assert {item.name for item in evidence.inputs} <= {"x", "factors", "n"}


def test_a_released_folder_tells_the_same(
    assignment: Assignment, released: Assignment, told: Callable[..., Result]
) -> None:
    """Without the solution: from its recorded answers."""
    for changes in (
        [("(self.x * grad).sum(0)", "(self.x * grad).mean(0)")],
        [("x * self.factors", "x + self.factors")],
        [("return x * self.factors", "return (x * self.factors).sum(0)")],
        [("self.x = x\n", "self.x = x\n        x += 1\n")],
        [("        self.x = x", "        self.x = y")],
    ):
        officially, here = lost(told(assignment, *changes)), lost(told(released, *changes))
        public = {name: check for name, check in officially.items() if name != "secret"}
        assert {name: check.status for name, check in public.items()} == {
            name: check.status for name, check in here.items() if not check.after_submission
        }
    assert lost(told(released)).keys() == {"hidden_1"}


def test_a_released_folder_keeps_what_is_hidden(released: Assignment) -> None:
    """The sentence and the question of a check that is not public, and the solution."""
    texts = [
        path.read_text("utf-8")
        for path in released.folder.rglob("*")
        if path.suffix in (".py", ".ipynb", ".toml", ".md")
    ]
    assert texts
    for secret in ("secret sentence", "7771", "(self.x * grad).sum(0)"):
        assert not any(secret in text for text in texts)


def test_asking_a_case_for_what_it_shows_never_breaks(
    assignment: Assignment, told: Callable[..., Result]
) -> None:
    """Whatever a student returns is told, and never our fault."""
    for returned in ("None", "[1, 2]", "'text'", "x[:0]", "object()", "x.tolist()", "1e999 * x"):
        found = lost(told(assignment, ("return x * self.factors", f"return {returned}")))
        assert found["y"].status == "failed"
        assert "error" not in {check.status for check in found.values()}
