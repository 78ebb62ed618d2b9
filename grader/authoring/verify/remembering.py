"""Trials that are held once: what they came to is remembered, and only what changed is held again.

A candidate that being asked leaves as it was (`left`) comes to the same in each check whatever else
is asked. So where one check was changed, that one alone is judged again, with what it needs. Any
other candidate is judged again as a whole.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import asdict, dataclass, field, replace
from typing import Any

from grader.assignment.model import Assignment
from grader.authoring.environment import digest_of
from grader.authoring.verify.footprints import Footprint
from grader.authoring.verify.memory import Memory
from grader.authoring.verify.trials import (
    MEMORY_MB,
    Judged,
    Outcome,
    Proposed,
    Search,
    Telling,
    Trial,
    Trials,
)
from grader.errors import AssignmentError, InternalError

Progress = Callable[[int], None]


@dataclass
class Remembering:
    """Holds trials that are not remembered, each for this many `seconds` at most.

    `rights` are the cells of the reference by the exercises' ids.
    """

    assignment: Assignment
    trials: Trials
    memory: Memory
    footprints: Mapping[str, Footprint]
    rights: Mapping[str, tuple[str, ...]]
    seconds: float
    _bases: dict[tuple[str, tuple[str, ...], int | None], str] = field(default_factory=dict)

    def outcomes(self, trials: Iterable[Trial], progress: Progress) -> dict[Trial, Outcome]:
        """Return the outcomes of all `trials`; `progress` hears how many there are.

        Raises what `Trials.outcomes` does.
        """
        found: dict[Trial, Outcome] = {}
        waiting: dict[Trial, list[Trial]] = {}
        for trial in dict.fromkeys(trials):
            known, rest = self._recalled(trial)
            if rest is None:
                found[trial] = known
            else:
                waiting.setdefault(rest, []).append(trial)
        done = len(found)
        progress(done)
        held = self.trials.outcomes(waiting, lambda more: progress(done + more))
        for rest, outcome in held.items():
            for trial in waiting[rest]:
                found[trial] = self._kept(trial, rest, outcome)
        return found

    def here(
        self, tellings: Iterable[Telling], released: str, progress: Progress
    ) -> dict[Telling, Outcome]:
        """Return what is told otherwise where the answers with the digest `released` are.

        Raises what `Trials.outcomes` does, and InternalError where one does not come to an end.
        """
        keys = {each: self._telling_key(each, released) for each in dict.fromkeys(tellings)}
        known = {each: self.memory.get(key) for each, key in keys.items()}
        waiting = [each for each, told in known.items() if told is None]
        done = len(keys) - len(waiting)
        progress(done)
        for each, outcome in self.trials.outcomes(
            waiting, lambda more: progress(done + more)
        ).items():
            if outcome.ended != "answered":
                raise InternalError(
                    f"What a released folder tells of {each.mistake!r} was not found out in time. "
                    "Run this again with fewer --jobs."
                )
            known[each] = [outcome.here, outcome.slip]
            self.memory.keep(keys[each], known[each])
        return {
            each: Outcome("answered", here=told[0], slip=told[1]) for each, told in known.items()
        }

    def searched(self, searches: Iterable[Search], progress: Progress) -> dict[Search, Outcome]:
        """Return what was found of inputs that tell mutants from the reference.

        Raises what `Trials.outcomes` does.
        """
        keys = {each: self._search_key(each) for each in dict.fromkeys(searches)}
        known = {each: self.memory.get(key) for each, key in keys.items()}
        found = {each: _read(told) for each, told in known.items() if told is not None}
        done = len(found)
        progress(done)
        waiting = [each for each in keys if each not in found]
        held = self.trials.outcomes(waiting, lambda more: progress(done + more))
        for each, outcome in held.items():
            if outcome.ended == "answered":
                self.memory.keep(keys[each], _plain(outcome))
        return {**found, **held}

    def _search_key(self, search: Search) -> str:
        print_ = self.footprints[search.exercise]
        base = self._base(Trial(search.exercise, search.cells))
        return digest_of("search", base, print_.whole, search.place)

    def _telling_key(self, telling: Telling, released: str) -> str:
        print_ = self.footprints[telling.exercise]
        about = telling.mistake, telling.called, telling.pricing
        return digest_of("here", print_.whole, print_.known, about, released)

    def _base(self, trial: Trial) -> str:
        """Return what stands for a candidate in an exercise, whatever its checks are."""
        key = trial.exercise, trial.cells, trial.seed
        if key not in self._bases:
            common = self.footprints[trial.exercise].common
            seed = self.assignment.config.seed if trial.seed is None else trial.seed
            self._bases[key] = digest_of(common, trial.cells, seed, self.seconds, MEMORY_MB)
        return self._bases[key]

    def _whole_key(self, trial: Trial) -> str:
        print_ = self.footprints[trial.exercise]
        known = print_.known if trial.naming or trial.pairing else ""
        return digest_of("whole", self._base(trial), print_.whole, known, trial.pairing)

    def _alike_key(self, trial: Trial) -> str:
        print_ = self.footprints[trial.exercise]
        return digest_of("alike", self._base(trial), print_.questions, print_.known)

    def _check_keys(self, trial: Trial) -> dict[str, str]:
        checks = self.footprints[trial.exercise].checks
        return {id_: digest_of("check", self._base(trial), each) for id_, each in checks.items()}

    def _definition(self, trial: Trial) -> list[Any] | None:
        """Return what a lasting candidate's cells raised, in a list; None for one that is not."""
        known: list[Any] | None = self.memory.get(digest_of("lasting", self._base(trial)))
        return known

    def _recalled(self, trial: Trial) -> tuple[Outcome, Trial | None]:
        """Return what is remembered of a trial, and what is left to hold, None for nothing."""
        whole = self.memory.get(self._whole_key(trial))
        if whole is not None:
            return _read(whole), None
        nothing = Outcome("answered")
        right = Trial(trial.exercise, self.rights[trial.exercise])
        defined = self._definition(trial)
        if trial.pairing or defined is None or self._definition(right) is None:
            return nothing, trial
        kept = {id_: self.memory.get(key) for id_, key in self._check_keys(trial).items()}
        missing = tuple(id_ for id_, each in kept.items() if each is None)
        checks = tuple(Judged(*each) for each in kept.values() if each is not None)
        found = Outcome("answered", checks, fault=defined[0], lasting=True)
        alike = self.memory.get(self._alike_key(trial)) if trial.naming else None
        found = replace(found, alike=tuple(alike or ()))
        unnamed = trial.naming and alike is None and bool(missing or found.failed)
        if not missing and not unnamed:
            return found, None
        return found, replace(trial, checks=missing, naming=unnamed)

    def _kept(self, trial: Trial, held: Trial, outcome: Outcome) -> Outcome:
        """Remember what a trial came to, of which so much was held; return its outcome."""
        if held.checks is not None and not (outcome.ended == "answered" and outcome.lasting):
            # It was thought to be lasting, and is not: the machine was in its way.
            outcome = self.trials.outcomes([trial])[trial]
            held = trial
        prints = self.footprints[trial.exercise].checks
        if not {each.id for each in outcome.checks} <= prints.keys():
            raise AssignmentError(
                f"{self.assignment.folder} was changed while it was verified. Verify it again."
            )
        if any(each.status == "error" for each in outcome.checks):
            return self._together(trial, held, outcome)
        if trial.pairing or not outcome.lasting or outcome.ended != "answered":
            if outcome.ended == "answered" or outcome.lasting:
                self.memory.keep(self._whole_key(trial), _plain(outcome))
            return outcome
        self.memory.keep(digest_of("lasting", self._base(trial)), [outcome.fault])
        keys = self._check_keys(trial)
        for each in outcome.checks:
            self.memory.keep(keys[each.id], [each.id, each.status, each.points, each.message])
        if held.naming and (held.checks is not None or outcome.failed):
            self.memory.keep(self._alike_key(trial), list(outcome.alike))
        return self._together(trial, held, outcome)

    def _together(self, trial: Trial, held: Trial, outcome: Outcome) -> Outcome:
        """Return the outcome of a whole trial, of which only a part was held."""
        if held.checks is None:
            return outcome
        keys = self._check_keys(trial)
        new = {each.id: each for each in outcome.checks}
        checks = tuple(
            new[id_] if id_ in new else Judged(*self.memory.get(key)) for id_, key in keys.items()
        )
        alike = outcome.alike
        if trial.naming and not held.naming:
            alike = tuple(self.memory.get(self._alike_key(trial)) or ())
        return replace(outcome, checks=checks, alike=alike)


def _plain(outcome: Outcome) -> dict[str, Any]:
    return asdict(outcome)


def _read(told: Mapping[str, Any]) -> Outcome:
    checks = tuple(Judged(**each) for each in told["checks"])
    names = {each: tuple(told[each]) for each in ("alike", "called")}
    found = told["proposed"]
    proposed = None if found is None else Proposed(**found)
    return Outcome(**{**told, **names, "checks": checks, "proposed": proposed})
