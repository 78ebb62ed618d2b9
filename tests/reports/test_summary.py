"""Many results on a terminal: a line for each."""

import io

from rich.console import Console

from grader.reports.terminal import summary
from grader.results.model import SubmissionInfo
from tests.reports.examples import check, exercise, result


def test_the_summary_has_a_line_for_each_submission() -> None:
    """Exercises have columns where there is room; the score is always there."""
    graded = [
        result(exercise(check(points=2.5), name="relu"), name="alice.ipynb"),
        result(exercise(check("review", 2.5), name="relu"), name="bob.ipynb"),
    ]
    file = io.StringIO()
    summary(graded, Console(file=file, width=80))
    header, first, second = file.getvalue().splitlines()
    assert header.split() == ["Submission", "relu", "Score", "Pending"]
    assert first.split() == ["alice.ipynb", "2.5", "2.5", "/", "2.5"]
    assert second.split() == ["bob.ipynb", "0", "0", "/", "2.5", "2.5"]


def test_the_summary_leaves_out_exercises_on_a_narrow_terminal() -> None:
    """Where the exercises do not fit, submission and score do."""
    graded = result(*(exercise(check(), name=f"exercise-{number}") for number in range(9)))
    file = io.StringIO()
    summary([graded], Console(file=file, width=60))
    assert file.getvalue().splitlines()[1].split() == ["alice.ipynb", "36", "/", "36"]


def test_the_summary_tells_equal_names_apart() -> None:
    """Submissions of one name are shown by their paths."""
    graded = [
        result(submission=SubmissionInfo(name="a.ipynb", path=f"{who}/a.ipynb", sha256="0" * 64))
        for who in ("alice", "bob")
    ]
    file = io.StringIO()
    summary(graded, Console(file=file, width=80))
    assert "alice/a.ipynb" in file.getvalue()
    assert "bob/a.ipynb" in file.getvalue()
