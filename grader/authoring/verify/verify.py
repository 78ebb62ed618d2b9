"""The proof that an assignment's checks are sound: wrong solutions lose points, right ones none.

Candidates are the reference, the student notebook as it is handed out, the known mistakes, the
right variants, and mutants of the reference. Each is judged in all unit exercises, those that ask
only about definitions; nothing is trained.
"""

import contextlib
import hashlib
import itertools
import tempfile
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property, reduce
from pathlib import Path
from typing import Final, Self, cast

from grader.assignment.mistakes import Catalogue, Equivalent, catalogue
from grader.assignment.model import ANSWERS, Assignment, Exercise
from grader.authoring.verify.candidates import Candidate, candidates, unit_exercises
from grader.authoring.verify.certificate import Certificate, CheckTally, Tried
from grader.authoring.verify.charges import is_priced, with_price
from grader.authoring.verify.footprints import Footprint, footprints
from grader.authoring.verify.holes import with_proposals
from grader.authoring.verify.memory import Memory
from grader.authoring.verify.naming import named, trials_of_mistakes
from grader.authoring.verify.remembering import Remembering
from grader.authoring.verify.told_here import answers
from grader.authoring.verify.trials import SECONDS, Outcome, Telling, Trial, holding
from grader.authoring.verify.verdicts import fared
from grader.results.model import AssignmentInfo, SlipKind

Progress = Callable[[int, int], None]

# Trials with the seed of their questions, None for the assignment's own, which come first.
_BySeed = Sequence[tuple[int | None, Sequence[Trial]]]

# The reference and the student notebook: without them the others prove nothing.
FIRST: Final = 2
# Other seeds from which the reference alone is asked.
MORE_SEEDS: Final = 4


def verify(
    assignment: Assignment,
    *,
    jobs: int = 1,
    seconds: float = SECONDS,
    seeds: int = 1,
    progress: Progress = lambda _done, _total: None,
    memory: Memory | None = None,
    telling: bool = True,
) -> Certificate:
    """Judge every candidate of `assignment` and return what that proves.

    Up to `jobs` are judged at a time, each for this many `seconds` in an exercise at most; one
    that takes longer, or crashes, counts as noticed. `progress` hears how many trials are done,
    and of how many. The same assignment gives the same certificate. What is in the `memory` is not
    judged again, and what is judged is there afterwards: whoever gives one closes it.

    The reference is asked with several seeds, and every candidate with this many `seeds`: its
    verdict has to be right with each. Where the reference or the student notebook fails, nothing
    else is judged, and the certificate says why. Without `telling`, it is not asked what a released
    folder tells of the mistakes.

    Raises AssignmentError where the assignment cannot be used, InternalError where a process for
    trials fails.
    """
    plan = _Plan.of(assignment, seeds, telling=telling)
    exercises, trials, first = plan.exercises, plan.trials, plan.first
    rest = plan.every[len(first) :]
    total = len(plan.every) + plan.told_of

    def after(done: int) -> Callable[[int], None]:
        return lambda more: progress(done + more, total)

    with (
        holding(assignment, jobs=min(jobs, total), seconds=seconds) as held,
        _as_it_was(plan, memory or Memory()) as remembered,
    ):
        rights = plan.tried[0].cells
        asked = Remembering(assignment, held, *remembered, rights=rights, seconds=seconds)
        ended = asked.outcomes(first, after(0))
        results = [plan.fares(number, ended) for number in range(FIRST)]
        for number, each in enumerate(results, start=1):
            if each.wrong:
                return _stopped(assignment, exercises, results[:number])
        ended |= asked.outcomes(rest, after(len(first)))
        mistakes = trials_of_mistakes(plan.tried, trials)
        ended |= named(ended, mistakes, asked)
        results += [plan.fares(number, ended) for number in range(FIRST, len(trials))]
        results = with_proposals(
            plan.tried, results, exercises, asked, lambda _done: progress(len(plan.every), total)
        )
        # Grading performs every known mistake: one that hangs would hang it too.
        if all(each.ended == "answered" for each in results if each.kind == "mistake"):
            tellings = _tellings(mistakes, ended, results, assignment) if telling else {}
            told = _here(assignment, asked, tellings, after(len(plan.every)))
            results = [_with_told(each, told, assignment, exercises) for each in results]
    checks = _tallies(exercises, results)
    return _certificate(
        assignment, exercises, results, checks, _unproven(plan, results, checks), seeds
    )


@dataclass(frozen=True)
class _Plan:
    """What is to be tried: every candidate with its trials, those of the assignment's own first.

    `told_of` are how many mistakes it is asked of what a released folder tells.
    """

    assignment: Assignment
    known: Catalogue
    exercises: Sequence[Exercise]
    tried: Sequence[Candidate]
    trials: Sequence[_BySeed]
    told_of: int

    @classmethod
    def of(cls, assignment: Assignment, seeds: int, *, telling: bool) -> Self:
        """Return the plan for as many `seeds`. Raises AssignmentError where there can be none."""
        known = catalogue(assignment)
        tried = candidates(assignment, known)
        exercises = unit_exercises(assignment)
        others = _seeds(assignment, max(MORE_SEEDS, seeds - 1))
        trials = [
            _trials(candidate, others if number == 0 else others[: seeds - 1])
            for number, candidate in enumerate(tried)
        ]
        told_of = sum(len(known.of(each.id)) for each in exercises) if telling else 0
        return cls(assignment, known, exercises, tried, trials, told_of)

    @cached_property
    def first(self) -> list[Trial]:
        """The trials without which the others prove nothing."""
        return list(dict.fromkeys(itertools.chain.from_iterable(map(_all, self.trials[:FIRST]))))

    @cached_property
    def every(self) -> list[Trial]:
        """All trials, each once."""
        every = itertools.chain.from_iterable(map(_all, self.trials))
        return list(dict.fromkeys([*self.first, *every]))

    def fares(self, number: int, ended: Mapping[Trial, Outcome]) -> Tried:
        """Return how a candidate fared whose trials have ended so."""
        candidate, known = self.tried[number], self.known.equivalents
        (_own, first), *others = (
            (seed, fared(candidate, [ended[each] for each in some], self.exercises, known))
            for seed, some in self.trials[number]
        )
        return reduce(_with_seed, others, first)


@contextlib.contextmanager
def _as_it_was(plan: _Plan, memory: Memory) -> Iterator[tuple[Memory, Mapping[str, Footprint]]]:
    """Give a memory, and the footprints that what is judged meanwhile is remembered by.

    Where the assignment is saved meanwhile, nobody knows what was judged: nothing is remembered.
    """
    told = plan.assignment, plan.exercises, plan.known.mistakes
    before = footprints(*told)
    try:
        yield memory, before
    finally:
        if not memory.news or footprints(*told) != before:
            memory.forget()


def _tellings(
    mistakes: Mapping[tuple[str, str], Trial],
    ended: Mapping[Trial, Outcome],
    results: Sequence[Tried],
    assignment: Assignment,
) -> dict[tuple[str, str], Telling]:
    """Return what is to be told of each mistake, by its exercise and its name; no answers yet."""
    priced = {(each.exercise, each.name) for each in results if is_priced(each, assignment)}
    return {
        key: Telling(*key, "", called=ended[trial].called, pricing=key in priced)
        for key, trial in mistakes.items()
    }


def _here(
    assignment: Assignment,
    asked: Remembering,
    tellings: Mapping[tuple[str, str], Telling],
    progress: Callable[[int], None],
) -> Mapping[tuple[str, str], Outcome]:
    """Return what a released folder tells of the mistakes otherwise than official grading."""
    if not tellings:
        return {}
    content = answers(assignment)
    released = hashlib.sha256(content).hexdigest()
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / ANSWERS
        path.write_bytes(content)
        whole = {key: replace(each, answers=str(path)) for key, each in tellings.items()}
        told = asked.here(whole.values(), released, progress)
    return {key: told[each] for key, each in whole.items()}


def _certificate(
    assignment: Assignment,
    exercises: Sequence[Exercise],
    results: Sequence[Tried],
    checks: Sequence[CheckTally],
    unproven: Iterable[str],
    seeds: int = 1,
) -> Certificate:
    return Certificate(
        assignment=AssignmentInfo(
            name=assignment.name,
            title=assignment.config.title,
            version=assignment.config.version,
        ),
        exercises={each.id: each.points for each in exercises},
        candidates=tuple(results),
        checks=tuple(checks),
        unproven=tuple(unproven),
        seeds=seeds,
    )


def _stopped(
    assignment: Assignment, exercises: Sequence[Exercise], results: Sequence[Tried]
) -> Certificate:
    """Return what is known where the last of `results` fails.

    Beside a reference that fails, whatever loses points has lost them for nothing.
    """
    why = f"Nothing else was judged, for want of a sound start: mend {results[-1].name} first."
    return _certificate(assignment, exercises, results, _tallies(exercises, ()), [why])


def _seeds(assignment: Assignment, count: int) -> tuple[int, ...]:
    """Return `count` seeds beside the assignment's own."""
    config = assignment.config
    others = dict.fromkeys((config.public_seed, *range(count + 1)))
    return tuple(each for each in others if each != config.seed)[:count]


def _with_seed(tried: Tried, other: tuple[int | None, Tried]) -> Tried:
    """Return how a candidate fared, with what is otherwise on the questions from another seed."""
    seed, again = other
    if again.wrong and not tried.wrong:
        wrong = f"With questions from the seed {seed}: {again.wrong}"
        return replace(again, wrong=wrong, named=tried.named)
    if again.costs != tried.costs and tried.varies is None:
        told = " and ".join(f"{lost:g} in `{each}`" for each, lost in again.costs.items())
        varies = f"with questions from the seed {seed} it loses {told or 'nothing'}"
        return replace(tried, varies=varies)
    return tried


def _with_told(
    tried: Tried,
    told: Mapping[tuple[str, str], Outcome],
    assignment: Assignment,
    exercises: Sequence[Exercise],
) -> Tried:
    """Return how a candidate fared with what a released folder tells of it, if it is a mistake."""
    found = told.get((tried.exercise or "", tried.name)) if tried.kind == "mistake" else None
    if found is None:
        return tried
    if found.slip:
        tried = with_price(tried, assignment, exercises, cast("SlipKind", found.slip))
    return replace(tried, here=found.here)


def _trials(candidate: Candidate, seeds: Sequence[int]) -> _BySeed:
    """Return the trials of a candidate, one for each exercise: its own, then those by `seeds`."""
    own = [
        Trial(id_, cells, naming=candidate.kind == "mistake" and id_ == candidate.exercise)
        for id_, cells in candidate.cells.items()
    ]
    again = ((seed, [replace(each, seed=seed, naming=False) for each in own]) for seed in seeds)
    return [(None, own), *again]


def _all(trials: _BySeed) -> Iterable[Trial]:
    return itertools.chain.from_iterable(some for _seed, some in trials)


def _tallies(exercises: Sequence[Exercise], results: Sequence[Tried]) -> tuple[CheckTally, ...]:
    wrong = [each.failed for each in results if each.kind in ("mistake", "mutant")]
    return tuple(
        CheckTally(
            exercise=exercise.id,
            id=check.id,
            title=check.title,
            points=check.points,
            fails=sum(f"{exercise.id}.{check.id}" in failed for failed in wrong),
            alone=sum(failed == (f"{exercise.id}.{check.id}",) for failed in wrong),
        )
        for exercise in exercises
        for check in exercise.checks
    )


def _unproven(plan: _Plan, results: Sequence[Tried], checks: Sequence[CheckTally]) -> Iterable[str]:
    """Yield what the candidates do not show."""
    known, exercises = plan.known, plan.exercises
    unit = {each.id for each in exercises}
    for exercise in plan.assignment.exercises:
        if exercise.manual:
            yield f"`{exercise.id}` is judged by a person."
        elif exercise.id not in unit:
            yield f"`{exercise.id}` is about the notebook as a whole: none of its checks was asked."
    for exercise in exercises:
        if not known.of(exercise.id):
            yield f"`{exercise.id}` has no known mistakes: only mutants show that it notices any."
        if not any(each.exercise == exercise.id for each in known.variants):
            yield (
                f"`{exercise.id}` has no right variants: only the reference shows that it spares "
                "right solutions."
            )
    for alteration in (*known.mistakes, *known.variants):
        if alteration.exercise not in unit:
            yield f"`{alteration.exercise}` was not asked about {alteration.name!r}."
    for check in checks:
        if not check.fails:
            yield f"`{check.key}`: no candidate fails it, so nothing shows that it can fail."
    for each in known.equivalents:
        if not any(
            _is_used(each, candidate, end)
            for candidate, end in zip(plan.tried, results, strict=True)
        ):
            yield f"No mutant is covered by the reason given for {each.about!r}: {each.reason}"


def _is_used(equivalent: Equivalent, candidate: Candidate, end: Tried) -> bool:
    mutant = candidate.mutant
    if mutant is None or (end.killed and not equivalent.new):
        return False
    return equivalent.covers(mutant.place, mutant.old, mutant.new)
