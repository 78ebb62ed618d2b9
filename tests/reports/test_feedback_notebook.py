"""The feedback notebook: valid, the student's own in all else, and graded the same."""

import json
import warnings
from pathlib import Path

import nbformat
import pytest

from grader.errors import UsageError
from grader.notebook.reading import read
from grader.reports.feedback_notebook import to_notebook
from grader.results.model import Result
from tests.grading import UNIT, graded, scores

pytestmark = pytest.mark.xdist_group("reports")


@pytest.fixture(scope="module")
def written(real: Result, typical: Path) -> str:
    """Return the text of the feedback notebook."""
    return to_notebook(real, read(typical), typical.read_bytes())


def feedback(document: nbformat.NotebookNode) -> dict[str, int]:
    """Return the places of the cells with feedback, by what they are about."""
    return {
        cell.metadata.grader.feedback: place
        for place, cell in enumerate(document.cells)
        if "feedback" in cell.metadata.get("grader", {})
    }


def test_it_is_a_valid_notebook_with_feedback_below_each_exercise(written: str) -> None:
    """It is valid by nbformat; the score is at the top, each exercise's feedback below its cell."""
    document = nbformat.reads(written, as_version=4)
    nbformat.validate(document)
    places = feedback(document)
    assert list(places) == ["score", "linear", "relu"]
    assert places["score"] == 0
    assert "class Linear" in document.cells[places["linear"] - 1].source
    assert "class ReLU" in document.cells[places["relu"] - 1].source
    assert "Hint" in document.cells[places["linear"]].source


def test_nothing_of_the_student_s_is_changed(written: str, typical: Path) -> None:
    """Without the cells with feedback it is the submission, to the last field."""
    document = json.loads(written)
    document["cells"] = [
        cell
        for cell in document["cells"]
        if "feedback" not in cell.get("metadata", {}).get("grader", {})
    ]
    assert document == json.loads(typical.read_text("utf-8"))


def test_it_grades_the_same(written: str, real: Result, tmp_path: Path) -> None:
    """Handed in again as it is, it comes to the same points."""
    path = tmp_path / "again.ipynb"
    path.write_text(written, "utf-8")
    assert scores(graded(path, *UNIT)) == scores(real)


def test_a_file_that_has_changed_gets_no_feedback(real: Result, typical: Path) -> None:
    """Feedback on other code than the one graded would mislead."""
    content = typical.read_bytes() + b"\n"
    changed = typical.with_name("changed.ipynb")
    changed.write_bytes(content)
    with pytest.raises(UsageError, match="has changed since it was graded"):
        to_notebook(real, read(changed), content)


def test_nothing_is_warned_of_in_a_student_s_words(typical: Path, tmp_path: Path) -> None:
    """Cells of one name get their own, and nobody's terminal is told what the name was."""
    document = json.loads(typical.read_text("utf-8"))
    document["cells"] += [{**document["cells"][0], "id": document["cells"][1]["id"]}] * 2
    path = tmp_path / "submission.ipynb"
    path.write_text(json.dumps(document), "utf-8")
    notebook = read(path)
    result = graded(path, *UNIT)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        written = json.loads(to_notebook(result, notebook, path.read_bytes()))
    assert len({cell["id"] for cell in written["cells"]}) == len(written["cells"])
