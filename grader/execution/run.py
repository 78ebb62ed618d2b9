"""Running a submission's cells and keeping the states that questions will be put to.

One bad cell costs only itself: an error is noted, an endless cell is interrupted, and after a
cell that kills the kernel the notebook is run again without it.
"""

import asyncio
import time
from collections.abc import Callable, Collection, Mapping, Sequence
from contextlib import AsyncExitStack, suppress
from dataclasses import dataclass, field, replace
from typing import Any, Final

from grader.errors import GraderError
from grader.execution.background import SpareTime
from grader.execution.plan import Plan
from grader.i18n import _
from grader.notebook.reading import Notebook
from grader.options import Progress
from grader.results.model import CellResult
from grader.sandbox.cell_end import CellEnd, LeftOut
from grader.sandbox.kernels import KernelDiedError, Kernels, RunningKernel, RunSettings
from grader.sandbox.limits import CellTime
from grader.sandbox.snapshot import Snapshot
from grader.scenario import Answering
from grader.text import begins

# A notebook whose every cell kills the kernel must come to an end.
MOST_DEATHS: Final = 3

# Each state that is kept is a process, and a connection of the grader's: so many for their figures
# alone, and so many in all. The notebook and the answers need so many others.
MOST_DRAWN: Final = 128
MOST_KEPT: Final = 256
OTHERS: Final = 24
# So many are kept for their changes alone, beside those of the graded cells: each may be asked.
MOST_CHANGED: Final = 32


@dataclass
class Run:
    """What running a submission left: how each cell ended, and the states that were kept.

    `notes` are what the process told of itself, each with the index of its cell. `lacking` are the
    modules that the notebook asks for and this machine lacks; `left_out` are the statements that
    the process says it left out for one: the cell, the module and the names that each mentions.
    `newer` are the cells that this `python` does not parse, by their index, with the one they need.
    Snapshots answer until `close`. `contended` says whether others on the machine may be why a cell
    was ended. `mends` are those that were found of slips, by what was asked, for whoever judges the
    same again and can try nothing: each is a list of edits as plain data.
    """

    notebook: Notebook
    plan: Plan
    ends: dict[int, CellEnd] = field(default_factory=dict)
    skipped: dict[int, str] = field(default_factory=dict)
    notes: tuple[tuple[int, str], ...] = ()
    lacking: frozenset[str] = frozenset()
    newer: Mapping[int, str] = field(default_factory=dict)
    python: str = ""
    left_out: tuple[LeftOut, ...] = ()
    snapshots: dict[int, Answering] = field(default_factory=dict)
    contended: bool = False
    mends: dict[str, list[Any]] = field(default_factory=dict)

    def after(self, index: int | None) -> Answering | None:
        """Return the state right after the cell, or the next one kept, or else the last."""
        if not self.snapshots:
            return None
        later = [at for at in sorted(self.snapshots) if index is not None and at >= index]
        return self.snapshots[later[0] if later else max(self.snapshots)]

    def cells(self) -> list[CellResult]:
        """Return how each code cell ended, for the result."""
        ends = [
            CellResult(
                index=index,
                status=end.status,
                seconds=round(end.seconds, 3),
                error=end.error or None,
                begins=self._begins(index),
                count=self.notebook.cells[index].count,
            )
            for index, end in self.ends.items()
        ]
        skipped = [
            CellResult(
                index=index,
                status="skipped",
                seconds=0.0,
                error=reason,
                begins=self._begins(index),
                count=self.notebook.cells[index].count,
            )
            for index, reason in self.skipped.items()
        ]
        return sorted(ends + skipped, key=lambda cell: cell.index)

    def keepers(self) -> set[int]:
        """Return the processes that keep the states."""
        snapshots = [each for each in self.snapshots.values() if isinstance(each, Snapshot)]
        return {pid for pid in (each.keeper() for each in snapshots) if pid is not None}

    def _begins(self, index: int) -> str | None:
        return begins(self.notebook.cells[index].source) or None

    def close(self) -> None:
        """End all snapshots."""
        for snapshot in self.snapshots.values():
            snapshot.close()


def run(
    notebook: Notebook,
    plan: Plan,
    kernels: Kernels,
    *,
    progress: Progress = lambda _index, _done, _total: None,
    meanwhile: Callable[[], None] = lambda: None,
) -> Run:
    """Run the planned cells of `notebook` in one of `kernels`, which is gone when this returns.

    `meanwhile` is called, in a thread, where the kernel takes its time, which it may never do.
    Raises InternalError where the kernel cannot be started.
    """
    return asyncio.run(_run(notebook, plan, kernels, progress, meanwhile))


async def _run(
    notebook: Notebook,
    plan: Plan,
    kernels: Kernels,
    progress: Progress,
    meanwhile: Callable[[], None],
) -> Run:
    async with SpareTime(meanwhile) as spare:
        return await _lives(notebook, plan, kernels, progress, spare)


async def _lives(
    notebook: Notebook,
    plan: Plan,
    kernels: Kernels,
    progress: Progress,
    spare: SpareTime,
) -> Run:
    until = time.monotonic() + plan.total_seconds
    outcome = Run(notebook, plan)
    killers: dict[int, CellEnd] = {}
    settings = RunSettings(plan.seed, plan.faithful, plan.watched)
    while True:
        # Where a kernel died, the next may leave no later state than that before its first cell.
        keep = plan.keep if plan.cells and not killers else {*plan.keep, -1}
        life = _Life(notebook, plan, kernels, outcome, until, progress, keep, spare)
        async with AsyncExitStack() as stack:
            try:
                kernel = kernels.kernel(notebook, settings)
                stack.push_async_callback(kernel.close)
                with spare.used():
                    await kernel.start()
            except GraderError:
                if not killers:
                    raise
                # The first one started: what has been running since is the notebook's own.
                life.skip_rest(_("what the notebook left behind kept it from running again"))
                return outcome
            killer = await life.live(kernel, [i for i in plan.cells if i not in killers])
        if killer is None:
            return outcome
        killers[killer] = outcome.ends[killer]
        kernels.end_all_but(outcome.keepers())
        if len(killers) >= MOST_DEATHS:
            life.skip_rest(
                _(
                    "{most_deaths} cells before it killed the kernel",
                    most_deaths=MOST_DEATHS,
                )
            )
            return outcome


@dataclass
class _Spread:
    """Takes of ever so many cells at most `most`, evenly spread, from the first on."""

    most: int
    taken: list[int] = field(default_factory=list)
    offered: int = 0
    every: int = 1

    def takes(self, index: int) -> bool:
        """Whether the next cell is among those that are taken, if only for now."""
        taken = self.offered % self.every == 0
        self.offered += 1
        if taken:
            self.taken.append(index)
        return taken

    def dropped(self) -> list[int]:
        """Return those that were taken and are no more."""
        if len(self.taken) <= self.most:
            return []
        dropped = self.taken[1::2]
        self.taken = self.taken[::2]
        self.every *= 2
        return dropped


@dataclass
class _Life:
    """One kernel's run through the cells, noted in `outcome`."""

    notebook: Notebook
    plan: Plan
    kernels: Kernels
    outcome: Run
    until: float
    progress: Progress
    keep: Collection[int]
    spare: SpareTime
    planned: Sequence[int] = ()
    spread: "_Spread" = field(default_factory=lambda: _Spread(MOST_CHANGED))

    async def live(self, kernel: RunningKernel, cells: Sequence[int]) -> int | None:
        """Run `cells` and return the one from which the kernel died, None where it lived."""
        self.planned = cells
        try:
            await self._keep(kernel, -1, None)
        except KernelDiedError:
            return None
        for done, index in enumerate(cells):
            left = self.until - time.monotonic()
            if left <= 0:
                self.skip_rest(
                    _(
                        "the notebook took over {total_seconds:g} s",
                        total_seconds=self.plan.total_seconds,
                    )
                )
                await self._keep_any(kernel, index)
                return None
            self.progress(index, done, len(cells))
            with self.spare.used():
                end = await kernel.execute(index, time_limit=self._time(index, left))
            self.outcome.contended = self.outcome.contended or kernel.contended
            if end.status == "timeout":
                limit = _("ended at the limit of {limit}", limit=kernel.overdue)
                end = replace(end, error=limit)
            self.outcome.ends[index] = end
            if end.status == "died" or not await kernel.alive():
                return index
            self.outcome.notes = tuple(kernel.notes)
            self.outcome.left_out = tuple(kernel.left_out)
            try:
                await self._keep(kernel, index, end)
            except KernelDiedError:
                self.outcome.ends[index] = replace(end, status="died")
                return index
        return None

    def _time(self, index: int, left: float) -> CellTime:
        """Return how long a cell may take where so much is left for all."""
        plan = self.plan
        own = plan.times.get(index, CellTime(plan.cell_seconds))
        if left >= own.wall:
            return own
        whole = _("{total_seconds:g} s for the notebook", total_seconds=plan.total_seconds)
        return own._replace(wall=left, told=whole)

    async def _keep(self, kernel: RunningKernel, index: int, end: CellEnd | None) -> None:
        """Keep the state after a cell that ended so, -1 for that before the first, if wanted."""
        kept = len(self.outcome.snapshots)
        room = self.kernels.limits.processes - OTHERS
        figures = end.figures if end is not None else 0
        drawn = figures and index >= self.plan.figures_from and kept < min(MOST_DRAWN, room // 2)
        changed = end is not None and end.changed
        if kept >= min(MOST_KEPT, room):
            return
        wanted = index in self.keep or drawn or (changed and index in self.plan.graded)
        if not wanted and not (changed and self.spread.takes(index)):
            return
        self._let_go(index)
        self.outcome.snapshots[index] = await kernel.snapshot()
        for other in self.spread.dropped():
            self._let_go(other)

    def _let_go(self, index: int) -> None:
        """End the state after a cell, where there is one."""
        kept = self.outcome.snapshots.pop(index, None)
        if kept is not None:
            kept.close()

    async def _keep_any(self, kernel: RunningKernel, index: int) -> None:
        """Keep the state before the cell at `index`, where none has been kept."""
        if not self.outcome.snapshots:
            with suppress(KernelDiedError):
                self.outcome.snapshots[index - 1] = await kernel.snapshot()

    def skip_rest(self, reason: str) -> None:
        """Note that the planned cells which have not ended were left out."""
        for index in self.planned:
            if index not in self.outcome.ends:
                self.outcome.skipped[index] = reason
