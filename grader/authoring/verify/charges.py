"""What a known mistake costs beyond the checks that it is about: what follows from it.

Checks that the mistake fails as well, and those that are skipped for it, are charged for one and
the same slip, unless it is one that follow-through marks mend.
"""

from collections.abc import Iterable
from dataclasses import replace

from grader.assignment.model import Assignment, Exercise
from grader.authoring.verify.certificate import Tried
from grader.results.model import SlipKind


def is_priced(tried: Tried, assignment: Assignment) -> bool:
    """Whether what a mistake costs hangs on whether one edit undoes it."""
    return bool(tried.beyond) and assignment.config.follow_through.marks


def with_price(
    tried: Tried, assignment: Assignment, exercises: Iterable[Exercise], kind: SlipKind
) -> Tried:
    """Return how a mistake fared with what it costs once one edit, of this kind, has mended it."""
    exercise = next(each for each in exercises if each.id == tried.exercise)
    lost = tried.costs.get(exercise.id, 0)
    failed = {each.removeprefix(f"{exercise.id}.") for each in tried.failed}
    # What asks everyone the same gives nothing back where it fails itself.
    kept = sum(
        check.points for check in exercise.checks if check.case is None and check.id in failed
    )
    price = assignment.config.follow_through.of(kind, exercise.points)
    return replace(tried, followed=min(lost, kept + price))
