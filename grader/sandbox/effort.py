"""What processes do with their time, as the system counts it: they compute, wait or load.

What a process tells of itself is a claim; what is read here is not. On a busy machine a process
waits for the processor, which is neither its computing nor its rest.
"""

import os
import time
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Final

_TICK: Final = os.sysconf("SC_CLK_TCK") if hasattr(os, "sysconf") else 100
_PAGE: Final = os.sysconf("SC_PAGE_SIZE") if hasattr(os, "sysconf") else 4096

# Importing and compiling take new pages of memory all the time, an endless loop none: measured,
# 500 to 100,000 for each second of processor time, and 0.
_LOADING_FAULTS: Final = 50
# What takes more than that is no import: torch takes 0.6 GiB.
_LOADING_BYTES: Final = 2**30
# Nor is what takes so much and reads nothing meanwhile, and compiling takes less: imports of torch,
# pandas, scikit-learn and seaborn read 20 times and more in each half second of processor time.
_UNREAD_BYTES: Final = 2**27
# Over so much processor time it is looked whether a process loads.
_LOADING_SECONDS: Final = 0.5


@dataclass(frozen=True, slots=True)
class _Process:
    """One line of /proc/PID/stat, times and faults together with those of the children waited for.

    Times are in ticks, the resident size in pages.
    """

    pid: int
    parent: int
    ticks: int
    faults: int
    resident: int


@dataclass
class Effort:
    """What all processes below `root` together did from the first `look` on.

    `processor` and `idle` are seconds: of processor time, and of time in which nothing ran or
    wanted to. `loading` says whether they were importing or compiling at last, as far as that can
    be seen from outside. What leaves the tree of processes is not counted any more.
    """

    root: int
    processor: float = 0.0
    idle: float = 0.0
    loading: bool = True
    _last: tuple[int, int] | None = None
    _at: float = 0.0
    _resident: int = 0
    _faults: int = 0
    # How often all had read at the last look, and how much memory they held when they last did.
    _reads: int = 0
    _read_at: int = 0
    # Since this much processor time it has been counted how many pages were taken.
    _since: tuple[float, int] = field(default=(0.0, 0))

    def look(self) -> None:
        """Take note of what was done since the last look."""
        processes = list(_below(self.root))
        now = time.monotonic()
        ticks = sum(each.ticks for each in processes)
        faults = sum(each.faults for each in processes)
        resident = sum(each.resident for each in processes) * _PAGE
        self._note_reads([_reads(each.pid) for each in processes], resident)
        if self._last is None:
            self._resident = resident
        else:
            # What ended without being waited for takes its time along.
            used = max(0, ticks - self._last[0]) / _TICK
            self.processor += used
            self._faults += max(0, faults - self._last[1])
            passed = now - self._at - used
            if passed > 0 and not any(_wants_to_run(each.pid) for each in processes):
                self.idle += passed
            self._judge_loading(resident)
        self._last, self._at = (ticks, faults), now

    def _note_reads(self, reads: Sequence[int | None], resident: int) -> None:
        known = sum(each for each in reads if each is not None)
        if None in reads or known != self._reads:
            self._read_at = resident
        self._reads = known

    def _judge_loading(self, resident: int) -> None:
        processor, faults = self._since
        swollen = resident - self._resident > _LOADING_BYTES
        if swollen or resident - self._read_at > _UNREAD_BYTES:
            self.loading = False
        elif self.processor - processor >= _LOADING_SECONDS:
            rate = (self._faults - faults) / (self.processor - processor)
            self.loading = rate >= _LOADING_FAULTS
            self._since = (self.processor, self._faults)


@cache
def measurable() -> bool:
    """Whether the system tells what processes do with their time."""
    return _read(os.getpid()) is not None


def _below(root: int) -> Iterator[_Process]:
    """Yield the processes below `root`, without itself."""
    children: dict[int, list[_Process]] = {}
    for name in os.listdir("/proc"):  # noqa: PTH208 - paths for hundreds of processes take long
        if name.isdigit() and (process := _read(int(name))) is not None:
            children.setdefault(process.parent, []).append(process)
    waiting = [root]
    while waiting:
        for child in children.get(waiting.pop(), ()):
            yield child
            waiting.append(child.pid)


def _read(pid: int) -> _Process | None:
    with suppress(OSError, ValueError, IndexError):
        text = Path(f"/proc/{pid}/stat").read_text("ascii", "replace")
        # The name in parentheses may hold anything, spaces and parentheses included. By proc(5):
        # the numbers are those of its fields less 3.
        told = text.rpartition(")")[2].split()
        return _Process(
            pid,
            parent=int(told[1]),
            ticks=sum(map(int, told[11:15])),
            faults=int(told[7]) + int(told[8]),
            resident=int(told[21]),
        )
    return None


def _reads(pid: int) -> int | None:
    """Return how many times a process has read from files, None where that is not told."""
    with suppress(OSError, ValueError):
        for line in Path(f"/proc/{pid}/io").read_text("ascii").splitlines():
            key, _colon, value = line.partition(":")
            if key == "syscr":
                return int(value)
    return None


def _wants_to_run(pid: int) -> bool:
    """Whether a thread of a process runs, or waits for a processor alone."""
    with suppress(OSError):
        for thread in Path(f"/proc/{pid}/task").iterdir():
            with suppress(OSError, IndexError):
                text = (thread / "stat").read_text("ascii", "replace")
                if text.rpartition(")")[2].split()[0] == "R":
                    return True
    return False
