"""What reports say in the same words, whatever their format."""

import hashlib
import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Final

import pytest

from grader.notebook.reading import read
from grader.reports.feedback_notebook import to_notebook
from grader.reports.gradescope import to_gradescope
from grader.reports.junit import to_junit
from grader.reports.markdown import to_markdown
from grader.reports.student_page import fragment, student_page
from grader.reports.wording import scope
from grader.results.evidence import Evidence
from grader.results.model import MistakeInfo, Result, SubmissionInfo
from tests.reports.examples import check, exercise, flat, result, shown

FORMATS: Final[dict[str, Callable[[Result], str]]] = {
    "terminal": shown,
    "html": student_page,
    "inline": lambda graded: fragment(graded.exercises, []),
    "markdown": to_markdown,
    "junit": to_junit,
    "gradescope": to_gradescope,
}


def hinted() -> Result:
    """Return a result in which one hint is that of two checks, another of a mistake and a check."""
    shared = [check("failed", id=name, hint="Has it been divided?") for name in "ab"]
    mistake = MistakeInfo(name="sum", explanation="It sums.", hint="What is a mean?")
    again = check("failed", id="c", hint="What is a mean?", mistake="sum")
    named = replace(exercise(again, name="relu"), mistake=mistake)
    later = exercise(check("failed", id="d", hint="Has it been divided?"), name="last")
    return result(exercise(*shared), named, later)


@pytest.mark.parametrize("name", FORMATS)
def test_a_hint_is_told_once(name: str) -> None:
    """Several checks that share a hint tell it at the first, and none what a mistake has told."""
    text = flat(FORMATS[name](hinted())).replace("\\", "")
    assert text.count("Has it been divided?") == 1
    # In these two each test stands alone: the mistake is told beside them.
    assert text.count("What is a mean?") <= 1 + (name in ("junit", "gradescope"))


def test_a_hint_is_told_once_in_the_feedback_notebook(tmp_path: Path) -> None:
    """The cells of feedback are one report."""
    path = tmp_path / "x.ipynb"
    cell = {"cell_type": "code", "source": "x = 1", "metadata": {}, "outputs": []}
    path.write_text(json.dumps({"cells": [cell], "metadata": {}, "nbformat": 4}), "utf-8")
    digest = hashlib.sha256(path.read_bytes()).hexdigest()
    submission = SubmissionInfo(name="x", path=str(path), sha256=digest)
    graded = replace(hinted(), submission=submission)
    text = to_notebook(graded, read(path), path.read_bytes()).replace("\\", "")
    assert text.count("Has it been divided?") == text.count("What is a mean?") == 1


@pytest.mark.parametrize("name", FORMATS)
def test_a_cell_stands_once(name: str) -> None:
    """Checks that are shown by the same cell show it at the first."""
    evidence = Evidence(text="y = 1", cell="print(layer.twice)")
    both = [check("failed", id=each, evidence=evidence) for each in "ab"]
    text = FORMATS[name](result(exercise(*both)))
    assert text.count("print(layer.twice)") == 1
    assert text.count("y = 1") == 2


@pytest.mark.parametrize(
    ("later", "told"),
    [
        (0, "The public checks decide on all 4 points. Official"),
        (1, "The public checks decide on 4 of 5 points; 1 is decided after submission. Official"),
        (6, "The public checks decide on 4 of 10 points; 6 are decided after submission. Official"),
    ],
)
def test_what_public_checks_tell_is_no_score(later: int, told: str) -> None:
    """Beside a score of 0 of 4 points, "4 of 4 points" would read like the score."""
    checks = [check("failed")]
    if later:
        checks.append(check("review", later, id="late", after_submission=True))
    assert scope(result(exercise(*checks), released=True))[0].startswith(told)
