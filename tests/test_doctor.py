"""`grader doctor` says what is here, what is missing, and how to get it."""

import os
import subprocess
import sys
from pathlib import Path

from grader.sandbox.rungs import available
from tests.notebooks import ROOT

DOCTOR = "import sys; sys.path[:0] = sys.argv.pop(1).split(':'); from grader.cli import grader"
PACKAGES = [path for path in sys.path if path.endswith("site-packages")]


def doctor(paths: list[str], **environment: str) -> dict[str, str]:
    """Return what the command says of each thing, where packages lie in these folders alone."""
    ran = subprocess.run(
        [sys.executable, "-S", "-c", f"{DOCTOR}; grader()", ":".join(paths), "doctor"],
        env={**os.environ, **environment},
        check=True,
        capture_output=True,
        text=True,
    )
    lines = [line.split(maxsplit=2) for line in ran.stdout.splitlines()]
    told = {words[1]: f"{words[0]} {words[2]}" for words in lines if words[0] in ("yes", "no")}
    return {**told, "end": " ".join(lines[-1])}


def test_what_is_here_is_told() -> None:
    """Packages and data with where they are from, and the rung by which notebooks are confined."""
    told = doctor([str(ROOT), *PACKAGES])
    assert told["snapshots"].startswith("yes")
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
