"""The commands as a person or a CI job calls them."""

import csv
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any
from unittest.mock import Mock

import jsonschema
import pexpect
import pytest
from click.testing import CliRunner

from grader.cli import grade, grader
from grader.results.schema import SCHEMA_FILE
from tests.notebooks import ROOT, SLOW, edited, submission

UNIT = ("--only", "linear,relu")


def command(*arguments: object, cwd: Path = ROOT) -> subprocess.CompletedProcess[str]:
    """Run `grade` with the arguments."""
    return subprocess.run(
        [sys.executable, "-m", "grader", *map(str, arguments)],
        cwd=cwd,
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.fixture(scope="module")
def notebook(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a submission that is right as far as the layers go."""
    return submission(tmp_path_factory.mktemp("right"), drop=SLOW)


def test_a_report_goes_to_stdout_as_plain_text(notebook: Path) -> None:
    """In a pipe the report is plain, and the exit status is 0."""
    done = command(notebook, "--assignment", "nn_from_scratch", *UNIT)
    assert done.returncode == 0, done.stderr
    assert "60 of 60 points" in done.stdout
    assert "\x1b" not in done.stdout + done.stderr


def test_json_on_stdout_is_the_published_schema_s(notebook: Path) -> None:
    """`--json -` prints the result and nothing else, and the schema holds."""
    done = command(notebook, *UNIT, "--json", "-")
    result = json.loads(done.stdout)
    jsonschema.validate(result, json.loads(SCHEMA_FILE.read_text("utf-8")))
    assert (result["score"], result["max_score"], result["partial"]) == (60, 60, True)


def test_quick_grades_a_whole_notebook_without_its_training(tmp_path: Path) -> None:
    """With `--quick` the result says so, what needs the training is pending, and nothing fails."""
    done = command(submission(tmp_path), "--quick", "--json", "-")
    result = json.loads(done.stdout)
    told = (result["quick"], result["score"], result["pending"], done.returncode)
    assert told == (True, 80, 20, 0)


def test_fail_under_decides_the_exit_status(notebook: Path) -> None:
    """Below `--fail-under` the exit status is 1."""
    assert command(notebook, *UNIT, "--fail-under", "60").returncode == 0
    assert command(notebook, *UNIT, "--fail-under", "60.5").returncode == 1


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("empty.ipynb", b""),
        ("truncated.ipynb", b'{"cells": [{"cell_type": "code", "sour'),
        ("report.pdf", b"%PDF-1.7 ..."),
        ("no-cells.ipynb", b'{"cells": [], "metadata": {}, "nbformat": 4, "nbformat_minor": 5}'),
    ],
)
def test_a_file_that_is_no_notebook_is_one_clear_sentence(
    tmp_path: Path, name: str, content: bytes
) -> None:
    """An unusable file is named, with what to do, and the exit status is 2."""
    (tmp_path / name).write_bytes(content)
    done = command(tmp_path / name)
    assert done.returncode == 2
    assert name in done.stderr
    assert "Traceback" not in done.stderr


def test_a_folder_without_notebooks_is_said_to_be_one(tmp_path: Path) -> None:
    """There is nothing to grade, and that is said."""
    done = command(tmp_path)
    assert done.returncode == 2
    assert str(tmp_path) in done.stderr


def test_a_batch_goes_on_after_a_bad_file(tmp_path: Path) -> None:
    """Each notebook gets a JSON file, the bad one a row with its sentence."""
    folder, out = tmp_path / "in", tmp_path / "out"
    folder.mkdir()
    (folder / "broken.ipynb").write_text("{", "utf-8")
    submission(folder, drop=SLOW, name="good.ipynb")
    done = command(
        folder, *UNIT, "--out", out, "--assignment", ROOT / "reference" / "nn_from_scratch"
    )
    assert done.returncode == 2, done.stderr
    assert sorted(path.name for path in out.glob("[!.]*")) == ["good.json", "grades.csv"]
    with (out / "grades.csv").open(encoding="utf-8", newline="") as file:
        rows = {row["submission"]: row for row in csv.DictReader(file)}
    assert rows["good"]["score"] == "60"
    assert rows["broken"]["score"] == ""
    assert "broken.ipynb" in rows["broken"]["note"]


def test_notebooks_of_one_name_keep_their_results_apart(tmp_path: Path) -> None:
    """Two files called alike in two folders give two results."""
    for student in ("ada", "bob"):
        (tmp_path / student).mkdir()
        submission(tmp_path / student, drop=SLOW, name="homework.ipynb")
    done = command(
        tmp_path, "--only", "relu", "--out", tmp_path / "out", "--assignment", "nn_from_scratch"
    )
    assert done.returncode == 0, done.stderr
    names = {path.name for path in (tmp_path / "out").glob("[!.]*")}
    assert names == {"ada--homework.json", "bob--homework.json", "grades.csv"}


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--only", "conv"], "has no exercise 'conv'"),
        (["--assignment", "no_such"], "no assignment 'no_such'"),
        (["--json", "/no/such/folder/result.json", "--only", "relu"], "/no/such/folder"),
    ],
)
def test_a_call_that_cannot_be_carried_out_says_why(
    notebook: Path, arguments: list[str], said: str
) -> None:
    """A wrong option is one sentence, with exit status 2."""
    done = command(notebook, *arguments)
    assert done.returncode == 2
    assert said in done.stderr.replace("\n", " ")
    assert "Traceback" not in done.stderr


def test_only_runs_the_cells_that_are_needed(tmp_path: Path) -> None:
    """With `--only`, a cell that the exercises do not need is not run."""
    path = submission(tmp_path, append=("raise SystemExit('never run')",))
    result = json.loads(command(path, "--only", "relu", "--json", "-").stdout)
    assert result["score"] == 20
    assert all(cell["status"] == "ok" for cell in result["cells"])
    assert len(result["cells"]) < 5


def test_a_terminal_shows_which_cell_runs_and_since_when(tmp_path: Path) -> None:
    """On a terminal a line tells the cell and how long it has run."""
    path = submission(tmp_path, append=("import time; time.sleep(3)",), drop=SLOW)
    arguments = ["-m", "grader", str(path)]
    terminal = pexpect.spawn(sys.executable, arguments, cwd=ROOT, timeout=60, encoding="utf-8")
    terminal.expect(r"code cell (\d+) of \1\D.*0:00:02")
    terminal.expect("Score: 60 of 100 points")
    terminal.expect(pexpect.EOF)


def test_an_assignment_is_found_from_its_metadata(notebook: Path) -> None:
    """The notebook's metadata name the assignment, and the working folder leads to it."""
    assert command(notebook, "--only", "relu").returncode == 0


def test_a_hostile_error_message_stays_inert(tmp_path: Path) -> None:
    """What a student's code says is shown as data: no markup, no terminal control."""
    relu = edited(
        "relu",
        ("return np.maximum(input, 0)", "raise ValueError('[bold]x[/bold] \\x1b[2J =1+1')"),
    )
    path = submission(tmp_path, {"relu": relu}, drop=SLOW)
    done = command(path, *UNIT)
    assert "[bold]x[/bold]" in done.stdout
    assert "\x1b" not in done.stdout


@pytest.mark.parametrize(
    ("called", "where"),
    [
        ([grade, "x.ipynb"], "grader.course.batch.find"),
        ([grade, "--preflight", "x.ipynb"], "grader.course.preflights.find"),
        ([grader, "rejudge", "results"], "grader.course.rejudging.Store"),
        ([grader, "verify", "nn_from_scratch"], "grader.assignment.loading.load"),
        ([grader, "release", "nn_from_scratch"], "grader.assignment.loading.in_sight"),
        ([grader, "data"], "grader.datasets.locate"),
    ],
    ids=["grade", "preflight", "rejudge", "verify", "release", "data"],
)
def test_ctrl_c_ends_any_command_with_a_status_of_its_own(
    monkeypatch: pytest.MonkeyPatch, called: list[Any], where: str
) -> None:
    """Whenever it comes, the status is 130, which is no command's verdict."""
    monkeypatch.setattr(where, Mock(side_effect=KeyboardInterrupt))
    command, *arguments = called
    done = CliRunner().invoke(command, arguments)
    assert done.exit_code == 130
    assert done.stderr.splitlines()[-1] == "Interrupted."
    assert done.stdout == ""


@pytest.mark.parametrize("name", ["grade", "grader"])
def test_the_installed_commands_explain_themselves(name: str) -> None:
    """`--help` shows examples."""
    program = Path(sys.executable).with_name(name)
    done = subprocess.run([program, "--help"], capture_output=True, text=True, check=True)
    assert "Usage" in done.stdout
    if name == "grade":
        assert "grade submission.ipynb" in done.stdout


def test_who_stops_reading_is_told_nothing() -> None:
    """A pipe that its reader closes ends a command quietly, and is no failure of the grader."""
    reading, writing = os.pipe()
    os.close(reading)
    done = subprocess.run(
        [sys.executable, "-c", "from grader.cli import grader; grader()", "data"],
        cwd=ROOT,
        stdout=writing,
        stderr=subprocess.PIPE,
        text=True,
        check=False,
    )
    os.close(writing)
    assert done.stderr == ""
