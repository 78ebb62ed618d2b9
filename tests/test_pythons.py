"""The versions of Python that are promised are those that are tested."""

import re
import subprocess
import tomllib

import pytest
import yaml
from packaging.specifiers import SpecifierSet

from tests.notebooks import ROOT

PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
WORKFLOW = yaml.safe_load((ROOT / ".github" / "workflows" / "test.yml").read_text("utf-8"))
TESTED = WORKFLOW["jobs"]["test"]["strategy"]["matrix"]["python"]


def test_each_promised_python_is_tested() -> None:
    """The classifiers name those of the workflow, and no other may install the package."""
    line = re.compile(r"Programming Language :: Python :: (3\.\d+)$")
    named = [match[1] for each in PROJECT["classifiers"] if (match := line.match(each))]
    assert named == TESTED
    promised = SpecifierSet(PROJECT["requires-python"])
    minors = [f"3.{minor}" for minor in range(40) if f"3.{minor}.9" in promised]
    assert minors == TESTED


def test_the_workflow_pins_what_it_runs_and_may_write_nothing() -> None:
    """Actions are named by their hash; the token reads the contents and no more."""
    job = WORKFLOW["jobs"]["test"]
    used = [step["uses"] for step in job["steps"] if "uses" in step]
    assert used
    assert all(re.fullmatch(r"[\w-]+/[\w-]+@[0-9a-f]{40}", each) for each in used)
    assert (WORKFLOW["permissions"], job["permissions"]) == ({}, {"contents": "read"})


@pytest.mark.parametrize(
    ("python", "folder"),
    [(None, ".venv"), ("python3.13", ".venv-python3.13"), ("/opt/python3.12", ".venv-python3.12")],
)
def test_make_keeps_an_environment_for_each_python(python: str | None, folder: str) -> None:
    """Tests on another Python leave the usual environment as it is."""
    asked = [f"PYTHON={python}"] if python else []
    command = ["make", "--dry-run", "--always-make", "test", *asked]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    assert f"{python or 'python3'} -m venv {folder}\n" in done.stdout
    assert f"{folder}/bin/pytest" in done.stdout
    assert set(re.findall(r"\.venv[\w.-]*(?=/)", done.stdout)) == {folder}
