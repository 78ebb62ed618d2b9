"""A made-up course: what a class hands in, well and badly, for a week of a teaching assistant's.

The assignment has a class to write, with drawn questions, and a sentence that a person reads.
"""

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Final

import nbformat
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook

from grader.assignment.model import CHECKS, CONFIG, REFERENCE
from tests.collecting.exports import DUE, HandIn, Student, a_class

NAME: Final = "layers"
SETTINGS: Final = f"""title = "Layers"

[handing_in]
due = {DUE:%Y-%m-%dT%H:%M:%SZ}
grace_minutes = 10
percent_per_day = 10
lowest_percent = 40
"""
_CHECKS: Final = '''
"""What the layer is asked, and what is read."""

from dataclasses import dataclass
from functools import cached_property
from typing import Self

import numpy as np
from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy

from grader import Call, Case, Exercise, Item, Make, Scenario, Subject, question
from grader.checks.compare import array, close
from grader.checks.manual import Criterion, manual
from grader.checks.strategies import SIZES, Numbers


@dataclass(frozen=True)
class LayerCase(Case):
    """An input (batch, n) and a gradient of the same shape."""

    batch: int
    n: int
    numbers: Numbers

    @classmethod
    def strategy(cls) -> SearchStrategy[Self]:
        return st.builds(cls, batch=SIZES, n=SIZES, numbers=Numbers.strategy())

    @cached_property
    def x(self) -> np.ndarray:
        return self.numbers.array(0, self.batch, self.n)

    @cached_property
    def grad(self) -> np.ndarray:
        return self.numbers.array(1, self.batch, self.n)

    def inputs(self):
        return [Item.of("x", self.x), Item.of("grad", self.grad)]

    @question
    def both(self) -> Scenario:
        return Scenario(
            Make("layer", "Leaky", []),
            Call("y", "layer", "forward", [self.x]),
            Call("grad_x", "layer", "backward", [self.grad]),
        )


leaky = Exercise("leaky", "A leaky layer", points=8, names=("Leaky",))


def _same(student: Subject, reference: Subject, case: LayerCase, name: str) -> None:
    expected = array(reference.answer(case.both), name)
    got = array(student.answer(case.both), name)
    close(got, expected, what=name, terms=1, magnitude=np.abs(expected))


@leaky.check(points=4)
def values(student: Subject, reference: Subject, case: LayerCase) -> None:
    """`forward` keeps what is positive and a tenth of the rest."""
    _same(student, reference, case, "y")


@leaky.check(points=4)
def gradients(student: Subject, reference: Subject, case: LayerCase) -> None:
    """`backward` hands the gradient on, a tenth of it where x is not positive."""
    _same(student, reference, case, "grad_x")


why = manual("why", "Why it leaks", below="Your answer: why it leaks", rubric=[
    Criterion("dead", "It says that a unit could never learn again.", 2),
    Criterion("clear", "It is clear.", 1),
])
exercises = [leaky, why]
'''
RIGHT: Final = """import numpy as np

class Leaky:
    def forward(self, x):
        self.x = x
        return np.where(x > 0, x, 0.1 * x)

    def backward(self, grad):
        return np.where(self.x > 0, grad, 0.1 * grad)
"""
# A right one of another hand: no copy of the reference.
OTHERWISE: Final = """import numpy as np

class Leaky:
    def forward(self, batch):
        self.slope = np.ones_like(batch)
        self.slope[batch <= 0] = 0.1
        return batch * self.slope

    def backward(self, upstream):
        return upstream * self.slope
"""
WRONG: Final = (
    RIGHT.replace("np.where(self.x > 0, grad, 0.1 * grad)", "np.where(self.x > 0, grad, 0)"),
    RIGHT.replace("0.1 * x", "-0.1 * x"),
    RIGHT.replace("self.x = x\n", "pass\n"),
    RIGHT.replace("        return np.where(self.x > 0, grad, 0.1 * grad)", "        pass"),
)
CHEAT: Final = (
    "import numpy as np\nnp.allclose = lambda *a, **k: True\n"
    "class Leaky:\n    def forward(self, x):\n        return x\n"
    "    def backward(self, grad):\n        return grad\n"
)
HANGS: Final = RIGHT.replace("self.x = x", "while True: pass")
WORDS: Final = (
    "A unit whose input is never positive would never learn again.",
    "Because it is better.",
    "",
    "<script>alert(1)</script> Units die otherwise.",
)


def write_assignment(reference: Path) -> Path:
    """Write the assignment below a folder of references, and return its own folder."""
    folder = reference / NAME
    folder.mkdir(parents=True)
    (folder / CONFIG).write_text(SETTINGS, "utf-8")
    (folder / CHECKS).write_text(_CHECKS, "utf-8")
    marked = RIGHT
    for line in RIGHT.splitlines():
        if "return" in line:
            within = f"        ### BEGIN SOLUTION\n{line}\n        ### END SOLUTION"
            marked = marked.replace(line, within)
    (folder / REFERENCE).write_bytes(notebook(marked, WORDS[0]))
    return folder


def notebook(code: str, words: str) -> bytes:
    """Return a notebook that somebody filled in."""
    cells = [
        new_code_cell(code, id="layer"),
        new_markdown_cell(f"**Your answer: why it leaks**\n\n{words}", id="why"),
    ]
    metadata = {"grader": {"assignment": NAME, "version": "1"}}
    return str(nbformat.writes(new_notebook(cells=cells, metadata=metadata))).encode()


def handed_in(place: int) -> list[HandIn]:
    """Return what the student of a place hands in: of twenty, each does something else."""
    words = WORDS[place % len(WORDS)]
    # Comments of one's own: only copies are the same byte for byte.
    mine = f"# my solution, number {place}\n"

    def one(code: str, *, hours: float = -5.0, own: str = mine, **more: bytes) -> HandIn:
        files = {"nn.ipynb": notebook(own + code, words), **more}
        return HandIn(files, DUE + timedelta(hours=hours), late=hours > 0)

    kinds: dict[int, Callable[[], list[HandIn]]] = {
        0: lambda: [one(WRONG[0], hours=-30), one(RIGHT, hours=-2)],
        1: lambda: [one(RIGHT, hours=26)],
        2: lambda: [HandIn({"nn.pdf": b"%PDF-1.7"})],
        3: lambda: [HandIn({"nn.ipynb": b'{"cells": [' + bytes([place % 256])})],
        4: lambda: [one(CHEAT)],
        5: list,
        6: lambda: [one(RIGHT, own="# copied\n")],
        7: lambda: [one(RIGHT.replace("grad", "g").replace("self.x", "self.kept"))],
        8: lambda: [HandIn({"nn.ipynb": other_notebook(place)})],
        9: lambda: [one(OTHERWISE, hours=0.1)],
        10: lambda: [one(RIGHT, hours=-9), one(WRONG[1], hours=-1), one(RIGHT, hours=50)],
    }
    return kinds.get(place % 20, lambda: [one((OTHERWISE, *WRONG)[place % 5])])()


def other_notebook(place: int) -> bytes:
    """Return the notebook of another assignment, which defines nothing that is asked."""
    cells = [new_code_cell(f"import math\nprint(math.tau * {place})", id="other")]
    return str(nbformat.writes(new_notebook(cells=cells))).encode()


def class_of(size: int) -> list[Student]:
    """Return the class."""
    return a_class(size, handed_in)
