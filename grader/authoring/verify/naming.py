"""What grading calls known mistakes: each by its own name, if it can be told from the others."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from grader.authoring.verify.candidates import Candidate
from grader.authoring.verify.remembering import Remembering
from grader.authoring.verify.trials import Outcome, Trial


def trials_of_mistakes(
    tried: Sequence[Candidate], trials: Sequence[Sequence[tuple[int | None, Sequence[Trial]]]]
) -> dict[tuple[str, str], Trial]:
    """Return the trials in which known mistakes are named, by their exercises and names.

    `trials` are those of each candidate `tried`, with the seeds of their questions; the
    assignment's own comes first.
    """
    return {
        (each.exercise, candidate.name): each
        for candidate, ((_own, some), *_others) in zip(tried, trials, strict=True)
        for each in some
        if candidate.kind == "mistake" and each.naming
    }


def named(
    ended: Mapping[Trial, Outcome], mistakes: Mapping[tuple[str, str], Trial], asked: Remembering
) -> dict[Trial, Outcome]:
    """Return the outcomes of `mistakes` with what grading calls each of them.

    It is the only one that answers every question alike and fails the same checks, as its own trial
    has `ended`; elsewhere it may be two of them together, made and judged for that.
    """
    found = {trial: _alone(trial, ended, mistakes) for trial in mistakes.values()}
    unnamed = [
        replace(trial, naming=False, pairing=True)
        for trial, outcome in found.items()
        if outcome.named is None and outcome.failed
    ]
    pairs = asked.outcomes(unnamed, lambda _done: None)
    for pairing, outcome in pairs.items():
        trial = replace(pairing, naming=True, pairing=False)
        found[trial] = replace(found[trial], called=outcome.called)
    return found


def _alone(
    trial: Trial, ended: Mapping[Trial, Outcome], mistakes: Mapping[tuple[str, str], Trial]
) -> Outcome:
    outcome = ended[trial]
    if not outcome.failed:
        return outcome
    fitting = [
        name
        for name in outcome.alike
        if ended[mistakes[trial.exercise, name]].failed == outcome.failed
    ]
    return replace(outcome, called=tuple(fitting) if len(fitting) == 1 else ())
