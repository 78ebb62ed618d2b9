"""What is released goes out through nbgrader's exchange, and what was done comes back through it.

https://nbgrader.readthedocs.io/en/stable/exchange/: the course's folder has `release/ASSIGNMENT`,
`submitted/STUDENT/ASSIGNMENT` and `feedback/STUDENT/ASSIGNMENT`. nbgrader itself is asked where it
is on the path.
"""

import csv
import getpass
import os
import shutil
import subprocess
import zipfile
from pathlib import Path

import pytest
from click.testing import CliRunner

from grader.authoring.release.command import release
from grader.cli import grader
from grader.course.batch import grade_paths
from tests import tiny_release
from tests.notebooks import ROOT
from tests.tiny_release import RIGHT, notebook

NBGRADER = shutil.which("nbgrader")
NUMPY = "import numpy as np"


def run(*arguments: object) -> str:
    """Run a command of the grader, and return what it printed."""
    done = CliRunner().invoke(grader, [*map(str, arguments)])
    assert done.exit_code == 0, done.output
    return done.output


@pytest.fixture
def course(tmp_path: Path) -> Path:
    """Return a course's folder with an assignment that is ready to be released."""
    folder = tmp_path / "course"
    reference = tiny_release.reference(tmp_path / "reference" / "tiny")
    release(reference, folder / "release")
    return folder


def collect(course: Path, downloads: Path) -> None:
    """Collect what is there of a class in which nobody else is."""
    names = [getpass.getuser()] if (downloads / getpass.getuser()).is_dir() else ["anna", "boris"]
    roster = course / "roster.csv"
    roster.write_text("\n".join(["id", *names, ""]), "utf-8")
    run("collect", downloads, "--roster", roster, "--out", course / "in")


def graded(course: Path, downloads: Path) -> Path:
    """Collect and grade what was handed in; return the gradebook."""
    collect(course, downloads)
    status = grade_paths(
        [course / "in"],
        gradebook=course / "course.db",
        jobs=1,
        assignment=str(course.parent / "reference" / "tiny"),
        require_sandbox=False,
    )
    assert status == 0
    return course / "course.db"


def test_folders_are_those_that_nbgrader_documents(course: Path) -> None:
    """The release lies where it looks, and feedback where it takes it from."""
    assert (course / "release" / "tiny" / "tiny.ipynb").is_file()
    for name in ("anna", "boris"):
        folder = course / "submitted" / name / "tiny"
        shutil.copytree(course / "release" / "tiny", folder)
        notebook(folder / "tiny.ipynb", [NUMPY, *RIGHT])
        (folder / "timestamp.txt").write_text("2026-11-28 12:30:05.123456 UTC")
    book = graded(course, course / "submitted")
    run("publish", book, "--feedback", course / "feedback", "--for", "nbgrader")
    pages = sorted((course / "feedback").rglob("*.html"))
    assert [str(each.relative_to(course)) for each in pages] == [
        "feedback/anna/tiny/tiny.html",
        "feedback/boris/tiny/tiny.html",
    ]


@pytest.mark.skipif(NBGRADER is None, reason="nbgrader is not installed")
def test_nbgrader_hands_it_out_and_in(course: Path, tmp_path: Path) -> None:
    """Released, fetched, submitted, collected, graded, and its feedback fetched by the student."""
    exchange, home = tmp_path / "exchange", tmp_path / "home"
    exchange.mkdir()
    # Students of its exchange are accounts, which must be able to write there.
    exchange.chmod(0o777)
    home.mkdir()
    (course / "nbgrader_config.py").write_text(
        f"c = get_config()\nc.CourseDirectory.course_id = 'ml'\nc.Exchange.root = {str(exchange)!r}"
    )

    def nbgrader(*words: str, cwd: Path = course) -> None:
        environment = {**os.environ, "JUPYTER_CONFIG_DIR": str(home), "HOME": str(home)}
        shutil.copy(course / "nbgrader_config.py", home)
        done = subprocess.run(
            [str(NBGRADER), *words], cwd=cwd, env=environment, capture_output=True, check=False
        )
        assert done.returncode == 0, done.stderr.decode()

    nbgrader("release_assignment", "tiny")
    student = tmp_path / "student"
    student.mkdir()
    shutil.copy(course / "nbgrader_config.py", student)
    nbgrader("fetch_assignment", "tiny", cwd=student)
    fetched = {path.name for path in (student / "tiny").rglob("*")}
    assert {"tiny.ipynb", "answers.bin", "requirements.txt"} <= fetched
    notebook(student / "tiny" / "tiny.ipynb", [NUMPY, *RIGHT])
    nbgrader("submit", "tiny", cwd=student)
    nbgrader("collect", "tiny")
    book = graded(course, course / "submitted")
    run("publish", book, "--feedback", course / "feedback", "--for", "nbgrader")
    for folder in (course / "feedback").glob("*/tiny"):
        for name in ("timestamp.txt", "submission_secret.txt"):
            shutil.copy(
                course / "submitted" / folder.relative_to(course / "feedback") / name, folder
            )
    nbgrader("release_feedback", "tiny")
    nbgrader("fetch_feedback", "tiny", cwd=student)
    (page,) = student.rglob("*.html")
    assert "8 of 12" in page.read_text("utf-8") or "12 of 12" in page.read_text("utf-8")


def test_what_otter_exports_is_collected(course: Path) -> None:
    """Its zip, as students upload it to a platform: the notebook of it is that of the student."""
    downloads = course / "downloads"
    for name in ("anna", "boris"):
        made = notebook(course / "tiny.ipynb", [NUMPY, *RIGHT])
        (downloads / name).mkdir(parents=True)
        # https://otter-grader.readthedocs.io/en/latest/otter_check/: what `Notebook.export` packs.
        with zipfile.ZipFile(
            downloads / name / "tiny_2026_11_28T12_30_05_123456.zip", "w"
        ) as made_zip:
            made_zip.write(made, "tiny.ipynb")
            made_zip.writestr("tiny.pdf", b"%PDF-1.4")
            made_zip.writestr("__zip_filename__", "tiny_2026_11_28T12_30_05_123456.zip")
    collect(course, downloads)
    with (course / "in" / "collected.csv").open(newline="", encoding="utf-8-sig") as table:
        rows = list(csv.DictReader(table))
    assert [row["file"] for row in rows] == ["anna/1/tiny.ipynb", "boris/1/tiny.ipynb"]


def test_the_page_has_the_commands_that_are_tested_here() -> None:
    """The docs and this file do not part."""
    page = (ROOT / "docs" / "handing_out.md").read_text("utf-8")
    for command in ("release_assignment", "collect", "release_feedback", "submission_secret"):
        assert command in page
