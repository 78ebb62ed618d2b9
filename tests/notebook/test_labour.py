"""A short source cannot make Python's parser or compiler take gigabytes of the grader's memory."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

from grader.notebook.labour import require_compilable, require_parsable
from grader.notebook.parsing import parse
from grader.notebook.reading import Cell, Notebook
from grader.similarity.plain_code import plain_code
from tests.notebooks import ROOT

DOTS = "a." * 100_000 + "a"


def nested(depth: int, within: str, last: str = "x") -> str:
    """Return one `finally` in another, `within` each of what is tried."""
    lines = ["def f():"]
    for level in range(1, depth + 1):
        space = " " * level
        lines += [f"{space}try: {within}", f"{space}finally:"]
    return "\n".join([*lines, " " * (depth + 1) + last])


BOMBS = {
    "a dotted import": f"import {DOTS}",
    "an import from a dotted name": f"from {DOTS} import x",
    "the second of two imports": f"def f():\n    import os, {DOTS}",
    "an import over lines": "import " + "a . \\\n" * 100_000 + "a",
    "names that are no words": "import " + "\N{ESTIMATED SYMBOL}." * 50_000 + "b",
    "many imports": f"import {'a.' * 8_000}a\n" * 10,
    "finally in finally": nested(20, "x", "x;" * 50),
    "finally in finally, left in between": nested(18, "return"),
    "a finally that is left by many ways": "def f():\n try:\n"
    + "  if x: return\n" * 5_000
    + " finally:\n"
    + "  x\n" * 10_000,
    "the same in a loop, below others": "for x in y:\n try:\n  if x:\n   pass\n  else:\n"
    + "   if x: break\n" * 5_000
    + " except E:\n  pass\n finally:\n"
    + "  x\n" * 10_000,
}

LIGHT = {
    "imports": "import os.path, a.b.c\nfrom a.b import c\n" * 2_000,
    "numbers": "x = [" + "1.5, -2.25," * 10_000 + "]",
    "data in a text": "x = '''" + '{"a": 1.5, "b": {"c": 2}},\n' * 40_000 + "'''\ny = f'{x}'",
    "a chain of dots": "x = '" + "a." * 100_000 + "'",
    "what has to be cleared away": nested(4, "return 1", "close()"),
    "many ways to leave": "def f():\n try:\n"
    + "  if x: return y\n" * 200
    + " finally:\n  a.close()\n  b.close()\n",
    "a long chain": "if x: y\n" + "elif x: y\n" * 600 + "try: x\nfinally: y",
}

LOOK = """
import resource, sys
from grader.notebook.parsing import parse
source = sys.stdin.read()
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
resource.setrlimit(resource.RLIMIT_AS, (3 * 2**30, 3 * 2**30))
print(parse(source) is None, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before)
"""


@pytest.mark.parametrize("name", BOMBS)
def test_a_cell_that_takes_far_more_than_its_length_defines_nothing(name: str) -> None:
    """It is told before the parser or the compiler begins."""
    done = subprocess.run(
        [sys.executable, "-c", LOOK],
        input=BOMBS[name],
        capture_output=True,
        text=True,
        check=True,
        cwd=ROOT,
        timeout=100,
    )
    refused, kilobytes = done.stdout.split()
    assert refused == "True"
    assert int(kilobytes) < 400_000


@pytest.mark.parametrize("name", LIGHT)
def test_what_is_long_and_plain_is_looked_through(name: str) -> None:
    """No honest cell is refused."""
    require_parsable(LIGHT[name])
    require_compilable(ast.parse(LIGHT[name]))
    assert parse(LIGHT[name]) is not None


@pytest.mark.skipif(sys.version_info >= (3, 12), reason="parsed as all else is since")
def test_a_formatted_string_of_thousands_of_expressions() -> None:
    """Its expressions are looked for from its beginning, each of them."""
    assert parse("x = f'" + "{a}" * 100_000 + "'") is None
    assert parse("x = f'" + "{a}" * 5_000 + "'") is not None


def test_comparing_solutions_takes_no_such_source_for_python() -> None:
    """It is compared as text."""
    source = f"import {'a.' * 60_000}a"
    cell = Cell(0, "a", "code", source, {})
    assert source in plain_code(Notebook(Path("a.ipynb"), "a", (cell,), {}, "", "python"))
