"""How much processor time of its own the grader may take for one submission.

What students wrote is looked at and judged by code of ours, whose parts have limits. Where one of
them has none that holds, the others of the course still get their grades: the work on this one is
ended, as a failure of the grader's. What the notebook's processes take has limits elsewhere.
"""

import math
import signal
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Any, Final

from grader.assignment.model import Assignment
from grader.execution.calibration import processor_slowness
from grader.sandbox.limits import Limits

# An exercise has so many times its time: for its answers, for those of edits that are tried, and
# for those of the edit that is found.
_TIMES: Final = 3
# What clears away, after it was ended, may take some itself.
_GRACE: Final = 60
# By what a process ends that takes all of that and is at work where no exception reaches it.
HARD: Final[Any] = getattr(signal, "SIGXCPU", None)


class OwnTimeError(BaseException):
    """The grader has taken more than it may: nothing is to handle that but whoever set it."""


def own_seconds(assignment: Assignment) -> float:
    """Return how many seconds of processor time there are for a submission of an assignment.

    That is as much as its notebook may take on the wall, with what its exercises may.
    """
    # What asks a notebook is imported where one is asked.
    from grader.execution.submission import UNIT_SECONDS  # noqa: PLC0415

    exercises = _TIMES * UNIT_SECONDS * len(assignment.exercises)
    return processor_slowness() * (assignment.config.limits.total_seconds + exercises)


def reading_seconds() -> float:
    """Return how many there are for reading a submission, and finding its assignment."""
    return processor_slowness() * Limits().total_seconds


class OwnTime:
    """Ends what runs within it, after `seconds` of this process's time, by an OwnTimeError.

    With `hard`, the process is ended itself a minute later, if nothing has come of that: a loop
    within a function of C hears of no exception. Only the main thread can be held to it,
    and only where the system has a clock for that, which Windows has not.
    """

    def __init__(self, *, hard: bool = False) -> None:
        self._hard = hard
        is_main = threading.current_thread() is threading.main_thread()
        self._own = is_main and hasattr(signal, "setitimer")
        self.over = False

    def allow(self, seconds: float) -> None:
        """Give what runs so many seconds from now on."""
        if not self._own:
            return
        signal.setitimer(signal.ITIMER_VIRTUAL, seconds, seconds)
        if self._hard:
            import resource  # noqa: PLC0415 - where there is none, no process grades many

            most = resource.getrlimit(resource.RLIMIT_CPU)[1]
            soft = math.ceil(time.process_time() + seconds + _GRACE)
            if most == resource.RLIM_INFINITY or soft < most:
                resource.setrlimit(resource.RLIMIT_CPU, (soft, most))

    @contextmanager
    def held(self, seconds: float) -> Iterator[None]:
        """Hold what is within to so many seconds. Raises OwnTimeError."""
        if not self._own:
            yield
            return
        former: Any = signal.signal(signal.SIGVTALRM, self._signalled)
        try:
            self.allow(seconds)
            yield
        finally:
            signal.setitimer(signal.ITIMER_VIRTUAL, 0)
            # Bounds of a check that were just being let go of.
            signal.setitimer(signal.ITIMER_PROF, 0)
            signal.signal(signal.SIGVTALRM, former)

    def _signalled(self, _number: int, _frame: FrameType | None) -> None:
        self.over = True
        raise OwnTimeError
