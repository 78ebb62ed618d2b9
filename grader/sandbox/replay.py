"""Kernels for systems without a fork: a state is kept as the cells that led to it.

Whoever asks it has them run again, in a process of its own that then answers. Only the last state
costs nothing: the process that ran the notebook answers for it. Nothing confines what runs.
"""

import asyncio
import os
import shutil
import socket
import tempfile
import time
from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final, NamedTuple, Self

import nbformat

from grader.agent.wire import WireError, answer_limits
from grader.i18n import _
from grader.notebook.reading import Notebook
from grader.sandbox.cell_end import CellEnd, LeftOut, Status, ended, said, told
from grader.sandbox.clock import GRACE_SECONDS, Clock
from grader.sandbox.kernels import CUT, KernelDiedError, RunSettings
from grader.sandbox.limits import MEBIBYTE, CellTime, Limits
from grader.sandbox.process import failed
from grader.sandbox.rungs import Rung
from grader.sandbox.snapshot import State
from grader.sandbox.spawned import LOG, Site, SpawnedProcess
from grader.sandbox.waiting import NamedPlace
from grader.scenario import DRAWN, Outcome, Patience, Scenario, Stopped, Transcript, Usual

# So many processes answer at a time: each takes as much memory as the notebook.
MOST_ALIVE: Final = 4
# How long describing figures may take.
DRAWN_SECONDS: Final = 30.0
# How many times as long as at first, and how much longer, a cell may take that is run again; and
# how long one that came to no end then.
AGAIN: Final = 4.0
AGAIN_SECONDS: Final = 10.0
# How often it is tried to remove what processes leave, and how long is waited meanwhile.
REMOVALS: Final = 20
REMOVAL_SECONDS: Final = 0.1
# What takes less to run again is not told of.
WORTH_TELLING: Final = 5.0

# So many answers of a state are kept, and none once all of them took so many bytes.
MOST_KNOWN: Final = 256
MOST_KNOWN_BYTES: Final = 64 * MEBIBYTE

# Answers by the keys of the scenarios up to each.
Known = Mapping[tuple[str, ...], tuple[Outcome, ...]]

LOST: Final = (OSError, EOFError, WireError)


class Ran(NamedTuple):
    """A cell that was run: what it is, and how that went."""

    cell: int
    source: str
    end: CellEnd


class _OverdueError(Exception):
    """Raised where a cell does not even heed an interrupt."""


class _Limit:
    """Interrupts a cell whose time is up, and gives up where it goes on; called again and again."""

    def __init__(self, process: SpawnedProcess, limit: CellTime) -> None:
        self._process = process
        # Whatever else this process has started rests meanwhile.
        self._clock = Clock(limit, os.getpid())
        self._given_up = 0.0
        self.overdue = ""
        self.contended = False

    def __call__(self) -> None:
        """Look at the clock. Raises _OverdueError."""
        if self.overdue:
            if time.monotonic() >= self._given_up:
                raise _OverdueError
            return
        self.overdue = self._clock.overdue()
        if self.overdue:
            self.contended = self._clock.contended
            self._given_up = time.monotonic() + GRACE_SECONDS
            self._process.interrupt()


class ReplayedState(State):
    """The state after cells `ran`, which answers from a process that runs them again.

    `known` are answers that were had in passing, by the keys of what was asked up to each, from the
    state as it was on. `lives` are told of each process that begins.
    """

    def __init__(self, lives: "_Lives", ran: Sequence[Ran], known: Known) -> None:
        super().__init__(limits=answer_limits(lives.site.limits.answer_bytes))
        self._lives = lives
        self._ran = tuple(ran)
        self._known = dict(known)
        self._told: list[Scenario] = []
        self._process: SpawnedProcess | None = None
        # Whether the process may not be as it was any more, and whether it has to be.
        self._asked = self._stale = False

    @property
    def seconds(self) -> float:
        """How long the cells took at first."""
        return sum(each.end.seconds for each in self._ran)

    def adopt(self, process: SpawnedProcess) -> None:
        """Let a process answer that is in this state."""
        self._process = process
        self._lives.note(self)

    def ask(
        self,
        scenarios: Sequence[Scenario],
        *,
        seconds: float,
        usual: Usual | None = None,
        patience: Patience | None = None,
    ) -> Iterator[Transcript]:
        """Yield one transcript a scenario, in order, as `State.ask` says."""
        left = list(scenarios)
        if self._stale or not self._asked:
            while left and (found := self._known.get((*self._history, left[0].key))) is not None:
                self._told.append(left[0])
                yield Transcript(left.pop(0), found)
        if not left:
            return
        # What was answered from memory may have changed something.
        before: list[Scenario] = []
        if self._stale or not self._asked:
            before, self._told = self._told, []
        if self._stale:
            self._end()
        asked = [*before, *left]
        transcripts = super().ask(asked, seconds=seconds, usual=usual, patience=patience)
        for number, transcript in enumerate(transcripts):
            self._remember(transcript)
            if number >= len(before):
                yield transcript

    @property
    def _history(self) -> tuple[str, ...]:
        """The keys of what was asked since the state was as it was."""
        return tuple(each.key for each in self._told)

    def _remember(self, transcript: Transcript) -> None:
        """Keep an answer, for when the same is asked after the same of the state as it was."""
        if isinstance(transcript.outcomes[-1], Stopped):
            return
        self._told.append(transcript.scenario)
        if len(self._known) < MOST_KNOWN and self.received < MOST_KNOWN_BYTES:
            self._known[self._history] = transcript.outcomes

    def keeper(self) -> int | None:
        """Return this process: what answers is below it, and nothing else is at work then."""
        return os.getpid()

    def _connect(self) -> socket.socket:
        if self._connection is None:
            if self._process is None:
                self._process = self._again()
                self._lives.note(self)
            self._place = place = NamedPlace()
            self._process.answer(place.path)
            self._connection = self._process.connection
            self._asked = True
        return self._connection

    def _again(self) -> SpawnedProcess:
        """Return a process that ran the cells again. Raises OSError, EOFError, WireError."""
        self._lives.make_room()
        self._lives.tell(self._ran)
        process = SpawnedProcess(self._lives.site)
        try:
            for cell, source, end in self._ran:
                process.run(cell, source, _Limit(process, _time_again(end)))
        except _OverdueError:
            process.close()
            raise ConnectionError("cells that were run again came to no end") from None
        except BaseException:
            process.close()
            raise
        return process

    @property
    def alive(self) -> bool:
        """Whether there is a process that answers."""
        return self._process is not None

    def reset(self) -> None:
        """Let the next question go to the state as it was, whatever was asked.

        What was asked nothing is in that; and nothing is run before there is such a question.
        """
        self._stale = self._asked
        self._told = []

    def close(self) -> None:
        """End the state and every process of it."""
        self._end()

    def _end(self) -> None:
        super()._end()
        self._asked = self._stale = False
        self._told = []
        if self._process is not None:
            self._process.close()
            self._process = None


def _time_again(end: CellEnd) -> CellTime:
    """Return how long a cell may take that ended so before."""
    if end.status == "timeout":
        return CellTime(min(end.seconds, AGAIN_SECONDS))
    return CellTime(AGAIN * end.seconds + AGAIN_SECONDS)


@dataclass
class _Lives:
    """The processes that answer for a submission, of which there are only so many at a time."""

    site: Site
    again: Counter[int]
    states: list[ReplayedState] = field(default_factory=list)

    def note(self, state: ReplayedState) -> None:
        """Take note of a state that has a process by now."""
        self.states = [each for each in self.states if each is not state and each.alive] + [state]

    def make_room(self) -> None:
        """End the process that takes least to be had again, where there are as many as may be."""
        self.states = [each for each in self.states if each.alive]
        while len(self.states) >= MOST_ALIVE:
            cheapest = min(self.states, key=lambda each: each.seconds)
            cheapest.close()
            self.states.remove(cheapest)

    def tell(self, ran: Sequence[Ran]) -> None:
        """Note which cells are run again that took their time."""
        self.again.update(each.cell for each in ran if each.end.seconds >= WORTH_TELLING)


class ReplayKernel:
    """A kernel in a plain process; all is as `RunningKernel` says."""

    def __init__(self, notebook: Notebook, lives: _Lives) -> None:
        self.overdue = ""
        self.contended = False
        self.notes: list[tuple[int, str]] = []
        self.left_out: list[LeftOut] = []
        self._notebook = notebook
        self._lives = lives
        self._limits = lives.site.limits
        self._process: SpawnedProcess | None = None
        self._ran: list[Ran] = []
        self._last: ReplayedState | None = None

    async def start(self) -> None:
        """Start the process. Raises InternalError where it does not answer."""
        self._process = await asyncio.to_thread(self._start)

    def _start(self) -> SpawnedProcess:
        try:
            return SpawnedProcess(self._lives.site)
        except LOST as error:
            raise failed(self._lives.site.folder / LOG, error) from error

    async def execute(self, index: int, *, time_limit: CellTime) -> CellEnd:
        """Run the cell at `index`, interrupted when its time is up.

        Where it does not heed that, or its process dies, the kernel is dead afterwards.
        """
        self._last = None
        try:
            end = await asyncio.to_thread(self._execute, index, time_limit)
        except BaseException:
            # The thread ends with the process.
            self._kill()
            raise
        self._ran.append(Ran(index, self._notebook.cells[index].source, end))
        return end

    def _execute(self, index: int, time_limit: CellTime) -> CellEnd:
        started, process = time.monotonic(), self._process
        if process is None:
            return CellEnd("died", 0.0)
        limit = _Limit(process, time_limit)
        try:
            reply = process.run(index, self._notebook.cells[index].source, limit)
            return self._end(reply, time.monotonic() - started, limit)
        except (*LOST, _OverdueError):
            self._kill()
            status: Status = "timeout" if limit.overdue else "died"
            return CellEnd(status, time.monotonic() - started)
        finally:
            self.overdue = limit.overdue
            self.contended = self.contended or limit.contended

    def _end(self, reply: Any, seconds: float, limit: _Limit) -> CellEnd:
        """Return how a cell ended, as its process tells. Raises WireError where that is no tale."""
        if not isinstance(reply, dict):
            raise WireError("what became of a cell is malformed")
        claims = told(reply)
        self.left_out = list(claims.left_out)
        cut = [each for each in _listed(reply, "cut") if isinstance(each, int)]
        self.notes = [
            *((cell, said(note)) for cell, note in claims.notes),
            *((cell, _(CUT)) for cell in sorted(cut)),
        ]
        breach = None
        if reply.get("flooded") is True:
            flood = self._limits.flood_bytes // MEBIBYTE
            flooded = _("output: over {flood} MiB", flood=flood)
            breach = _("ended at the limit of {limit}", limit=flooded)
        status: Status = "timeout" if limit.overdue else "ok"
        outputs = _outputs(reply)
        return ended(outputs, status, seconds, claims, breach=breach, limits=self._limits)

    async def snapshot(self) -> ReplayedState:
        """Return what answers for the present state. Raises KernelDiedError."""
        known = await asyncio.to_thread(self._known)
        self._last = ReplayedState(self._lives, self._ran, known)
        return self._last

    def _known(self) -> Known:
        """Return what figures the last cell made, which is not worth running it again."""
        if self._process is None:
            raise KernelDiedError(_("the kernel died before a snapshot of it"))
        if not self._ran or not self._ran[-1].end.figures:
            return {}
        try:
            return {(DRAWN.key,): self._process.ask(DRAWN, DRAWN_SECONDS)}
        except LOST as error:
            self._kill()
            raise KernelDiedError(_("the kernel died before a snapshot of it")) from error

    async def alive(self) -> bool:
        """Whether the process runs."""
        return self._process is not None and self._process.alive()

    def _kill(self) -> None:
        if self._process is not None:
            self._process.close()
            self._process = None

    async def close(self) -> None:
        """Let the process answer for its last state, where it is in that; else end it."""
        if self._process is not None and self._last is not None and self._process.alive():
            self._last.adopt(self._process)
            self._process = None
        self._kill()


def _listed(reply: Mapping[Any, Any], name: str) -> list[Any]:
    found = reply.get(name)
    return found if isinstance(found, list) else []


def _outputs(reply: Mapping[Any, Any]) -> list[nbformat.NotebookNode]:
    """Return the outputs of a cell, as far as its process tells of them."""
    found: list[dict[str, Any]] = []
    for kind in map(str, _listed(reply, "kinds")):
        if kind == "stream":
            printed = reply.get("printed")
            found.append({"output_type": kind, "text": printed if type(printed) is str else ""})
        elif kind != "error":
            found.append({"output_type": "display_data", "data": {kind: ""}})
    match reply.get("error"):
        case [str(name), str(message), list(trace)]:
            error = {"ename": name, "evalue": message, "traceback": list(map(str, trace))}
            found.append({"output_type": "error", **error})
    return [nbformat.from_dict(each) for each in found]


class ReplayKernels:
    """The kernels of a submission that keep states as the cells that led to them.

    `datasets` maps a data set's name to the folder of its files, which the notebook gets a copy of.
    """

    def __init__(self, datasets: Mapping[str, Path], *, limits: Limits) -> None:
        self.limits = limits
        self._again: Counter[int] = Counter()
        self._lives: list[_Lives] = []
        self.folder = Path(tempfile.mkdtemp(prefix="notebook-grader-"))
        # Where the copy is changed, the original is not.
        self._data = {name: str(self._copied(name, raw)) for name, raw in datasets.items()}

    def _copied(self, name: str, raw: Path) -> Path:
        copy = self.folder / "data" / name / "raw"
        shutil.copytree(raw, copy, copy_function=shutil.copyfile)
        return copy

    @property
    def confined(self) -> str:
        """That nothing confines the submission, for its report."""
        return str(Rung.PLAIN)

    @property
    def remarks(self) -> Sequence[tuple[int, str]]:
        """Which cells ran again that take their time, and how often."""
        return [
            (
                index,
                _(
                    "Times that this cell ran again for questions, for want of a fork here: "
                    "{count}.",
                    count=count,
                ),
            )
            for index, count in sorted(self._again.items())
        ]

    def kernel(self, notebook: Notebook, settings: RunSettings) -> ReplayKernel:
        """Return a kernel for the notebook that is yet to be started."""
        site = Site(self.folder, self._data, self.limits, settings)
        lives = _Lives(site, self._again)
        self._lives.append(lives)
        return ReplayKernel(notebook, lives)

    def end_all_but(self, keepers: Collection[int]) -> None:
        """Do nothing: what a kernel has left behind is not known here."""

    def close(self) -> None:
        """End every process and remove the folder."""
        for lives in self._lives:
            for state in lives.states:
                state.close()
        # Where a process is just ending, Windows does not remove what it has open.
        for _attempt in range(REMOVALS):
            shutil.rmtree(self.folder, ignore_errors=True)
            if not self.folder.exists():
                return
            time.sleep(REMOVAL_SECONDS)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_raised: object) -> None:
        self.close()
