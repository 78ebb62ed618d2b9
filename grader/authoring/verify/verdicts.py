"""Whether the verdict on a candidate is the one that it deserves."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from grader.assignment.mistakes import Equivalent
from grader.assignment.model import Exercise
from grader.authoring.verify.candidates import Candidate
from grader.authoring.verify.certificate import Tried
from grader.authoring.verify.trials import Judged, Outcome

_PENDING: Final = ("review", "error")


@dataclass(frozen=True)
class _Fate:
    """What became of a candidate in one exercise: points lost and pending, checks by status."""

    exercise: Exercise
    outcome: Outcome

    @property
    def lost(self) -> float:
        if self.outcome.ended != "answered":
            return self.exercise.points
        return sum(
            check.points - given.points
            for check, given in zip(self.exercise.checks, self.outcome.checks, strict=True)
            if given.status not in _PENDING
        )

    def ended(self, *statuses: str) -> list[Judged]:
        return [each for each in self.outcome.checks if each.status in statuses]

    @property
    def perfect(self) -> bool:
        return self.outcome.ended == "answered" and len(self.ended("passed")) == len(
            self.exercise.checks
        )

    @property
    def told(self) -> str:
        """What speaks against the candidate, for an instructor."""
        if self.outcome.ended != "answered":
            how = {"time": "it ran over its time", "crash": "its process died"}
            return f"in {self.exercise.id} {how[self.outcome.ended]}"
        first = self.ended("failed", "skipped", *_PENDING)[0]
        fault = f" (a cell raised {self.outcome.fault})" if self.outcome.fault else ""
        return f"{self.exercise.id}.{first.id} is {first.status}: {first.message}{fault}"


def fared(
    candidate: Candidate,
    ended: Sequence[Outcome],
    exercises: Sequence[Exercise],
    equivalents: Sequence[Equivalent],
) -> Tried:
    """Return how a candidate fared whose trials ended like this, one for each of `exercises`.

    `equivalents` say which mutants are right although no check notices them.
    """
    fates = [_Fate(*each) for each in zip(exercises, ended, strict=True)]
    declared = _declared(candidate, equivalents)
    own = _own(candidate, fates)
    named = next((each.outcome.named for each in fates if each.outcome.named), None)
    return Tried(
        kind=candidate.kind,
        name=candidate.name,
        exercise=candidate.exercise,
        costs={each.exercise.id: each.lost for each in fates if each.lost},
        failed=tuple(
            f"{each.exercise.id}.{check.id}" for each in fates for check in each.ended("failed")
        ),
        ended=next((each.ended for each in ended if each.ended != "answered"), "answered"),
        named=named,
        own=own,
        beyond=None if own is None else sum(each.lost for each in fates) - own,
        reason=declared.reason if declared and not any(each.lost for each in fates) else None,
        diff=candidate.mutant.diff if candidate.mutant else None,
        wrong=_wrong(candidate, fates, declared),
    )


def _own(candidate: Candidate, fates: Sequence[_Fate]) -> float | None:
    """Return what a mistake loses in the checks that it is about, None for what is no mistake.

    Where it does not say which, it is the first that it fails.
    """
    fate = next((each for each in fates if each.exercise.id == candidate.exercise), None)
    if candidate.kind != "mistake" or fate is None or fate.outcome.ended != "answered":
        return None
    about = candidate.about or [each.id for each in fate.ended("failed")][:1]
    return sum(
        check.points - given.points
        for check, given in zip(fate.exercise.checks, fate.outcome.checks, strict=True)
        if check.id in about and given.status not in _PENDING
    )


def _declared(candidate: Candidate, equivalents: Iterable[Equivalent]) -> Equivalent | None:
    """Return what is declared of a mutant, None where nothing is."""
    mutant = candidate.mutant
    if mutant is None:
        return None
    return next(
        (each for each in equivalents if each.covers(mutant.place, mutant.old, mutant.new)), None
    )


def _wrong(candidate: Candidate, fates: Sequence[_Fate], declared: Equivalent | None) -> str | None:
    """Return why the verdict on a candidate is wrong, None where it is right."""
    for fate in fates:
        for check in fate.ended("error"):
            return f"{fate.exercise.id}.{check.id} failed to judge it: {check.message}"
    if candidate.kind in ("reference", "variant"):
        unfair = [fate.told for fate in fates if not fate.perfect]
        return f"It is right, but {unfair[0]}" if unfair else None
    if candidate.kind == "released":
        return _wrongly_given(fates)
    if candidate.kind == "mistake":
        return _wrong_of_mistake(candidate, fates)
    lost = [fate for fate in fates if fate.lost]
    if declared is not None and declared.new and lost:
        return f"It is declared to be right, but {lost[0].told}"
    return None if lost or declared is not None else "No check notices it."


def _wrongly_given(fates: Sequence[_Fate]) -> str | None:
    for fate in fates:
        if fate.lost < fate.exercise.points:
            given = [check.id for check in fate.ended("passed", *_PENDING)]
            return (
                f"Nothing is solved, but {fate.exercise.id} gives or may give "
                f"{fate.exercise.points - fate.lost:g} points, for {', '.join(given)}."
            )
    return None


def _wrong_of_mistake(candidate: Candidate, fates: Sequence[_Fate]) -> str | None:
    for fate in fates:
        if fate.outcome.ended != "answered":
            return f"Grading performs known mistakes itself, so they must end; {fate.told}."
        own = fate.exercise.id == candidate.exercise
        if own and not fate.lost:
            return f"No check of {fate.exercise.id} notices it."
        if own and fate.outcome.named not in (None, candidate.name):
            return f"It is called by another name: {fate.outcome.named!r}."
        if not own and not fate.perfect:
            return f"It belongs to {candidate.exercise}, but {fate.told}"
    return None
