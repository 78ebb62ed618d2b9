"""Asking a notebook in its own process, where there is no other: Python in a browser.

What the terminal's checks have beside it is not there: nothing is confined, and time is limited as
far as Python's tracing goes. A call that does not come back into Python code is waited for.
"""

import builtins
import contextlib
import io
import sys
import time
from collections.abc import Callable, Collection, Iterator, MutableMapping, Sequence
from types import FrameType
from typing import Any, Final, NoReturn

from grader.agent.perform import PLACE_BYTES, Performance, tell_steps_to
from grader.agent.snapshot import encoded
from grader.agent.training import train
from grader.agent.wire import ANSWER_LIMITS, WireError, decode
from grader.i18n import _
from grader.inline.borrowed import borrowed
from grader.scenario import Outcome, Patience, Scenario, Stopped, Transcript, Usual, outcomes_of

# So many lines run between two looks at the clock.
LINES: Final = 256


class SameProcess:
    """The present state of a notebook, which answers scenarios in the process that it is in.

    `namespace` holds its variables, of which those that are `hidden` belong to the shell, whose
    `quiet` is entered while the student's code runs. What answering changes is undone by `reset`
    and by `close`.
    """

    def __init__(
        self,
        namespace: MutableMapping[str, Any],
        hidden: Collection[str] = (),
        quiet: Callable[[], contextlib.AbstractContextManager[object]] = contextlib.nullcontext,
    ) -> None:
        self.received = 0
        self._namespace = namespace
        self._hidden = hidden
        self._quiet = quiet
        self._lent = contextlib.ExitStack()
        self._is_lent = False

    def ask(
        self,
        scenarios: Sequence[Scenario],
        *,
        seconds: float,
        usual: Usual | None = None,  # noqa: ARG002 - it is told of machines, not of browsers
        patience: Patience | None = None,
    ) -> Iterator[Transcript]:
        """Yield one transcript a scenario, in order, each of which may take `seconds`.

        One that takes longer ends with the outcome `Stopped`; the ones after it are asked of the
        state as it was.
        """
        for scenario in scenarios:
            outcomes, taken = self._answer(scenario, seconds)
            if patience is not None:
                patience.left -= taken
            if isinstance(outcomes[-1], Stopped):
                self.reset()
            yield Transcript(scenario, outcomes)

    def _answer(self, scenario: Scenario, seconds: float) -> tuple[tuple[Outcome, ...], float]:
        if not self._is_lent:
            self._lent.enter_context(borrowed(self._namespace, self._hidden))
            self._is_lent = True
        place, deadline = bytearray(PLACE_BYTES), _Deadline(seconds)
        tell_steps_to(place)
        try:
            with self._quiet(), _silence(), deadline:
                performed = Performance(self._namespace, {"train": train}).run(
                    decode(scenario.frame)
                )
        finally:
            tell_steps_to(None)
        if deadline.passed:
            reason = _(
                "it ran on and on, and was ended after {seconds:g} s of processor time",
                seconds=round(seconds, 2),
            )
            return (Stopped(reason, int.from_bytes(place, "little")),), deadline.taken
        return self._read(scenario, encoded(performed, ANSWER_LIMITS)), deadline.taken

    def _read(self, scenario: Scenario, answer: bytes) -> tuple[Outcome, ...]:
        self.received += len(answer)
        try:
            return outcomes_of(scenario, decode(answer))
        except WireError as error:
            return (Stopped(_("the answer was not readable: {error}", error=error)),)

    def reset(self) -> None:
        """Let the next question go to the state as it was."""
        self._is_lent = False
        self._lent.close()

    def close(self) -> None:
        """Let everything be as it was."""
        self.reset()


class _OverdueError(BaseException):
    """Raised within the student's code, which has run for too long."""


class _Deadline:
    """Ends Python code that runs for longer than `seconds`, as far as it goes from line to line.

    `passed` says whether it did, `taken` how many seconds were.
    """

    def __init__(self, seconds: float) -> None:
        self.passed = False
        self.taken = 0.0
        self._seconds = seconds
        self._lines = 0

    def __enter__(self) -> None:
        """Begin to count."""
        self._began = time.perf_counter()
        self._before = sys.gettrace()
        sys.settrace(self._trace)

    def __exit__(self, *_raised: object) -> None:
        """Leave tracing as it was."""
        sys.settrace(self._before)
        self.taken = time.perf_counter() - self._began

    def _trace(self, _frame: FrameType, event: str, _argument: object) -> Any:
        if event == "line":
            self._lines += 1
            if self._lines % LINES == 0 and time.perf_counter() - self._began > self._seconds:
                self.passed = True
                raise _OverdueError
        return self._trace


@contextlib.contextmanager
def _silence() -> Iterator[None]:
    """Send what is printed to nowhere, and let nothing be read."""
    nowhere, ask = io.StringIO(), builtins.input

    def nobody(*_prompt: object) -> NoReturn:
        raise EOFError("nobody answers while your code is asked")

    builtins.input = nobody
    try:
        with contextlib.redirect_stdout(nowhere), contextlib.redirect_stderr(nowhere):
            yield
    finally:
        builtins.input = ask
