"""What grading needs on this machine, what of it is here, and how to get the rest."""

from collections.abc import Iterator
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from grader.assignment.config import config_of
from grader.assignment.environment import unmet_packages, unmet_python
from grader.assignment.loading import in_sight
from grader.assignment.model import CONFIG
from grader.datasets import DATASETS, locate
from grader.errors import AssignmentError, UsageError
from grader.extras import belonging, installing
from grader.sandbox.rungs import Finding


def needs() -> Iterator[Finding]:
    """Yield what grading needs beside confinement, each with how to get it where it is missing.

    That is also what the assignments declare that can be seen from the working folder. Nothing is
    downloaded.
    """
    yield _running()
    yield _packages()
    for name in DATASETS:
        yield _data(name)
    for folder in in_sight(Path.cwd()):
        yield _assignment(folder)


def _running() -> Finding:
    """Return whether what runs notebooks is here."""
    return _installed("running", "grade", "without which no notebook can be run")


def _packages() -> Finding:
    """Return whether what a course's notebooks import is here."""
    return _installed("packages", "notebooks", "which notebooks may import")


def _installed(what: str, extra: str, why: str) -> Finding:
    """Return whether all that an extra brings is here; `why` says what for."""
    wanted = belonging(extra)
    missing = [each for each in wanted if not _is_installed(each.name)]
    if not missing:
        return Finding(what, True, ", ".join(each.name for each in wanted))
    names = ", ".join(each.name for each in missing)
    return Finding(what, False, f"{names} not installed, {why}: {installing(missing)}")


def _is_installed(name: str) -> bool:
    try:
        version(name)
    except PackageNotFoundError:
        return False
    return True


def _assignment(folder: Path) -> Finding:
    """Return whether what an assignment declares that its notebooks need is here."""
    what = f"for {folder.name}"
    try:
        config = config_of(folder / CONFIG)
    except AssignmentError as error:
        return Finding(what, False, str(error))
    unmet = [*unmet_python(config), *unmet_packages(config)]
    if unmet:
        return Finding(what, False, "; ".join(unmet))
    needed = [*([f"Python {config.python}"] if config.python else []), *config.packages]
    return Finding(what, True, ", ".join(needed) or f"{CONFIG} asks for no packages")


def _data(name: str) -> Finding:
    try:
        located = locate(name, download=False)
    except UsageError:
        return Finding(name, False, f"not here yet: `grader data {name}` finds it or gets it")
    return Finding(name, True, f"from {located.source}")
