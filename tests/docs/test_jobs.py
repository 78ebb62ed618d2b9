"""The files for clusters are what their systems take, and what they call grades in parts."""

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.course.test_batch import table
from tests.docs.pages import blocks
from tests.notebooks import ROOT
from tests.tiny_assignment import DOUBLE, TRIPLE, declare, write

JOBS = ROOT / "docs" / "jobs"
SLURM, KUBERNETES = JOBS / "grade.sbatch", JOBS / "grade-job.yaml"
BIN = Path(sys.executable).parent
SCORES = {"anna": "5", "boris": "2", "clara": "5", "dora": "2"}

# Fields that the Kubernetes API documents for a Job (batch/v1), as far as this one has use for
# them, and what they hold; a list has one example of its elements.
FIELDS: Mapping[str, Any] = {
    "apiVersion": str,
    "kind": str,
    "metadata": {"name": str},
    "spec": {
        "completionMode": str,
        "completions": int,
        "parallelism": int,
        "backoffLimitPerIndex": int,
        "podFailurePolicy": {
            "rules": [
                {
                    "action": str,
                    "onPodConditions": [{"type": str, "status": str}],
                    "onExitCodes": {"containerName": str, "operator": str, "values": [int]},
                }
            ]
        },
        "template": {
            "spec": {
                "restartPolicy": str,
                "automountServiceAccountToken": bool,
                "enableServiceLinks": bool,
                "securityContext": {"runAsNonRoot": bool, "runAsUser": int, "fsGroup": int},
                "containers": [
                    {
                        "name": str,
                        "image": str,
                        "workingDir": str,
                        "env": [{"name": str, "value": str}],
                        "command": [str],
                        "args": [str],
                        "resources": {
                            "requests": {"cpu": str, "memory": str},
                            "limits": {"cpu": str, "memory": str},
                        },
                        "volumeMounts": [{"name": str, "mountPath": str}],
                    }
                ],
                "volumes": [{"name": str, "persistentVolumeClaim": {"claimName": str}}],
            }
        },
    },
}


def faults(told: Any, fields: Any, where: str = "") -> list[str]:
    """Return which fields are none of a Job's, or hold what they cannot."""
    if isinstance(fields, Mapping):
        if not isinstance(told, dict):
            return [where]
        return [
            fault
            for name, each in told.items()
            for fault in (
                faults(each, fields[name], f"{where}.{name}")
                if name in fields
                else [f"{where}.{name}"]
            )
        ]
    if isinstance(fields, list):
        if not isinstance(told, list) or not told:
            return [where]
        return [fault for each in told for fault in faults(each, fields[0], where)]
    return [] if type(told) is fields else [where]


@pytest.fixture
def job() -> Any:
    """Return the Job for Kubernetes."""
    return yaml.safe_load(KUBERNETES.read_text("utf-8"))


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """Return a home folder with a course in it, as the files suppose."""
    course = tmp_path / "course"
    declare(course / "reference" / "tiny")
    (course / "submissions").mkdir()
    for number, name in enumerate(SCORES):
        wrong = "def triple(n):\n    return n"
        write(course / "submissions" / f"{name}.ipynb", [DOUBLE, wrong if number % 2 else TRIPLE])
    (course / "venv").mkdir()
    (course / "venv" / "bin").symlink_to(BIN)
    return tmp_path


def run(command: list[str], home: Path, **variables: str) -> "subprocess.CompletedProcess[str]":
    """Run a command in the course, as a job with these variables does."""
    return subprocess.run(
        command,
        cwd=home / "course",
        env={**os.environ, "HOME": str(home), "PATH": f"{BIN}:{os.environ['PATH']}", **variables},
        capture_output=True,
        text=True,
        check=False,
    )


def merged(home: Path) -> dict[str, str]:
    """Join the parts by the command that the page has, and return the scores."""
    shown = [each for block in blocks(ROOT / "docs" / "cluster.md") for each in block.commands]
    line = next(each for each in shown if each.startswith("grader merge "))
    done = run(["sh", "-c", line], home)
    assert done.returncode == 0, done.stderr
    return table(home / "course" / "results")


@pytest.mark.parametrize("path", [SLURM, KUBERNETES], ids=lambda path: path.name)
def test_the_page_shows_the_file(path: Path) -> None:
    """Word for word, with its place for a title."""
    title = str(path.relative_to(ROOT))
    (shown,) = (each for each in blocks(ROOT / "docs" / "cluster.md") if each.title == title)
    assert shown.text == path.read_text("utf-8")


def test_shellcheck_finds_nothing_in_the_script() -> None:
    """Nor is any option of Slurm's below the first command, where it would be a comment."""
    shellcheck = shutil.which("shellcheck", path=str(BIN))
    assert shellcheck is not None
    done = subprocess.run([shellcheck, SLURM], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout
    before, _, after = SLURM.read_text("utf-8").partition("\nset -eu\n")
    assert all(
        re.match(r"#!/bin/bash$|#SBATCH --[a-z-]+=\S+$", each) for each in before.split("\n")
    )
    assert "#SBATCH" not in after


def test_the_tasks_of_the_array_are_all_parts() -> None:
    """They are counted from 1, and each has as many processors as the command uses."""
    text = SLURM.read_text("utf-8")
    assert re.search(r"^#SBATCH --array=1-\d+$", text, re.MULTILINE)
    cores = re.search(r"--cpus-per-task=(\d+)", text)
    jobs = re.search(r"--jobs (\d+)", text)
    assert cores is not None
    assert jobs is not None
    assert cores[1] == jobs[1]


def test_slurm_s_tasks_grade_the_course(home: Path) -> None:
    """Each its part, with the variables that Slurm sets; one that is run again grades nothing."""
    for task in ("1", "2", "3"):
        done = run(["bash", str(SLURM)], home, SLURM_ARRAY_TASK_ID=task, SLURM_ARRAY_TASK_COUNT="3")
        assert done.returncode == 0, done.stderr
    again = {"SLURM_ARRAY_TASK_ID": "3", "SLURM_ARRAY_TASK_COUNT": "1"}
    assert "there is no part 3 of 1" in run(["bash", str(SLURM)], home, **again).stderr
    done = run(["bash", str(SLURM)], home, PARTS="3", **again)
    assert done.returncode == 0, done.stderr
    assert merged(home) == SCORES


def test_kubernetes_knows_each_field(job: Any) -> None:
    """Every field is one of a Job's and holds what it is to hold."""
    assert faults(job, FIELDS) == []
    assert (job["apiVersion"], job["kind"]) == ("batch/v1", "Job")
    assert faults({"spec": {"completion": 1, "completions": "2"}}, FIELDS) == [
        ".spec.completion",
        ".spec.completions",
    ]


def test_kubernetes_counts_the_parts(job: Any) -> None:
    """As many pods as parts, and what belongs together in an indexed Job is together."""
    spec = job["spec"]
    pod = spec["template"]["spec"]
    (container,) = pod["containers"]
    assert container["env"] == [{"name": "PARTS", "value": str(spec["completions"])}]
    assert spec["completionMode"] == "Indexed"
    # Neither `backoffLimitPerIndex` nor `podFailurePolicy` may be there otherwise.
    assert pod["restartPolicy"] == "Never"
    mounted = {each["name"] for each in container["volumeMounts"]}
    assert mounted == {each["name"] for each in pod["volumes"]}
    assert container["resources"]["limits"]["cpu"] in container["args"][0]
    names = {each["name"] for each in pod["containers"]}
    rules = spec["podFailurePolicy"]["rules"]
    assert {
        each["onExitCodes"]["containerName"] for each in rules if "onExitCodes" in each
    } <= names


def test_kubernetes_pods_grade_the_course(job: Any, home: Path) -> None:
    """Each its part, by the index that its pod has, which is counted from 0."""
    (container,) = job["spec"]["template"]["spec"]["containers"]
    command = [*container["command"], *container["args"]]
    for index in ("0", "1", "2"):
        done = run(command, home, JOB_COMPLETION_INDEX=index, PARTS="3")
        assert done.returncode == 0, done.stderr
    assert merged(home) == SCORES
