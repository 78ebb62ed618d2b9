"""What grading needs on this machine, what of it is here, and how to get the rest."""

import os
from collections.abc import Iterator
from importlib.metadata import PackageNotFoundError, requires, version
from typing import Final

from packaging.requirements import Requirement

from grader.datasets import DATASETS, locate
from grader.errors import UnusableInputError
from grader.sandbox.rungs import Finding

DISTRIBUTION: Final = "notebook-grader"
EXTRA: Final = "notebooks"


def needs() -> Iterator[Finding]:
    """Yield what grading needs beside confinement, each with how to get it where it is missing.

    Nothing is downloaded.
    """
    yield _snapshots()
    yield _packages()
    for name in DATASETS:
        yield _data(name)


def _snapshots() -> Finding:
    what = "snapshots"
    if hasattr(os, "fork"):
        return Finding(what, True, "notebooks can be asked while they run")
    return Finding(what, False, "this system has no fork: grade on Linux, macOS or WSL")


def _packages() -> Finding:
    """Return whether what a course's notebooks import is here."""
    what = "packages"
    names = [
        each.name for each in map(Requirement, requires(DISTRIBUTION) or ()) if _is_extra(each)
    ]
    missing = [name for name in names if not _is_installed(name)]
    if not missing:
        return Finding(what, True, ", ".join(names))
    return Finding(
        what,
        False,
        f"{', '.join(missing)} not installed, which notebooks may import: "
        f"pip install '{DISTRIBUTION}[{EXTRA}]'",
    )


def _is_extra(requirement: Requirement) -> bool:
    marker = requirement.marker
    return marker is not None and marker.evaluate({"extra": EXTRA}) and not marker.evaluate()


def _is_installed(name: str) -> bool:
    try:
        version(name)
    except PackageNotFoundError:
        return False
    return True


def _data(name: str) -> Finding:
    try:
        located = locate(name, download=False)
    except UnusableInputError:
        return Finding(name, False, f"not here yet: `grader data {name}` finds it or gets it")
    return Finding(name, True, f"from {located.source}")
