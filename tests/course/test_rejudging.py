"""A graded course is judged again from the answers that were kept."""

import json
import os
import shutil
import subprocess
import sys
import zlib
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Literal

import pytest

from grader.agent.wire.frames import HEADER
from grader.course.store import Store
from grader.errors import UsageError
from grader.execution import recording
from grader.execution.recording import Packed, unpacked
from grader.grading import Options, grade, judged_again
from grader.notebook.reading import read
from tests.course.light import lightened
from tests.grading import nn_from_scratch
from tests.notebooks import ROOT, SLOW, edited, submission

# They share one graded course.
pytestmark = pytest.mark.xdist_group("rejudging")


def run(*arguments: object) -> "subprocess.CompletedProcess[str]":
    """Run the grader's module to its end."""
    return subprocess.run(
        [sys.executable, "-c", "from grader.cli import grader; grader()", *map(str, arguments)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
    )


@pytest.fixture(scope="module")
def graded(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder with an assignment of its own, submissions, and their results."""
    folder = tmp_path_factory.mktemp("course")
    lightened(folder / "reference" / "nn")
    (folder / "in").mkdir()
    submission(folder / "in", drop=SLOW, name="right.ipynb")
    wrong = {"relu": edited("relu", ("np.maximum(input, 0)", "np.abs(input)"))}
    submission(folder / "in", wrong, drop=SLOW, name="wrong.ipynb")
    subprocess.run(
        [
            *(sys.executable, "-m", "grader", folder / "in", "--out", folder / "out"),
            *("--only", "relu", "--assignment", folder / "reference" / "nn"),
        ],
        cwd=ROOT,
        check=True,
        capture_output=True,
    )
    return folder


@pytest.fixture
def course(graded: Path, tmp_path: Path) -> Iterator[Path]:
    """Return a copy of the graded folder, at the place that its results know."""
    kept = tmp_path / "kept"
    shutil.copytree(graded, kept)
    yield graded
    shutil.rmtree(graded)
    shutil.copytree(kept, graded)


def scores(course: Path) -> dict[str, float]:
    """Return the score of each result as it is written."""
    return {
        path.stem: json.loads(path.read_text("utf-8"))["score"]
        for path in (course / "out").glob("*.json")
    }


def mend(course: Path, *changes: tuple[str, str]) -> None:
    """Change what the exercise checks and asks, each in the file that says it."""
    for old, new in changes:
        modules = (course / "reference" / "nn").glob("relu*.py")
        (path,) = (each for each in modules if old in each.read_text("utf-8"))
        path.write_text(path.read_text("utf-8").replace(old, new), "utf-8")


# The points of `any_shape` go to `values`.
POINTS = (
    ("@relu.check(points=6)\ndef values", "@relu.check(points=8)\ndef values"),
    (
        "@relu.check(points=2, needs=values)\ndef any_shape",
        "@relu.check(points=0, needs=values)\ndef any_shape",
    ),
)


def test_without_a_change_nobody_moves(course: Path) -> None:
    """The results are the same, and no submission's code is run."""
    for notebook in (course / "in").iterdir():
        notebook.unlink()
    before = scores(course)
    done = run("rejudge", course / "out")
    assert done.returncode == 0, done.stderr
    assert "2 judged, 0 of them differently; for 2 nothing that decides it has" in done.stdout
    assert scores(course) == before


def test_a_report_that_stays_old_is_told_by_the_status(course: Path) -> None:
    """Also where everything was judged: whoever publishes next is not to miss it."""
    (course / "out" / "right.feedback.ipynb").touch()
    for notebook in (course / "in").iterdir():
        notebook.unlink()
    done = run("rejudge", course / "out")
    assert done.returncode == 3, done.stderr
    assert "A report of right stays as it was" in " ".join(done.stdout.split())
    assert "2 judged" in done.stdout


@pytest.mark.parametrize(("status", "floor"), [("error", False), ("failed", True)])
def test_what_is_no_verdict_on_the_notebook_is_judged_again_without_a_change(
    course: Path, status: Literal["error", "failed"], floor: bool
) -> None:
    """Where the grader failed, or another result was kept, the notebook is judged once more."""
    store = Store(course / "out")
    record = store.record("right")
    assert record is not None
    (exercise,) = record.result.exercises
    lost = replace(exercise.checks[0], status=status, points=0)
    other = exercise.with_checks([lost, *exercise.checks[1:]])
    kept = replace(record.result, exercises=(other,), score=other.score, pending=other.pending)
    store.put(replace(record, result=kept, floor=floor))
    done = run("rejudge", course / "out")
    assert "for 1 nothing that decides it has changed" in done.stdout
    again = store.record("right")
    assert again is not None
    assert again.result == record.result


def test_a_recording_is_read_no_further_than_is_asked_for(course: Path) -> None:
    """Its notebook is known before the answers behind it are decoded, or are found to be broken."""
    store = Store(course / "out")
    record, path = store.record("right"), store.recording("right")
    assert record is not None
    packed = Packed(path.read_bytes()[:-100], path)
    assert packed.notebook.sha256 == record.result.submission.sha256
    with pytest.raises(UsageError, match="--force"):
        packed.recording()


def test_mended_points_are_told_and_written(course: Path) -> None:
    """Who moves is told with the checks; a dry run writes nothing, and then it is written."""
    mend(course, *POINTS)
    before = scores(course)
    dry = run("rejudge", course / "out", "--dry-run")
    assert "wrong" in dry.stdout
    assert "relu.values" in dry.stdout
    assert scores(course) == before
    run("rejudge", course / "out")
    assert (
        json.loads((course / "out" / "wrong.json").read_text("utf-8"))["exercises"][0]["checks"][0][
            "max_points"
        ]
        == 8
    )
    assert (
        "were graded before"
        in subprocess.run(
            [
                *(sys.executable, "-m", "grader", course / "in", "--out", course / "out"),
                *("--only", "relu", "--assignment", course / "reference" / "nn"),
            ],
            cwd=ROOT,
            check=False,
            capture_output=True,
            text=True,
        ).stderr
    )


@pytest.mark.parametrize("options", [(), ("--never-lower",), ("--dry-run",)])
def test_a_check_that_fails_the_reference_too_lowers_nobody(
    course: Path, options: tuple[str, ...]
) -> None:
    """It is the course's own fault: every result stays, and it is said whose and why."""
    mend(
        course,
        (
            '"""`forward` returns max(x, 0), element by element."""',
            '"""No."""\n    raise CheckFailed("No.")',
        ),
    )
    before = scores(course)
    done = run("rejudge", course / "out", *options)
    told = " ".join(done.stdout.split())
    assert done.returncode == 3, told
    assert "right keeps its result: the grader itself failed at relu.values" in told
    assert scores(course) == before


def test_a_new_question_runs_the_submission(course: Path) -> None:
    """Where a mended check asks what was never asked, the notebook answers it."""
    mend(
        course,
        (
            'Call("y_before", "relu", "forward", [self.other_x]',
            'Call("y_before", "relu", "forward", [2 * self.other_x]',
        ),
    )
    done = run("rejudge", course / "out")
    assert "had to be run again" in done.stdout
    assert scores(course)["right"] == 20


def test_a_submission_that_is_gone_keeps_its_result(course: Path) -> None:
    """It is named with the reason, and the status says that not all is well."""
    mend(
        course,
        (
            'Call("y_before", "relu", "forward", [self.other_x]',
            'Call("y_before", "relu", "forward", [2 * self.other_x]',
        ),
    )
    (course / "in" / "right.ipynb").unlink()
    before = scores(course)
    done = run("rejudge", course / "out")
    assert done.returncode == 3
    assert "right keeps its result" in done.stdout
    assert scores(course) == before


def test_a_pipe_in_the_place_of_what_is_kept_costs_one_result(course: Path) -> None:
    """It is not waited for, be it a recording's or a record's, and the others are judged."""
    kept = course / "out" / ".grading"
    for name, told in (
        ("right.answers", "it is a device, a pipe or a socket"),
        ("right.json", "its record in"),
    ):
        (kept / name).unlink()
        os.mkfifo(kept / name)
        done = run("rejudge", course / "out")
        assert done.returncode == 3, done.stderr
        said = " ".join(done.stdout.split())
        assert "right keeps its result" in said
        assert told in said
        assert "1 judged, 1 not" in said


@pytest.mark.parametrize("options", [(), ("--waiting", "waiting.csv")], ids=["judge", "table"])
def test_a_folder_without_results_is_said_to_be_one(
    tmp_path: Path, options: tuple[str, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    """There is nothing to judge nor to list, and how to come by it is said."""
    monkeypatch.chdir(tmp_path)
    done = run("rejudge", tmp_path, *options)
    assert done.returncode == 2
    assert "--out" in done.stderr


def test_a_whole_submission_is_judged_from_its_recording(tmp_path: Path) -> None:
    """Figures, the network and the notes too: every exercise comes to the same again."""
    path = submission(
        tmp_path,
        {"train-loop": "network = Sequential(Linear(784, 10))\nlogs = {}"},
        append=("import os; os.listdir('/root')",),
    )
    recorded: list[bytes] = []
    assignment = nn_from_scratch()
    result = grade(read(path), assignment, Options(cell_seconds=60), keep=recorded.append)
    again = judged_again(unpacked(recorded[0], path), assignment)
    assert again is not None
    assert replace(again, seconds=result.seconds) == result


@pytest.mark.parametrize("content", [b"", b"nonsense", b"x\x9c\x03\x00\x00\x00\x00\x01"])
def test_a_broken_recording_is_told(tmp_path: Path, content: bytes) -> None:
    """A file that is no recording is named, with what to do."""
    with pytest.raises(UsageError, match="--force"):
        unpacked(content, tmp_path / "x.answers")


def test_a_recording_that_unpacks_to_too_much_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A megabyte may hold a gigabyte, which is not unpacked to see that it is none of ours."""
    monkeypatch.setattr(recording, "MOST_UNPACKED", 10**6)
    with pytest.raises(UsageError, match="unpacks to more than 0 MB"):
        unpacked(zlib.compress(HEADER.pack(10**6, 0) + bytes(10**6)), tmp_path / "x.answers")
