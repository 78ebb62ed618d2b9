"""Who has sent a message over a socket, by the number that its process has out here.

The kernel itself tells, from whatever namespace the process sends, so that nobody can lie.
"""

import socket
import struct
from typing import Final

_CREDENTIALS: Final = struct.Struct("iII")
# Linux's alone.
_TELLS: Final = getattr(socket, "SO_PASSCRED", None)
_TOLD: Final = getattr(socket, "SCM_CREDENTIALS", None)
# For who sent it, and nothing more: open files that come along would be left open here.
_ROOM: Final = socket.CMSG_LEN(_CREDENTIALS.size) if _TOLD is not None else 0


def told_pair() -> tuple[socket.socket, socket.socket]:
    """Return the ends of a connection, the first of which is told who sends, where the kernel can.

    Asked for later, what was sent before would have no sender.
    """
    ours, theirs = socket.socketpair()
    if _TELLS is not None:
        ours.setsockopt(socket.SOL_SOCKET, _TELLS, 1)
    return ours, theirs


def received(connection: socket.socket) -> tuple[bytes, int | None]:
    """Return the next byte, and the process that sent it, None where that is not told.

    Raises what `recvmsg` does.
    """
    said, ancillary, _, _ = connection.recvmsg(1, _ROOM)
    for _, kind, data in ancillary:
        if kind == _TOLD:
            # Where nobody had asked when it was sent, the number is 0.
            return said, int(_CREDENTIALS.unpack(data[: _CREDENTIALS.size])[0]) or None
    return said, None
