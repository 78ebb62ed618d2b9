"""A small assignment for tests of follow-through marks: a layer with weights, as courses ask."""

from collections.abc import Sequence
from pathlib import Path

from grader.assignment.loading import load
from grader.assignment.model import CHECKS, CONFIG, REFERENCE
from grader.grading import Options, grade
from grader.notebook.reading import read
from grader.results.model import ExerciseResult, Result
from tests.tiny_assignment import write

IMPORTS = "import numpy as np"
LAYER = """\
class Affine:
    def __init__(self, n_in, n_out, rate=0.5):
        self.W = np.ones((n_in, n_out))
        self.b = np.zeros(n_out)
        self.rate = rate

    def forward(self, x):
        self.x = x
        return x @ self.W + self.b

    def backward(self, grad):
        self.grad_W = self.x.T @ grad
        self.grad_b = grad.sum(axis=0)
        before = grad @ self.W.T
        self.W = self.W - self.rate * self.grad_W
        self.b = self.b - self.rate * self.grad_b
        return before
"""

_CHECKS = '''
from grader import Exercise, floats

affine = Exercise("affine", "The layer", points=20, names=("Affine",))


def stepped(code, x, grad):
    layer = code.Affine(x.shape[1], grad.shape[1])
    y = layer.forward(x)
    return layer, y, layer.backward(grad)


@affine.check(points=6)
def output(code, x=floats("batch", "n_in"), W=floats("n_in", "n_out"), b=floats("n_out")) -> None:
    """`forward` returns x @ W + b."""
    layer = code.Affine(*W.shape)
    layer.W, layer.b = W, b
    assert np.allclose(layer.forward(x), x @ W + b)


@affine.check(points=4, needs=output)
def gradients(code, x=floats("batch", "n_in"), grad=floats("batch", "n_out")) -> None:
    """`backward` keeps the gradients of W and b."""
    layer, _, _ = stepped(code, x, grad)
    assert np.allclose(layer.grad_W, x.T @ grad)
    assert np.allclose(layer.grad_b, grad.sum(axis=0))


@affine.check(points=6, needs=output)
def handed_on(code, x=floats("batch", "n_in"), grad=floats("batch", "n_out")) -> None:
    """`backward` returns the gradient of its input."""
    _, _, before = stepped(code, x, grad)
    assert np.allclose(before, grad @ np.ones((x.shape[1], grad.shape[1])).T)


@affine.check(points=4, needs=gradients)
def step(code, x=floats("batch", "n_in"), grad=floats("batch", "n_out")) -> None:
    """`backward` takes a step against the gradient."""
    layer, _, _ = stepped(code, x, grad)
    assert np.allclose(layer.W, 1 - 0.5 * x.T @ grad)
    assert np.allclose(layer.b, -0.5 * grad.sum(axis=0))


exercises = [affine]
'''.replace("from grader import", "import numpy as np\nfrom grader import", 1)


def declare(folder: Path, *settings: str) -> Path:
    """Write the assignment with these settings of `[follow_through]` into `folder`."""
    folder.mkdir(parents=True, exist_ok=True)
    lines = ['title = "Affine"', *(["[follow_through]", *settings] if settings else [])]
    (folder / CONFIG).write_text("\n".join(lines), "utf-8")
    (folder / CHECKS).write_text(_CHECKS, "utf-8")
    write(folder / REFERENCE, [IMPORTS, LAYER])
    return folder


def graded(folder: Path, layer: str, *settings: str, cells: Sequence[str] = ()) -> Result:
    """Grade a notebook with `layer` for the reference's, and `cells` below it."""
    declare(folder, *settings)
    write(folder / "submission.ipynb", [IMPORTS, layer, *cells])
    return grade(read(folder / "submission.ipynb"), load(folder), Options())


def exercise(folder: Path, layer: str, *settings: str) -> ExerciseResult:
    """Return what the exercise comes to with `layer`."""
    (only,) = graded(folder, layer, *settings).exercises
    return only


def slipped(*changes: tuple[str, str]) -> str:
    """Return the layer with other texts in the place of some of its own."""
    layer = LAYER
    for old, new in changes:
        assert layer.count(old) == 1, old
        layer = layer.replace(old, new)
    return layer
