"""Every workflow that is shipped or shown is valid, and no tool finds a hole in it."""

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from tests import tiny_release
from tests.docs.pages import every_block
from tests.notebooks import ROOT

BIN = Path(sys.executable).parent
# Placeholders in capitals, and what somebody may write for them.
FILLED = {"OWNER": "example", "COMMIT": "0123456789abcdef0123456789abcdef01234567"}
WORKFLOWS = Path(".github", "workflows")
PIPELINE = ".gitlab-ci.yml"
AROUND = """\
name: Around
on: push
permissions: {}
concurrency:
  group: ${{ github.workflow }}-${{ github.ref }}
  cancel-in-progress: true
jobs:
  around:
    name: Around
    runs-on: ubuntu-latest
    permissions:
      contents: read # to check out
    steps:
"""


@pytest.fixture(scope="module")
def repository(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a repository that has them all."""
    folder = tmp_path_factory.mktemp("workflows")
    workflows = folder / WORKFLOWS
    workflows.mkdir(parents=True)
    released = [*(ROOT / "assignments").iterdir(), tiny_release.released(folder / "tiny")]
    for each in released:
        shutil.copy(each / WORKFLOWS / "grade.yml", workflows / f"{each.name}.yml")
        shutil.copy(each / PIPELINE, folder / f"{each.name}{PIPELINE}")
    for own in (ROOT / WORKFLOWS).iterdir():
        shutil.copy(own, workflows / f"own-{own.name}")
    shutil.copy(ROOT / "action.yml", folder / "action.yml")
    for number, block in enumerate(every_block("yaml")):
        text = re.sub("|".join(FILLED), lambda found: FILLED[found[0]], block.text)
        match block.title:
            case "steps":
                steps = "".join(f"      {line}\n" for line in text.splitlines())
                (workflows / f"docs{number}.yml").write_text(AROUND + steps, "utf-8")
            case str() if block.title == PIPELINE:
                (folder / f"{number}.gitlab-ci.yml").write_text(text, "utf-8")
            case str() if block.title.startswith("docs/jobs/"):
                # No workflow, but a cluster's: it has a test of its own.
                continue
            case title:
                assert title.startswith(str(WORKFLOWS)), f"{block} does not say what it is"
                (workflows / f"docs{number}.yml").write_text(text, "utf-8")
    shutil.rmtree(folder / "tiny")
    subprocess.run(["git", "init", "-q", folder], check=True)
    return folder


@pytest.mark.parametrize(
    ("schema", "files", "least"),
    [
        ("github-workflows", ".github/workflows/*.yml", 8),
        ("github-actions", "action.yml", 1),
        ("gitlab-ci", "*.gitlab-ci.yml", 8),
    ],
)
def test_their_hosts_take_them(repository: Path, schema: str, files: str, least: int) -> None:
    """All keep to the schemas of schemastore.org and GitLab."""
    paths = sorted(repository.glob(files))
    assert len(paths) >= least
    extra = ["--data-transform", "gitlab-ci"] if schema == "gitlab-ci" else []
    command = [sys.executable, "-m", "check_jsonschema", "--builtin-schema", f"vendor.{schema}"]
    done = subprocess.run([*command, *extra, *paths], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout


def zizmor(*arguments: str | Path) -> "subprocess.CompletedProcess[str]":
    """Run zizmor, which is not to ask GitHub anything."""
    command = [str(BIN / "zizmor"), "--offline", "--no-progress", *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, check=False)


def test_zizmor_finds_nothing(repository: Path) -> None:
    """No injection, no right too many, no action that can change: also by its strictest audits."""
    done = zizmor("--pedantic", repository)
    assert done.returncode == 0, done.stdout


def test_zizmor_would_find_something(repository: Path, tmp_path: Path) -> None:
    """The test above can fail."""
    text = (repository / WORKFLOWS / "tiny.yml").read_text("utf-8")
    (tmp_path / "workflow.yml").write_text(re.sub(r"@[0-9a-f]{40} # (v\d+)\S*", r"@\1", text))
    assert "unpinned-uses" in zizmor(tmp_path / "workflow.yml").stdout


@pytest.mark.skipif(shutil.which("actionlint") is None, reason="actionlint is not installed")
def test_actionlint_finds_nothing(repository: Path) -> None:
    """Expressions, contexts and inputs are right, and ShellCheck finds nothing in the scripts."""
    shellcheck = shutil.which("shellcheck", path=str(BIN))
    assert shellcheck is not None
    command = ["actionlint", "-shellcheck", shellcheck]
    done = subprocess.run(command, cwd=repository, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout


@pytest.mark.parametrize("where", ["action.yml", "workflow"])
def test_the_scripts_in_them_are_sound(repository: Path, where: str) -> None:
    """ShellCheck finds nothing, and no expression is put into a script: only into its variables."""
    path = repository / ("action.yml" if where == "action.yml" else WORKFLOWS / "tiny.yml")
    told = yaml.safe_load(path.read_text("utf-8"))
    steps = told["runs"]["steps"] if "runs" in told else told["jobs"]["grade"]["steps"]
    scripts = [each["run"] for each in steps if "run" in each]
    assert len(scripts) == 2
    shellcheck = shutil.which("shellcheck", path=str(BIN))
    assert shellcheck is not None
    for script in ("set -eo pipefail\n" + each for each in scripts):
        assert "${{" not in script
        command = [shellcheck, "--shell", "bash", "-"]
        done = subprocess.run(command, input=script, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stdout
