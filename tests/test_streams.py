"""Standard output and standard error that fail take nothing from what a call has come to."""

import csv
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.gradebook.course import Course

FULL = Path("/dev/full")
pytestmark = pytest.mark.skipif(not FULL.exists(), reason="only Linux has /dev/full")


@pytest.fixture
def course(tmp_path: Path) -> Course:
    """Return a course of two."""
    course = Course.made(tmp_path)
    for name in ("anna", "boris"):
        course.hand_in(name)
    return course


def run(
    command: str, *arguments: object, cwd: Path, buffered: bool = True, **streams: Any
) -> "subprocess.CompletedProcess[str]":
    """Run a command with a stream that is full, or has no reader, as `streams` say."""
    code = f"from grader.cli import {command}; {command}()"
    options = [] if buffered else ["-u"]
    return subprocess.run(
        [sys.executable, "-P", *options, "-c", code, *map(str, arguments)],
        cwd=cwd,
        check=False,
        text=True,
        timeout=300,
        **{"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, **streams},
    )


def graded(course: Course) -> list[str]:
    """Return whose grades the folder of results has, and what they are."""
    table = (course.results / "grades.csv").read_text("utf-8")
    return [f"{row['submission']} {row['score']}" for row in csv.DictReader(table.splitlines())]


@pytest.mark.parametrize(
    ("asked", "buffered"),
    [([], True), (["--json", "-"], False), (["--report", "markdown=-"], True)],
    ids=["shown", "json", "report"],
)
def test_a_full_standard_output_takes_no_grade(
    course: Course, asked: list[str], buffered: bool
) -> None:
    """It is told, by a status of its own; files, grades and the gradebook are as they would be."""
    one = course.submissions / "anna.ipynb"
    options = ["--gradebook", course.book, "--no-require-sandbox", *asked]
    with FULL.open("w") as full:
        done = run("grade", one, *options, cwd=course.folder, stdout=full, buffered=buffered)
    told = " ".join(done.stderr.split())
    assert done.returncode == 2, told
    assert "Standard output cannot be written: No space left on device." in told
    assert "failed" not in told
    assert graded(course) == ["anna 2"]
    assert "could not be graded" not in course.run("gradebook", "list", course.book)


def test_closed_streams_take_no_grade(course: Course) -> None:
    """What is printed for nobody is lost, and nothing else."""
    one = course.submissions / "anna.ipynb"
    grading = "from grader.cli import grade; grade()"
    options = [str(one), "--json", "-", "--out", str(course.results), "--no-require-sandbox"]
    done = subprocess.run(
        ["/bin/sh", "-c", 'exec "$@" <&- >&- 2>&-', "sh", sys.executable, "-c", grading, *options],
        cwd=course.folder,
        check=False,
        timeout=300,
    )
    assert done.returncode == 0
    assert graded(course) == ["anna 2"]


def test_who_stops_reading_takes_no_grade(course: Course) -> None:
    """`grade one.ipynb --json - --out results | head -1` has graded it."""
    one = course.submissions / "anna.ipynb"
    reading, writing = os.pipe()
    os.close(reading)
    options = ["--json", "-", "--out", course.results, "--no-require-sandbox"]
    done = run("grade", one, *options, cwd=course.folder, stdout=writing)
    os.close(writing)
    assert "rror" not in done.stderr
    assert graded(course) == ["anna 2"]


@pytest.mark.parametrize("way", ["full", "unread"])
def test_a_batch_goes_on_where_nobody_can_be_told(course: Course, way: str) -> None:
    """A log on a full disk, or a terminal that is gone, ends no night of grading."""
    reading, writing = os.pipe()
    os.close(reading)
    options = ["--out", course.results, "--no-require-sandbox", "--jobs", "2"]
    with FULL.open("w") as full:
        done = run(
            "grade",
            course.submissions,
            *options,
            cwd=course.folder,
            stderr=full if way == "full" else writing,
        )
    os.close(writing)
    assert done.returncode == 0
    assert graded(course) == ["anna 2", "boris 2"]


def test_an_error_that_cannot_be_told_keeps_its_status(course: Course) -> None:
    """A script that looks at the exit status knows it all the same."""
    with FULL.open("w") as full:
        done = run("grade", "nowhere.ipynb", cwd=course.folder, stderr=full)
    assert done.returncode == 2


@pytest.mark.parametrize(
    "arguments",
    [["gradebook", "list", "course.db", "--csv", "-"], ["rejudge", "results"]],
    ids=["list", "rejudge"],
)
def test_other_commands_say_so_as_well(course: Course, arguments: list[str]) -> None:
    """What is printed is what was asked for: the call has not done that."""
    assert course.grade() == 0
    named = {"course.db": course.book, "results": course.results}
    with FULL.open("w") as full:
        done = run(
            "grader", *(named.get(each, each) for each in arguments), cwd=course.folder, stdout=full
        )
    assert done.returncode == 2, done.stderr
    assert "Standard output cannot be written" in " ".join(done.stderr.split())
