"""A release is what it says: its name, its files, its workflow, how it is cited and reported to."""

import re
import shutil
import subprocess
import sys
import tarfile
import tomllib
import zipfile
from pathlib import Path

import pytest
import yaml

from grader import __version__
from tests.docs.pages import pages
from tests.notebooks import ROOT
from tests.publication import names
from tests.publication.distributions import PYTHONS, built, found, homework, wrong

PUBLISH = yaml.safe_load((ROOT / ".github" / "workflows" / "publish.yml").read_text("utf-8"))
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
BARE = re.compile(
    r"(?:pip|pipx|uv|uvx)\b[^\n`]*\b(?:install|run|add)?\s(?:-U |--upgrade )?"
    r"['\"]?notebook[-_]grader(?![\w./-]*\.whl)(?!\s*@)\b"
)


def test_a_version_is_released_once_and_under_its_own_tag(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """What is on the index already cannot be released again, nor under another tag."""
    assert names.own() == (PROJECT["name"], __version__)
    lines, fits = names.told("notebook-grader", "0.2.0", (), {"grader": ("1", "1.1", "1.2")})
    assert fits
    assert lines == ["notebook-grader: nobody has released it", "grader: 1, 1.1, 1.2"]
    assert not names.told("notebook-grader", "0.2.0", ("0.1.0", "0.2.0"), {})[1]
    lines, fits = names.told("notebook-grader", "0.2.0", ("9.0",), {"grader": ("1.2", "2.0")})
    assert "the name is taken" in lines[1]
    assert lines[-1].startswith("2.0 of it is new")
    monkeypatch.setattr(sys, "argv", ["names", "v9.9.9"])
    assert names.main() == 1
    assert "is not v" in capsys.readouterr().err


@pytest.fixture(scope="module")
def artifacts(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """Return the sdist and the wheel, where uv can build them."""
    if found() is None:
        pytest.skip("uv is not installed")
    try:
        return built(tmp_path_factory.mktemp("dist"))
    except RuntimeError as error:
        pytest.skip(f"no index to build from: {error}")


def test_both_hold_what_they_need_and_no_more(artifacts: tuple[Path, Path]) -> None:
    """The wheel has the package with its data, the sdist what its tests and its wheel need."""
    sdist, wheel = artifacts
    with zipfile.ZipFile(wheel) as archive:
        inside = set(archive.namelist())
    tops = {name.partition("/")[0] for name in inside}
    assert tops == {"grader", f"notebook_grader-{__version__}.dist-info"}
    package = {
        str(path.relative_to(ROOT))
        for path in (ROOT / "grader").rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    }
    assert package <= inside
    with tarfile.open(sdist) as packed:
        sources = {name.partition("/")[2] for name in packed.getnames()}
    assert package <= sources
    wanted = {"CITATION.cff", "SECURITY.md", "CHANGELOG.md", "LICENSE", "tests/conftest.py"}
    assert wanted <= sources
    assert not [name for name in sources if ".venv" in name or name.endswith(".pyc")]


def test_the_wheel_grades_alone_with_the_lowest_versions(
    artifacts: tuple[Path, Path], tmp_path: Path
) -> None:
    """On this Python; `python -m tests.publication.distributions` does it on all of them."""
    told = wrong(sys.executable, "lowest-direct", artifacts[1], homework(tmp_path))
    assert told == ""


def test_all_pythons_are_tried_that_are_promised() -> None:
    """The script, the classifiers and the workflow name the same."""
    promised = [
        each.rpartition(" ")[2]
        for each in PROJECT["classifiers"]
        if re.fullmatch(r"Programming Language :: Python :: 3\.\d+", each)
    ]
    assert promised == [*PYTHONS]
    assert PUBLISH["jobs"]["try"]["strategy"]["matrix"]["python"] == promised


def test_only_the_last_job_may_publish(capsys: pytest.CaptureFixture[str]) -> None:
    """It runs nothing of this repository, has no token, and waits for all the others."""
    assert PUBLISH["permissions"] == {}
    rights = {name: job["permissions"] for name, job in PUBLISH["jobs"].items()}
    publishing = PUBLISH["jobs"]["publish"]
    assert [name for name, each in rights.items() if "id-token" in each] == ["publish"]
    assert publishing["permissions"] == {"id-token": "write"}
    assert publishing["environment"]["name"] == "pypi"
    assert set(publishing["needs"]) == {"build", "try"}
    assert all("uses" in step for step in publishing["steps"])
    assert not [step for step in publishing["steps"] if "checkout" in step["uses"]]
    assert "secrets." not in str(PUBLISH)


def test_it_can_be_cited() -> None:
    """CITATION.cff is valid, and says what pyproject.toml says."""
    path = ROOT / "CITATION.cff"
    command = [sys.executable, "-m", "check_jsonschema", "--builtin-schema"]
    schema = "vendor.citation-file-format"
    done = subprocess.run([*command, schema, path], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout
    told = yaml.safe_load(path.read_text("utf-8"))
    assert (told["version"], told["license"]) == (__version__, PROJECT["license"])
    assert told["abstract"] == PROJECT["description"]
    assert told["title"] == PROJECT["name"]
    assert [each["name"] for each in told["authors"]] == [
        each["name"] for each in PROJECT["authors"]
    ]


def test_who_finds_a_hole_knows_whom_to_tell() -> None:
    """SECURITY.md names a private way, the supported versions, and what is promised."""
    text = (ROOT / "SECURITY.md").read_text("utf-8")
    assert "Report a vulnerability" in text
    assert f"| {'.'.join(__version__.split('.')[:2])}.x | yes |" in text
    assert "docs/security.md" in text


def released_texts() -> list[Path]:
    """Return all files that tell anybody what to install."""
    every = [*pages(), ROOT / "action.yml", ROOT / "SECURITY.md", ROOT / "CITATION.cff"]
    every += (ROOT / ".github" / "workflows").glob("*.yml")
    every += (ROOT / "grader" / "authoring" / "templates").rglob("*.template")
    every += [
        path
        for path in (ROOT / "assignments").rglob("*")
        if path.suffix in (".md", ".txt", ".yml", ".ipynb", ".toml", ".py")
    ]
    return every


def test_nobody_is_told_to_install_a_name_that_is_not_ours() -> None:
    """Until the first release, whoever registers the name runs code on all these machines."""
    assert BARE.search("run `pip install notebook-grader` now")
    assert BARE.search("uvx notebook-grader")
    assert not BARE.search("pip install ./notebook_grader-0.1.0-py3-none-any.whl")
    telling = {str(path): BARE.search(path.read_text("utf-8")) for path in released_texts()}
    assert {name: each[0] for name, each in telling.items() if each} == {}


def test_versions_of_the_docs_stand_side_by_side(tmp_path: Path) -> None:
    """Mike lays out a version and the alias of the latest, which the site's menu reads."""
    mike = shutil.which("mike", path=str(Path(sys.executable).parent))
    assert mike is not None
    folder = tmp_path / "site"
    subprocess.run(["git", "init", "-q", "-b", "main", folder], check=True)
    (folder / "docs").mkdir()
    (folder / "docs" / "index.md").write_text("# Docs\n")
    config = (ROOT / "mkdocs.yml").read_text("utf-8")
    extra = re.search(r"^extra:\n(?:  .*\n)+", config, re.MULTILINE)
    assert extra is not None
    (folder / "mkdocs.yml").write_text(
        f"site_name: Docs\ntheme: material\nplugins: [search]\n{extra[0]}", "utf-8"
    )
    git = ["git", "-C", str(folder), "-c", "user.name=a", "-c", "user.email=a@example.org"]
    subprocess.run([*git, "add", "."], check=True)
    subprocess.run([*git, "commit", "-q", "-m", "Docs"], check=True)
    for version in ("0.1", "0.2"):
        subprocess.run(
            [mike, "deploy", "--update-aliases", version, "latest"],
            cwd=folder,
            check=True,
            capture_output=True,
            env={
                "PATH": f"{Path(sys.executable).parent}:/usr/bin:/bin",
                "HOME": str(tmp_path),
                "NO_MKDOCS_2_WARNING": "1",
                **{f"GIT_{who}_NAME": "a" for who in ("AUTHOR", "COMMITTER")},
                **{f"GIT_{who}_EMAIL": "a@example.org" for who in ("AUTHOR", "COMMITTER")},
            },
        )
    listed = subprocess.run(
        [*git, "ls-tree", "-r", "--name-only", "gh-pages"],
        check=True,
        capture_output=True,
        text=True,
    ).stdout.split()
    assert {"versions.json", "0.1/index.html", "0.2/index.html"} <= set(listed)
