"""A cell is looked through in time that grows with its size alone, with IPython's own outcome."""

import ast
import time
import warnings
from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from IPython.core.inputtransformer2 import TransformerManager

from grader.execution.absences import absent
from grader.execution.plan import Plan
from grader.execution.run import Run
from grader.grading import Options, grade
from grader.notebook.cell_map import CellMap
from grader.notebook.labour import TooLaboriousError
from grader.notebook.names import analyse
from grader.notebook.reading import read
from grader.notebook.transforming import LINES, WHOLE, python
from tests.grading import nn_from_scratch, scores
from tests.notebooks import SLOW, submission

PIECES = (
    *(
        "x = 1",
        "%time y = f(1)",
        "!ls -l",
        "!echo (",
        "!echo 'it",
        "files = !ls",
        "len?",
        "z = %pwd",
    ),
    *("if x:", "    %matplotlib inline", "    y = [1,", "        2]", "    !ls", "", "# text?"),
    *(
        's = """',
        "%not a magic",
        "  in a string?",
        '"""',
        "t = f(",
        ")",
        "a = 1 + \\",
        "    2",
        "/f x",
    ),
    *("for i in range(3):", "    print(i)", "@decorated", "def f(x):", "    return x", "}", "??f"),
)


def ipython(source: str) -> str | None:
    """Return what IPython makes of a cell, None where it makes nothing of it."""
    try:
        return str(TransformerManager().transform_cell(source))
    except (SyntaxError, RuntimeError):
        return None


def ours(source: str) -> str | None:
    """Return the same, as the grader has it."""
    try:
        return python(source)
    except (SyntaxError, RuntimeError):
        return None


def valid(code: str | None) -> str | None:
    """Return code that Python parses, None for any other."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            ast.parse(code or "(")
    except (SyntaxError, ValueError):
        return None
    return code


@given(st.lists(st.sampled_from(PIECES), max_size=4 * LINES))
@settings(max_examples=200, deadline=None)
@example(["%time a = 1"] * (WHOLE + 3) + ['s = """'] + ["%no"] * (2 * LINES) + ['"""', "a?"])
@example(["a?"] * (WHOLE + 3) + ["x = ("] + ["1,"] * (2 * LINES) + [")", "!ls", "a?"])
@example(["a?"] * (WHOLE + 3) + ["if x:"] + ["    a?"] * (2 * LINES) + ["b?"])
def test_a_cell_becomes_what_ipython_makes_of_it(lines: list[str]) -> None:
    """However its pieces of IPython's syntax lie; what is no Python then is none for both."""
    source = "\n".join(lines)
    assert valid(ours(source)) == valid(ipython(source))


LABORIOUS = {
    "help": "a?\n" * 19_000,
    "help in a block": "if x:\n" + "    a?\n" * 9_000,
    "magics": "%time a = 1\n" * 8_000,
    "names": "".join(f"a{i} = 0\n" for i in range(30_000)),
    "calls": "".join(f"def f{i}(): return f{i - 1}()\n" for i in range(1, 5_000))
    + "f4999()\n" * 5_000,
}


@pytest.mark.parametrize("source", LABORIOUS.values(), ids=LABORIOUS.keys())
def test_a_cell_that_is_laborious_is_not_looked_through_for_minutes(source: str) -> None:
    """It counts as one that does nothing. Without a bound, the first takes 25 minutes."""
    started = time.process_time()
    analyse(source)
    assert time.process_time() - started < 60


def test_too_much_of_ipython_s_syntax_is_told_as_that() -> None:
    """Whoever asks for the Python of such a cell hears why there is none."""
    with pytest.raises(TooLaboriousError):
        python(LABORIOUS["help in a block"])


def test_a_laborious_cell_costs_only_itself(tmp_path: Path) -> None:
    """The notebook is graded as without it, and soon."""
    path = submission(tmp_path, drop=SLOW, append=(LABORIOUS["help"],))
    started = time.monotonic()
    result = grade(read(path), nn_from_scratch(), Options(only=("relu",), total_seconds=60))
    assert time.monotonic() - started < 120
    assert scores(result) == {"relu": 20}


def test_a_name_in_a_laborious_cell_is_told_soon(tmp_path: Path) -> None:
    """Why it is not defined is found out within the same bound; its cell is no syntax error."""
    path = submission(tmp_path, {"relu": f"class ReLU(Layer):\n    pass\n{LABORIOUS['help']}"})
    notebook = read(path)
    started = time.process_time()
    why = absent("ReLU", notebook, CellMap(notebook), Run(notebook, Plan(())))
    assert time.process_time() - started < 60
    assert why.ended == ""
