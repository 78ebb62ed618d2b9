"""The student's own source beside a check: the right lines, and nobody else's."""

import time
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from grader.notebook.reading import Cell, Notebook, read
from grader.reports.formats import FORMATS, Graded
from grader.reports.own_code import MOST_LINES, Excerpt, Source, excerpt
from grader.results.evidence import Code
from grader.results.model import Result
from tests.grading import graded
from tests.reports.browser import Browser
from tests.reports.conftest import Pages

pytestmark = pytest.mark.xdist_group("reports")

LINEAR = """import numpy as np

class Linear(Layer):
    def __init__(self, n):
        self.W = np.zeros(n)

    def forward(self, x):
        \"\"\"Return y.

        Of the same shape.
        \"\"\"
        self.x = x
        return x @ slef.W
"""


def notebook(*sources: str) -> Notebook:
    """Return a notebook of these code cells."""
    cells = tuple(
        Cell(index, f"c{index}", "code", source, {}) for index, source in enumerate(sources)
    )
    return Notebook(Path("x.ipynb"), "x", cells, {}, "0" * 64, "python")


def told(found: Excerpt | None) -> list[str]:
    """Return the lines, with `>` before what is marked and `...` for what is left out."""
    assert found is not None
    return [
        "..." if not line.number else f"{'>' * line.marked}{line.number} {line.text.strip()}"
        for line in found.lines
    ]


def test_a_method_is_cut_out_of_its_class() -> None:
    """Its class's head and its own lines, numbered as in the cell; a long docstring is left out."""
    found = excerpt(notebook(LINEAR), Code(name="Linear", method="forward"))
    assert told(found) == [
        "3 class Linear(Layer):",
        "...",
        "7 def forward(self, x):",
        "...",
        "12 self.x = x",
        "13 return x @ slef.W",
    ]
    assert found is not None
    assert (found.name, found.cell, found.marked) == ("Linear.forward", 0, False)


def test_the_line_that_raised_is_marked() -> None:
    """In the method, or in the helper that it arose in; of two equal lines none is."""
    code = Code(name="Linear", method="forward", line="return x @ slef.W")
    assert ">13 return x @ slef.W" in told(excerpt(notebook(LINEAR), code))
    helper = "def helper(x):\n    return x.missing"
    code = Code(name="Linear", method="forward", line="return x.missing")
    assert told(excerpt(notebook(LINEAR, helper), code)) == [
        "1 def helper(x):",
        ">2 return x.missing",
    ]
    twice = LINEAR + "        return x @ slef.W\n"
    code = Code(name="Linear", method="forward", line="return x @ slef.W")
    assert not any(line.startswith(">") for line in told(excerpt(notebook(twice), code)))


@pytest.mark.parametrize(
    ("sources", "code", "name"),
    [
        (
            ("class A:\n    def f(self): pass", "class B(A): pass"),
            Code(name="B", method="f"),
            "A.f",
        ),
        (("class A: pass\ndef g(self): pass\nA.f = g",), Code(name="A", method="f"), "g"),
        (("class My:\n    def f(self): pass\nA = My",), Code(name="A", method="f"), "My.f"),
        (("\n\n%%time\nclass A:\n    def f(self): pass",), Code(name="A", method="f"), "A.f"),
        (("!ls\nif True:\n    def g(): pass",), Code(name="g"), "g"),
        (("class A:\n    x = 1",), Code(name="A", method="f"), "A"),
        (("class A: x = 1", "class A: x = 2", "class A: x = 3"), Code(name="A"), "A"),
    ],
    ids=["inherited", "set", "renamed", "magic", "nested", "missing", "the last"],
)
def test_it_is_found_where_it_is_defined(sources: tuple[str, ...], code: Code, name: str) -> None:
    """However a notebook defines it, the lines shown are those of the cell."""
    given = notebook(*sources)
    found = excerpt(given, code)
    assert found is not None
    assert found.name == name
    lines = given.cells[found.cell].source.split("\n")
    assert all(line.text == lines[line.number - 1] for line in found.lines if line.number)
    if len(sources) == 3:
        assert told(found) == ["1 class A: x = 3"]
        assert told(excerpt(given, code, last=1)) == ["1 class A: x = 2"]


@pytest.mark.parametrize(
    "source", ["from torch.nn import Linear", "class Linear(:", "Linear = Linear", "x = 1", ""]
)
def test_what_is_not_in_the_notebook_is_not_shown(source: str) -> None:
    """An imported class has no source of the student's, nor has a cell that is no Python."""
    assert excerpt(notebook(source), Code(name="Linear", method="forward")) is None


def test_a_long_method_is_cut_around_the_line() -> None:
    """A method of a hundred lines fills no page: its head and the lines around the marked one."""
    body = "\n".join(f"        y{number} = {number}" for number in range(100))
    given = notebook(f"class A:\n    def f(self):\n{body}\n        return 1")
    found = excerpt(given, Code(name="A", method="f", line="y60 = 60"))
    lines = told(found)
    assert lines[:3] == ["1 class A:", "2 def f(self):", "..."]
    assert ">63 y60 = 60" in lines
    assert lines[-1] == "..."
    assert len(lines) <= MOST_LINES + 4
    assert told(excerpt(given, Code(name="A", method="f")))[1] == "2 def f(self):"


@settings(deadline=None, max_examples=200)
@given(
    st.lists(st.text(max_size=40) | st.sampled_from([LINEAR, "%%time\n" + LINEAR]), max_size=3),
    st.sampled_from(["", "forward", "return x @ slef.W"]),
)
def test_no_notebook_stops_a_page(sources: list[str], line: str) -> None:
    """Whatever stands in its cells, there are lines of one of them or there is nothing."""
    given = notebook(*sources)
    found = excerpt(given, Code(name="Linear", method="forward", line=line))
    assert found is None or any(line.number for line in found.lines)


def test_the_page_shows_it_where_the_file_is_the_one_graded(typical: Path, tmp_path: Path) -> None:
    """Beside the check that fails, once; not from a file that has changed or is gone."""
    path = tmp_path / "typical.ipynb"
    path.write_bytes(typical.read_bytes())
    result = graded(path, "linear")
    page = FORMATS["html"].write(Graded(result, path))
    assert page.count('id="code-1"') == 1
    assert page.count("self.grad_b = grad.mean(axis=0)") == 1
    assert 'href="#code-1"' in page
    path.write_text(path.read_text("utf-8") + " ", "utf-8")
    assert 'id="code-1"' not in FORMATS["html"].write(Graded(result, path))
    path.unlink()
    assert 'id="code-1"' not in FORMATS["html"].write(Graded(result, path))


def test_code_is_only_of_the_student_s(typical: Path, real: Result) -> None:
    """What is shown stands in the notebook, letter for letter."""
    given = read(typical)
    sources = [line for cell in given.cells for line in cell.source.split("\n")]
    codes = [
        check.evidence.code
        for exercise in real.exercises
        for check in exercise.checks
        if check.evidence is not None and check.evidence.code is not None
    ]
    assert {(code.name, code.method) for code in codes} == {
        ("Linear", "backward"),
        ("ReLU", "forward"),
    }
    for code in codes:
        found = excerpt(given, code)
        assert found is not None
        assert {line.text for line in found.lines if line.number} <= set(sources)


def test_it_can_be_read_by_everyone(browser: Browser, pages: Pages) -> None:
    """Numbers are not read out or copied, and the code is reached and scrolled by keyboard."""
    browser.open(pages.student)
    assert browser.all(".own pre[tabindex='0'] .src")
    assert all(each.get_attribute("aria-hidden") for each in browser.all(".own .no"))
    copied = browser.run(
        "getSelection().selectAllChildren(document.querySelector('.own pre'));"
        "return getSelection().toString()"
    )
    assert copied.lstrip().startswith("class Linear(Layer):")
    assert "43" not in copied


def ladder() -> str:
    """Return a class each of whose bases has as many bases of its own."""
    return f"if 0:\n    class Linear({', '.join(['Linear'] * 20)}): pass\n"


@pytest.mark.parametrize(
    "below",
    [
        ladder(),
        "".join(f"def f{number}(): pass\n" for number in range(12_000)),
        "a\n" * 150_000,
    ],
    ids=["bases of bases", "functions", "statements"],
)
def test_a_source_is_gone_through_once(below: str) -> None:
    """However it is made, looking up what a verdict is about takes no minutes."""
    source = Source(notebook(LINEAR, below))
    started = time.thread_time()
    for number in range(20):
        source.excerpt(Code(name="Linear", method=f"m{number}", line=f"nowhere({number})"))
    assert time.thread_time() - started < 10


def test_a_source_far_longer_than_any_is_not_gone_through() -> None:
    """Its tree would take gigabytes."""
    assert excerpt(notebook(LINEAR, "a\n" * 300_000), Code(name="Linear")) is None
