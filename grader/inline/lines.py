"""What a kernel and the process that judges for it say to each other: lines of JSON on a socket."""

import json
import os
import socket
from typing import Any

_MOST: int = 2**16


class Lines:
    """One end of the connection.

    Where the system can, an open file is handed on with a line. `descriptor` is the last that came.
    """

    def __init__(self, connection: socket.socket) -> None:
        self._connection = connection
        self._rest = bytearray()
        self.descriptor: int | None = None

    def say(self, message: dict[str, Any], *files: int) -> None:
        """Send a message, with open files. Raises OSError where nobody takes it."""
        line = f"{json.dumps(message)}\n".encode()
        if files:
            # They come with the first byte, and a line may take several calls.
            socket.send_fds(self._connection, [line[:1]], list(files))
            line = line[1:]
        self._connection.sendall(line)

    def hear(self, seconds: float | None = None) -> dict[str, Any] | None:
        """Return the next message, None where the other end is closed.

        Raises TimeoutError where nothing comes for so many `seconds`, OSError where it breaks.
        """
        self._connection.settimeout(seconds)
        try:
            while b"\n" not in self._rest:
                part = self._received()
                if not part:
                    return None
                self._rest += part
        finally:
            self._connection.settimeout(None)
        line, _newline, self._rest = self._rest.partition(b"\n")
        message: dict[str, Any] = json.loads(line)
        return message

    def _received(self) -> bytes:
        if not hasattr(socket, "recv_fds") or self._connection.family == socket.AF_INET:
            return self._connection.recv(_MOST)
        data, files, _flags, _address = socket.recv_fds(self._connection, _MOST, 1)
        for file in files:
            os.set_inheritable(file, False)
            self.descriptor = file
        return data

    def taken(self) -> socket.socket | None:
        """Return the socket that was handed on with a message, once."""
        file, self.descriptor = self.descriptor, None
        return None if file is None else socket.socket(fileno=file)

    def close(self) -> None:
        """Let go of the connection."""
        self._connection.close()
