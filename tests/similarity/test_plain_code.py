"""A notebook's code as one text: magics become comments, and lines stay lines."""

import ast
import time
from pathlib import Path

import pytest

from grader.notebook.reading import read
from grader.similarity.plain_code import plain_code
from tests.similarity.solutions import write


def plain(folder: Path, *cells: str) -> list[str]:
    """Return the lines that cells become, without those that say which cell it is."""
    code = plain_code(read(write(folder / "x.ipynb", *cells)))
    ast.parse(code)
    return [line for line in code.split("\n") if line and not line.startswith("# %% cell")]


@pytest.mark.parametrize(
    ("cell", "lines"),
    [
        ("%matplotlib inline\nx = 1", ["# %matplotlib inline", "x = 1"]),
        (
            "!pip install numpy \\\n  scipy\nx = 1",
            ["# !pip install numpy \\", "  # scipy", "x = 1"],
        ),
        ("files = !ls\nx = 1", ["# files = !ls", "x = 1"]),
        ("%time y = f(2)", ["y = f(2)"]),
        ("if x:\n    %timeit f(x)", ["if x:", "    f(x)"]),
        ("if x:\n    !ls", ["if x:", "    pass  # !ls"]),
        ("%%time\nx = 1\ny = 2", ["# %%time", "x = 1", "y = 2"]),
        ("%%capture out\n%cd data\nx = 1", ["# %%capture out", "# %cd data", "x = 1"]),
        ("%%bash\nls | wc", ["# %%bash", "# ls | wc"]),
        ("np.sum?\nx = 1", ["# np.sum?", "x = 1"]),
        ("x = (a\n %b)", ["x = (a", " %b)"]),
        ("text = '''\n%d\n!'''", ["text = '''", "%d", "!'''"]),
    ],
)
def test_magics_become_comments(tmp_path: Path, cell: str, lines: list[str]) -> None:
    """What is Python behind a magic stays, and what only looks like one does."""
    assert plain(tmp_path, cell) == lines


def test_all_code_cells_are_there_in_their_order(tmp_path: Path) -> None:
    """Each under a comment with its number, and no empty one."""
    code = plain_code(read(write(tmp_path / "x.ipynb", "x = 1\n\n", "", "y = 2")))
    assert code == "# %% cell 1\nx = 1\n\n# %% cell 3\ny = 2\n"


def test_what_is_no_python_stays_as_it_is(tmp_path: Path) -> None:
    """A cell that does not parse is compared as it was handed in."""
    code = plain_code(
        read(write(tmp_path / "x.ipynb", "def f(:\n    return\n%time f()", "(" * 9000))
    )
    assert "def f(:\n    return\nf()" in code
    assert "(" * 9000 in code


def test_a_line_of_spaces_is_gone_through_once(tmp_path: Path) -> None:
    """In a cell that is no Python, a magic is looked for in lines of any length."""
    path = write(tmp_path / "x.ipynb", "!ls\nx =" + " " * 180_000 + "1")
    started = time.process_time()
    plain_code(read(path))
    assert time.process_time() - started < 30
