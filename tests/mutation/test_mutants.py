"""What mutants promise: small, different changes of what is chosen, and of nothing else."""

import ast

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy

from grader.mutation.mutants import Mutant, mutants

NAMES = ("x", "y", "total")
ATOMS = (*NAMES, "self.W", "self.b", "0", "1", "0.5", "True")

LAYER = '''
import numpy as np


class Layer:
    """A layer."""

    def __init__(self, size: int = 3, rate=0.1):
        self.W = np.zeros(size)
        self.rate = rate

    def forward(self, x):
        """Return the outputs."""
        self.x = x  # for later
        if x.size > 0:
            y = x.T @ self.W
        return -y.sum(axis=0) - self.rate


print("done")
'''


def expressions() -> SearchStrategy[str]:
    """Return how small expressions are drawn."""
    return st.recursive(
        st.sampled_from(ATOMS),
        lambda parts: st.one_of(
            st.builds("({} {} {})".format, parts, st.sampled_from("+-*/@"), parts),
            st.builds("({} {} {})".format, parts, st.sampled_from(["<", ">=", "and"]), parts),
            st.builds("np.sum({}, axis={})".format, parts, st.integers(0, 1)),
            st.builds("{}.T".format, st.sampled_from(NAMES)),
            st.builds("({} if {} else {})".format, parts, parts, parts),
        ),
        max_leaves=5,
    )


def functions() -> SearchStrategy[str]:
    """Return how small methods of a class are drawn."""
    statement = st.one_of(
        st.builds("{} = {}".format, st.sampled_from([*NAMES, "self.W"]), expressions()),
        st.builds("{} += {}".format, st.sampled_from(NAMES), expressions()),
        st.builds("if {}: x = {}".format, expressions(), expressions()),
        st.builds("for total in range({}): y = total".format, expressions()),
        st.builds("return {}".format, expressions()),
    )
    body = st.lists(statement, min_size=1, max_size=4)
    return body.map(
        lambda lines: (
            "class A:\n    def f(self, x, y=1):\n" + "".join(f"        {line}\n" for line in lines)
        )
    )


def of(source: str) -> list[Mutant]:
    """Return the mutants of everything in a source."""
    return mutants(source, lambda _statement: True)


@given(functions())
@settings(max_examples=60, deadline=None)
def test_every_mutant_is_another_program(source: str) -> None:
    """Each mutant is Python, tells what differs, and is none of the others nor the source."""
    found = of(source)
    written = {ast.unparse(ast.parse(each.source)) for each in found}
    assert len(written) == len(found)
    assert ast.unparse(ast.parse(source)) not in written
    for each in found:
        compile(each.source, "a mutant", "exec")
        assert each.old != each.new
        assert {"-", "+"} & {line[0] for line in each.diff.splitlines()}
    assert found == of(source)


@given(functions())
@settings(max_examples=30, deadline=None)
def test_names_are_swapped_within_their_scope(source: str) -> None:
    """No mutant fails just because it uses a name that is not there."""
    known = {each.id for each in ast.walk(ast.parse(source)) if isinstance(each, ast.Name)}
    for each in of(source):
        used = {n.id for n in ast.walk(ast.parse(each.source)) if isinstance(n, ast.Name)}
        # Attributes may be kept in a local name, or for the whole class.
        assert used <= known | {"self", "x", "y", "A", "hasattr", "W"}


SLIPS = [
    ("return a + b", "return a - b"),
    ("return a + b", "return b"),
    ("return a - b", "return b - a"),
    ("return a", "return -a"),
    ("return a", "return b"),
    ("return a", "pass"),
    ("return a @ b", "return a.T @ b"),
    ("return a.T @ b", "return a @ b"),
    ("return a @ b", "return b @ a"),
    ("return a > 0", "return a >= 0"),
    ("return a > 0", "return a > 1"),
    ("return 0.1 * a", "return 0.2 * a"),
    ("return not a", "return a"),
    ("return a and b", "return a or b"),
    ("return a if b else 0", "return a if not b else 0"),
    ("return f(a, b)", "return f(b, a)"),
    ("return np.sum(a, axis=0)", "return np.sum(a, axis=1)"),
    ("return np.sum(a, axis=0)", "return np.sum(a, axis=None)"),
    ("return np.sum(a, axis=0)", "return np.sum(a)"),
    ("return np.sum(a, axis=0)", "return np.mean(a, axis=0)"),
    ("return np.sum(a, axis=0)", "return np.sum(a, axis=0, keepdims=True)"),
    ("return np.maximum(a, 0)", "return np.minimum(a, 0)"),
    ("return np.maximum(a, 0)", "return np.maximum(a, 0, out=a)"),
    ("return a[1:]", "return a"),
    ("return a * b", "a *= b\nreturn a"),
    ("return c", "return 3"),
    ("return True", "return False"),
    ("x = a", "x += a"),
    ("x += a", "x = a"),
    ("x += a", "x += a\nx += a"),
    ("x = a\nreturn x", "return x"),
    ("x = a\ny = x", "y = x\nx = a"),
    ("while a:\n    break", "while a:\n    continue"),
]


@pytest.mark.parametrize(("old", "new"), SLIPS)
def test_a_slip_of_the_pen_is_tried(old: str, new: str) -> None:
    """Each of these slips is among the mutants."""
    head = "def f(a, b, c=3):\n"
    original, wanted = (
        ast.unparse(ast.parse(head + "".join(f"    {line}\n" for line in body.splitlines())))
        for body in (old, new)
    )
    assert wanted in {each.source.rstrip("\n") for each in of(original)}


ATTRIBUTE_SLIPS = [
    ("self.W = np.zeros(size)", "self.rate = np.zeros(size)"),
    ("self.W = np.zeros(size)", "self.W = np.ones(size)"),
    ("self.rate = rate", "self.rate = 0.1"),
    ("self.x = x", "x = x"),
    ("self.x = x", "Layer.x = x"),
    ("self.x = x", "if not hasattr(self, 'x'):\n    self.x = x"),
    ("return -y.sum(axis=0) - self.rate", "return -y.sum(axis=0) - self.W"),
]


@pytest.mark.parametrize(("old", "new"), ATTRIBUTE_SLIPS)
def test_attributes_are_mixed_up(old: str, new: str) -> None:
    """What a method keeps may be kept elsewhere, shared, or read from a neighbour."""
    assert (old, new) in {(each.old, each.new) for each in of(LAYER)}


MANY = {
    "local names": ("def f():\n", "    v{0} = {0}\n"),
    "attributes": ("class A:\n    def f(self):\n", "        self.v{0} = {0}\n"),
}


@pytest.mark.parametrize(("head", "line"), MANY.values(), ids=MANY)
def test_mutants_grow_with_the_code_and_not_with_its_square(head: str, line: str) -> None:
    """Twice as many names make about twice as many mutants."""
    few, more, most = (
        len(of(head + "".join(line.format(each) for each in range(number))))
        for number in (10, 20, 40)
    )
    assert more <= 2.2 * few
    assert most <= 2.2 * more


def test_a_name_is_mistaken_for_what_looks_like_it_and_what_stands_beside_it() -> None:
    """A few are tried, wherever they are defined: first those of nearly its letters."""
    names = ["x", "width", "grad", "rows", "p", "kept", "total", "y", "grad_x"]
    lines = "".join(f"    {each} = 0\n" for each in names)
    found = of(f"def f():\n{lines}    return grad\n")
    tried = {each.new.removeprefix("return ") for each in found if each.old == "return grad"}
    assert tried & set(names) == {"grad_x", "width", "rows"}


def test_only_what_is_chosen_is_changed() -> None:
    """Statements that are not chosen stay as they are, to the letter."""
    found = mutants(LAYER, lambda statement: isinstance(statement, ast.ClassDef))
    assert found
    for each in found:
        assert each.source.startswith("\nimport numpy as np\n\n\nclass Layer:")
        assert each.source.endswith('\n\n\nprint("done")\n')
    assert mutants(LAYER, lambda _statement: False) == []


def test_texts_and_types_are_left_alone() -> None:
    """No mutant changes a docstring or an annotation."""
    for each in of(LAYER):
        if "def __init__" in each.source:
            assert "size: int" in each.source
        assert '"""A layer."""' in each.source


def test_order_is_changed_only_where_it_may_matter() -> None:
    """Two assignments that do not touch each other are not swapped."""
    changes = {each.new for each in of("def f(a, b):\n    x = a\n    y = b\n    return x + y\n")}
    assert "y = b\nx = a" not in changes


def test_a_mutant_tells_where_it_was_made() -> None:
    """Its name is the function and the change, in one line."""
    names = {each.name for each in of(LAYER)}
    assert "Layer.__init__: self.rate = rate → self.rate = 0.1" in names
    assert "Layer.forward: self.x = x → if not hasattr(self, 'x'): self.x = x" in names
    assert "Layer: def forward(self, x):" not in names
