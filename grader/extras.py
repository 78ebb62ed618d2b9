"""What belongs to an extra of this package, and the command that installs it.

The command names the packages themselves: where this one was installed from, a checkout, a wheel or
an address, is not known here, and its own name may be somebody else's in a package index.
"""

import shlex
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from importlib.metadata import PackageNotFoundError, requires, version
from typing import Final

from packaging.requirements import Requirement

from grader.errors import UsageError

DISTRIBUTION: Final = "notebook-grader"


def belonging(extra: str) -> list[Requirement]:
    """Return what the extra of that name adds to what this package always needs."""
    return [
        each
        for each in map(Requirement, requires(DISTRIBUTION) or ())
        if each.marker is not None
        and each.marker.evaluate({"extra": extra})
        and not each.marker.evaluate()
    ]


# What is imported by another name than it is installed by.
_IMPORTED: Final = {"yaml": "pyyaml"}
# By the extras: what takes them.
_TAKING: Final = {"grade": "Running notebooks", "author": "Making or collecting assignments"}


def _is_installed(name: str) -> bool:
    try:
        version(name)
    except PackageNotFoundError:
        return False
    return True


def missing(module: str) -> str | None:
    """Return what to say where a module cannot be found, None where no extra brings it."""
    top = module.partition(".")[0]
    name = _IMPORTED.get(top, top).lower().replace("_", "-")
    for extra, what in _TAKING.items():
        wanted = belonging(extra)
        if name in (each.name.lower() for each in wanted):
            told = installing(each for each in wanted if not _is_installed(each.name))
            return f"{what} takes {name}, which is not installed here: `{told}`."
    return None


def installing(requirements: Iterable[Requirement]) -> str:
    """Return the command that installs these, ready to paste."""
    return shlex.join(
        ["pip", "install", *(f"{each.name}{each.specifier}" for each in requirements)]
    )


@contextmanager
def importing(extra: str, what: str) -> Iterator[None]:
    """Import within it what belongs to an extra; `what` is what needs it, as `A page needs`.

    Raises UsageError, with the command that installs the extra, where a module is not there.
    """
    try:
        yield
    except ModuleNotFoundError as error:
        raise UsageError(
            f"{what} {error.name}, which is not installed here: `{installing(belonging(extra))}`."
        ) from error
