"""The channels to a kernel, whose messages a student's code may forge: what is none is skipped."""

import math
import time
from contextlib import suppress
from queue import Empty
from typing import Any, Final

import zmq
from jupyter_client.asynchronous.client import AsyncKernelClient
from jupyter_client.channels import AsyncZMQSocketChannel
from traitlets import Type

from grader.json_text import has_many

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
