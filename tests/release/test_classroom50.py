"""The autograder for Classroom 50, run as its runner runs it.

What the runner gives and takes is at
https://github.com/foundation50/classroom50/wiki/Advanced-Autograding.
"""

import ast
import json
import os
import shlex
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from grader.assignment.loading import load
from grader.authoring.release.classroom50 import autograder, slug
from grader.authoring.release.command import address, release
from grader.authoring.release.student_notebook import read_reference, solution_lines
from grader.errors import UsageError
from tests import tiny_release
from tests.notebooks import ROOT
from tests.release.test_assignments import texts_of
from tests.reports.test_classroom50 import SCHEMA, assert_adds_up
from tests.tiny_release import DOUBLE, RIGHT, SQUARED, notebook

NUMPY = "import numpy as np"
COMMIT = "https://github.com/uni/ml-tiny-anna/commit/0123"
GIVEN = {
    "CLASSROOM": "ml",
    "ASSIGNMENT": "tiny",
    "SUBMISSION_TAG": "submit/2026-11-28T12-30-05Z-0123456",
    "USERNAME": "anna",
    "OWNER": "anna",
    "ASSIGNMENT_TYPE": "individual",
    "COMMIT_URL": COMMIT,
    "RELEASE_URL": "https://github.com/uni/ml-tiny-anna/releases/tag/submit%2F1",
    "REVIEW_URL": COMMIT,
    # An environment that has the grader, as a runner of one's own may.
    "GRADER_VENV": sys.prefix,
}


@pytest.fixture(scope="module")
def bundle(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the assignment's folder as a runner unpacks it, out of sight of all others."""
    course = tmp_path_factory.mktemp("course")
    classroom = course / "classroom50" / "ml"
    classroom.mkdir(parents=True)
    reference = tiny_release.reference(course / "reference" / "tiny")
    release(reference, course / "assignments", classroom=classroom)
    runtime = tmp_path_factory.mktemp("runner") / "classroom50-runtime" / "tiny"
    return shutil.copytree(classroom / "autograders" / "tiny", runtime)


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """Return an empty checkout of a student's repository."""
    folder = tmp_path / "ml-tiny-anna"
    folder.mkdir()
    return folder


def called(bundle: Path, checkout: Path, **given: str) -> "subprocess.CompletedProcess[str]":
    """Call the autograder in the checkout."""
    output = {"GITHUB_OUTPUT": str(checkout.parent / "output")}
    return subprocess.run(
        [sys.executable, str(bundle / "autograder.py")],
        cwd=checkout,
        env={**os.environ, **GIVEN, **output, **given},
        capture_output=True,
        text=True,
        check=False,
    )


def graded(bundle: Path, checkout: Path) -> Any:
    """Return the result, which the runner takes."""
    done = called(bundle, checkout)
    assert done.returncode == 0, done.stderr
    told = json.loads((checkout / "result.json").read_text("utf-8"))
    SCHEMA.validate(told)
    assert_adds_up(told)
    return told


def test_a_submission_gets_its_points(bundle: Path, checkout: Path) -> None:
    """Result, text of the release, status and page; what only the staff decides is pending."""
    notebook(checkout / "tiny.ipynb", [NUMPY, *SQUARED])
    told = graded(bundle, checkout)
    assert (told["score"], told["max-score"]) == (2, 12)
    assert (told["owner"], told["submission"]) == ("anna", GIVEN["SUBMISSION_TAG"])
    assert "Your function squares" in (checkout / "release-body.md").read_text("utf-8")
    assert "squared" in (checkout / "feedback.html").read_text("utf-8")
    output = (checkout.parent / "output").read_text("utf-8").splitlines()
    assert output == ["status=failure", "summary=2 of 12 points, 4 pending"]


def test_all_right_is_a_success(bundle: Path, checkout: Path) -> None:
    """What is pending fails no commit."""
    notebook(checkout / "tiny.ipynb", [NUMPY, *RIGHT])
    assert graded(bundle, checkout)["score"] == 8
    assert "status=success" in (checkout.parent / "output").read_text("utf-8")


def test_what_the_student_brings_is_not_run(bundle: Path, checkout: Path) -> None:
    """Checks, settings and modules of the checkout change nothing, nor do links in it."""
    ran = checkout.parent / "ran"
    code = f"open({str(ran)!r}, 'w').close()\n"
    shutil.copytree(bundle / "public", checkout / "public")
    shutil.copy(bundle / "assignment.toml", checkout)
    for name in ("grader", "json", "pip", "sitecustomize", "numpy", "venv", "public/checks"):
        (checkout / f"{name}.py").write_text(code)
    elsewhere = checkout.parent / "elsewhere"
    elsewhere.write_text("kept")
    (checkout / "result.json").symlink_to(elsewhere)
    notebook(checkout / "tiny.ipynb", [NUMPY, *SQUARED])
    assert graded(bundle, checkout)["score"] == 2
    assert not ran.exists()
    assert elsewhere.read_text() == "kept"


@pytest.mark.parametrize("files", [{}, {"a.ipynb": "{}", "b.ipynb": "{}"}, {"tiny.ipynb": "{}"}])
def test_what_cannot_be_graded_is_told(bundle: Path, checkout: Path, files: dict[str, str]) -> None:
    """No points of all that there are, and a sentence that says what to hand in."""
    for name, text in files.items():
        (checkout / name).write_text(text, "utf-8")
    told = graded(bundle, checkout)
    assert (told["score"], told["max-score"]) == (0, 12)
    assert "tiny.ipynb" in (checkout / "release-body.md").read_text("utf-8")


@pytest.mark.parametrize("grade", ["exit 3", "kill -9 $$", "exit 0", "sleep 60"])
def test_a_grader_that_fails_makes_no_result(
    bundle: Path, checkout: Path, tmp_path: Path, grade: str
) -> None:
    """The runner calls it an error then, and keeps the release that there is."""
    notebook(checkout / "tiny.ipynb", [NUMPY, *RIGHT])
    venv = tmp_path / "venv" / "bin"
    venv.mkdir(parents=True)
    (venv / "grade").write_text(f"#!/bin/sh\n{grade}\n")
    (venv / "grade").chmod(0o755)
    environment = {"GRADER_VENV": str(tmp_path / "venv"), "AUTOGRADER_STOP_SECONDS": "1"}
    done = called(bundle, checkout, **environment)
    assert done.returncode == 1
    assert not (checkout / "result.json").exists()


def test_it_installs_what_lies_beside_it(bundle: Path, checkout: Path, tmp_path: Path) -> None:
    """Into an environment of its own, from its own folder, and by its own requirements."""
    notebook(checkout / "tiny.ipynb", [NUMPY, *RIGHT])
    (checkout / "requirements.txt").write_text("evil\n")
    alone = shutil.copytree(bundle, tmp_path / "bundle")
    (alone / "requirements.txt").write_text("./missing_wheel-1-py3-none-any.whl\n")
    done = called(alone, checkout, GRADER_VENV="", PIP_NO_INDEX="1")
    assert done.returncode == 1
    assert "missing_wheel-1-py3-none-any.whl" in done.stderr
    assert "evil" not in done.stderr


def test_nothing_in_it_is_secret(bundle: Path) -> None:
    """Classroom 50 publishes it: it has no line of the solution, no hidden check and no seed."""
    secrets = solution_lines(read_reference(_written(DOUBLE, bundle.parent / "solution.ipynb")))
    assert secrets
    for path in filter(Path.is_file, bundle.rglob("*")):
        for text in texts_of(path):
            assert not [each for each in (*secrets, "secret sentence", "-48151") if each in text]
    assert "seed = 73" not in (bundle / "assignment.toml").read_text("utf-8")


def _written(cell: str, path: Path) -> Path:
    return notebook(path, [cell])


def test_the_runtime_is_one_that_it_takes(bundle: Path) -> None:
    """A Python that the grader works on, in the fields that an assignment's `runtime` has there."""
    told = json.loads((bundle / "runtime.json").read_text("utf-8"))
    fields = {"runs-on", "python", "node", "java", "go", "rust", "apt", "container"}
    assert set(told) <= fields
    assert told["python"] in {"3.11", "3.12", "3.13"}
    assert "container" not in told


def test_any_python_of_a_runner_reads_it(bundle: Path) -> None:
    """The default there is newer than the grader's; a runner of one's own may have an older one."""
    ast.parse((bundle / "autograder.py").read_text("utf-8"), feature_version=(3, 8))


def test_it_is_told_what_makes_it_an_assignment(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The next command, with the classroom's name; a folder that is none is refused first."""
    reference = tiny_release.reference(tmp_path / "tiny")
    (tmp_path / "ml").mkdir()
    release(reference, tmp_path / "out", classroom=tmp_path / "ml")
    command = capsys.readouterr().out.splitlines()[-1]
    words = shlex.split(command)
    assert words[:7] == ["gh", "teacher", "assignment", "add", "ORG", "ml", "tiny"]
    assert json.loads(Path(words[words.index("--runtime") + 1]).read_text("utf-8"))
    with pytest.raises(UsageError, match="is no folder"):
        release(reference, tmp_path / "out", classroom=tmp_path / "nowhere")


def test_every_assignment_of_the_repository_fits(reference_folder: Path) -> None:
    """By its name, and by the 10 MiB that the runner fetches."""
    assignment = load(reference_folder)
    assert "_" not in slug(assignment)
    assert autograder(assignment, ROOT / "assignments" / assignment.name)["autograder.py"]


@pytest.mark.parametrize(
    ("owner", "ref", "told"),
    [
        ("uni-ml", "v0.1.0", "git+https://github.com/uni-ml/notebook-grader.git@v0.1.0"),
        ("uni/our-grader", "0123abc", "git+https://github.com/uni/our-grader.git@0123abc"),
        ("uni", None, None),
        (None, "v0.1.0", None),
        ("uni ml", "v1", None),
        ("uni", "--upload-pack=x", None),
        ("uni", "a..b", None),
        ("uni@evil.org", "v1", None),
    ],
)
def test_a_repository_and_a_tag_fill_the_placeholder(
    owner: str | None, ref: str | None, told: str | None
) -> None:
    """Both or neither, and only what can be an account and a tag."""
    if told is None:
        with pytest.raises(UsageError, match="--owner"):
            address(owner, ref)
    else:
        assert address(owner, ref) == told
