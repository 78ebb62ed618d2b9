"""Each assignment of the repository in turn."""

from pathlib import Path

import pytest
from nbformat import NotebookNode

from grader.authoring.release.student_notebook import read_reference, student_notebook
from tests.release.references import REFERENCES


@pytest.fixture(params=REFERENCES, ids=lambda folder: folder.name)
def reference_folder(request: pytest.FixtureRequest) -> Path:
    """Return each assignment's folder under reference/ in turn."""
    folder: Path = request.param
    return folder


@pytest.fixture
def student(reference_folder: Path) -> NotebookNode:
    """Return the student notebook of an assignment."""
    return student_notebook(read_reference(reference_folder / "solution.ipynb"))
