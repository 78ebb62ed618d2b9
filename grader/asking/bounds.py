"""Computing with what students' code answered: so much time and memory, and no more.

A check is code of the grader's, and a number that it is answered may be one that it makes an array
of. So what it computes is interrupted after so much processor time. What cannot be interrupted, a
loop within a C function, and what takes memory without end, needs a large answer: with such, far
larger than the reference's, the check is first rehearsed in a process that can be ended, and that
finds so much memory. The grader's own is not limited: OpenBLAS ends a process, or waits for a
thread for ever, where it asks for some in vain.
"""

import contextlib
import ctypes
import math
import multiprocessing
import numbers
import os
import re
import signal
import sys
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from types import FrameType
from typing import TYPE_CHECKING, Any, Final, TypeVar

import numpy as np

from grader.agent import BROWSER
from grader.agent.values import KINDS, parts
from grader.scenario import Scenario, Subject, Transcript, Value

if TYPE_CHECKING:
    from multiprocessing.connection import Connection

# What a check may take on one case: processor time, where the reference takes next to none, and
# memory beyond what there is already.
SECONDS: Final = 5.0
MEMORY: Final = 2**30
# As many times what the reference takes, where that is more.
TIMES: Final = 20
# How many times longer than its processor time a rehearsal may rest.
_REST: Final = 20
# A number up to which a loop of a loop is soon at its end and takes little, and so many values.
_SMALL: Final = 1_000
_FEW: Final = 100_000
# As many times as large as the reference's answers is not far larger.
_ALIKE: Final = 4

# After so many steps of Python a thread has heard what was raised in it.
_SOON: Final = 1_000
_DIGITS: Final = re.compile(r"\d{5,}")


class OverrunError(BaseException):
    """A check has taken more than it may: nothing that it calls is to handle that."""


@dataclass(frozen=True)
class Weight:
    """The largest finite number in answers, and how many values and letters there are."""

    number: float = 0.0
    count: int = 0

    def far_larger(self, right: "Weight") -> bool:
        """Whether a check may take much longer with it than with `right`."""
        return self.number > max(_SMALL, _ALIKE * right.number) or self.count > max(
            _FEW, _ALIKE * right.count
        )


def weight(transcripts: Iterable[Transcript]) -> Weight:
    """Return the weight of all that was answered."""
    weighing = _Weighing()
    for transcript in transcripts:
        for outcome in transcript.outcomes:
            if isinstance(outcome, Value):
                weighing.add(outcome.value)
                weighing.text(outcome.printed)
    return Weight(weighing.number, weighing.count)


class _Weighing:
    def __init__(self) -> None:
        self.number = 0.0
        self.count = 0

    def add(self, value: Any) -> None:
        self.count += 1
        if isinstance(value, bool) or value is None:
            return
        if isinstance(value, str):
            self.text(value)
        elif isinstance(value, bytes | bytearray):
            self.count += len(value)
        elif isinstance(value, numbers.Number):
            self._number(value)
        elif isinstance(value, np.ndarray):
            self._array(value)
        elif isinstance(value, range | slice):
            self._all((value.start, value.stop, value.step))
        elif isinstance(value, timedelta):
            self._number(value.total_seconds())
        elif isinstance(value, list | tuple | set | frozenset):
            self._all(value)
        elif isinstance(value, dict):
            self._all(value)
            self._all(value.values())
        elif type(value) in _TAGGED:
            self._all(parts(value))

    def _all(self, values: Iterable[Any]) -> None:
        for each in values:
            self.add(each)

    def text(self, value: str) -> None:
        """Weigh a text, which may be one of a number."""
        self.count += len(value)
        for digits in _DIGITS.findall(value):
            self.number = max(self.number, math.inf if len(digits) > 300 else float(digits))

    def _number(self, value: Any) -> None:
        try:
            size = abs(complex(value))
        # It is larger than any float, or a Decimal that is none.
        except OverflowError:
            size = math.inf
        except (ValueError, ArithmeticError):
            return
        if not math.isnan(size) and not (math.isinf(size) and isinstance(value, float | complex)):
            self.number = max(self.number, size)

    def _array(self, value: np.ndarray) -> None:
        self.count += value.size
        if value.dtype.hasobject:
            self._all(value.reshape(-1).tolist())
        elif value.dtype.kind in "iufc" and value.size:
            size = np.abs(value.astype(np.complex128 if value.dtype.kind == "c" else np.float64))
            finite = size[np.isfinite(size)]
            self.number = max(self.number, float(finite.max(initial=0.0)))
        elif value.dtype.kind in "US":
            self.count += value.nbytes
            self.text(" ".join(map(str, value.reshape(-1)[:_FEW].tolist())))


_TAGGED: Final = frozenset(KINDS.values())


class Bounds:
    """Ends what runs within it after so many `seconds` of processor time, by an OverrunError.

    It lets go while it is `paused`.
    """

    def __init__(self, seconds: float) -> None:
        self.seconds = seconds
        self.overran = False
        self._armed = False
        self._left = seconds

    def __enter__(self) -> "Bounds":
        """Begin."""
        self._own = threading.current_thread() is threading.main_thread() and hasattr(
            signal, "SIGPROF"
        )
        if self._own:
            self._former = signal.signal(signal.SIGPROF, self._signalled)
        self._hold()
        return self

    def __exit__(self, *_raised: object) -> None:
        """Let everything be as it was."""
        self._let_go()
        if self._own:
            signal.signal(signal.SIGPROF, self._former)

    @contextlib.contextmanager
    def paused(self) -> Iterator[None]:
        """Let what is within take what it needs."""
        self._let_go()
        try:
            yield
        finally:
            self._hold()

    def _hold(self) -> None:
        self._armed = True
        if sys.platform == BROWSER:
            return
        if self._own:
            signal.setitimer(signal.ITIMER_PROF, max(self._left, 1e-3), 0.5)
        else:
            self._watch()

    def _let_go(self) -> None:
        self._armed = False
        if sys.platform == BROWSER:
            return
        if self._own:
            self._left = signal.setitimer(signal.ITIMER_PROF, 0)[0] or self._left
        else:
            self._unwatch()

    def _signalled(self, _number: int, frame: FrameType | None) -> None:
        if not self._armed:
            return
        self.overran = True
        # What lets go must come to its end, or the bounds would hold for all that comes after.
        if not _lets_go(frame):
            raise OverrunError

    def _watch(self) -> None:
        """Interrupt another thread than the main one, which hears no signals."""
        thread = threading.get_ident()
        clock = time.pthread_getcpuclockid(thread)
        end = time.clock_gettime(clock) + self._left
        over = self._over = threading.Event()

        def watch() -> None:
            while not over.wait(0.5):
                if time.clock_gettime(clock) > end:
                    self.overran = True
                    if not _lets_go(sys._current_frames().get(thread)):
                        _raise_in(thread, OverrunError)

        self._watching = threading.Thread(target=watch, daemon=True)
        self._watching.start()
        self._end = end

    def _unwatch(self) -> None:
        while self._watching.is_alive():
            # One that was on its way may come here all the same.
            with contextlib.suppress(OverrunError):
                self._over.set()
                self._watching.join()
        self._left = max(0.0, self._end - time.thread_time())
        # It may have come too late. To take it back would leave Python 3.11 looking for one for
        # ever, and it would not trace any more.
        with contextlib.suppress(OverrunError):
            for _ in range(_SOON):
                pass


_METHODS: Final = (Bounds.__enter__, Bounds.__exit__, Bounds._hold, Bounds._let_go, Bounds._unwatch)
_LETTING_GO: Final = frozenset(each.__code__ for each in _METHODS)


def _lets_go(frame: FrameType | None) -> bool:
    """Whether a frame is, or is called by, one that begins or ends bounds."""
    while frame is not None:
        if frame.f_code in _LETTING_GO:
            return True
        frame = frame.f_back
    return False


def _raise_in(thread: int, kind: type[BaseException]) -> None:
    """Raise an exception in a thread where it next runs Python."""
    ctypes.pythonapi.PyThreadState_SetAsyncExc(ctypes.c_ulong(thread), ctypes.py_object(kind))


def limit_memory(more: int) -> None:
    """Let this process take so many bytes `more`, from now on."""
    # Not every system tells or limits it.
    with contextlib.suppress(OSError, ValueError, ImportError):
        import resource  # noqa: PLC0415

        with open("/proc/self/statm", "rb", buffering=0) as told:  # noqa: PTH123 - a check is short
            pages = int(told.read(64).split()[0])
        former = resource.getrlimit(resource.RLIMIT_AS)
        most = pages * resource.getpagesize() + more
        if former[0] == resource.RLIM_INFINITY or most < former[0]:
            resource.setrlimit(resource.RLIMIT_AS, (most, former[1]))


Answer = Callable[[Scenario], Transcript]
Found = TypeVar("Found")


def rehearsed(action: Callable[[Answer], object], answer: Answer, seconds: float) -> bool:
    """Whether `action` comes to an end within `seconds` of processor time, and its memory.

    It is performed in a process of its own, which is ended where it does not. What it wants to be
    answered is answered here. Where no process can be forked, nothing is rehearsed.
    """
    if not hasattr(os, "fork") or sys.platform == BROWSER:
        return True
    here, there = multiprocessing.Pipe()
    child = os.fork()
    if child == 0:
        here.close()
        _rehearse(action, there, seconds)
    there.close()
    end = time.monotonic() + _REST * seconds
    try:
        while here.poll(max(0.0, end - time.monotonic())):
            transcript = answer(here.recv())
            here.send(Transcript(transcript.scenario, transcript.outcomes))
    except (EOFError, OSError):
        # It has ended, or is about to.
        pass
    else:
        os.kill(child, signal.SIGKILL)
    finally:
        here.close()
        _pid, status = os.waitpid(child, 0)
    return os.waitstatus_to_exitcode(status) == 0


def _rehearse(action: Callable[[Answer], object], pipe: "Connection", seconds: float) -> None:
    """Perform an action and end the process: with 0 unless it ran out of memory."""
    import resource  # noqa: PLC0415 - where there is no fork, there is none

    def answer(scenario: Scenario) -> Transcript:
        pipe.send(scenario)
        transcript: Transcript = pipe.recv()
        return transcript

    status = 1
    try:
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
        whole = math.ceil(seconds)
        resource.setrlimit(resource.RLIMIT_CPU, (whole, whole))
        limit_memory(MEMORY)
        torch = sys.modules.get("torch")
        if torch is not None:
            # Its threads were not forked.
            torch.set_num_threads(1)
        action(answer)
        status = 0
    except MemoryError:
        pass
    except BaseException:  # noqa: BLE001 - it is to be raised where it is heard
        status = 0
    finally:
        os._exit(status)


class _HeavyError(BaseException):
    """An answer is so large that the check is to be rehearsed."""


@dataclass
class Overseen:
    """A student with whose answers a check computes within bounds.

    `usual` is the weight of the reference's answers, `seconds` the processor time that there is.
    """

    subject: Subject
    usual: Weight
    seconds: float

    def __post_init__(self) -> None:
        """Begin with no answers."""
        self._known: set[str] = set()
        self._bounds: Bounds | None = None
        self._rehearsed = False

    def answer(self, scenario: Scenario) -> Transcript:
        """Return the student's transcript."""
        if self._bounds is None or scenario.key in self._known:
            return self.subject.answer(scenario)
        with self._bounds.paused():
            transcript = self.subject.answer(scenario)
        self._weigh(transcript)
        return transcript

    def _weigh(self, transcript: Transcript) -> None:
        self._known.add(transcript.scenario.key)
        if not self._rehearsed and weight([transcript]).far_larger(self.usual):
            raise _HeavyError

    def performed(self, action: Callable[[Subject], Found], planned: Scenario) -> Found:
        """Return what `action` returns, a check that asks the student that it is given.

        It is to ask what is `planned`, so far as that is known. Raises OverrunError where it takes
        too much.
        """
        try:
            if planned.steps:
                self._weigh(self.subject.answer(planned))
            return self._bounded(action)
        except _HeavyError:
            pass
        if not rehearsed(
            lambda answer: action(_Answering(answer)), self.subject.answer, self.seconds
        ):
            raise OverrunError
        self._rehearsed = True
        return self._bounded(action)

    def _bounded(self, action: Callable[[Subject], Found]) -> Found:
        try:
            with Bounds(self.seconds) as self._bounds:
                return action(self)
        except MemoryError:
            raise OverrunError from None
        finally:
            # Code that catches everything may have caught that.
            overran = self._bounds is not None and self._bounds.overran
            self._bounds = None
            if overran:
                raise OverrunError


class _Answering:
    """A student whose answers come from another process, each once."""

    def __init__(self, answer: Answer) -> None:
        self._answer = answer
        self._known: dict[str, Transcript] = {}

    def answer(self, scenario: Scenario) -> Transcript:
        """Return the student's transcript."""
        if scenario.key not in self._known:
            self._known[scenario.key] = self._answer(scenario)
        return self._known[scenario.key]
