"""The student as a subject: objects in a separate process, asked through a snapshot."""

from collections import Counter
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Final

from grader.agent import UNDEFINED
from grader.agent.perform import OPERATORS
from grader.i18n import _
from grader.scenario import (
    Absent,
    Answering,
    Lack,
    Lacking,
    Operate,
    Patience,
    Raised,
    Scenario,
    Step,
    Stopped,
    Transcript,
    Usual,
    calls,
)
from grader.subjects.blame import behind
from grader.verdicts import sought

# What has hung or crashed so often is not asked any more.
MOST_STOPS_OF_A_CALL: Final = 2
# Nor is a student of whom so many different calls have.
MOST_STOPS: Final = 4
# By what the times are divided after the first stop: the next question may hang as well.
LESS_PATIENT: Final = 4
# Answers are kept: so many bytes of them are many times what an honest solution gives.
MOST_BYTES: Final = 2**27

UNABLE: Final = "no notebook can be asked that here"

# The name of what is called, and the cell that defines it, so far as that is known.
Called = tuple[str, int | None]


@dataclass
class Stops:
    """How often each call of a notebook's code came to no answer so far, whoever asked, and why."""

    counts: Counter[Called] = field(default_factory=Counter)
    reasons: dict[Called, str] = field(default_factory=dict)

    def gave_up(self, names: Collection[str]) -> bool:
        """Whether a call of one of `names`, or of its methods, is not asked any more."""
        return any(
            count >= MOST_STOPS_OF_A_CALL and name.partition(".")[0] in names
            for (name, _cell), count in self.counts.items()
        )


@dataclass
class Terms:
    """On what terms a student is asked.

    A question may take `seconds`, as `Snapshot.ask` says, which tells of `usual` too; all of them
    together what is left of `patience`. `stops` are those of all states of the notebook; `stopped`
    hears of each question that came to no answer. `defined` returns the cell that defines a name.
    """

    seconds: float
    usual: Usual | None = None
    patience: Patience | None = None
    stops: Stops = field(default_factory=Stops)
    stopped: Callable[[Stopped], None] = lambda _stopped: None
    defined: Callable[[str], int | None] = lambda _name: None


class Student:
    """Puts scenarios to a snapshot of the student's notebook, each once.

    `snapshot` is None where no state is left to be asked; `absence` then says why. `modules` are
    those that the machine lacks, and `undefined` the names that are not defined for something that
    it lacks. Where there is a `lack`, nothing can be asked for want of that. `absent` tells why a
    name is not defined. `unable` are kinds of steps that the snapshot cannot perform: a question
    with one of them is not asked, and nobody's code is to blame.
    """

    def __init__(
        self,
        snapshot: Answering | None,
        terms: Terms,
        *,
        absence: str = "",
        lack: Lack | None = None,
        modules: Collection[str] = (),
        undefined: Mapping[str, Lack] = MappingProxyType({}),
        absent: Callable[[str], Absent] = lambda _name: Absent("NameError", ""),
        unable: tuple[type, ...] = (),
    ) -> None:
        self._snapshot = snapshot
        self._terms = terms
        self._absence = absence
        self._lack = lack
        self._modules = modules
        self._undefined = undefined
        self._absent = absent
        self._unable = unable
        self._stops = 0
        self._before = snapshot.received if snapshot else 0
        self.transcripts: dict[str, Transcript] = {}

    def answer(self, scenario: Scenario) -> Transcript:
        """Return the transcript of `scenario`."""
        self.prefetch([scenario])
        return self.transcripts[scenario.key]

    def prefetch(self, scenarios: Iterable[Scenario]) -> None:
        """Ask those of `scenarios` that have not been asked, all at once."""
        new = {each.key: each for each in scenarios if each.key not in self.transcripts}
        if self._lack is not None:
            for scenario in new.values():
                outcome = Lacking("SyntaxError", "", lack=self._lack)
                self.transcripts[scenario.key] = Transcript(scenario, (outcome,))
            return
        for scenario in [*new.values()]:
            beyond = _beyond(scenario, self._unable)
            if beyond is not None:
                self.transcripts[new.pop(scenario.key).key] = Transcript(scenario, (beyond,))
        left = list(new.values())
        ends: list[tuple[Scenario, Stopped]] = []
        while left:
            refused = {each.key: reason for each in left if (reason := self._refused(each))}
            ends += [(each, refused[each.key]) for each in left if each.key in refused]
            left = [each for each in left if each.key not in refused]
            ends += self._ask(left)
            known = {*self.transcripts, *(each.key for each, _end in ends)}
            left = [each for each in left if each.key not in known]
        if ends:
            self._complete(ends)

    def _ask(self, scenarios: Sequence[Scenario]) -> list[tuple[Scenario, Stopped]]:
        """Ask up to the first of `scenarios` that comes to no answer, which is returned."""
        if self._snapshot is None:
            for scenario in scenarios:
                self._keep(Transcript(scenario, (Raised("NameError", self._absence),)))
            return []
        terms, usual = self._terms, self._terms.usual
        less = LESS_PATIENT if self._stops or self._hung(scenarios) else 1
        transcripts = self._snapshot.ask(
            scenarios,
            seconds=terms.seconds / less,
            usual=None if usual is None else lambda scenario: usual(scenario) / less,
            patience=terms.patience,
        )
        for transcript in transcripts:
            last = transcript.outcomes[-1]
            if isinstance(last, Stopped):
                self._note(transcript.scenario, last)
                return [(transcript.scenario, last)]
            self._keep(transcript)
            if self._too_much():
                break
        return []

    def _note(self, scenario: Scenario, end: Stopped) -> None:
        self._stops += 1
        if end.step is not None:
            called = self._called(scenario)[end.step]
            self._terms.stops.counts[called] += 1
            self._terms.stops.reasons.setdefault(called, end.reason)
        self._terms.stopped(end)

    def _complete(self, ends: Sequence[tuple[Scenario, Stopped]]) -> None:
        """Keep transcripts of questions that came to no end, with what the steps before that gave.

        These are asked by themselves: what they answered is lost with the process.
        """
        begun = {
            each.key: Scenario(*each.steps[: end.step])
            for each, end in ends
            if end.step is not None
        }
        self.prefetch(each for each in begun.values() if each.steps)
        for scenario, end in ends:
            before = (
                self.transcripts.get(begun[scenario.key].key) if scenario.key in begun else None
            )
            if before is None or isinstance(before.outcomes[-1], Stopped):
                self._keep(Transcript(scenario, (end,)))
            elif before.failure is not None:
                self._keep(Transcript(scenario, before.outcomes))
            else:
                self._keep(Transcript(scenario, (*before.outcomes, end)))

    def _called(self, scenario: Scenario) -> list[Called]:
        defined = self._terms.defined
        return [(name, defined(name.partition(".")[0])) for name in calls(scenario)]

    def _hung(self, scenarios: Iterable[Scenario]) -> bool:
        """Whether one of `scenarios` makes a call that came to no answer before."""
        counts = self._terms.stops.counts
        return bool(counts) and any(
            called in counts for scenario in scenarios for called in self._called(scenario)
        )

    def _refused(self, scenario: Scenario) -> Stopped | None:
        """Return what a question comes to that is not asked any more, None where it is asked."""
        stops = self._terms.stops
        for step, called in enumerate(self._called(scenario) if stops.counts else ()):
            if stops.counts[called] >= MOST_STOPS_OF_A_CALL:
                return Stopped(
                    _(
                        "{reason}; that was at questions before, so it was not asked again",
                        reason=stops.reasons[called],
                    ),
                    step,
                )
        reason = self._too_much()
        return Stopped(reason) if reason else None

    def _too_much(self) -> str:
        """Return why nothing more is asked, "" where there is no reason."""
        if self._stops >= MOST_STOPS:
            return _(
                "your code hung or crashed on {most_stops} questions, so no more were asked",
                most_stops=MOST_STOPS,
            )
        if self._terms.patience is not None and self._terms.patience.left <= 0:
            return _("the time for all answers together was used up before")
        if self._snapshot and self._snapshot.received - self._before > MOST_BYTES:
            return _("your code's answers before were so large that no more questions were asked")
        return ""

    def _keep(self, transcript: Transcript) -> None:
        if any(isinstance(each, Raised) for each in transcript.outcomes):
            told = tuple(
                self._why(step, each) if isinstance(each, Raised) else each
                for step, each in zip(transcript.scenario.steps, transcript.outcomes, strict=False)
            )
            transcript = Transcript(transcript.scenario, told)
        self.transcripts[transcript.scenario.key] = transcript

    def _why(self, step: Step, raised: Raised) -> Raised:
        """Return what was raised, with what is behind it as far as that is known."""
        lack = behind(raised, self._modules, self._undefined)
        if lack is not None:
            return Lacking(raised.error, raised.message, raised.line, lack)
        name = sought(step)
        if raised.error == "NameError" and name and raised.message == UNDEFINED.format(name):
            return self._absent(name)
        return raised


def _beyond(scenario: Scenario, unable: tuple[type, ...]) -> Raised | None:
    """Return what a scenario comes to that nobody's process can perform, None where it can."""
    for step in scenario.steps:
        if isinstance(step, unable):
            told = f"there is no notebook that could perform the step {step.do!r}"
        elif isinstance(step, Operate) and step.operator not in OPERATORS:
            told = f"there is no operator {step.operator!r}"
        else:
            continue
        return Raised("NotImplementedError", told, fault=UNABLE)
    return None
