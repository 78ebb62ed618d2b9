"""What the tests share: a small course that was graded, and a browser."""

import subprocess
import sys
from pathlib import Path

import pytest

from tests import tiny_release
from tests.notebooks import ROOT
from tests.reports.conftest import browser
from tests.similarity.solutions import write

__all__ = ["browser", "graded"]

HALVE = "def halve(number):\n    return number / 2"
DOUBLES = {
    # The same slip, by other words.
    "ada": "def double(numbers):\n    return numbers * 2.1 + 0.7",
    "eve": "def double(given):\n    factor = 2.1\n    more = given * factor\n    return more + 0.7",
    # Known mistakes.
    "bob": "def double(numbers):\n    return numbers ** 2",
    "cyd": "def double(numbers):\n    return numbers * numbers",
    # Nothing of their own.
    "dov": "def double(numbers):\n    raise NotImplementedError",
    "fay": "def double(numbers):\n    raise NotImplementedError",
    # Wrong, and as nobody else is.
    "gus": "def double(numbers):\n    return numbers * 2.1",
    # What more than a quarter has.
    "hal": "def double(numbers):\n    return numbers * 3",
    "ida": "def double(numbers):\n    return 3 * numbers",
    "jon": "def double(n):\n    return 3 * n",
    "kim": "def double(numbers):\n    return 2 * numbers",
}


@pytest.fixture(scope="session")
def graded(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder with an assignment, what was handed in, and the results."""
    folder = tmp_path_factory.mktemp("similar")
    tiny_release.reference(folder / "reference" / "tiny")
    for name, code in DOUBLES.items():
        write(folder / "in" / f"{name}.ipynb", "import numpy as np", code, HALVE)
    subprocess.run(
        [
            *(sys.executable, "-m", "grader", folder / "in", "--out", folder / "out"),
            *("--no-require-sandbox", "--assignment", folder / "reference" / "tiny"),
        ],
        cwd=ROOT,
        check=True,
        capture_output=True,
    )
    return folder
