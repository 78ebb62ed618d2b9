"""A course's folder of submissions, graded by the command as an instructor calls it."""

import csv
import json
import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from grader.course.store import FOLDER
from tests.course.light import light_assignment
from tests.notebooks import ROOT, SLOW, edited, submission

COUNT = 4


def command(*arguments: object) -> list[str]:
    """Return the command that grades one exercise with the arguments."""
    options = ["--only", "relu", "--assignment", str(light_assignment()), "--no-require-sandbox"]
    return [sys.executable, "-m", "grader", *map(str, arguments), *options]


def grade(*arguments: object) -> "subprocess.CompletedProcess[str]":
    """Run the command to its end."""
    return subprocess.run(
        command(*arguments), cwd=ROOT, capture_output=True, text=True, check=False, timeout=300
    )


@pytest.fixture
def course(tmp_path: Path) -> Path:
    """Return a folder of submissions, every second of them right."""
    folder = tmp_path / "submissions"
    folder.mkdir()
    wrong = {"relu": edited("relu", ("np.maximum(input, 0)", "np.abs(input)"))}
    for number in range(COUNT):
        submission(folder, wrong if number % 2 else {}, drop=SLOW, name=f"s{number}.ipynb")
    return folder


def results(out: Path) -> dict[str, Any]:
    """Return what was written for each submission, but for the times."""
    found = {}
    for path in sorted(out.glob("*.json")):
        result = json.loads(path.read_text("utf-8"))
        del result["seconds"]
        for timed in result["cells"]:
            del timed["seconds"]
        for grading in result["history"]:
            del grading["date"]
        found[path.stem] = result
    return found


def table(out: Path) -> dict[str, str]:
    """Return the score of each submission in `grades.csv`."""
    with (out / "grades.csv").open(encoding="utf-8", newline="") as file:
        return {row["submission"]: row["score"] for row in csv.DictReader(file)}


def test_side_by_side_is_as_one_by_one(course: Path, tmp_path: Path) -> None:
    """The results do not depend on how many workers there are."""
    assert grade(course, "--out", tmp_path / "one", "--jobs", 1).returncode == 0
    assert grade(course, "--out", tmp_path / "three", "--jobs", 3).returncode == 0
    assert results(tmp_path / "one") == results(tmp_path / "three")
    assert table(tmp_path / "one") == table(tmp_path / "three")
    assert set(table(tmp_path / "one")) == {f"s{number}" for number in range(COUNT)}


def test_what_was_graded_is_not_graded_again(course: Path, tmp_path: Path) -> None:
    """Only what has changed since is: a notebook of other contents, or another call."""
    out = tmp_path / "out"
    grade(course, "--out", out)
    before = results(out)
    assert f"{COUNT} of {COUNT} were graded before" in grade(course, "--out", out).stderr
    assert results(out) == before
    submission(course, {"relu": "class ReLU: pass"}, drop=SLOW, name="s0.ipynb")
    assert f"{COUNT - 1} of {COUNT} were graded before" in grade(course, "--out", out).stderr
    assert table(out)["s0"] == "0"
    assert "graded before" not in grade(course, "--out", out, "--seed", 5).stderr
    assert "graded before" not in grade(course, "--out", out, "--seed", 5, "--force").stderr


def test_a_lesser_feedback_is_written_without_grading_again(course: Path, tmp_path: Path) -> None:
    """What was kept is whole: another level is a matter of writing, and the lesser one holds."""
    out = tmp_path / "out"
    grade(course, "--out", out)
    assert "evidence" in (out / "s1.json").read_text("utf-8")
    done = grade(course, "--out", out, "--feedback", "score")
    assert f"{COUNT} of {COUNT} were graded before" in done.stderr
    (check,) = results(out)["s1"]["exercises"][0]["checks"]
    assert check["id"] == "hidden"


def records(out: Path) -> dict[str, bytes]:
    """Return the record of each submission that has been graded."""
    return {path.stem: path.read_bytes() for path in (out / FOLDER).glob("*.json")}


def test_killed_at_any_moment_it_goes_on_from_there(course: Path, tmp_path: Path) -> None:
    """No result is lost, half written or made twice, and in the end all are as if undisturbed."""
    out = tmp_path / "out"
    moments = random.Random(7)  # noqa: S311
    for _ in range(4):
        running = subprocess.Popen(
            command(course, "--out", out, "--jobs", 2),
            cwd=ROOT,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
        until = min(COUNT, len(records(out)) + moments.randint(0, 2))
        while len(records(out)) < until and running.poll() is None:
            time.sleep(0.02)
        time.sleep(moments.uniform(0, 0.5))
        os.killpg(running.pid, signal.SIGKILL)
        running.wait()
        for path in [*out.rglob("*.json")]:
            json.loads(path.read_text("utf-8"))
    before = records(out)
    assert grade(course, "--out", out).returncode == 0
    assert grade(course, "--out", tmp_path / "whole").returncode == 0
    after = records(out)
    assert {name: after[name] for name in before} == before
    assert results(out) == results(tmp_path / "whole")
    assert table(out) == table(tmp_path / "whole")


def test_ctrl_c_ends_it_with_everything_kept(course: Path, tmp_path: Path) -> None:
    """The status is 130, what is done is there, and the next call goes on with the rest."""
    out = tmp_path / "out"
    slow = edited("relu") + "\nimport time\ntime.sleep(30)"
    submission(course, {"relu": slow}, drop=SLOW, name="slow.ipynb")
    # Shells have what they run in the background ignore it, and what that runs.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    running = subprocess.Popen(
        command(course, "--out", out, "--jobs", 2),
        cwd=ROOT,
        stderr=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        text=True,
        start_new_session=True,
    )
    until = time.monotonic() + 60
    while len(list(out.glob("s[0-9].json"))) < COUNT and time.monotonic() < until:
        time.sleep(0.1)
    os.killpg(running.pid, signal.SIGINT)
    _, said = running.communicate(timeout=60)
    assert running.returncode == 130
    assert "Interrupted" in said
    assert "Traceback" not in said
    assert set(table(out)) == {f"s{number}" for number in range(COUNT)}


def test_two_notebooks_of_one_name_have_a_result_each(tmp_path: Path) -> None:
    """Folders tell them apart, as learning platforms hand them out."""
    for name in ("ann", "bob"):
        (tmp_path / "in" / name).mkdir(parents=True)
        submission(tmp_path / "in" / name, drop=SLOW)
    grade(tmp_path / "in", "--out", tmp_path / "out")
    assert set(table(tmp_path / "out")) == {"ann/submission", "bob/submission"}
