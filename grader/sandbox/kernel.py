"""A kernel that runs one notebook: started, driven cell by cell, questioned, killed."""

import asyncio
import socket
import time
from collections.abc import Collection, Sequence
from contextlib import suppress
from typing import Any, Final

from nbclient.exceptions import DeadKernelError
from nbformat import NotebookNode

from grader.agent import REQUEST
from grader.agent.wire import answer_limits
from grader.i18n import _, marked
from grader.notebook.convert import executable
from grader.notebook.reading import Notebook
from grader.sandbox.box import Box
from grader.sandbox.cell_end import CellEnd, LeftOut, Status, ended, said, told
from grader.sandbox.clock import GRACE_SECONDS, LOOK_SECONDS, Clock
from grader.sandbox.jupyter import BoundedClient, Manager, answer
from grader.sandbox.kernels import CUT, KernelDiedError, RunSettings
from grader.sandbox.limits import MEBIBYTE, CellTime, Limits
from grader.sandbox.process import Process, exposed, failed
from grader.sandbox.snapshot import Snapshot
from grader.sandbox.supervisor import told_pair
from grader.sandbox.swelling import Swelling

# How long the kernel may take for a request of the grader's own; a fork of a large process or a
# busy machine takes a fraction of it.
REQUEST_SECONDS: Final = 30.0
START_SECONDS: Final = 120.0
# By how much the grader's own memory may grow while a kernel runs a cell: a message of the largest
# size takes half of it until it is looked at.
MOST_HELD: Final = 320 * MEBIBYTE

_REFUSED: Final = marked("A process or a thread was refused at the limit of {limit} in all.")


class Kernel:
    """A running kernel for `notebook`, whose outputs it fills in.

    `process` has been started in `box` for it, and is its own. All else is as `RunningKernel` says.
    """

    def __init__(
        self, notebook: NotebookNode, box: Box, process: Process, settings: RunSettings
    ) -> None:
        self.box = box
        self.notebook = notebook
        self._settings = settings
        self.overdue = ""
        self.contended = False
        self._cut_off = False
        self._swelling: Swelling | None = None
        self._process = process
        self._supervisor = process.supervisor
        self.notes: list[tuple[int, str]] = []
        self.left_out: list[LeftOut] = []
        self._refused: set[int] = set()

    async def start(self) -> None:
        """Launch the kernel and wait until it answers.

        Raises UsageError where it could read what is private, InternalError where it does
        not answer.
        """
        box = self.box
        self._manager = Manager(box, self._process, self._options)
        self._client = BoundedClient(
            self.notebook,
            limits=box.limits,
            km=self._manager,
            allow_errors=True,
            store_widget_state=False,
            startup_timeout=START_SECONDS,
        )
        try:
            await self._client.async_start_new_kernel()
            await self._ready()
        except (RuntimeError, TimeoutError, OSError) as error:
            if self._supervisor.exposed:
                raise exposed(box.private) from error
            raise failed(box.log, error) from error

    @property
    def _options(self) -> dict[str, Any]:
        """What the kernel is told of its run."""
        return {
            "seed": self._settings.seed,
            "data": self.box.data,
            "faithful": self._settings.faithful,
            "answer_bytes": self.box.limits.answer_bytes,
            "watched": tuple(self._settings.watched),
        }

    async def _ready(self) -> None:
        """Wait until the kernel answers. Raises RuntimeError where it dies before it does."""
        ready = asyncio.ensure_future(self._connected())
        while not ready.done():
            await asyncio.wait({ready}, timeout=0.1)
            if not self._supervisor.kernel_alive() and not ready.done():
                ready.cancel()
                raise RuntimeError("the process died")
        await ready
        # It has told before it came here.
        if self._supervisor.refused:
            self.box.group.give_up()
        self._client.kc.watch()

    async def _connected(self) -> None:
        """Connect to the kernel and wait until it answers. Raises TimeoutError, RuntimeError."""
        async with asyncio.timeout(START_SECONDS):
            await self._manager.listening()
        await self._client.async_start_new_kernel_client()

    async def execute(self, index: int, *, time_limit: CellTime) -> CellEnd:
        """Run the cell at `index`, interrupted when its time is up.

        Where it does not heed that, or its process dies, the kernel is dead afterwards.
        """
        with Swelling(MOST_HELD, self._supervisor.kill_kernel) as self._swelling:
            return await self._execute(index, time_limit)

    async def _execute(self, index: int, time_limit: CellTime) -> CellEnd:
        started = time.monotonic()
        self.overdue = ""
        try:
            await self._request("begin", cell=index)
            await self._run(index, time_limit)
            status: Status = "timeout" if self.overdue else "ok"
            end = await self._request("end")
        except (DeadKernelError, KernelDiedError):
            taken = time.monotonic() - started
            await self.kill()
            return self._ended(index, taken)
        self._client.note_refused(index)
        claims = told(end)
        self.left_out = list(claims.left_out)
        if self.box.group.refused():
            self._refused.add(index)
        refused = _(_REFUSED, limit=self.box.limits.processes)
        self.notes = [
            *((cell, said(note)) for cell, note in claims.notes),
            *((cell, _(CUT)) for cell in sorted(self._client.cut)),
            *((cell, refused) for cell in sorted(self._refused)),
        ]
        outputs = self.notebook.cells[index].outputs
        well = status == "ok" and all(each.output_type != "error" for each in outputs)
        return ended(
            outputs,
            status,
            time.monotonic() - started,
            claims,
            breach=self._breach(index, well=well),
            limits=self.box.limits,
        )

    def _ended(self, index: int, taken: float) -> CellEnd:
        """Return how a cell ended that took the kernel with it."""
        breach = self._breach(index)
        if breach is not None:
            return CellEnd("died", taken, "LimitExceeded", breach)
        return CellEnd("timeout" if self.overdue else "died", taken)

    def _breach(self, index: int, *, well: bool = False) -> str | None:
        """Return which limit ended the cell, None where none did.

        Where the cell ended `well`, a process that the machine ended was somebody else's.
        """
        told = self.box.watchdog.breach()
        if told is not None and told.guessed and well:
            told = None
        self.contended = self.contended or (told is not None and not told.own)
        breach = told.text if told is not None else None
        if breach is None and self._client.flooded(index):
            breach = _("output: over {flood} MiB", flood=self._client.flood // MEBIBYTE)
        if breach is None and self._swollen():
            breach = _(
                "messages: over {most_held} MiB on their way", most_held=MOST_HELD // MEBIBYTE
            )
        if breach is None and self._cut_off:
            breach = _(
                "output: a message over {largest} MiB", largest=self._client.kc.largest // MEBIBYTE
            )
        if breach is None and self._supervisor.out_of_cpu:
            breach = _(
                "processor time: over {cpu_seconds} s",
                cpu_seconds=self.box.limits.cpu_seconds,
            )
        return _("ended at the limit of {limit}", limit=breach) if breach is not None else None

    def _swollen(self) -> bool:
        """Whether what the kernel sends takes more of the grader's memory than it may."""
        return self._swelling is not None and self._swelling.over

    async def _run(self, index: int, time_limit: CellTime) -> None:
        """Run the cell, and interrupt it when its time is up. Raises DeadKernelError."""
        task = asyncio.ensure_future(self._cell(index))
        try:
            await self._watched(task, index, time_limit)
        finally:
            # Where this is cancelled itself, nobody else waits for what becomes of the cell.
            task.cancel()
            await asyncio.wait({task})

    async def _cell(self, index: int) -> None:
        """Run the cell to its end. Raises DeadKernelError."""
        try:
            await self._client.async_execute_cell(self.notebook.cells[index], index)
        except DeadKernelError:
            # nbclient takes any cancellation for the kernel's death.
            running = asyncio.current_task()
            if running is not None and running.cancelling():
                raise asyncio.CancelledError from None
            raise

    async def _watched(
        self, task: "asyncio.Future[None]", index: int, time_limit: CellTime
    ) -> None:
        """Wait for the cell, and interrupt it when its time is up. Raises DeadKernelError."""
        clock = Clock(time_limit, self._supervisor.pid)
        done: set[Any] = set()
        while not (done or self._client.flooded(index) or await self._lost()):
            self.overdue = clock.overdue()
            if self.overdue:
                self.contended = self.contended or clock.contended
                break
            done, _left = await asyncio.wait({task}, timeout=min(LOOK_SECONDS, clock.left()))
        if not done:
            if not await self._lost():
                await self._manager.interrupt_kernel()
                done, _left = await asyncio.wait({task}, timeout=GRACE_SECONDS)
            if not done:
                task.cancel()
                await asyncio.gather(task, return_exceptions=True)
                raise DeadKernelError(_("the cell came to no end"))
        await task
        if await self._lost():
            raise DeadKernelError(_("the kernel was lost in its last moment"))

    async def _lost(self) -> bool:
        """Whether the kernel has died, or cannot be talked to any more."""
        if not await self.alive() or self._swollen():
            return True
        self._cut_off = await self._client.kc.cut_off()
        return self._cut_off

    async def snapshot(self) -> Snapshot:
        """Return a snapshot of the present state. Raises KernelDiedError."""
        ours, theirs = told_pair()
        with theirs:
            try:
                socket.send_fds(self._process.control, [b"s"], [theirs.fileno()])
                await self._request("snapshot")
            except OSError as error:
                ours.close()
                raise KernelDiedError(_("the kernel died before a snapshot of it")) from error
            except KernelDiedError:
                ours.close()
                raise
        return Snapshot(
            ours,
            breach=self.box.watchdog.breach,
            limits=answer_limits(self.box.limits.answer_bytes),
        )

    async def _request(self, do: str, **content: Any) -> dict[str, Any]:
        client = self._client.kc
        message = client.session.msg(REQUEST, {"do": do, **content})
        client.shell_channel.send(message)
        until = time.monotonic() + REQUEST_SECONDS
        while time.monotonic() < until:
            with suppress(Exception):
                reply = await answer(client.shell_channel, message["header"]["msg_id"], 1.0)
                if reply is not None:
                    return dict(reply["content"])
            if await self._lost():
                break
        raise KernelDiedError(_("the kernel died while the grader spoke to it"))

    async def alive(self) -> bool:
        """Whether the kernel's process runs."""
        return self._supervisor.kernel_alive()

    async def kill(self) -> None:
        """Kill the kernel; its snapshots live on."""
        await asyncio.to_thread(self._supervisor.kill_kernel)

    async def close(self) -> None:
        """Kill the kernel and let go of what belongs to it; its snapshots live on."""
        self._process.close()
        if not hasattr(self, "_client"):
            return
        if self._client.kc is not None:
            self._client.kc.stop_channels()
        await self.kill()
        await self._manager.cleanup_resources()


class BoxKernels:
    """The kernels of a submission in `box`, which keep states by forks.

    `process` is one for the first that has been started there already.
    """

    def __init__(self, box: Box, process: Process | None = None) -> None:
        self._box = box
        self._process = process

    @property
    def limits(self) -> Limits:
        """What the submission may take."""
        return self._box.limits

    @property
    def confined(self) -> str:
        """How strongly it is confined, for its report."""
        return self._box.confined

    @property
    def remarks(self) -> Sequence[tuple[int, str]]:
        """Nothing: a state costs next to nothing."""
        return ()

    def kernel(self, notebook: Notebook, settings: RunSettings) -> Kernel:
        """Return a kernel for the notebook that is yet to be started. Raises InternalError."""
        process, self._process = self._process or Process(self._box), None
        return Kernel(executable(notebook), self._box, process, settings)

    def end_all_but(self, keepers: Collection[int]) -> None:
        """End what kernels that have died left behind, but for the processes that keep states."""
        self._box.end_all_but(keepers)
