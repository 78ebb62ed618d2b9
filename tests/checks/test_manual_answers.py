"""Which text is the answer that a person judges."""

from pathlib import Path

from grader.checks.manual import answer_below
from grader.notebook.reading import read
from tests.importing.sources import code, text, write


def test_an_answer_ends_at_a_heading_below_a_rule(tmp_path: Path) -> None:
    """The text of the next part is none of what a student wrote."""
    cells = [code("x = 1"), text("**Your answer:**"), text("Because.")]
    cells.append(text("---\n\n## Part B\n\nFind a use."))
    found = answer_below(read(write(tmp_path / "x.ipynb", cells)), ["Your answer:"])
    assert found is not None
    assert found.text == "Because."
