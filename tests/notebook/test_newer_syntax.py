"""Cells that only a newer Python parses are told from those that none does."""

import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from grader.notebook.names import Names, analyse
from grader.notebook.newer_syntax import newer

NEWER = [
    ("3.12", "type X = int"),
    ("3.12", "type X[T, *Ts, **P] = list[T]"),
    ("3.12", "def f[T: (int, str)](x: T) -> T:\n    return x"),
    ("3.12", "class A:\n    @staticmethod\n    async def f[T](x: T): pass"),
    ("3.12", "class A[T](dict[str, T]): pass"),
    ("3.12", "class A[T]:\n    x = 1"),
    ("3.12", "type = 3\ntype X = int"),
    ("3.12", 'x = f"{d["a"]}"'),
    ("3.12", "x = f'{'\\n'.join(y)}'"),
    ("3.12", 'x = f"{\n    1  # one\n}"'),
    ("3.12", "x = f'{f'{f'{1}'}'}'"),
    ("3.12", 'x = f"{x!r:>{w["a"]}}" "b" \'c\''),
    ("3.12", 'x = rf"\\d{d["a"]=}\\\\"'),
    ("3.12", '"""It\'s."""\n%matplotlib inline\n!ls {x}\nx = f"{d["a"]}"  # it\'s'),
    ("3.12", "%%time\ntype X = int"),
    ("3.13", "class A[T = int]: pass"),
    ("3.13", "type X[T: int = bool] = T\ntype Y = int"),
    ("3.14", 'x = t"{name!r:>10}"'),
    ("3.14", "try:\n    1\nexcept ValueError, np.linalg.LinAlgError:\n    pass"),
    ("3.14", "try:\n    1\nexcept* A, B:\n    pass\ntype X = int"),
]

MISTAKES = [
    "def f(:\n    pass",
    "def f[T](x) return x",
    "def f[](x): pass",
    "def f[1](x): pass",
    "class A[T:\n    pass",
    "type X int",
    "type X = int\ndef f(:",
    "x = f'{'",
    "x = f'{}'",
    "x = f'{a b}'",
    "x = f'{d['a'] b}'",
    "x = t'{a b}'",
    "x = 'it",
    "it's",
    "print 'a'",
    "try:\n    1\nexcept Exception, e:\n    pass",
    "except A, B:",
    "x = f'{d['a']}'\nfor x in y\n    pass",
    "def forward(self, x):\nreturn x",
    "    x = 1\n  y = 2",
]


@pytest.mark.parametrize(("version", "source"), NEWER)
def test_what_a_newer_python_parses_needs_that(version: str, source: str) -> None:
    """Each addition to the grammar since 3.11 names the Python that made it."""
    here = f"{sys.version_info.major}.{sys.version_info.minor}"
    found = newer(source)
    told = found[0] if found else None
    assert told == (version if version > here else None)


@pytest.mark.parametrize("source", MISTAKES)
def test_a_mistake_is_no_newer_syntax(source: str) -> None:
    """What no Python parses needs none, also beside newer syntax."""
    assert newer(source) is None


def test_the_names_of_such_a_cell_are_told() -> None:
    """What a cell would define is known, whichever Python it needs."""
    names = analyse('import numpy as np\nclass A[T]:\n    x: T = np.pi\ny = f"{d["a"]}"')
    assert names.binds == {"np", "A", "y"}
    assert names.definitions["A"] >= {"np"}
    assert analyse("class A[T:\n    pass") == Names()


PIECES = ["f'", 'f"', "'''", '"', "'", "{", "}", "{{", "#", "\\", "\n", "type X", " = ", "def f[T]"]
PIECES += ["[", "](", ")", ":", "!r", "except A, B:", "class A", "t'", "x", "\x00", "é", "%%time\n"]


@given(st.lists(st.sampled_from(PIECES)).map("".join))
def test_any_source_is_looked_at(source: str) -> None:
    """Whatever a cell holds, looking at it comes to an end; what parses here is never newer."""
    found = newer(source)
    assert found is None or found[0] > f"{sys.version_info.major}.{sys.version_info.minor}"


@pytest.mark.parametrize(
    "source",
    ["f'{" * 5_000, "f'{" * 45 + "1" + "}'" * 45, "x = f'{" + "(" * 5_000, "def f[" * 5_000],
)
def test_deep_nesting_is_given_up(source: str) -> None:
    """Neither the stack nor the time is used up."""
    newer(source)
