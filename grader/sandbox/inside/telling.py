"""Telling a process over a connection, once, how it is to run."""

import json
import socket
import struct
from typing import Any

_LENGTH = struct.Struct("!I")


def tell(connection: socket.socket, options: dict[str, Any]) -> None:
    """Send the options. Raises OSError where nobody takes them."""
    content = json.dumps(options).encode()
    connection.sendall(_LENGTH.pack(len(content)) + content)


def told(connection: socket.socket) -> dict[str, Any]:
    """Wait for the options, and take no more than them. Raises EOFError where none come."""
    (length,) = _LENGTH.unpack(_exactly(connection, _LENGTH.size))
    options: dict[str, Any] = json.loads(_exactly(connection, length))
    return options


def _exactly(connection: socket.socket, count: int) -> bytes:
    content = b""
    while len(content) < count:
        part = connection.recv(count - len(content))
        if not part:
            raise EOFError("the grader is gone")
        content += part
    return content
