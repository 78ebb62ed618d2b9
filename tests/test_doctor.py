"""`grader doctor` says what is here, what is missing, and how to get it."""

import os
import subprocess
import sys
from pathlib import Path

from grader.sandbox.rungs import available
from tests.notebooks import ROOT

DOCTOR = "import sys; sys.path[:0] = sys.argv.pop(1).split(':'); from grader.cli import grader"
PACKAGES = [path for path in sys.path if path.endswith("site-packages")]


def lines(paths: list[str], *, working: Path | None = None, **environment: str) -> list[list[str]]:
    """Return the lines of the command, where packages lie in these folders alone, in three parts.

    The first is whether it is here, the second what it is.
    """
    ran = subprocess.run(
        [sys.executable, "-S", "-c", f"{DOCTOR}; grader()", ":".join(paths), "doctor"],
        env={**os.environ, **environment},
        cwd=working,
        check=True,
        capture_output=True,
        text=True,
    )
    return [line.split(maxsplit=2) for line in ran.stdout.splitlines()]


def doctor(paths: list[str], **environment: str) -> dict[str, str]:
    """Return what the command says of each thing."""
    said = lines(paths, working=None, **environment)
    told = {words[1]: f"{words[0]} {words[2]}" for words in said if words[0] in ("yes", "no")}
    return {**told, "end": " ".join(said[-1])}


def test_what_is_here_is_told() -> None:
    """Packages and data with where they are from, and the rung by which notebooks are confined."""
    told = doctor([str(ROOT), *PACKAGES])
    assert told["fork"].startswith("yes")
    for package in ("matplotlib", "pandas", "scikit-learn", "torch"):
        assert package in told["packages"]
    assert told["FashionMNIST"].startswith("yes from ")
    assert str(available()[0]) in told["end"]


def test_what_is_missing_is_told_with_its_remedy(tmp_path: Path) -> None:
    """A package that notebooks import, and data that are nowhere."""
    some, empty = tmp_path / "packages", tmp_path / "data"
    some.mkdir()
    empty.mkdir()
    for folder in PACKAGES:
        for package in Path(folder).iterdir():
            if not package.name.startswith("tqdm") and not (some / package.name).exists():
                (some / package.name).symlink_to(package)
    told = doctor([str(ROOT), str(some)], NOTEBOOK_GRADER_DATA=str(empty))
    assert told["packages"].startswith("no tqdm not installed")
    assert told["packages"].endswith(": pip install 'tqdm>=4.66'")
    assert told["FashionMNIST"].startswith("no ")
    assert "`grader data FashionMNIST`" in told["FashionMNIST"]


def test_what_runs_notebooks_is_told_where_it_is_missing(tmp_path: Path) -> None:
    """With the small core alone, a machine does not look as if it could grade."""
    some = tmp_path / "packages"
    some.mkdir()
    for folder in PACKAGES:
        for package in Path(folder).iterdir():
            if not package.name.startswith("nbclient") and not (some / package.name).exists():
                (some / package.name).symlink_to(package)
    told = doctor([str(ROOT), str(some)])
    assert told["running"].startswith("no nbclient not installed, without which no notebook can")
    assert told["running"].endswith(": pip install 'nbclient>=0.10'")
    assert doctor([str(ROOT), *PACKAGES])["running"].startswith("yes ")


def test_what_the_assignments_in_sight_need_is_told(tmp_path: Path) -> None:
    """What each declares is looked for, with how to get what is missing; a broken one is told."""
    declared = {
        "here": 'packages = ["numpy"]',
        "missing": 'packages = ["numpy", "nothing_of_this_name>=2"]',
        "broken": 'colour = "red"',
    }
    for name, line in declared.items():
        folder = tmp_path / "reference" / name
        folder.mkdir(parents=True)
        (folder / "assignment.toml").write_text(f'title = "T"\n{line}\n', "utf-8")
    told = {
        words[2].split(maxsplit=1)[0]: f"{words[0]} {words[2].split(maxsplit=1)[1]}"
        for words in lines([str(ROOT), *PACKAGES], working=tmp_path)
        if words[1] == "for"
    }
    assert told["here"] == "yes numpy"
    assert told["missing"].startswith("no nothing_of_this_name>=2 (not installed: pip install ")
    assert "`colour`: there is no such setting" in told["broken"]
