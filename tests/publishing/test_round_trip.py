"""What a platform gave to download goes back to it: by its own names, into its own table."""

import csv
import io
import zipfile
from pathlib import Path

import pytest
from click.testing import CliRunner

from grader.cli import grader
from grader.course import jobs
from grader.course.batch import grade_paths
from tests.collecting.exports import (
    Brightspace,
    Canvas,
    HandIn,
    Moodle,
    MoodleFlat,
    a_class,
    notebook,
)
from tests.course.test_results_folder import made_of
from tests.tiny_assignment import DOUBLE, declare

SIZE = 12


def run(*arguments: object) -> str:
    """Run a command of the grader, and return what it printed."""
    done = CliRunner().invoke(grader, [*map(str, arguments)])
    assert done.exit_code in (0, 1), done.output
    return done.output


def handed_in(place: int) -> list[HandIn]:
    """Return what the student at a place did, all but the first: a notebook states its score."""
    text = f"# score {place % 9}, {place}\n{DOUBLE}"
    return [HandIn({"My notebook.ipynb": notebook(text)})] if place else []


def graded(platform: type[Canvas | Moodle | Brightspace], folder: Path) -> Path:
    """Collect and grade a class's download, the first of whom handed in nothing."""
    students = a_class(SIZE, handed_in)
    roster = platform.roster(folder / "roster.csv", students)
    download = platform.export(folder / "download.zip", students)
    run("collect", download, "--roster", roster, "--out", folder / "in")
    status = grade_paths(
        [folder / "in"],
        gradebook=folder / "course.db",
        jobs=1,
        assignment=str(declare(folder / "tiny")),
        require_sandbox=False,
    )
    assert status in (0, 2)
    return folder / "course.db"


@pytest.fixture(autouse=True)
def _not_run(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(jobs, "grade", made_of)
    monkeypatch.setattr("grader.course.batch.slowness", lambda: 1)


@pytest.mark.parametrize("platform", [Canvas, Moodle, MoodleFlat])
def test_feedback_has_the_names_of_the_download(
    platform: type[Canvas | Moodle], tmp_path: Path
) -> None:
    """Each file of the download is answered by one of the same name with another ending."""
    book = graded(platform, tmp_path)
    out, name = tmp_path / "feedback.zip", platform.platform.lower()
    run("publish", book, "--feedback", out, "--for", name, "--provisional")
    with zipfile.ZipFile(out) as answer, zipfile.ZipFile(tmp_path / "download.zip") as download:
        wanted = {each.removesuffix(".ipynb") for each in download.namelist()}
        assert {each.removesuffix(".html") for each in answer.namelist()} == wanted
        assert len(wanted) == SIZE - 1


@pytest.mark.parametrize(
    ("platform", "column", "separator", "encoding"),
    [
        (Canvas, "NN", ",", "utf-8-sig"),
        (MoodleFlat, "Grade", ";", "utf-8"),
        (Brightspace, "NN Points Grade", ",", "utf-8-sig"),
    ],
)
def test_scores_go_back_into_the_export(
    platform: type[Canvas | Moodle | Brightspace],
    column: str,
    separator: str,
    encoding: str,
    tmp_path: Path,
) -> None:
    """Everybody who handed in has theirs, by whatever the platform tells people apart."""
    book, out = graded(platform, tmp_path), tmp_path / "filled.csv"
    export = tmp_path / "roster.csv"
    run("publish", book, "--fill", export, "--column", column, "--out", out, "--provisional")
    tables = [
        list(csv.reader(io.StringIO(path.read_bytes().decode(encoding)), delimiter=separator))
        for path in (export, out)
    ]
    titles = tables[0][0]
    place = next(at for at, title in enumerate(titles) if title.startswith(column))
    scores = [row[place] for row in tables[1] if row[place].isdigit()]
    assert scores == [str(at % 9) for at in range(1, SIZE)]
    for before, after in zip(*tables, strict=True):
        assert before[:place] + before[place + 1 :] == after[:place] + after[place + 1 :]
