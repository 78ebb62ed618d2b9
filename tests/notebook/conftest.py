"""Writing a notebook file in the test's folder."""

import json
from pathlib import Path
from typing import Any

import pytest

from tests.notebook.files import Write


@pytest.fixture
def write(tmp_path: Path) -> Write:
    """Return a function that writes a notebook with cells, or a document as it is."""

    def write(*cells: Any, name: str = "homework.ipynb", **document: Any) -> Path:
        path = tmp_path / name
        whole = {"cells": list(cells), "metadata": {}, "nbformat": 4, "nbformat_minor": 5}
        path.write_text(json.dumps(whole | document), encoding="utf-8")
        return path

    return write
