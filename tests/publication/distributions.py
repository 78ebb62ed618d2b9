"""Builds sdist and wheel, and grades with each where nothing else is.

`python -m tests.publication.distributions` makes for every Python an environment with the lowest
and one with the highest versions of what the wheel asks for, by uv; the sdist is installed once. In
each, a right and a wrong notebook of a tiny released assignment get their points. `--python` names
other interpreters, `--dist` a folder that holds both already.
"""

import argparse
import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from tests import tiny_release
from tests.notebooks import ROOT
from tests.tiny_release import RIGHT, SQUARED, notebook

PYTHONS: Final = ("3.11", "3.12", "3.13")
RESOLUTIONS: Final = ("lowest-direct", "highest")
# What the right and the wrong notebook get by the public checks of the tiny assignment.
POINTS: Final = {"right": 8.0, "squared": 2.0}


# All that is asked for but PyTorch and its like, which notebooks import and the grader does not.
EXTRAS: Final = ("author", "cluster", "course", "lms", "similar")
# What imports them.
IMPORTING: Final = (
    "grader.course.workers.dask_cluster",
    "grader.gradebook.book",
    "grader.publishing.canvas",
    "grader.publishing.command",
    "grader.publishing.moodle",
    "grader.review.server",
    "grader.similarity.command",
)


@dataclass(frozen=True)
class Tried:
    """An environment that was made, and what was wrong in it: "" for nothing."""

    python: str
    resolution: str
    artifact: str
    wrong: str

    def __str__(self) -> str:
        """Return a line of the table."""
        return f"{self.python:8} {self.resolution:15}{self.artifact:7}{self.wrong or 'grades'}"


def found() -> str | None:
    """Return where uv is: beside this Python, or on the path."""
    beside = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    return shutil.which("uv", path=beside)


def uv(*arguments: str | Path, cwd: Path | None = None) -> None:
    """Call uv. Raises RuntimeError with what it complained of."""
    command = [found() or "uv", *map(str, arguments)]
    done = subprocess.run(command, cwd=cwd, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise RuntimeError(done.stderr.strip()[-1500:])


def built(folder: Path) -> tuple[Path, Path]:
    """Build the sdist, and the wheel from the sdist; return both."""
    uv("build", "--quiet", "--out-dir", folder, ROOT)
    return both(folder)


def both(folder: Path) -> tuple[Path, Path]:
    """Return the sdist and the wheel in a folder."""
    (sdist,), (wheel,) = folder.glob("*.tar.gz"), folder.glob("*.whl")
    return sdist, wheel


def homework(folder: Path) -> Path:
    """Write a released assignment and two notebooks, away from this repository."""
    shutil.copytree(tiny_release.released(folder / "course"), folder / "tiny")
    for name, cells in (("right", RIGHT), ("squared", SQUARED)):
        notebook(folder / "tiny" / f"{name}.ipynb", ["import numpy as np", *cells])
    return folder / "tiny"


def wrong(python: str, resolution: str, artifact: Path, tiny: Path) -> str:
    """Return what is wrong with a fresh environment, "" for nothing."""
    with tempfile.TemporaryDirectory() as scratch:
        venv = Path(scratch) / "venv"
        try:
            uv("venv", "--quiet", "--python", python, venv)
            install = ("pip", "install", "--quiet", "--python", venv / "bin" / "python")
            wanted = f"notebook-grader[{','.join(EXTRAS)}] @ {artifact.as_uri()}"
            uv(*install, "--resolution", resolution, wanted, cwd=Path(scratch))
        except RuntimeError as error:
            return f"does not install: {error}"
        importing = [str(venv / "bin" / "python"), "-c", f"import {', '.join(IMPORTING)}"]
        done = subprocess.run(importing, capture_output=True, text=True, check=False, cwd=scratch)
        if done.returncode != 0:
            return f"does not import: {done.stderr[-1500:]}"
        for name, points in POINTS.items():
            told = Path(scratch) / f"{name}.json"
            done = subprocess.run(
                [venv / "bin" / "grade", f"{name}.ipynb", "--json", told, "--no-require-sandbox"],
                cwd=tiny,
                env={**os.environ, "PYTHONWARNINGS": "", "PYTHONPATH": ""},
                capture_output=True,
                text=True,
                check=False,
            )
            if done.returncode != 0:
                return f"grade {name}.ipynb ended with {done.returncode}: {done.stderr[-1500:]}"
            score = json.loads(told.read_text("utf-8"))["score"]
            if score != points:
                return f"grade {name}.ipynb gives {score:g} points and not {points:g}"
    return ""


def tried(
    pythons: tuple[str, ...], resolutions: tuple[str, ...], dist: Path | None = None
) -> Iterator[Tried]:
    """Yield all environments, one after the other."""
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch)
        tiny = homework(folder / "homework")
        sdist, wheel = built(folder / "dist") if dist is None else both(dist.absolute())
        for python in pythons:
            for resolution in resolutions:
                yield Tried(python, resolution, "wheel", wrong(python, resolution, wheel, tiny))
        yield Tried(pythons[0], "highest", "sdist", wrong(pythons[0], "highest", sdist, tiny))


def main() -> int:
    """Try all that is asked for and tell; exit status 1 where anything is wrong."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--python", action="append", help="a version or an interpreter")
    parser.add_argument("--resolution", action="append", choices=RESOLUTIONS)
    parser.add_argument("--dist", type=Path, help="where both are, if they are not to be built")
    asked = parser.parse_args()
    pythons, resolutions = asked.python or PYTHONS, asked.resolution or RESOLUTIONS
    status = 0
    for each in tried(tuple(pythons), tuple(resolutions), asked.dist):
        sys.stdout.write(f"{each}\n")
        sys.stdout.flush()
        status |= bool(each.wrong)
    return status


if __name__ == "__main__":
    sys.exit(main())
