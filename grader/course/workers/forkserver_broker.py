"""One fork server for all workers of a machine, who so share the memory of what it has imported.

    broker ──starts──▶ fork server ──fork──▶ submissions of all workers
      ▲ │ a connection to it                      ▲
      │ ▼                                         │
    workers ──────────────requests────────────────┘

A worker asks for a fork server with certain modules, and gets an end of the connection to
the one that everybody has who asked for the same. It runs nothing of a student's: each submission
is forked from it and confined as from a process of the worker's own.
"""

import json
import logging
import os
import select
import socket
import threading
from contextlib import ExitStack, suppress
from functools import cache
from multiprocessing.util import Finalize
from pathlib import Path
from tempfile import TemporaryFile
from typing import Any, Final

from grader import models
from grader.sandbox.forkserver import ForkClient, ForkServer, ServerCache, ServerSpec

# The longest request: the names of modules and the paths of data and of every submission's folder.
MOST_BYTES: Final = 2**24
# The longest answer: the path of a folder.
_ANSWER_BYTES: Final = 2**16
# Comes with two descriptors: a connection to answer by, and a file that holds the request.
_REQUEST: Final = b"?"
# How long the threads of a killed process may take to end, on a busy machine.
_DYING_SECONDS: Final = 1.0

_log: Final = logging.getLogger(__name__)


class Broker:
    """Keeps fork servers, in a thread until `close`; workers ask for them by `requests`.

    Those that nobody has any more are kept until somebody asks for another.
    """

    def __init__(self) -> None:
        self._asked, self.requests = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        self._kept: dict[str, ForkServer] = {}
        # What each client asked for, by the connection that ends with it.
        self._clients: dict[socket.socket, str] = {}
        # One thread for all: bubblewrap dies with the thread that has started it.
        self._thread = threading.Thread(target=self._run, name="fork server broker")
        self._thread.start()

    def close(self) -> None:
        """End all that is kept. The workers must have ended."""
        # As where nobody is left who could ask. A thread that has ended cannot be told.
        with suppress(OSError):
            self.requests.send(b"")
        self._thread.join()
        self.requests.close()

    def _run(self) -> None:
        try:
            while self._serve():
                pass
        finally:
            self._asked.close()
            for connection in list(self._clients):
                self._drop(connection)
            for server in self._kept.values():
                server.close()

    def _serve(self) -> bool:
        """Serve whoever asks or hangs up; return whether to go on."""
        ready, _, _ = select.select([self._asked, *self._clients], [], [])
        for connection in ready:
            if connection is not self._asked:
                self._drop(connection)
        if self._asked not in ready:
            return True
        told, descriptors, _, _ = socket.recv_fds(self._asked, len(_REQUEST), 2)
        if not told:
            return False
        try:
            self._connect(*_received(descriptors))
        except OSError:
            _log.debug("a fork server cannot be had", exc_info=True)
        except Exception:  # noqa: BLE001 - all others would be left without for the sake of one
            _log.warning("a request for a fork server is broken", exc_info=True)
        return True

    def _drop(self, connection: socket.socket) -> None:
        del self._clients[connection]
        connection.close()

    def _connect(self, connection: socket.socket, request: str) -> None:
        """Answer with what was asked for; hang up and raise where it cannot be had."""
        self._clients[connection] = request
        try:
            server = self._server(request)
            answer = {"folder": str(server.folder), "ready": server.ready}
            socket.send_fds(connection, [json.dumps(answer).encode()], [server.requests.fileno()])
        except Exception:
            self._drop(connection)
            raise

    def _server(self, request: str) -> ForkServer:
        """Return the fork server that is requested. Raises OSError where it cannot start."""
        for key in self._kept.keys() - self._clients.values():
            self._kept.pop(key).close()
        kept = self._kept.get(request)
        # One that cannot be forked is kept too: the next would be no better.
        if kept is not None and kept.ready and not kept.alive:
            self._kept.pop(request).close()
        if request not in self._kept:
            self._kept[request] = ForkServer(models.loads(ServerSpec, request))
        return self._kept[request]


def _received(descriptors: list[int]) -> tuple[socket.socket, str]:
    """Return the connection to whoever asks, and what for.

    Raises ValueError or OSError where that cannot be had; then nobody holds the connection here.
    """
    with ExitStack() as given:
        for each in descriptors:
            given.callback(os.close, each)
        connection, file = descriptors
        request = os.pread(file, MOST_BYTES + 1, 0)
        if len(request) > MOST_BYTES:
            raise ValueError(f"a request of more than {MOST_BYTES} bytes")
        return socket.socket(fileno=os.dup(connection)), request.decode()


class BrokeredClient(ForkClient):
    """A client of a fork server that the broker keeps for as long as `connection` is open."""

    def __init__(
        self, connection: socket.socket, folder: Path, requests: socket.socket, **known: Any
    ) -> None:
        super().__init__(folder, requests, **known)
        self._connection = connection

    @property
    def orphaned(self) -> bool:
        """Whether the broker has ended too, as it does with its process."""
        poll = select.poll()
        poll.register(self._connection, 0)
        # Of a process that is killed, one part ends before another.
        return bool(poll.poll(_DYING_SECONDS * 1000))

    def close(self) -> None:
        """Let go of it."""
        super().close()
        self._connection.close()


class BrokeredServers(ServerCache):
    """Has the fork server that it keeps from the broker that listens to `requests`."""

    def __init__(self, requests: socket.socket) -> None:
        super().__init__()
        self._requests = requests

    def _new(self, wanted: ServerSpec) -> ForkClient:
        ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        try:
            # In a file it has any length, and comes whole: workers share the connection.
            with theirs, TemporaryFile() as request:
                request.write(models.dumps(wanted).encode())
                request.flush()
                socket.send_fds(self._requests, [_REQUEST], [theirs.fileno(), request.fileno()])
            folder, ready, requests = _answer(ours)
        except OSError:
            ours.close()
            raise
        return BrokeredClient(
            ours, folder, requests, rung=wanted.rung, limits=wanted.limits, ready=ready
        )


def _answer(connection: socket.socket) -> tuple[Path, bool, socket.socket]:
    """Return what the broker answers: the fork server's folder, whether it is ready, a connection.

    Raises OSError where it has none.
    """
    answer, descriptors, _, _ = socket.recv_fds(connection, _ANSWER_BYTES, 1)
    if not answer:
        raise OSError("no fork server can be kept")
    told = json.loads(answer)
    return Path(told["folder"]), told["ready"], socket.socket(fileno=descriptors[0])


@cache
def servers() -> ServerCache:
    """Return the fork servers of this process."""
    return kept(ServerCache())


def kept(servers: ServerCache) -> ServerCache:
    """Return what is given, and have it closed at the end of this process."""
    # Child processes of `multiprocessing` run these at their end, and nothing else.
    Finalize(None, servers.close, exitpriority=1)
    return servers
