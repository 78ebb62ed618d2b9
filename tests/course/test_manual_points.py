"""What waits for a person is shown with its rubric, and counts once points are given."""

import csv
import io
import json
import os
import shutil
from collections.abc import Mapping
from pathlib import Path

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook

from grader.assignment.model import CHECKS, CONFIG, REFERENCE
from grader.course.batch import grade_paths
from grader.course.rejudging import rejudge_folder
from grader.errors import UsageError
from tests.gradebook.course import CHECKS_SOURCE, RIGHT

QUESTION = "**Your answer: why**\n\n"
NOTHING = "*Your answer goes here.*"
WORDS = "Because n + n\nis twice n."


def handed_in(path: Path, *cells: nbformat.NotebookNode) -> None:
    """Write a notebook with the function and these cells."""
    notebook = new_notebook(cells=[new_code_cell(RIGHT), *cells])
    path.write_text(nbformat.writes(notebook), "utf-8")


@pytest.fixture(scope="module")
def graded(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder with graded submissions."""
    folder = tmp_path_factory.mktemp("by_hand")
    reference, into = folder / "reference" / "tiny", folder / "in"
    reference.mkdir(parents=True)
    into.mkdir()
    (reference / CONFIG).write_text('title = "Tiny"\n', "utf-8")
    (reference / CHECKS).write_text(CHECKS_SOURCE, "utf-8")
    handed_in(reference / REFERENCE, new_markdown_cell(QUESTION + WORDS))
    handed_in(into / "anna.ipynb", new_markdown_cell(QUESTION + WORDS))
    below = new_markdown_cell("# your ANSWER: why"), new_markdown_cell(WORDS)
    handed_in(into / "below.ipynb", *below, new_markdown_cell("## The end"))
    handed_in(into / "empty.ipynb", new_markdown_cell(QUESTION + NOTHING))
    handed_in(into / "gone.ipynb", new_markdown_cell("I deleted your question."))
    assert grade_paths([into], out=folder / "out", jobs=1, assignment=str(reference)) == 0
    return folder


@pytest.fixture
def out(graded: Path, tmp_path: Path) -> Path:
    """Return a copy of the results."""
    shutil.copytree(graded / "out", tmp_path / "out")
    return tmp_path / "out"


def result(out: Path, name: str) -> dict[str, object]:
    """Return the written result of a submission."""
    found: dict[str, object] = json.loads((out / f"{name}.json").read_text("utf-8"))
    return found


def totals(out: Path, name: str) -> tuple[object, object]:
    """Return score and pending points of a submission."""
    found = result(out, name)
    return found["score"], found["pending"]


def why(out: Path, name: str) -> list[dict[str, object]]:
    """Return the results of the criteria."""
    (found,) = (each for each in result(out, name)["exercises"] if each["id"] == "why")  # type: ignore[attr-defined]
    checks: list[dict[str, object]] = found["checks"]
    return checks


def table(path: Path, rows: Mapping[tuple[str, str, str], str], *, delimiter: str = ",") -> Path:
    """Write a table of points."""
    file = io.StringIO()
    writer = csv.writer(file, delimiter=delimiter)
    writer.writerow(("submission", "exercise", "check", "points", "comment"))
    writer.writerows((*who, *points.split("|")) for who, points in rows.items())
    path.write_text(file.getvalue(), "utf-8")
    return path


@pytest.mark.parametrize("name", ["anna", "below"])
def test_an_answer_waits_with_its_text_and_its_rubric(graded: Path, name: str) -> None:
    """Each criterion is pending, and the words stand beside the first, wherever they were put."""
    assert totals(graded / "out", name) == (2, 3)
    first, second = why(graded / "out", name)
    assert (first["title"], first["max_points"]) == ("It says that n + n is 2 n.", 2)
    assert first["status"] == second["status"] == "review"
    assert first["evidence"]["text"] == WORDS  # type: ignore[index]
    assert second["evidence"] is None


def test_no_answer_is_no_points_and_a_missing_question_waits(graded: Path) -> None:
    """Nobody has to read what is empty; what was not found is left to a person."""
    assert totals(graded / "out", "empty") == (2, 0)
    assert (
        why(graded / "out", "empty")[0]["message"] == "Nothing is written below 'Your answer: why'."
    )
    assert totals(graded / "out", "gone") == (2, 3)


def test_points_count_and_stay_counted(out: Path) -> None:
    """Given points are in the score, with the comment, also when it is judged again later."""
    rows = {
        ("anna", "why", "sum"): "1,5|Nearly.",
        ("anna", "why", "clear"): "1",
    }
    points = table(out / "points.csv", rows, delimiter=";")
    assert rejudge_folder(out, jobs=1, manual=points) == 0
    assert totals(out, "anna") == (4.5, 0)
    first, second = why(out, "anna")
    assert (first["status"], first["points"]) == ("failed", 1.5)
    assert first["comment"] == "Read by a person: 1.5 of 2 points. Nearly."
    assert second["status"] == "passed"
    assert totals(out, "below") == (2, 3)
    assert rejudge_folder(out, jobs=1) == 0
    assert totals(out, "anna") == (4.5, 0)
    assert '"anna",4.5,5,0,' in (out / "grades.csv").read_text("utf-8")
    table(points, {("anna", "why", "sum"): "2"})
    rejudge_folder(out, jobs=1, manual=points)
    assert totals(out, "anna") == (5, 0)


def test_a_dry_run_shows_and_writes_nothing(out: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Who would gain is told before it is written."""
    points = table(out / "points.csv", {("anna", "why", "sum"): "2"})
    rejudge_folder(out, jobs=1, manual=points, dry_run=True)
    assert "why.sum" in capsys.readouterr().out
    assert totals(out, "anna") == (2, 3)
    rejudge_folder(out, jobs=1)
    assert totals(out, "anna") == (2, 3)


def test_what_waits_is_written_to_be_filled_in(out: Path) -> None:
    """The table has a line for each criterion with the text, and can be read as it is."""
    points = out / "points.csv"
    rejudge_folder(out, jobs=1, waiting=points)
    rows = list(csv.DictReader(io.StringIO(points.read_text("utf-8"), newline="")))
    waiting = [(row["submission"], row["check"], row["of"]) for row in rows]
    assert waiting[:2] == [("anna", "sum", "2"), ("anna", "clear", "1")]
    assert {name for name, _, _ in waiting} == {"anna", "below", "gone"}
    assert rows[0]["text"] == WORDS.replace("\n", " ")
    before = totals(out, "anna")
    assert rejudge_folder(out, jobs=1, manual=points) == 0
    assert totals(out, "anna") == before


@pytest.mark.parametrize(
    ("row", "points", "told"),
    [
        (("nobody", "why", "sum"), "1", "no result of 'nobody'"),
        (("anna", "why", "style"), "1", "no check why.style"),
        (("anna", "double", "doubles"), "0", "does not wait for a person"),
        (("empty", "why", "sum"), "2", "does not wait for a person"),
        (("anna", "why", "sum"), "2.5", "from 0 to 2"),
        (("anna", "why", "sum"), "-1", "from 0 to 2"),
        (("anna", "why", "sum"), "0.3", "multiple of 0.5"),
        (("anna", "why", "sum"), "nan", "multiple of 0.5"),
        (("anna", "why", "sum"), "many", "multiple of 0.5"),
    ],
)
def test_a_line_that_does_not_fit_is_told_of(
    out: Path, row: tuple[str, str, str], points: str, told: str
) -> None:
    """The line is named, and none of the table is used."""
    path = table(out / "points.csv", {("below", "why", "sum"): "2", row: points})
    with pytest.raises(UsageError, match=told) as raised:
        rejudge_folder(out, jobs=1, manual=path)
    assert "line 3" in str(raised.value)
    assert totals(out, "below") == (2, 3)


def test_a_pipe_is_no_table(out: Path) -> None:
    """It is not waited for."""
    os.mkfifo(out / "points.csv")
    with pytest.raises(UsageError, match="cannot be read"):
        rejudge_folder(out, jobs=1, manual=out / "points.csv")


def test_a_table_without_its_columns_is_told_of(out: Path) -> None:
    """The sentence names the columns that are missing."""
    (out / "points.csv").write_text("name,points\nanna,2\n", "utf-8")
    with pytest.raises(UsageError, match="no column check, exercise, submission"):
        rejudge_folder(out, jobs=1, manual=out / "points.csv")
