"""What one submission may take, and what is said where it takes more."""

from typing import NamedTuple, Self

from pydantic import BaseModel, ConfigDict, Field, NonNegativeInt, PositiveFloat, PositiveInt

from grader.i18n import _

MEBIBYTE = 2**20
# Every entry of a folder counts as this many bytes at least.
ENTRY_BYTES = 4096


class Breach(NamedTuple):
    """Which limit ended a process, and whether the submission had its due by then.

    Where it had not, others on the machine may be why.
    """

    text: str
    own: bool = True


class CellTime(NamedTuple):
    """How long a cell may take, in seconds: on the wall, and of processor time if that is bounded.

    `told` names the limit on the wall where it is not one of the cell's own.
    """

    wall: float
    processor: float | None = None
    told: str = ""


class Limits(BaseModel):
    """The limits of one submission, settable for each assignment in `[limits]`."""

    model_config = ConfigDict(frozen=True, extra="forbid", use_attribute_docstrings=True)

    cell_seconds: PositiveFloat = 600.0
    """Wall time of one cell."""
    total_seconds: PositiveFloat = 1800.0
    """Wall time of the whole notebook."""
    answer_seconds: PositiveFloat = 10.0
    """Processor time of the answer to one question, and how long it may rest."""
    answer_bytes: PositiveInt = Field(default=64 * MEBIBYTE, le=64 * MEBIBYTE)
    """Arrays in the answer to one question."""
    cpu_seconds: PositiveInt = 3600
    """CPU time of one process."""
    memory_bytes: PositiveInt = 6 * 1024 * MEBIBYTE
    """Memory of all processes together (proportional set size)."""
    processes: PositiveInt = 256
    """Processes and threads together."""
    open_files: PositiveInt = 1024
    """Open files of one process."""
    disk_bytes: PositiveInt = 1024 * MEBIBYTE
    """Size of one file, and of each folder that can be written to."""
    output_bytes: NonNegativeInt = 8 * MEBIBYTE
    """Output of one cell."""
    total_output_bytes: NonNegativeInt = 64 * MEBIBYTE
    """Output of all cells together."""

    def longer(self, wall: int, processor: int) -> Self:
        """Return these limits with so many times the time on the wall, and of the processor."""
        times = {
            "cell_seconds": wall,
            "total_seconds": wall,
            "answer_seconds": processor,
            "cpu_seconds": processor,
        }
        longer = {kind: many * getattr(self, kind) for kind, many in times.items()}
        return self.model_copy(update=longer)


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
