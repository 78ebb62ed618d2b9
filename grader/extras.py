"""What belongs to an extra of this package, and the command that installs it.

The command names the packages themselves: where this one was installed from, a checkout, a wheel or
an address, is not known here, and its own name may be somebody else's in a package index.
"""

import shlex
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from importlib.metadata import requires
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
