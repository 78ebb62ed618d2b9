"""What checks are judged with: who answers, and where the questions come from."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from grader.asking.cases import Case, shrink
from grader.assignment.model import Check
from grader.judging.soundness import require_sound
from grader.verdicts import Verdict

# Returns the cases of a class for a seed.
Cases = Callable[[type[Case], int], tuple[Case, ...]]

# Returns the simplest case found for a check that fulfils a condition, for a seed.
Simplest = Callable[[Check, Callable[[Case], bool], int], Case | None]

# Hears which check failed on which case, the one that its example shows.
Examples = Callable[[Check, Case], None]


def unheard(_check: Check, _case: Case) -> None:
    """Hear of an example that nobody asked for."""


def shrunk(check: Check, fails: Callable[[Case], bool], seed: int) -> Case | None:
    """Return the simplest case found by shrinking what a check is asked about."""
    return None if check.case is None else shrink(check.case, fails, seed)


def smallest_of(cases: Cases) -> Simplest:
    """Return what finds the first of `cases` on which a check fails: from small to large."""

    def simplest(check: Check, fails: Callable[[Case], bool], seed: int) -> Case | None:
        return None if check.case is None else next(filter(fails, cases(check.case, seed)), None)

    return simplest


@dataclass(frozen=True)
class Bench:
    """What checks are given, where their questions come from, and whether to shrink examples."""

    available: Mapping[str, Any]
    seed: int
    shrinking: bool
    cases: Cases
    simplest: Simplest
    examples: Examples
    released: bool
    provable: bool

    def require_sound(self, check: Check, case: Case | None, verdict: Verdict) -> None:
        """Raise AssignmentError where the reference, too, does not pass what a student failed."""
        if self.provable and verdict.status == "failed":
            require_sound(check, self.available, case)
