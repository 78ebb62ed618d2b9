"""The grader's end of a snapshot: putting scenarios to a state that a notebook once was in."""

import math
import socket
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import Any

from grader.languages import _, marked
from grader.sandbox.inside.serve import KEEPS
from grader.sandbox.inside.wire import ANSWER_LIMITS, Limits, WireError, joined, receive
from grader.sandbox.senders import ask_for_senders, received
from grader.scenario import Call, Outcome, Raised, Scenario, Stopped, Transcript, Value

# Questions that travel in one message: enough to hide the latency, few enough that the answers
# already given survive when one of them hangs.
BATCH = 64

DIED = marked("the process that runs your code died")

# A keeper that takes no connections is none.
CHANNEL_SECONDS = 5.0


@dataclass
class Patience:
    """What is left of the time, in seconds, that all answers of a notebook together may take."""

    left: float


class Snapshot:
    """A frozen state of a notebook that answers scenarios.

    `channel` leads to its keeper. `received` counts the bytes of its answers. `breach` tells
    which limit was broken since it was last called. `limits` bind each answer. `patience` is shared
    by all states of a notebook. Not safe for several threads.
    """

    def __init__(
        self,
        channel: socket.socket,
        *,
        breach: Callable[[], str | None] = lambda: None,
        patience: Patience | None = None,
        limits: Limits = ANSWER_LIMITS,
    ) -> None:
        self._limits = limits
        self.received = 0
        self._breach = breach
        self._patience = patience or Patience(math.inf)
        self._channel = channel
        self._channel.settimeout(CHANNEL_SECONDS)
        ask_for_senders(self._channel)
        self._keeper: int | None = None
        self._connection: socket.socket | None = None

    def keeper(self) -> int | None:
        """Return the process that keeps the state, None where none says that it does."""
        if self._keeper is None:
            with suppress(OSError):
                said, sender = received(self._channel)
                self._keeper = sender if said == KEEPS else None
        return self._keeper

    def ask(self, scenarios: Sequence[Scenario], *, seconds: float) -> Iterator[Transcript]:
        """Yield one transcript a scenario, in order; each may take `seconds`.

        A scenario that takes longer, or from which the answering process dies, ends with the
        outcome `Stopped`; the ones after it are put to a fresh process.

        Raises WireError where a scenario is over the limits of a message.
        """
        start = 0
        while start < len(scenarios):
            count, message = _message(scenarios[start : start + BATCH])
            for transcript in self._ask(scenarios[start : start + count], message, seconds):
                start += 1
                yield transcript

    def _ask(
        self, batch: Sequence[Scenario], message: bytes, seconds: float
    ) -> Iterator[Transcript]:
        """Yield the transcripts of `batch` up to the first that brought the process down."""
        answered = 0
        connection = None
        if self._patience.left <= 0:
            yield self._stopped(batch[0], _("the time for all answers together was used up before"))
            return
        seconds = min(seconds, self._patience.left)
        try:
            connection = self._connect()
            connection.settimeout(seconds)
            connection.sendall(message)
            for scenario in batch:
                with self._waiting():
                    stream = _Deadline(connection, time.monotonic() + seconds)
                    answer = receive(stream, self._limits)
                outcomes = _outcomes(scenario, answer)
                self.received += stream.received
                answered += 1
                yield Transcript(scenario, outcomes)
        except TimeoutError:
            yield self._stopped(
                batch[answered], _("no answer within {seconds:g} s", seconds=seconds)
            )
        except WireError as error:
            yield self._stopped(
                batch[answered], _("the answer was not readable: {error}", error=error)
            )
        except (EOFError, OSError):
            breach = self._breach()
            reason = (
                _("it was ended at the limit of {breach}", breach=breach) if breach else _(DIED)
            )
            yield self._stopped(batch[answered], reason)
        finally:
            # Answers that nobody waited for must not be taken for those to the next question.
            if answered < len(batch) and self._connection is connection:
                self.reset()

    @contextmanager
    def _waiting(self) -> Iterator[None]:
        """Take the time that passes from what is left."""
        started = time.monotonic()
        try:
            yield
        finally:
            self._patience.left -= time.monotonic() - started

    def _connect(self) -> socket.socket:
        if self._connection is None:
            self._connection, theirs = socket.socketpair()
            with theirs:
                socket.send_fds(self._channel, [b"c"], [theirs.fileno()])
        return self._connection

    def _stopped(self, scenario: Scenario, reason: str) -> Transcript:
        self.reset()
        return Transcript(scenario, (Stopped(reason),))

    def reset(self) -> None:
        """End the answering process; the next question goes to a fresh one."""
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    def close(self) -> None:
        """End the snapshot and every process of it."""
        self.reset()
        with suppress(OSError):
            self._channel.close()


class _Deadline:
    """A connection whose reads must all be done by one moment, however many they are."""

    def __init__(self, connection: socket.socket, until: float) -> None:
        self.connection = connection
        self.until = until
        self.received = 0

    def recv(self, size: int) -> bytes:
        left = self.until - time.monotonic()
        if left <= 0:
            raise TimeoutError
        self.connection.settimeout(left)
        data = self.connection.recv(size)
        self.received += len(data)
        return data


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


def _outcomes(scenario: Scenario, answers: Any) -> tuple[Outcome, ...]:
    """Return the outcomes that a subject's plain answer stands for.

    Raises WireError where the answer does not fit the scenario: one outcome a step, only the last
    of which may have raised, and no change of an argument that was not handed out by then.
    """
    if not isinstance(answers, list) or not 0 < len(answers) <= len(scenario.steps):
        raise WireError("the number of outcomes does not fit the question")
    outcomes = tuple(outcome(answer) for answer in answers)
    whole = len(outcomes) == len(scenario.steps)
    if any(isinstance(each, Raised) for each in outcomes[:-1]):
        raise WireError("a step was performed after one that raised")
    if not whole and isinstance(outcomes[-1], Value):
        raise WireError("steps are missing from the answer")
    for index, each in enumerate(outcomes):
        for step, position in each.changed if isinstance(each, Value) else ():
            call = scenario.steps[step] if step <= index else None
            if not isinstance(call, Call) or position >= len(call.args):
                raise WireError("an argument was changed that was never handed out")
    return outcomes


def outcome(answer: Any) -> Outcome:
    """Return the outcome that one step's plain answer stands for. Raises WireError."""
    # Comparing an array with a text has no truth of its own.
    if not (isinstance(answer, list) and answer and isinstance(answer[0], str)):
        raise WireError("an outcome is malformed")
    match answer:
        case ["value", value, list(changed), None | int() as work]:
            return Value(value, tuple(map(_place, changed)) if changed else (), work)
        case ["raised", str(error), str(message), str(line)]:
            return Raised(error, message, line)
    raise WireError("an outcome is malformed")


def _place(answer: Any) -> tuple[int, int]:
    match answer:
        case [int(step), int(position)] if step >= 0 and position >= 0:
            return step, position
    raise WireError("the place of a changed argument is malformed")
