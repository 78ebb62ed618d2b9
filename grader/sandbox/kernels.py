"""What runs a notebook's cells, in whichever way a system keeps their states."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Final, Protocol

from grader.errors import InternalError
from grader.i18n import marked
from grader.notebook.reading import Notebook
from grader.sandbox.cell_end import CellEnd, LeftOut
from grader.sandbox.limits import CellTime, Limits
from grader.scenario import Answering

CUT: Final = marked("This cell printed more than is kept; the rest was cut off, at no cost.")


@dataclass(frozen=True)
class RunSettings:
    """What a kernel is told of its run.

    `seed` is what all random numbers start from. A `faithful` one makes batches as everywhere.
    After each cell it is told whether what the names `watched` lead to was changed.
    """

    seed: int
    faithful: bool = False
    watched: Sequence[str] = ()


class KernelDiedError(InternalError):
    """The kernel died between two cells, while the grader spoke to it."""


class RunningKernel(Protocol):
    """A kernel of one notebook: started, driven cell by cell, its states kept, killed.

    `notes` are what it told of itself and `left_out` the statements that it left out, both up to
    the last cell that ended. `contended` tells whether others on the machine may be why a cell was
    ended, `overdue` at which limit of time the last one was, "" where it was not.
    """

    overdue: str
    contended: bool
    notes: list[tuple[int, str]]
    left_out: list[LeftOut]

    async def start(self) -> None:
        """Start it. Raises InternalError where it does not answer, UsageError as it may not run."""

    async def execute(self, index: int, *, time_limit: CellTime) -> CellEnd:
        """Run the cell at `index`, ended when its time is up."""

    async def snapshot(self) -> Answering:
        """Return what answers for the present state. Raises KernelDiedError."""

    async def alive(self) -> bool:
        """Whether it can run another cell."""

    async def close(self) -> None:
        """End it; its states live on."""


class Kernels(Protocol):
    """Where the kernels of one submission run, one after the other."""

    @property
    def limits(self) -> Limits:
        """What the submission may take."""

    @property
    def confined(self) -> str:
        """How strongly it is confined, for its report."""

    @property
    def remarks(self) -> Sequence[tuple[int, str]]:
        """What everybody is told of how states were kept, each with the index of its cell."""

    def kernel(self, notebook: Notebook, settings: RunSettings) -> RunningKernel:
        """Return a kernel for the notebook that is yet to be started."""

    def end_all_but(self, keepers: Collection[int]) -> None:
        """End what kernels that have died left behind, but for the processes that keep states."""
