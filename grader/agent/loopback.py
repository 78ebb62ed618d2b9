"""A connection to a process that one has started, where no open file can be handed on to it.

Who starts it listens on this machine's own address, and tells it the port and a secret on its
standard input; whoever knows the secret first is the one.
"""

import hmac
import secrets
import socket
import subprocess
import sys
import time
from collections.abc import Sequence
from contextlib import suppress
from typing import Any, Final

_HOST: Final = "127.0.0.1"
_SECRET_BYTES: Final = 32
# How long one who has connected may take to say the secret.
_SAY_SECONDS: Final = 2.0


class Started:
    """A process started by `command`, to which there is a `connection` once it has called back.

    `options` are those of `subprocess.Popen`, without its standard input.
    """

    def __init__(self, command: Sequence[str], **options: Any) -> None:
        self._listener = socket.create_server((_HOST, 0), backlog=8)
        self._secret = secrets.token_bytes(_SECRET_BYTES)
        try:
            self.process = subprocess.Popen(
                command, stdin=subprocess.PIPE, **{**_own_group(), **options}
            )
        except OSError:
            self._listener.close()
            raise
        port = self._listener.getsockname()[1]
        if self.process.stdin is not None:
            # Where it has died by now, nobody calls back.
            with suppress(OSError), self.process.stdin as told:
                told.write(f"{port} {self._secret.hex()}\n".encode())

    def connection(self, seconds: float) -> socket.socket:
        """Wait for the process to call back. Raises OSError where it does not within `seconds`."""
        until = time.monotonic() + seconds
        with self._listener:
            while self.process.poll() is None and time.monotonic() < until:
                self._listener.settimeout(0.05)
                with suppress(TimeoutError):
                    caller, _address = self._listener.accept()
                    if self._knows(caller):
                        caller.settimeout(None)
                        return caller
                    caller.close()
        raise ConnectionError("the process that was started did not call back")

    def _knows(self, caller: socket.socket) -> bool:
        caller.settimeout(_SAY_SECONDS)
        said = b""
        with suppress(OSError):
            while len(said) < _SECRET_BYTES and (part := caller.recv(_SECRET_BYTES - len(said))):
                said += part
        return hmac.compare_digest(said, self._secret)

    def close(self) -> None:
        """End the process, and listen no more."""
        self._listener.close()
        with suppress(OSError):
            self.process.kill()
        self.process.wait()


def call_back() -> socket.socket:
    """Return the connection to whoever has started this process, as its standard input tells."""
    port, secret = sys.stdin.buffer.readline().split()
    connection = socket.create_connection((_HOST, int(port)))
    # An answer is one small message: it must not wait for another to go with.
    connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    connection.sendall(bytes.fromhex(secret.decode()))
    return connection


def _own_group() -> dict[str, Any]:
    """Return what keeps an interrupt of those who start a process from it."""
    if sys.platform == "win32":
        return {"creationflags": subprocess.CREATE_NEW_PROCESS_GROUP | subprocess.CREATE_NO_WINDOW}
    return {"start_new_session": True}
