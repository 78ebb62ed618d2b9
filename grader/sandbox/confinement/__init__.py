"""How submissions are confined: one file for each rung of strength."""

from importlib import import_module
from typing import Final

from grader.sandbox.confinement.base import SHARED_MEMORY, Folders, Policy, readable_below
from grader.sandbox.rungs import Rung

__all__ = ["POLICIES", "SHARED_MEMORY", "Folders", "Policy", "readable_below"]

# The strongest first: each has a `POLICY`.
_FILES: Final = ("namespaced", "landlocked", "base", "plain")
_ALL: Final = [import_module(f"{__name__}.{each}").POLICY for each in _FILES]

POLICIES: Final[dict[Rung, Policy]] = {each.rung: each for each in _ALL}
