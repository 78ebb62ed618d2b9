"""The student as a subject: objects in a separate process, asked through a snapshot."""

from collections.abc import Callable, Collection, Iterable, Mapping
from types import MappingProxyType

from grader.blame import behind
from grader.languages import _
from grader.scenario import (
    Absent,
    Answering,
    Lack,
    Lacking,
    Raised,
    Scenario,
    Step,
    Stopped,
    Transcript,
)
from grader.verdicts import sought

# A process that dies of every question must not be forked for hundreds of them.
MOST_STOPS = 5
# Answers are kept: so many bytes of them are many times what an honest solution gives.
MOST_BYTES = 2**28
# What the process says of a name that is not there.
UNDEFINED = "the notebook defines no {}"


class Student:
    """Puts scenarios to a snapshot of the student's notebook, each once.

    `snapshot` is None where no state is left to be asked; `absence` then says why. `stopped` hears
    of each scenario that came to no answer. `modules` are those that the machine lacks, and
    `undefined` the names that are not defined for something that it lacks. Where it has a `lack`,
    there is nothing to be asked for that. `absent` tells why a name is not defined.
    """

    def __init__(
        self,
        snapshot: Answering | None,
        *,
        seconds: float,
        absence: str = "",
        stopped: Callable[[], None] = lambda: None,
        modules: Collection[str] = (),
        undefined: Mapping[str, Lack] = MappingProxyType({}),
        absent: Callable[[str], Absent] = lambda _name: Absent("NameError", ""),
    ) -> None:
        self._snapshot = snapshot
        self._seconds = seconds
        self._absence = absence
        self._modules = modules
        self._undefined = undefined
        self._absent = absent
        self.lack: Lack | None = None
        self._stopped = stopped
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
        if self.lack is not None:
            for scenario in new.values():
                outcome = Lacking("SyntaxError", "", lack=self.lack)
                self.transcripts[scenario.key] = Transcript(scenario, (outcome,))
            return
        if self._snapshot is None:
            for scenario in new.values():
                self._keep(Transcript(scenario, (Raised("NameError", self._absence),)))
            return
        transcripts = self._snapshot.ask(list(new.values()), seconds=self._seconds)
        while not self._enough() and (transcript := next(transcripts, None)):
            self._keep(transcript)
            if isinstance(transcript.outcomes[-1], Stopped):
                self._stops += 1
                self._stopped()
        for scenario in new.values():
            if scenario.key not in self.transcripts:
                self._keep(Transcript(scenario, (Stopped(self._enough()),)))

    def _enough(self) -> str:
        """Return why nothing more is asked, "" where there is no reason."""
        if self._stops >= MOST_STOPS:
            return _(
                "your code hung or crashed on {most_stops} questions, so no more were asked",
                most_stops=MOST_STOPS,
            )
        if self._snapshot and self._snapshot.received - self._before > MOST_BYTES:
            return _("your code's answers before were so large that no more questions were asked")
        return ""

    def _keep(self, transcript: Transcript) -> None:
        last = transcript.outcomes[-1]
        if isinstance(last, Raised):
            step = transcript.scenario.steps[len(transcript.outcomes) - 1]
            why = self._why(step, last)
            transcript = Transcript(transcript.scenario, (*transcript.outcomes[:-1], why))
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
