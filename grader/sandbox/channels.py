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

# The parts of a message that everything which reads it relies on.
_PARTS: Final = {"header": dict, "parent_header": dict, "content": dict, "msg_type": str}
# How long a kernel may take at first to reply, and what it says on iopub to arrive, before it is
# asked anew; twice as long each time. Until iopub is connected nothing comes, wait as one may.
REPLY_SECONDS: Final = 1.0
IOPUB_SECONDS: Final = 0.01


class _Channel(AsyncZMQSocketChannel):  # type: ignore[misc]
    """Skips what is no message, or has not the parts of one."""

    async def get_msg(self, timeout: float | None = None) -> dict[str, Any]:
        """Return the next message. Raises Empty where none comes within `timeout` seconds."""
        until = None if timeout is None else time.monotonic() + timeout
        while True:
            left = None if until is None else max(0.0, until - time.monotonic())
            try:
                message = await super().get_msg(timeout=left)
            except Empty:
                raise
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
        self._lost: list[Any] = []

    def limit(self, most: int) -> None:
        """Refuse messages with a part of more than `most` bytes. To be called before it connects.

        Whoever sends one loses the connection, for good.
        """
        self.largest = most
        self.context.setsockopt(zmq.MAXMSGSIZE, most)

    def start_channels(self, *args: Any, **options: Any) -> None:
        """Open all connections but the one for heartbeats.

        Its end is waited for, in a thread that the other side can hold up. The supervisor tells
        whether the kernel lives.
        """
        super().start_channels(*args, **{**options, "hb": False})

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
