"""The workflow that students get, and the action for everybody else's."""

import os
import re
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path
from typing import Any

import pytest
import yaml

from grader.authoring.release import workflow
from grader.authoring.release.command import release
from grader.errors import UsageError
from tests import tiny_release
from tests.docs.pages import every_block
from tests.notebooks import ROOT
from tests.tiny_release import RIGHT, SQUARED, notebook

WORKFLOW = ".github/workflows/grade.yml"
PIPELINE = ".gitlab-ci.yml"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a tiny release, out of sight of its reference."""
    released = tiny_release.released(tmp_path_factory.mktemp("course"))
    return shutil.copytree(released, tmp_path_factory.mktemp("student") / "homework")


def steps(folder: Path) -> list[dict[str, Any]]:
    """Return the steps of the released workflow."""
    told = yaml.safe_load((folder / WORKFLOW).read_text("utf-8"))
    found: list[dict[str, Any]] = told["jobs"]["grade"]["steps"]
    return found


def run(folder: Path, tmp_path: Path, cells: tuple[str, ...], **environment: str) -> Any:
    """Run the workflow's grading step as GitHub does, on a notebook of these cells."""
    notebook(folder / "tiny.ipynb", ["import numpy as np", *cells])
    (step,) = (each for each in steps(folder) if each.get("name") == "Grade")
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    summary = {"GITHUB_STEP_SUMMARY": str(tmp_path / "summary.md"), "PATH": path}
    summary |= {"RUNNER_TEMP": str(tmp_path)}
    # https://docs.github.com/en/actions/reference/workflow-syntax-for-github-actions: bash -e.
    return subprocess.run(
        ["bash", "-e", "-c", step["run"]],
        cwd=folder,
        env={**os.environ, **step["env"], **summary, **environment},
        capture_output=True,
        text=True,
        check=False,
    )


def test_a_run_shows_summary_annotations_and_a_page(folder: Path, tmp_path: Path) -> None:
    """A wrong notebook's job ends well, with a summary, annotations, and a page to upload."""
    done = run(folder, tmp_path, SQUARED)
    assert done.returncode == 0, done.stderr
    assert "The public checks decide on 8 of 12 points" in (tmp_path / "summary.md").read_text(
        "utf-8"
    )
    assert "::error file=tiny.ipynb," in done.stdout
    (upload,) = (each for each in steps(folder) if "upload" in each.get("uses", ""))
    assert upload["if"] == "always()"
    assert upload["with"]["path"] == "${{ runner.temp }}/feedback/"
    assert "squared" in (tmp_path / "feedback" / "feedback.html").read_text("utf-8")


def test_a_threshold_fails_the_run(folder: Path, tmp_path: Path) -> None:
    """With FAIL_UNDER, fewer points fail the job, and as many do not."""
    assert run(folder, tmp_path, SQUARED, FAIL_UNDER="3").returncode == 1
    assert run(folder, tmp_path, RIGHT, FAIL_UNDER="8").returncode == 0


def test_a_notebook_without_a_point_is_not_green(folder: Path, tmp_path: Path) -> None:
    """An empty threshold is no free pass; 0 is one, for those who want it."""
    nothing = tuple(re.sub(r"return .*", "return None", cell) for cell in RIGHT)
    assert nothing != RIGHT
    assert run(folder, tmp_path, nothing).returncode == 1
    assert run(folder, tmp_path, nothing, FAIL_UNDER="0").returncode == 0


def piped(folder: Path, cells: tuple[str, ...], **variables: str) -> Any:
    """Run the grading script of the GitLab pipeline as a runner does."""
    notebook(folder / "tiny.ipynb", ["import numpy as np", *cells])
    job = yaml.safe_load((folder / PIPELINE).read_text("utf-8"))["grade"]
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    given = {name: text for name, text in job["variables"].items() if "$" not in text}
    return subprocess.run(
        # https://docs.gitlab.com/ci/yaml/script/: the lines of a job, in one shell.
        ["bash", "-eo", "pipefail", "-c", "\n".join(job["script"])],
        cwd=folder,
        env={**os.environ, **given, "PATH": path, **variables},
        capture_output=True,
        text=True,
        check=False,
    )


def test_gitlab_grades_it_too(folder: Path) -> None:
    """A wrong notebook's job ends well, with tests and a page; a threshold fails it."""
    done = piped(folder, SQUARED)
    assert done.returncode == 0, done.stderr
    job = yaml.safe_load((folder / PIPELINE).read_text("utf-8"))["grade"]
    assert job["artifacts"]["when"] == "always"
    for name in (*job["artifacts"]["paths"], job["artifacts"]["reports"]["junit"]):
        assert "squared" in (folder / name).read_text("utf-8")
        (folder / name).unlink()
    assert piped(folder, SQUARED, FAIL_UNDER="3").returncode == 1
    assert job["before_script"] == ["python -m pip install --requirement requirements.txt"]


def test_the_docs_show_the_pipeline_that_is_released() -> None:
    """Byte for byte, that of the first assignment."""
    shown = [block.text for block in every_block("yaml") if block.title == PIPELINE]
    released = (ROOT / "assignments" / "nn_from_scratch" / PIPELINE).read_text("utf-8")
    assert [each.strip() for each in shown] == [released.strip()]


def uses(told: Any) -> set[str]:
    """Return the actions that a workflow or an action uses, with the comments on their versions."""
    return set(re.findall(r"uses: (\S+@.*)", told))


def test_what_is_installed_and_downloaded_is_kept(folder: Path) -> None:
    """Packages by what is required, data sets for ever; no file must be there for it."""
    kept = [each["with"] for each in steps(folder) if "cache@" in each.get("uses", "")]
    (install,) = (each["run"] for each in steps(folder) if each.get("name") == "Install")
    assert [each["path"] for each in kept] == ["~/.cache/pip"]
    assert "hashFiles('requirements.txt')" in kept[0]["key"]
    assert install == "python -m pip install --requirement requirements.txt"
    trained = yaml.safe_load(
        (ROOT / "assignments" / "nn_from_scratch" / WORKFLOW).read_text("utf-8")
    )
    kept = [each.get("with", {}) for each in trained["jobs"]["grade"]["steps"]]
    assert {"path": "~/.cache/notebook-grader/datasets", "key": "datasets-FashionMNIST"} in kept


def test_a_commit_of_a_request_is_graded_once(folder: Path) -> None:
    """By the push where the branch is the repository's own, else by the request."""
    told = yaml.safe_load((folder / WORKFLOW).read_text("utf-8"))
    # YAML 1.1 takes `on` for a truth value.
    assert set(told[True]) == {"push", "pull_request", "workflow_dispatch"}
    condition = told["jobs"]["grade"]["if"]
    assert condition == (
        "github.event_name != 'pull_request' || "
        "github.event.pull_request.head.repo.full_name != github.repository"
    )


def test_actions_are_pinned_to_the_same_commits_everywhere(folder: Path) -> None:
    """The workflow, the action and the docs name one commit of each action, and its version."""
    known = {
        workflow.CHECKOUT,
        workflow.PYTHON,
        workflow.CACHE,
        workflow.UPLOAD,
    }
    assert all(re.fullmatch(r"[\w/-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+", each) for each in known)
    assert uses((folder / WORKFLOW).read_text("utf-8")) == known
    assert uses((ROOT / "action.yml").read_text("utf-8")) < known
    docs = "".join(page.read_text("utf-8") for page in (ROOT / "docs").glob("*.md"))
    assert {each for each in uses(docs) if each.startswith("actions/")} <= known


ACTION = yaml.safe_load((ROOT / "action.yml").read_text("utf-8"))


def acted(name: str, cwd: Path, tmp_path: Path, **inputs: str) -> dict[str, str]:
    """Run a step of the action as GitHub does, with `inputs`; return its status and outputs."""
    (step,) = (each for each in ACTION["runs"]["steps"] if each.get("name") == name)
    given = {key: str(each.get("default", "")) for key, each in ACTION["inputs"].items()}
    given |= {key.replace("_", "-"): text for key, text in inputs.items()}
    environment = {
        variable: re.sub(r"\$\{\{ inputs\.([\w-]+) \}\}", lambda found: given[found[1]], text)
        for variable, text in step["env"].items()
    }
    output = tmp_path / "output"
    output.write_text("")
    path = f"{tmp_path / 'bin'}{os.pathsep}{Path(sys.executable).parent}{os.pathsep}"
    done = subprocess.run(
        # https://docs.github.com/en/actions/reference/workflow-syntax-for-github-actions
        ["bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", step["run"]],
        cwd=cwd,
        env={
            **os.environ,
            **environment,
            "PATH": f"{path}{os.environ['PATH']}",
            "ACTION": str(ROOT),
            "RUNNER_TEMP": str(tmp_path),
            "GITHUB_OUTPUT": str(output),
            "GITHUB_STEP_SUMMARY": str(tmp_path / "summary.md"),
        },
        capture_output=True,
        text=True,
        check=False,
    )
    told = dict(line.split("=", 1) for line in output.read_text("utf-8").splitlines())
    return {**told, "status": str(done.returncode), "stdout": done.stdout, "stderr": done.stderr}


def test_the_action_may_be_used_twice(folder: Path, tmp_path: Path) -> None:
    """On folders below the repository's; each use has an artifact and files of its own."""
    repository = tmp_path / "repository"
    for name in ("one", "two words"):
        shutil.copytree(folder, repository / name)
        notebook(repository / name / "tiny.ipynb", ["import numpy as np", *SQUARED])
    first, second = (
        acted("Grade", repository, tmp_path, notebook="tiny.ipynb", folder=name)
        for name in ("one", "two words")
    )
    assert (first["status"], second["status"]) == ("0", "0"), second["stderr"]
    assert first["artifact"] != second["artifact"]
    assert re.fullmatch(r"feedback-tiny-\w{6}", first["artifact"])
    assert "::error file=one/tiny.ipynb," in first["stdout"]
    assert "::error file=two words/tiny.ipynb," in second["stdout"]
    for each in (first, second):
        assert len(list(Path(each["feedback"]).iterdir())) == 3


def test_the_action_takes_all_its_inputs(folder: Path, tmp_path: Path) -> None:
    """A threshold, an assignment elsewhere, and a name for the artifact."""
    notebook(tmp_path / "mine.ipynb", ["import numpy as np", *SQUARED])
    inputs = {"notebook": "mine.ipynb", "assignment": str(folder), "artifact": "mine"}
    done = acted("Grade", tmp_path, tmp_path, **inputs, fail_under="3")
    assert (done["status"], done["artifact"]) == ("1", "mine"), done["stderr"]
    assert acted("Grade", tmp_path, tmp_path, **inputs)["status"] == "0"


@pytest.mark.parametrize("there", [True, False], ids=["requirements", "none"])
def test_the_action_brings_the_grader_itself(folder: Path, tmp_path: Path, there: bool) -> None:
    """From its own commit, whatever the requirements name, which need not be there."""
    commands = tmp_path / "bin"
    commands.mkdir()
    (commands / "python").write_text('#!/bin/sh\necho "$@"; cat "$6"\n')
    (commands / "python").chmod(0o755)
    homework = shutil.copytree(folder, tmp_path / "homework")
    if not there:
        (homework / "requirements.txt").unlink()
    done = acted("Install", tmp_path, tmp_path, folder="homework")
    called, *others = done["stdout"].splitlines()
    assert called.startswith(f"-m pip install {ROOT}[grade] --requirement ")
    assert [each for each in others if not each.startswith("#")] == (
        ["jupyterlab", "numpy"] if there else []
    )


def test_nothing_that_is_released_installs_a_name_that_anybody_could_take(folder: Path) -> None:
    """Without an address there is none: a place that cannot be anybody's, and a sentence."""
    requirements = (folder / "requirements.txt").read_text("utf-8").splitlines()
    assert requirements[0].startswith("# `grader release --grader-from`")
    assert requirements[1].startswith("notebook-grader[grade] @ https://not-published.invalid/")
    for released in (ROOT / "assignments").iterdir():
        text = (released / "requirements.txt").read_text("utf-8")
        assert ".invalid/" in text
        assert not re.search(r"^notebook[-_]grader(?!\[grade\] @ )", text, re.MULTILINE)


@pytest.mark.parametrize(
    ("source", "requirement"),
    [
        (
            "notebook_grader-0.1.0-py3-none-any.whl",
            "./notebook_grader-0.1.0-py3-none-any.whl[grade]",
        ),
        (
            "git+https://example.org/g.git@v1",
            "notebook-grader[grade] @ git+https://example.org/g.git@v1",
        ),
        ("notebook-grader", None),
        ("notebook_grader-9-py3-none-any.whl", None),
        ("http://example.org/notebook_grader-0.1.0-py3-none-any.whl", None),
    ],
)
def test_students_install_the_grader_from_where_the_instructor_says(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, source: str, requirement: str | None
) -> None:
    """A wheel beside the requirements or an address; a bare name is refused with a sentence."""
    monkeypatch.chdir(tmp_path)
    Path("notebook_grader-0.1.0-py3-none-any.whl").write_bytes(b"wheel")
    assigned = tiny_release.reference(tmp_path / "tiny")
    if requirement is None:
        with pytest.raises(UsageError, match="name a wheel"):
            release(assigned, tmp_path / "out", source=source)
        return
    release(assigned, tmp_path / "out", source=source)
    released = tmp_path / "out" / "tiny"
    assert (released / "requirements.txt").read_text("utf-8").splitlines()[0] == requirement
    release(assigned, tmp_path / "out", tmp_path / "autograder.zip", source=source)
    with zipfile.ZipFile(tmp_path / "autograder.zip") as archive:
        assert archive.read("requirements.txt").decode().splitlines()[0] == requirement
        if requirement.startswith("./"):
            assert (released / source).read_bytes() == archive.read(source) == b"wheel"
