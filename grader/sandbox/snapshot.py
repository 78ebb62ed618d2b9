"""The grader's end of a snapshot: putting scenarios to a state that a notebook once was in."""

import math
import socket
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from typing import NamedTuple

from grader.agent.snapshot import KEEPS
from grader.agent.wire import ANSWER_LIMITS, Limits, WireError, joined, weighed
from grader.i18n import _, marked
from grader.sandbox.limits import Breach
from grader.sandbox.supervisor import received
from grader.sandbox.waiting import Allowed, MemoryPlace, OverdueError, Place, Waiting
from grader.scenario import (
    Patience,
    Scenario,
    Stopped,
    Transcript,
    Usual,
    outcomes_of,
)

# Questions that travel in one message: enough to hide the latency, few enough that the answers
# already given survive when one of them hangs.
BATCH = 64

DIED = marked("the process that runs your code died")

# A keeper that takes no connections is none.
CHANNEL_SECONDS = 5.0


class State(ABC):
    """A state of a notebook that answers scenarios over a connection.

    `received` counts the bytes that its answers take. `breach` tells which limit was broken since
    it was last called. `limits` bind each answer. Not safe for several threads.
    """

    def __init__(
        self,
        *,
        breach: Callable[[], Breach | None] = lambda: None,
        limits: Limits = ANSWER_LIMITS,
    ) -> None:
        self._limits = limits
        self.received = 0
        self._breach = breach
        self._connection: socket.socket | None = None
        self._place: Place | None = None

    @abstractmethod
    def keeper(self) -> int | None:
        """Return the process at or below which answers are made, None where that is not known."""

    @abstractmethod
    def _connect(self) -> socket.socket:
        """Return the connection to who answers. Raises OSError or EOFError where there is none."""

    def ask(
        self,
        scenarios: Sequence[Scenario],
        *,
        seconds: float,
        usual: Usual | None = None,
        patience: Patience | None = None,
    ) -> Iterator[Transcript]:
        """Yield one transcript a scenario, in order.

        Each may take `seconds` of processor time, and rest as long. Where `usual` is given, one
        that neither imports nor compiles may take so many of processor time. `patience` is taken
        from as they come.

        A scenario that takes longer, or from which the answering process dies, ends with the
        outcome `Stopped`; the ones after it are put to a fresh process.

        Raises WireError where a scenario is over the limits of a message.
        """
        start = 0
        while start < len(scenarios):
            count, message = _message(scenarios[start : start + BATCH])
            batch = scenarios[start : start + count]
            allowance = _Allowance(seconds, usual, patience or Patience(math.inf))
            for transcript in self._ask(batch, message, allowance):
                start += 1
                yield transcript

    def _ask(
        self, batch: Sequence[Scenario], message: bytes, allowance: "_Allowance"
    ) -> Iterator[Transcript]:
        """Yield the transcripts of `batch` up to the first that brought the process down."""
        answered = 0
        connection = None
        try:
            self._require(allowance)
            connection = self._connect()
            connection.settimeout(allowance.seconds)
            connection.sendall(message)
            for scenario in batch:
                self._require(allowance)
                stream = Waiting(connection, allowance.of(scenario), self.keeper)
                try:
                    answer, size = weighed(stream, self._limits)
                finally:
                    allowance.patience.left -= stream.taken()
                outcomes = outcomes_of(scenario, answer)
                self.received += size
                answered += 1
                yield Transcript(scenario, outcomes)
        except OverdueError as error:
            yield self._stopped(batch[answered], str(error), doubtful=error.doubtful)
        except TimeoutError:
            yield self._stopped(batch[answered], _("the question was not taken"), doubtful=True)
        except WireError as error:
            yield self._stopped(
                batch[answered], _("the answer was not readable: {error}", error=error)
            )
        except (EOFError, OSError):
            breach = self._breach()
            if breach is None:
                yield self._stopped(batch[answered], _(DIED))
            else:
                reason = _("it was ended at the limit of {breach}", breach=breach.text)
                yield self._stopped(batch[answered], reason, doubtful=not breach.own)
        finally:
            # Answers that nobody waited for must not be taken for those to the next question.
            if answered < len(batch) and self._connection is connection:
                self._end()

    def _require(self, allowance: "_Allowance") -> None:
        """Raise OverdueError where nothing is left for all answers together."""
        if allowance.patience.left <= 0:
            # Where the process is does not matter then.
            self._end()
            raise OverdueError(_("the time for all answers together was used up before"))

    def _stopped(self, scenario: Scenario, reason: str, *, doubtful: bool = False) -> Transcript:
        step = self._place.step(len(scenario.steps)) if self._place is not None else None
        self._end()
        return Transcript(scenario, (Stopped(reason, step, doubtful),))

    def reset(self) -> None:
        """Let the next question go to the state as it was, whatever was asked."""
        self._end()

    def _end(self) -> None:
        """End the answering process; the next question goes to a fresh one."""
        if self._connection is not None:
            self._connection.close()
            self._connection = None
        if self._place is not None:
            self._place.close()
            self._place = None

    def close(self) -> None:
        """End the state and every process of it."""
        self._end()


class Snapshot(State):
    """A frozen state of a notebook that answers scenarios.

    `channel` leads to its keeper, and is a first end of `told_pair`.
    """

    def __init__(
        self,
        channel: socket.socket,
        *,
        breach: Callable[[], Breach | None] = lambda: None,
        limits: Limits = ANSWER_LIMITS,
    ) -> None:
        super().__init__(breach=breach, limits=limits)
        self._channel = channel
        self._channel.settimeout(CHANNEL_SECONDS)
        self._keeper: int | None = None
        # Who has not told in time is not waited for again.
        self._missed = False

    def keeper(self) -> int | None:
        """Return the process that keeps the state, None where none says that it does."""
        if self._keeper is None and not self._missed:
            self._missed = True
            with suppress(OSError):
                said, sender = received(self._channel)
                self._keeper = sender if said == KEEPS else None
        return self._keeper

    def _connect(self) -> socket.socket:
        if self._connection is None:
            self._connection, theirs = socket.socketpair()
            self._place = place = MemoryPlace()
            with theirs:
                sent = [theirs.fileno()]
                if place.file is not None:
                    sent.append(place.file)
                socket.send_fds(self._channel, [b"c"], sent)
        return self._connection

    def close(self) -> None:
        """End the snapshot and every process of it."""
        self.reset()
        with suppress(OSError):
            self._channel.close()


class _Allowance(NamedTuple):
    """What answers may take, each and together, as `ask` was told."""

    seconds: float
    usual: Usual | None
    patience: Patience

    def of(self, scenario: Scenario) -> Allowed:
        """Return what the answer to one scenario may take."""
        most = min(self.seconds, self.patience.left)
        usual = self.usual
        return Allowed(most) if usual is None else Allowed(most, lambda: usual(scenario))


def _message(scenarios: Sequence[Scenario]) -> tuple[int, bytes]:
    """Return how many of `scenarios`, from the first on, fit into one message, and the message.

    Raises WireError where not even the first does.
    """
    count = len(scenarios)
    while True:
        try:
            return count, joined([scenario.frame for scenario in scenarios[:count]])
        except WireError:
            if count == 1:
                raise
            count //= 2
