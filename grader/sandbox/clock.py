"""How long a cell may take, on the wall and of processor time."""

import time
from typing import Final

from grader.i18n import _
from grader.sandbox.effort import Effort, measurable
from grader.sandbox.limits import CellTime

# How long a cell that is over its time may take to heed an interrupt.
GRACE_SECONDS: Final = 5.0
# How often a running cell is looked at.
LOOK_SECONDS: Final = 0.5
# How often it is counted what its processes do, and which share of its time a cell that is ended
# must have had the processor, or rested, for nobody else to be to blame.
EFFORT_SECONDS: Final = 1.0
OWN_SHARE: Final = 0.7


class Clock:
    """Tells when a cell is out of time, that processes below `root` run.

    `contended` says whether others may be why, who had the processor meanwhile.
    """

    def __init__(self, limit: CellTime, root: int | None) -> None:
        self._limit = limit
        self._started = self._looked = time.monotonic()
        self._effort = Effort(root) if root is not None and measurable() else None
        if self._effort is not None:
            self._effort.look()

    @property
    def contended(self) -> bool:
        """Whether the cell has had the processor for little of the time that it wanted it."""
        passed = time.monotonic() - self._started
        if self._effort is None:
            return True
        self._effort.look()
        return self._effort.processor + self._effort.idle < OWN_SHARE * passed

    def left(self) -> float:
        """Return the seconds of wall time that are left."""
        return max(0.0, self._started + self._limit.wall - time.monotonic())

    def overdue(self) -> str:
        """Return at which limit the time is up, "" where it is not."""
        now, limit = time.monotonic(), self._limit
        if limit.processor is not None and self._effort and now >= self._looked + EFFORT_SECONDS:
            self._effort.look()
            self._looked = now
            if self._effort.processor >= limit.processor:
                return _("{seconds:g} s of processor time for a cell", seconds=limit.processor)
        if now < self._started + limit.wall:
            return ""
        return limit.told or _("{seconds:g} s for a cell", seconds=limit.wall)
