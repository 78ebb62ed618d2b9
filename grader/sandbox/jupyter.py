"""Jupyter's client libraries, made fit for a kernel that may send anything.

`Client` skips messages that are none, `BoundedClient` keeps no more of a cell's output than the
limits allow, and `Manager` starts our kernel whatever a notebook asks for.
"""

import asyncio
import math
import sys
import time
from collections import Counter
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from queue import Empty
from typing import Any, Final

import zmq
from jupyter_client.asynchronous.client import AsyncKernelClient
from jupyter_client.channels import AsyncZMQSocketChannel
from jupyter_client.kernelspec import KernelSpec, KernelSpecManager
from jupyter_client.manager import AsyncKernelManager
from jupyter_client.provisioning import LocalProvisioner
from nbclient import NotebookClient
from nbclient.exceptions import CellControlSignal
from traitlets import Type

from grader.sandbox.box import Box
from grader.sandbox.limits import MEBIBYTE, Limits
from grader.sandbox.process import Process
from grader.text import has_many

# The parts of a message that everything which reads it relies on.
_PARTS: Final = {"header": dict, "parent_header": dict, "content": dict, "msg_type": str}
# How long a kernel may take at first to reply, and what it says on iopub to arrive, before it is
# asked anew; twice as long each time. Until iopub is connected nothing comes, wait as one may.
REPLY_SECONDS: Final = 1.0
IOPUB_SECONDS: Final = 0.01
# Values in one part of a message. Of an output with more than a tenth of them nothing is kept.
MOST_VALUES: Final = 1_000_000


class _TooMuchError(Exception):
    """A message that takes too much memory to be decoded; `size` is that of its parts, in bytes."""

    def __init__(self, size: int) -> None:
        super().__init__(size)
        self.size = size


class _Channel(AsyncZMQSocketChannel):  # type: ignore[misc]
    """Skips what is no message, or has not the parts of one.

    What has more than `most` bytes in all its parts, or too many values, is not decoded; `refused`
    counts the bytes of such messages.
    """

    most = math.inf
    refused = 0

    async def _recv(self, **options: Any) -> dict[str, Any]:
        """Return the next message, of which no part is copied before its size is known."""
        frames = await self.socket.recv_multipart(copy=False, **options)
        size = sum(map(len, frames))
        if size > self.most:
            raise _TooMuchError(size)
        parts = [frame.bytes for frame in frames]
        del frames
        _identities, signed = self.session.feed_identities(parts)
        # A signature comes first; what follows the four parts of JSON are buffers.
        if any(has_many(part, MOST_VALUES) for part in signed[1:5]):
            raise _TooMuchError(size)
        return dict(self.session.deserialize(signed))

    async def get_msg(self, timeout: float | None = None) -> dict[str, Any]:
        """Return the next message. Raises Empty where none comes within `timeout` seconds."""
        until = None if timeout is None else time.monotonic() + timeout
        while True:
            left = None if until is None else max(0.0, until - time.monotonic())
            try:
                message = await super().get_msg(timeout=left)
            except Empty:
                raise
            except _TooMuchError as error:
                self.refused += error.size
                if left == 0:
                    raise Empty from None
                continue
            # Whatever a decoder says of bytes that anybody may have sent.
            except Exception:  # noqa: BLE001
                if left == 0:
                    raise Empty from None
                continue
            if all(isinstance(message.get(name), kind) for name, kind in _PARTS.items()):
                return dict(message)


async def answer(channel: _Channel, asked: str, seconds: float) -> dict[str, Any] | None:
    """Return the next message about a request, None where none comes within `seconds`."""
    until = time.monotonic() + seconds
    # Others may come without end.
    while (left := until - time.monotonic()) > 0:
        with suppress(Empty):
            message = await channel.get_msg(timeout=left)
            if message["parent_header"].get("msg_id") == asked:
                return message
    return None


class Client(AsyncKernelClient):  # type: ignore[misc]
    """A client of a kernel that may send anything."""

    shell_channel_class = Type(_Channel)
    iopub_channel_class = Type(_Channel)
    stdin_channel_class = Type(_Channel)
    control_channel_class = Type(_Channel)

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        self.largest = 0
        self._decoded = math.inf
        self._lost: list[Any] = []

    def limit(self, most: int, decoded: float) -> None:
        """Refuse messages with a part of more than `most` bytes. To be called before it connects.

        Whoever sends one loses the connection, for good. Messages of more than `decoded` bytes are
        skipped.
        """
        self.largest = most
        self._decoded = decoded
        self.context.setsockopt(zmq.MAXMSGSIZE, most)

    def take_refused(self) -> int:
        """Return how many bytes messages had that were skipped for their size since the last call.

        Only those count in which a kernel tells what a cell shows.
        """
        refused, self.iopub_channel.refused = self.iopub_channel.refused, 0
        return int(refused)

    def start_channels(self, *args: Any, **options: Any) -> None:
        """Open all connections but the one for heartbeats.

        Its end is waited for, in a thread that the other side can hold up. The supervisor tells
        whether the kernel lives.
        """
        super().start_channels(*args, **{**options, "hb": False})
        for channel in (self.shell_channel, self.iopub_channel, self.stdin_channel):
            channel.most = self._decoded

    async def wait_for_ready(self, timeout: float | None = None) -> None:
        """Wait until the kernel replies and what it says on iopub arrives here.

        Nothing of what it said meanwhile is left: messages arrive in the order in which they were
        sent, and the last is the end of the last request. To be called before any student code
        runs. Raises RuntimeError where the kernel dies or is not ready within `timeout` seconds.
        """
        until = time.monotonic() + (math.inf if timeout is None else timeout)
        patience = 1
        while (left := until - time.monotonic()) > 0:
            asked = self.kernel_info()
            reply = await answer(self.shell_channel, asked, min(left, REPLY_SECONDS * patience))
            if reply is not None and await self._idle_after(asked, IOPUB_SECONDS * patience):
                self._handle_kernel_info_reply(reply)
                return
            if not await self.is_alive():
                raise RuntimeError("the kernel died before it was ready")
            patience *= 2
        raise RuntimeError(f"the kernel was not ready within {timeout:g} s")

    async def _idle_after(self, asked: str, seconds: float) -> bool:
        """Whether the end of a request is heard of on iopub, no message of it `seconds` late."""
        while said := await answer(self.iopub_channel, asked, seconds):
            if said["content"].get("execution_state") == "idle":
                return True
        return False

    def watch(self) -> None:
        """Begin to watch whether a connection is lost. To be called once it has connected."""
        channels = (self.shell_channel, self.iopub_channel)
        self._lost = [each.socket.get_monitor_socket(zmq.EVENT_DISCONNECTED) for each in channels]

    async def cut_off(self) -> bool:
        """Whether a connection was lost since `watch`: by a message too large, or by an end."""
        return any([await each.poll(0) for each in self._lost])

    def stop_channels(self) -> None:
        """Close all connections."""
        for monitor in self._lost:
            monitor.close(linger=0)
        super().stop_channels()


# What a value counts as beside its text.
_VALUE: Final = 64
# What an object takes that a notebook keeps, and how many times the limit of all cells what they
# keep may take of the grader's memory: one wide character makes a text four times as large.
_OBJECT: Final = 600
_TIMES_HELD: Final = 2
# They tell how far a cell is, and nothing of them is kept.
_STATES: Final = ("status", "execute_input")
# An error is what a cell ends with, and is wanted however much came before it; so much of it is.
_ERROR_KEPT: Final = 10_000


class BoundedClient(NotebookClient):  # type: ignore[misc]
    """Drops what a cell prints or shows beyond the limits; `cut` are the cells where it did.

    Messages that are not as they should be are dropped too.
    """

    def __init__(self, notebook: Any, *, limits: Limits, **options: Any) -> None:
        super().__init__(notebook, **options)
        self._limits = limits
        self._sizes: Counter[int] = Counter()
        self._held = 0
        self.cut: set[int] = set()

    def note_refused(self, index: int) -> None:
        """Take what was not even looked at for what the cell at `index` printed."""
        refused = self.kc.take_refused() if self.kc is not None else 0
        if refused:
            self._sizes[index] += refused
            self.cut.add(index)

    def flooded(self, index: int) -> bool:
        """Whether a cell printed so much that it is to be ended."""
        self.note_refused(index)
        return self._sizes[index] > self.flood

    @property
    def flood(self) -> int:
        """The number of bytes from which on a cell is ended."""
        return self._limits.flood_bytes

    def process_message(self, msg: Any, cell: Any, cell_index: int) -> Any:
        """Keep the message's output where there is room for it."""
        kind = msg["msg_type"]
        if kind == "error":
            msg = {**msg, "content": _shortened(msg["content"])}
        if kind not in _STATES:
            size, held = _size(msg["content"], self.flood)
            self._sizes[cell_index] += size + _buffers(msg)
            total = self._limits.total_output_bytes
            over = (
                self._sizes[cell_index] > self._limits.output_bytes
                or self._sizes.total() > total
                or self._held + held > _TIMES_HELD * total
            )
            if over and kind != "error":
                self.cut.add(cell_index)
                return None
            self._held += held
        try:
            return super().process_message(msg, cell, cell_index)
        except CellControlSignal:
            raise
        # The library trusts kernels, and stumbles over whatever is missing or of another kind.
        except Exception:  # noqa: BLE001
            return None


def _shortened(content: dict[str, Any]) -> dict[str, str | list[str]]:
    name, value = (str(content.get(each))[:_ERROR_KEPT] for each in ("ename", "evalue"))
    told = content.get("traceback")
    lines = [str(line)[:_ERROR_KEPT] for line in told[:100]] if isinstance(told, list) else []
    return {"ename": name, "evalue": value, "traceback": lines}


def _buffers(message: dict[str, Any]) -> int:
    buffers = message.get("buffers")
    return sum(map(len, buffers)) if isinstance(buffers, list) else 0


def _size(content: object, enough: int) -> tuple[int, int]:
    """Return about how many bytes a message's texts and values are, and how many they take here.

    What goes on beyond `enough` is not counted.
    """
    size, held, waiting = 0, 0, [content]
    while waiting and size <= enough:
        value = waiting.pop()
        size += len(value) if isinstance(value, str) else _VALUE
        held += sys.getsizeof(value)
        if isinstance(value, dict):
            held += _OBJECT
            waiting += [*value.keys(), *value.values()]
        elif isinstance(value, list):
            waiting += value
    return size, held


# How often an ending process is looked at.
POLL_SECONDS = 0.02
# How often it is looked whether a starting kernel listens.
LISTEN_SECONDS = 0.003
# How many times the limit of a cell's output a part of a message may have.
LARGEST = 16
# How many times that limit a message may have that is looked at: letters of many languages take
# two or three bytes, and no output beyond the limit is kept.
DECODED = 3


class _Specs(KernelSpecManager):  # type: ignore[misc]
    """Knows one kernel, ours, under whatever name a notebook asks for."""

    def get_kernel_spec(self, kernel_name: str) -> KernelSpec:  # noqa: ARG002
        return KernelSpec(
            argv=[], display_name="grader", language="python", interrupt_mode="message"
        )


class _Provisioner(LocalProvisioner):  # type: ignore[misc]
    """Lets a process become the kernel, and leaves its life and death to its supervisor."""

    process: Process
    options: dict[str, Any]

    @property
    def has_process(self) -> bool:
        return True

    async def launch_kernel(self, cmd: list[str], **kwargs: Any) -> Any:  # noqa: ARG002
        # Here, in the main thread: bubblewrap dies with the thread that has started it.
        self.process.launch(self.options)
        return self.connection_info

    async def poll(self) -> int | None:
        return None if self.process.supervisor.kernel_alive() else 1

    async def wait(self) -> int | None:
        while self.process.supervisor.kernel_alive():
            await asyncio.sleep(POLL_SECONDS)
        return 0

    async def send_signal(self, signum: int) -> None:
        """Do nothing: interrupts go by message, and `kill` is the supervisor's."""

    async def kill(self, restart: bool = False) -> None:  # noqa: ARG002
        await asyncio.to_thread(self.process.supervisor.kill_kernel)

    terminate = kill


class Manager(AsyncKernelManager):  # type: ignore[misc]
    """Lets the process that waits in `box` become our kernel, and asks its supervisor how it is.

    `options` are what the kernel is told beside the file of its connections.
    """

    def __init__(self, box: Box, process: Process, options: Mapping[str, Any]) -> None:
        self.box = box
        self.supervisor = process.supervisor
        super().__init__(
            client_factory=Client,
            kernel_spec_manager=_Specs(),
            transport="ipc",
            connection_file=str(box.run / "kernel.json"),
            ip=str(box.run / "k"),
        )
        provisioner = _Provisioner(kernel_id="", kernel_spec=self.kernel_spec, parent=self)
        provisioner.process = process
        provisioner.options = {**options, "connection_file": self.connection_file}
        self.provisioner = provisioner

    def client(self, **kwargs: Any) -> Client:
        """Return a client that refuses messages far beyond all that is kept of an output."""
        client: Client = super().client(**kwargs)
        kept = max(self.box.limits.output_bytes, MEBIBYTE)
        client.limit(LARGEST * kept, DECODED * kept)
        return client

    def format_kernel_cmd(self, extra_arguments: list[str] | None = None) -> list[str]:  # noqa: ARG002
        """Return nothing: the process runs already."""
        return []

    def write_connection_file(self, **kwargs: Any) -> None:
        """Write the file, for the user that the submission runs as to read."""
        super().write_connection_file(**kwargs)
        self.box.give(Path(self.connection_file))

    async def listening(self) -> None:
        """Wait until the kernel takes connections, for as long as it takes.

        ZeroMQ tries one that was refused again only 100 ms later.
        """
        ports = (self.shell_port, self.stdin_port, self.control_port, self.iopub_port)
        places = [Path(f"{self.ip}-{port}") for port in ports]
        while not all(place.exists() for place in places):
            await asyncio.sleep(LISTEN_SECONDS)

    async def _async_is_alive(self) -> bool:
        return self.supervisor.kernel_alive()

    # A client asks its manager by the one name, everybody else by the other.
    is_alive = _async_is_alive
