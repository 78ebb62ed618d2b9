"""What one submission may take, and what is said where it takes more."""

from dataclasses import dataclass, replace
from typing import Annotated, NamedTuple, Self

from annotated_types import Ge, Gt, Le

from grader.i18n import _
from grader.models import Model

MEBIBYTE = 2**20
# A cell's output is cut off at its limit, which costs it nothing. One that goes on to this many
# times as much is ended.
FLOOD = 16
# Every entry of a folder counts as this many bytes at least.
ENTRY_BYTES = 4096


class Breach(NamedTuple):
    """Which limit ended a process, and whether the submission had its due by then.

    Where it had not, others on the machine may be why. It is `guessed` where it is only known that
    the machine ended some process, and not whose.
    """

    text: str
    own: bool = True
    guessed: bool = False


class CellTime(NamedTuple):
    """How long a cell may take, in seconds: on the wall, and of processor time if that is bounded.

    `told` names the limit on the wall where it is not one of the cell's own.
    """

    wall: float
    processor: float | None = None
    told: str = ""


Count = Annotated[int, Ge(0)]
Most = Annotated[int, Gt(0)]
Seconds = Annotated[float, Gt(0)]


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits(Model):
    """The limits of one submission, settable for each assignment in `[limits]`."""

    cell_seconds: Seconds = 600.0
    """Wall time of one cell."""
    total_seconds: Seconds = 1800.0
    """Wall time of the whole notebook."""
    answer_seconds: Seconds = 10.0
    """Processor time of the answer to one question, and how long it may rest."""
    answer_bytes: Annotated[Most, Le(64 * MEBIBYTE)] = 64 * MEBIBYTE
    """Arrays in the answer to one question."""
    cpu_seconds: Most = 3600
    """CPU time of one process."""
    memory_bytes: Most = 6 * 1024 * MEBIBYTE
    """Memory of all processes together (proportional set size)."""
    processes: Most = 256
    """Processes and threads together."""
    open_files: Most = 1024
    """Open files of one process."""
    disk_bytes: Most = 1024 * MEBIBYTE
    """Size of one file, and of each folder that can be written to."""
    output_bytes: Count = 8 * MEBIBYTE
    """Output of one cell."""
    total_output_bytes: Count = 64 * MEBIBYTE
    """Output of all cells together."""

    @property
    def flood_bytes(self) -> int:
        """Output of one cell from which on it is ended: it would keep the grader busy."""
        return FLOOD * max(self.output_bytes, MEBIBYTE)

    def longer(self, wall: int, processor: int) -> Self:
        """Return these limits with so many times the time on the wall, and of the processor."""
        return replace(
            self,
            cell_seconds=wall * self.cell_seconds,
            total_seconds=wall * self.total_seconds,
            answer_seconds=processor * self.answer_seconds,
            cpu_seconds=processor * self.cpu_seconds,
        )


def explained(error: str, limits: Limits) -> str:
    """Return an error of Python's with the name and value of the limit that it may stem from."""
    disk = _("the limit of disk is {disk_bytes:g} MiB", disk_bytes=limits.disk_bytes / MEBIBYTE)
    files = _("the limit of open files is {open_files}", open_files=limits.open_files)
    processes = _("the limit of processes is {processes}", processes=limits.processes)
    signs = {
        "[Errno 24]": files,
        "[Errno 27]": disk,
        "[Errno 28]": disk,
        "BlockingIOError: [Errno 11]": processes,
        "can't start new thread": processes,
    }
    told = next((text for sign, text in signs.items() if sign in error), "")
    return f"{error} ({told})" if told else error
