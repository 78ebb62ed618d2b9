"""`--report` as a person calls it: each format to a file, to stdout and into a folder."""

import json
import re
from pathlib import Path

import pytest
from click.testing import CliRunner
from junitparser import JUnitXml

from grader.cli import grade
from grader.course import batch
from grader.course.jobs import Outcome
from grader.course.workers import executor
from grader.reports.formats import COURSE_FORMATS, FORMATS
from grader.results.model import Result
from tests.notebooks import ROOT
from tests.reports.test_junit import SCHEMA

EVERY = (*FORMATS, *COURSE_FORMATS)
# Of a format that is not among them nothing is said but that something is written.
BEGINS = {
    "annotations": "::error file=",
    "anonymous": "<!DOCTYPE html>",
    "csv": '"submission","score"',
    "gradescope": "{",
    "html": "<!DOCTYPE html>",
    "json": "{",
    "junit": "<?xml",
    "markdown": "## ",
    "notebook": "{",
    "overview": "<!DOCTYPE html>",
}


@pytest.fixture
def graded_once(real: Result, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Have grading return the real result at once, and return the names of what was graded."""
    asked: list[str] = []

    def perform(job: object, *_: object) -> Outcome:
        asked.append(str(job))
        return Outcome(real)

    monkeypatch.setattr(executor, "perform", perform)
    return asked


@pytest.fixture
def slow(monkeypatch: pytest.MonkeyPatch) -> None:
    """Make the machine one of which it is told that it is slow."""
    monkeypatch.setattr(batch, "slowness", lambda: 3)


def call(*arguments: object) -> tuple[int, str, str]:
    """Return the exit status of `grade`, its stdout and its stderr."""
    done = CliRunner().invoke(grade, [*map(str, arguments), "--no-require-sandbox"])
    return done.exit_code, done.stdout, done.stderr


def test_one_run_writes_every_format(graded_once: list[str], typical: Path, tmp_path: Path) -> None:
    """Each goes to the file that it was asked for in, from one grading."""
    reports = [f"--report={name}={tmp_path / name}" for name in EVERY]
    status, _, told = call(typical, *reports)
    assert status == 0, told
    for name in EVERY:
        written = (tmp_path / name).read_text("utf-8")
        assert written, name
        assert written.startswith(BEGINS.get(name, "")), name
    assert len(graded_once) == 1


@pytest.mark.parametrize("name", EVERY)
def test_a_report_goes_to_stdout_alone(graded_once: list[str], typical: Path, name: str) -> None:
    """With `-` there is the report on stdout and nothing else."""
    status, written, _ = call(typical, "--report", f"{name}=-")
    assert status == 0
    assert written
    assert written.startswith(BEGINS.get(name, ""))
    assert "Score:" not in written.splitlines()[-1]


def test_a_folder_gets_every_format(graded_once: list[str], typical: Path, tmp_path: Path) -> None:
    """With `--out` each format has its own file, named after the submission."""
    out = tmp_path / "out"
    reports = [part for name in EVERY for part in ("--report", name)]
    status, _, told = call(typical, "--out", out, *reports)
    assert status == 0, told
    stem = typical.stem
    assert {path.name for path in out.glob("[!.]*")} == {
        *(f"{stem}{form.suffix}" for form in FORMATS.values()),
        *(form.file for form in COURSE_FORMATS.values()),
    }
    assert json.loads((out / f"{stem}.json").read_text("utf-8"))["score"] == 50


@pytest.mark.parametrize(
    ("reports", "said"),
    [
        (["pdf={folder}/a.pdf"], "There is no report 'pdf'; there are annotations, anonymous"),
        (["html"], "--report html needs a file"),
        (["html="], "names no file"),
        (["html={folder}/none/a.html"], "there is no folder"),
        (["html={folder}"], "is a folder. Name a file inside it."),
        (["html={notebook}"], "would overwrite the submission"),
        (["html={folder}/a", "junit={folder}/a"], "Two reports would be written to"),
        (["html=-", "junit=-"], "Only one report can go to stdout"),
        (["html=/proc/a.html"], "/proc/a.html cannot be written"),
    ],
)
def test_what_cannot_be_written_is_refused_before_anything_is_graded(
    graded_once: list[str],
    slow: None,
    typical: Path,
    tmp_path: Path,
    reports: list[str],
    said: str,
) -> None:
    """One sentence, exit status 2, no grading and no file, however slow the machine is."""
    named = [each.format(folder=tmp_path, notebook=typical) for each in reports]
    status, written, told = call(typical, *(f"--report={each}" for each in named))
    assert status == 2
    assert said in told
    assert len(told.strip().splitlines()) == 1
    assert written == ""
    assert graded_once == []
    assert list(tmp_path.iterdir()) == []


def test_a_result_that_cannot_be_written_is_refused_too(
    graded_once: list[str], typical: Path, tmp_path: Path
) -> None:
    """`--json` is looked at as early."""
    status, _, told = call(typical, "--json", tmp_path / "none" / "a.json")
    assert (status, graded_once) == (2, [])
    assert "there is no folder" in told


def test_what_cannot_be_graded_is_told_where_ci_looks(tmp_path: Path) -> None:
    """The job fails, and its summary, annotations and tests say why."""
    submission = tmp_path / "my_work.ipynb"
    submission.write_text("", "utf-8")
    files = {name: tmp_path / name for name in ("annotations", "junit", "markdown")}
    options = [f"--report={name}={file}" for name, file in files.items()]
    ran = CliRunner().invoke(grade, [str(submission), *options])
    assert ran.exit_code == 2
    told = {name: file.read_text("utf-8") for name, file in files.items()}
    assert told["annotations"].startswith(f"::error file={submission},line=1,title=Not graded::")
    assert told["markdown"].startswith("## my\\_work: not graded\n")
    (suite,) = JUnitXml.fromstring(told["junit"])
    assert suite.errors == 1
    SCHEMA.validate(told["junit"])
    assert all("is empty" in text for text in told.values())


@pytest.mark.parametrize("name", EVERY)
def test_each_format_is_told_and_documented(name: str) -> None:
    """The help names it, and the page of reports has a row for it, with its file in a folder."""
    told = CliRunner().invoke(grade, ["--help"]).output
    assert re.search(rf"\b{name}\b", told)
    file = f"NAME{FORMATS[name].suffix}" if name in FORMATS else COURSE_FORMATS[name].file
    page = (ROOT / "docs" / "reports.md").read_text("utf-8")
    row = re.search(rf"^\| `{name}` \| .* \| `{re.escape(file)}` \|$", page, re.MULTILINE)
    assert row, f"docs/reports.md needs a row: | `{name}` | whom it is for | `{file}` |"
