"""A recording as a subject: the answers that a submission once gave, kept to be judged again.

A recorder stands between a student and the snapshot that answers, and keeps what comes back. What
it has kept answers the same scenarios later, without any of the student's code.
"""

import io
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from grader.i18n import _
from grader.scenario import Answering, Outcome, Scenario, Stopped, Transcript

# Bytes of all answers of a submission: many times what those of an honest one take.
MOST_KEPT: Final = 2**26

# What answers a scenario, by the scenario's key.
Answers = dict[str, tuple[Outcome, ...]]


class Later(dict[str, tuple[Outcome, ...]]):
    """Answers that are read as they are asked for, each with those that were kept beside it.

    `readers` read them, by the keys of all that they hold. Raises what they do.
    """

    def __init__(self, readers: Mapping[str, Callable[[], Answers]]) -> None:
        super().__init__()
        self._readers = readers

    def __missing__(self, key: str) -> tuple[Outcome, ...]:
        """Return an answer that was not read yet. Raises KeyError where there is none."""
        found = self._readers[key]()
        self.update(found)
        return found[key]


class Kept(io.BytesIO):
    """Bytes in memory, read as a connection is."""

    def recv(self, size: int, /) -> bytes:
        """Return the next bytes, none at the end."""
        return self.read(size)


@dataclass
class Room:
    """How many bytes are left for the answers of all states of a notebook that are kept."""

    left: int = MOST_KEPT


class Recorder:
    """Passes questions on to `snapshot` and keeps the first answer to each in `answers`.

    Where there is no `room` left for one, it is not kept: whoever asks for it later learns that.
    """

    def __init__(self, snapshot: Answering, room: Room) -> None:
        self.answers: Answers = {}
        self._snapshot = snapshot
        self._room = room

    @property
    def unkept(self) -> Answering:
        """Who answers without having it kept."""
        return self._snapshot

    @property
    def received(self) -> int:
        """About how many bytes the snapshot's answers took."""
        return self._snapshot.received

    def ask(self, scenarios: Sequence[Scenario], **terms: Any) -> Iterator[Transcript]:
        """Yield what the snapshot answers."""
        before = self.received
        for transcript in self._snapshot.ask(scenarios, **terms):
            key, size = transcript.scenario.key, self.received - before
            if key not in self.answers and size <= self._room.left:
                self._room.left -= size
                self.answers[key] = transcript.outcomes
            yield transcript
            before = self.received

    def reset(self) -> None:
        """Reset the snapshot."""
        self._snapshot.reset()

    def close(self) -> None:
        """Close the snapshot."""
        self._snapshot.close()


class Recorded:
    """Answers from what was kept. `unanswered` counts the scenarios that are not among it."""

    received = 0

    def __init__(self, answers: Answers) -> None:
        self._answers = answers
        self.unanswered = 0

    def ask(self, scenarios: Sequence[Scenario], **_terms: Any) -> Iterator[Transcript]:
        """Yield one transcript a scenario; of an unknown one only that it has no answer here."""
        for scenario in scenarios:
            try:
                outcomes = self._answers[scenario.key]
            except KeyError:
                self.unanswered += 1
                outcomes = (Stopped(_("this was not asked when the notebook ran")),)
            yield Transcript(scenario, outcomes)

    def reset(self) -> None:
        """Do nothing: what is kept does not change."""

    def close(self) -> None:
        """Do nothing."""
