"""The versions of what notebooks are run with."""

import platform
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from typing import Final

# What decides how a notebook's numbers and figures come out.
PACKAGES: Final = ("ipykernel", "matplotlib", "numpy", "torch", "torchvision")


@cache
def versions() -> dict[str, str]:
    """Return the version of Python and of each of `PACKAGES` that is installed, by name."""
    found = {"python": platform.python_version()}
    for name in PACKAGES:
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            continue
    return found
