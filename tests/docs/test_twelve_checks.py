"""The twelve checks of the docs: each tells right from wrong, about as short as an assert."""

import contextlib
import io
import itertools
import re
from pathlib import Path
from typing import Any, Final

import numpy as np
import pytest

import grader
from grader import Exercise
from grader.judging.judge import judge
from grader.subjects.reference import Reference
from tests.docs.pages import tokens
from tests.notebooks import ROOT

PAGE: Final = ROOT / "docs" / "checks.md"
SECTION: Final = "Twelve checks, beside an assert"
MOST: Final = 1.5

SOLUTION: Final = """
import numpy as np


def mean_squared_error(predictions, targets):
    return np.mean((predictions - targets) ** 2)


class Linear:
    def __init__(self, n_in, n_out):
        self.W, self.b = np.random.normal(size=(n_in, n_out)), np.zeros(n_out)

    def forward(self, x):
        self.x = x
        return x @ self.W + self.b

    def backward(self, grad):
        self.grad_W = self.x.T @ grad
        return grad @ self.W.T


def root(x):
    if x < 0:
        raise ValueError("the root of a negative number")
    return x**0.5


def countdown(n):
    for i in range(n, 0, -1):
        print(i)
    print("lift-off")


def word_counts(text):
    words = text.split()
    return {word: words.count(word) for word in words}


def fibonacci():
    a, b = 0, 1
    while True:
        yield a
        a, b = b, a + b


class Value:
    def __init__(self, data, parents=()):
        self.data, self.grad, self.parents = data, 0.0, parents

    def __add__(self, other):
        return Value(self.data + other.data, ((self, 1.0), (other, 1.0)))

    def __mul__(self, other):
        return Value(self.data * other.data, ((self, other.data), (other, self.data)))

    def backward(self, grad=1.0):
        self.grad += grad
        for parent, factor in self.parents:
            parent.backward(grad * factor)


def affine_forward(x, w, b):
    return x @ w + b, (x, w)


def affine_backward(dout, cache):
    x, w = cache
    return dout @ w.T, x.T @ dout, dout.sum(axis=0)


def dropout(x, p):
    return x * (np.random.random(x.shape) >= p) / (1 - p)


def softmax(z):
    p = np.exp(z - z.max(axis=1, keepdims=True))
    return p / p.sum(axis=1, keepdims=True)
"""

# What each of them is about, written wrongly.
WRONG: Final = {
    "A value": ("np.mean((pred", "np.sum((pred"),
    "A shape": ("return x @ self.W + self.b", "return (x @ self.W + self.b).T"),
    "The output of a layer": ("x @ self.W + self.b", "x @ self.W"),
    "A gradient": ("self.x.T @ grad", "self.x.T @ grad / len(grad)"),
    "An exception": ('raise ValueError("the root of a negative number")', "return None"),
    "Printed output": ("range(n, 0, -1)", "range(n, -1, -1)"),
    "A dictionary": ("words = text.split()", "words = list(text)"),
    "A generator": ("a, b = 0, 1", "a, b = 1, 1"),
    "A class with methods": ("self.grad += grad", "self.grad = grad"),
    "A result and a cache": ("dout.sum(axis=0)", "dout.mean(axis=0)"),
    "Random numbers": (" / (1 - p)", ""),
    "A property": ("p / p.sum(axis=1, keepdims=True)", "p / p.sum()"),
}
NAMES: Final = list(WRONG)


def both() -> dict[str, tuple[str, str]]:
    """Return the asserts and the check of each heading of the section."""
    found: dict[str, dict[str, str]] = {}
    section = heading = ""
    every = tokens(PAGE)
    for at, token in enumerate(every):
        if token.type == "heading_open":
            told = every[at + 1].content
            section, heading = (told, "") if token.tag == "h2" else (section, told)
        elif token.type == "fence" and section == SECTION:
            _, title = token.info.split(" ", 1)
            found.setdefault(heading, {})[title] = token.content
    return {name: (each['title="assert"'], each['title="check"']) for name, each in found.items()}


def namespace(name: str = "") -> dict[str, Any]:
    """Return what the solution defines, with what `name` is about written wrongly."""
    old, new = WRONG.get(name, ("", ""))
    assert SOLUTION.count(old) == 1 or not name
    namespace: dict[str, Any] = {}
    exec(SOLUTION.replace(old, new) if name else SOLUTION, namespace)  # noqa: S102 - our own
    return namespace


def statuses(check: str, path: Path, name: str = "") -> set[str]:
    """Return what becomes of a check that stands in a file at `path`, asked a solution."""
    path.write_text(check, "utf-8")
    exercise = Exercise("exercise", "An exercise", points=9)
    known = {"np": np, "exercise": exercise}
    known |= {each: getattr(grader, each) for each in grader.__all__}
    exec(compile(check, path, "exec"), known)  # noqa: S102 - the docs' own code
    student, right = Reference(namespace(name)), Reference(namespace())
    result = judge(exercise, student=student, reference=right, submission=None, seed=1)
    return {each.status for each in result.checks}


def held(asserts: str, name: str = "") -> bool:
    """Whether a cell of asserts holds below a solution."""
    known = {"pytest": pytest, "io": io, "contextlib": contextlib, "itertools": itertools}
    try:
        exec(asserts, namespace(name) | known)  # noqa: S102 - the docs' own code
    except (AssertionError, pytest.fail.Exception):
        return False
    return True


def counted(text: str) -> int:
    """Return how many lines a person writes: those that are neither blank nor a comment."""
    lines = [line.strip() for line in text.splitlines()]
    return len([line for line in lines if line and not line.startswith("#")])


def test_there_are_twelve() -> None:
    """And each has something that is wrong about it."""
    assert list(both()) == NAMES
    assert len(NAMES) == 12


@pytest.mark.parametrize("name", NAMES)
def test_each_tells_right_from_wrong(name: str, tmp_path: Path) -> None:
    """So does the assert beside it."""
    asserts, check = both()[name]
    assert held(asserts)
    assert not held(asserts, name)
    assert statuses(check, tmp_path / "right.py") == {"passed"}
    assert "failed" in statuses(check, tmp_path / "wrong.py", name)


def test_a_check_is_about_as_short_as_an_assert() -> None:
    """The page counts their lines as they are: together at most half as many again."""
    lines = {name: (counted(one), counted(other)) for name, (one, other) in both().items()}
    rows = re.findall(r"^\| ([\w ]+) \| (\d+) \| (\d+) \|$", PAGE.read_text("utf-8"), re.MULTILINE)
    table = {name: (int(one), int(other)) for name, one, other in rows}
    asserts, checks = (sum(each[side] for each in lines.values()) for side in (0, 1))
    assert table == {**lines, "together": (asserts, checks)}
    assert checks <= MOST * asserts
