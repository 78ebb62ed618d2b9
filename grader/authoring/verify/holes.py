"""Holes in checks, and what would close them: the mutants that no check notices, with inputs."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

from grader.assignment.model import Exercise
from grader.authoring.verify.candidates import Candidate
from grader.authoring.verify.certificate import Proposal, Tried
from grader.authoring.verify.proposing import by_hand
from grader.authoring.verify.remembering import Remembering
from grader.authoring.verify.trials import Outcome, Search


def with_proposals(
    candidates: Sequence[Candidate],
    results: Sequence[Tried],
    exercises: Sequence[Exercise],
    asked: Remembering,
    progress: Callable[[int], None],
) -> list[Tried]:
    """Return how `candidates` fared, with what a check would have to ask to notice mutants.

    That is looked for in exercises whose checks name inputs by hand, for mutants that no check
    notices. The reference is the first of the candidates; `progress` hears how many are looked
    through.
    """
    right = candidates[0].cells
    searches = {
        number: _searches(candidate, right, exercises)
        for number, (candidate, tried) in enumerate(zip(candidates, results, strict=True))
        if tried.kind == "mutant" and tried.wrong and not tried.killed
    }
    found = asked.searched([each for some in searches.values() for each in some], progress)
    return [
        replace(tried, proposal=_proposal(searches.get(number, ()), found))
        for number, tried in enumerate(results)
    ]


def _searches(
    candidate: Candidate, right: Mapping[str, tuple[str, ...]], exercises: Sequence[Exercise]
) -> list[Search]:
    """Return the searches for a mutant, one in each exercise whose cells it changes."""
    place = candidate.mutant.place if candidate.mutant else ""
    return [
        Search(each.id, candidate.cells[each.id], place)
        for each in exercises
        if candidate.cells[each.id] != right[each.id] and by_hand(each)
    ]


def _proposal(searches: Sequence[Search], found: Mapping[Search, Outcome]) -> Proposal | None:
    """Return the first input that was found, None where nothing was tried."""
    tried = sum(found[each].tried for each in searches)
    for each in searches:
        one = found[each].proposed
        if one is not None:
            return Proposal(
                tried=tried,
                check=f"{each.exercise}.{one.check}",
                question=one.question,
                expected=one.expected,
                got=one.got,
                lines=one.lines,
            )
    return Proposal(tried=tried) if tried else None
