"""A subject whose definitions were edited, asked in the state that it was left in."""

from collections.abc import Iterable
from dataclasses import replace
from typing import Any

from grader.scenario import Amend, Outcome, Scenario, Stopped, Subject, Transcript, Value


class Amended:
    """Answers as `subject` does once `source`, which defines its names anew, has been executed.

    The subject itself is left as it is. In `overruns`, which it shares with other edits, is noted
    with what checks have taken too much.
    """

    def __init__(self, subject: Subject, source: str, overruns: dict[Any, list[Any]]) -> None:
        self.overruns = overruns
        self._subject = subject
        self._amend = Amend(source)
        self._asked: dict[str, Scenario] = {}

    def answer(self, scenario: Scenario) -> Transcript:
        """Return the transcript of `scenario`."""
        outcomes = self._subject.answer(self._amended(scenario)).outcomes
        # Definitions that raise leave nothing that could be asked.
        told = outcomes[1:] or outcomes
        return Transcript(scenario, tuple(map(_one_step_earlier, told)))

    def prefetch(self, scenarios: Iterable[Scenario]) -> None:
        """Ask `scenarios` all at once, where the subject can be asked so."""
        ask = getattr(self._subject, "prefetch", None)
        if ask is not None:
            ask([self._amended(each) for each in scenarios])

    def _amended(self, scenario: Scenario) -> Scenario:
        """Return the question as it is put, the same object each time: it is encoded once."""
        known = self._asked.get(scenario.key)
        if known is None:
            known = self._asked[scenario.key] = scenario.after(self._amend)
        return known


def _one_step_earlier(outcome: Outcome) -> Outcome:
    match outcome:
        case Value(changed=changed) if changed:
            return replace(outcome, changed=tuple((step - 1, at) for step, at in changed))
        case Stopped(step=step) if step:
            return replace(outcome, step=step - 1)
    return outcome
