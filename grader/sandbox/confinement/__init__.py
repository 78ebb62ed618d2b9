"""How submissions are confined: one file for each rung of strength."""

from typing import Final

from grader.sandbox.confinement.base import SHARED_MEMORY, Folders, Policy, readable_below
from grader.sandbox.confinement.landlocked import Landlocked
from grader.sandbox.confinement.namespaced import Namespaced

__all__ = ["POLICIES", "SHARED_MEMORY", "Folders", "Policy", "readable_below"]

POLICIES: Final = {each.rung: each for each in (Namespaced(), Landlocked(), Policy())}
