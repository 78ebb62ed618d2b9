"""Whether this machine has what an assignment says it needs: its Python and its packages."""

import platform
from importlib.metadata import PackageNotFoundError, version

from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet

from grader.assignment.config import Config
from grader.assignment.model import CONFIG, Assignment
from grader.errors import UnmetError


def require(assignment: Assignment, *, whole: bool) -> None:
    """Raise UnmetError where this machine lacks what `assignment` declares.

    Packages count where its notebooks are run as a `whole`: definitions alone need few of them.
    """
    unmet = unmet_python(assignment.config)
    packages = unmet_packages(assignment.config) if whole else []
    if unmet or packages:
        less = " Install it, or add --quick, which leaves out what needs it." if not unmet else ""
        raise UnmetError(
            f"This machine lacks what {assignment.folder / CONFIG} says that the assignment needs: "
            f"{'; '.join([*unmet, *packages])}. Nothing was graded, and no student is to "
            f"blame.{less}"
        )


def unmet_python(config: Config) -> list[str]:
    """Return the Python that the assignment needs, where this is another, and what to do."""
    here = platform.python_version()
    if SpecifierSet(config.python).contains(here, prereleases=True):
        return []
    return [f"Python {config.python}, and this is {here}: grade with another Python"]


def unmet_packages(config: Config) -> list[str]:
    """Return each package that the assignment needs and this machine lacks, and how to get it."""
    unmet = []
    for each in config.packages:
        wanted = Requirement(each)
        here = _installed(wanted.name)
        if not here or not wanted.specifier.contains(here, prereleases=True):
            told = f"{here} is here" if here else "not installed"
            unmet.append(f"{each} ({told}: pip install '{each}')")
    return unmet


def _installed(name: str) -> str:
    """Return the version of a package that is here, "" for none."""
    try:
        return version(name)
    except PackageNotFoundError:
        return ""
