"""The grader's end of a fork server: a process with its imports done, forked for submissions."""

import itertools
import json
import os
import select
import socket
import subprocess
from collections.abc import Iterable, Mapping, Sequence
from contextlib import ExitStack, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final, Self

from grader.agent.forkserver import READY
from grader.models import Model
from grader.sandbox.confinement import Folders, readable_below
from grader.sandbox.folders import Fresh, base, code_below, environment, interpreter, remove
from grader.sandbox.limits import Limits
from grader.sandbox.rungs import Rung, policy

BOOT: Final = (
    "import sys; sys.path[0] = sys.argv[1]; import json; "
    "from grader_agent.forkserver import serve; serve(json.loads(sys.argv[2]))"
)
# Importing torch takes 4 to 6 s on a quiet machine.
READY_SECONDS: Final = 120.0


class ForkClient:
    """A process that has imported what notebooks import, for whoever forks submissions from it.

    `folder` is its own; the sockets of all submissions lie below it. `ready` is whether submissions
    can be forked from it at all. Several may fork from one process, each by a `ForkClient` of its
    own with another end of the same connection; none of them is safe for several threads.
    """

    def __init__(
        self, folder: Path, requests: socket.socket, *, rung: Rung, limits: Limits, ready: bool
    ) -> None:
        self.folder = folder
        self.requests = requests
        self.rung = rung
        self.ready = ready
        self._limits = limits
        self._numbers = itertools.count(1)
        self._mine: list[Path] = []

    @property
    def code(self) -> Path:
        """The folder of what runs inside the sandbox."""
        return self.folder / "code"

    @property
    def runs(self) -> Path:
        """The folder of the folders for sockets."""
        return self.folder / "runs"

    def new_run(self) -> Path:
        """Return a new folder for sockets, which the submission's process will find too."""
        run = self.runs / f"{os.getpid()}-{next(self._numbers)}"
        run.mkdir(mode=0o711)
        self._mine.append(run)
        return run

    def forget_runs(self) -> None:
        """Remove the folders for sockets: the submission that used them has ended."""
        while self._mine:
            remove(self._mine.pop())

    def mounts(self, scratch: Iterable[Path], run: Path) -> dict[str, Any] | None:
        """Return what a submission with these folders mounts, None where it has no namespaces."""
        if not policy(self.rung).own_namespaces:
            return None
        return {
            "base": str(self.folder.parent),
            "scratch": [str(folder) for folder in scratch],
            "scratch_bytes": self._limits.disk_bytes,
            "kept": [str(self.code), str(run)],
            # As root, a submission has a user that is nobody else's.
            "own_user": os.geteuid() != 0,
        }

    def fork(
        self,
        options: Mapping[str, Any],
        *,
        variables: Mapping[str, str],
        folder: Path,
        mounts: Mapping[str, Any] | None,
        descriptors: Sequence[int],
    ) -> None:
        """Begin a submission in `folder`, with the leash, the control socket and the log given.

        What `descriptors` there are beyond these lead into control groups. `options` are the
        supervisor's. Raises OSError where the process is gone.
        """
        request = {
            "options": options,
            "environment": variables,
            "folder": str(folder),
            "mounts": mounts,
        }
        socket.send_fds(self.requests, [json.dumps(request).encode()], list(descriptors))

    @property
    def alive(self) -> bool:
        """Whether it can be forked."""
        if not self.ready or self.requests.fileno() < 0:
            return False
        # It says nothing any more: all that there may be is that it has hung up.
        poll = select.poll()
        poll.register(self.requests, 0)
        return not poll.poll(0)

    @property
    def orphaned(self) -> bool:
        """Whether, where it is dead, the grader has ended with it: nobody waits for results."""
        return False

    def close(self) -> None:
        """Let go of it."""
        self.forget_runs()
        self.requests.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


@dataclass(frozen=True, slots=True, kw_only=True)
class ServerSpec(Model):
    """Which fork server is to be kept: with `modules` imported, on one rung with the same data.

    `private` are paths that no submission that is forked from it must read.
    """

    modules: tuple[str, ...] = ()
    datasets: dict[str, Path] = field(default_factory=dict)
    rung: Rung
    limits: Limits
    private: tuple[Path, ...] = ()


class ForkServer(ForkClient):
    """One that is started here. It ends with `close`, or when all who fork from it are gone.

    Raises OSError where it cannot be started.
    """

    def __init__(self, wanted: ServerSpec) -> None:
        with ExitStack() as undone:
            self._fresh = Fresh()
            undone.callback(self._fresh.close)
            self._process = self._begun(wanted, self._fresh.path, undone)
            undone.pop_all()
        self.ready = self._wait()

    def _begun(
        self, wanted: ServerSpec, folder: Path, undone: ExitStack
    ) -> "subprocess.Popen[bytes]":
        """Return the process, in a folder that is new; `undone` is for where it does not start."""
        requests, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        undone.callback(requests.close)
        super().__init__(folder, requests, rung=wanted.rung, limits=wanted.limits, ready=False)
        with theirs:
            code_below(folder)
            home = folder / "home"
            for made in (self.runs, home):
                made.mkdir()
                made.chmod(0o711)
            given = {
                "requests": theirs.fileno(),
                "modules": wanted.modules,
                "mounts": self.mounts([], self.new_run()),
                "kept": readable_below(base(), wanted.datasets.values()),
            }
            data = tuple(wanted.datasets.values())
            folders = Folders(self.code, data, home, (), self.runs, wanted.private)
            program = [interpreter(), "-c", BOOT, str(self.code), json.dumps(given)]
            return subprocess.Popen(
                [*policy(wanted.rung).command(folders, wanted.limits, server=True), *program],
                cwd=home,
                env=environment(home, home),
                pass_fds=(theirs.fileno(),),
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
            )

    @property
    def pid(self) -> int:
        """The process, or where there are namespaces the one that made them."""
        return self._process.pid

    def _wait(self) -> bool:
        """Wait until it has imported them; return whether submissions can be forked from it."""
        self.requests.settimeout(READY_SECONDS)
        try:
            return self.requests.recv(1) == READY
        except OSError:
            return False
        finally:
            self.requests.settimeout(None)

    @property
    def alive(self) -> bool:
        """Whether it can be forked."""
        return super().alive and self._process.poll() is None

    def close(self) -> None:
        """End it, and with it every submission that is left."""
        # Whoever else has an end of the connection, it is over.
        with suppress(OSError):
            self.requests.shutdown(socket.SHUT_RDWR)
        super().close()
        try:
            self._process.wait(2)
        except subprocess.TimeoutExpired:
            with suppress(ProcessLookupError):
                self._process.kill()
            self._process.wait()
        self._fresh.close()


class ServerCache:
    """Keeps one fork server for many submissions: that of the assignment graded last."""

    def __init__(self) -> None:
        self._server: ForkClient | None = None
        self._spec: ServerSpec | None = None

    def get(self, wanted: ServerSpec) -> ForkClient:
        """Return a fork server of this kind, the one that is kept where it is."""
        # One that cannot be forked here is kept too: the next would be no better.
        dead = self._server is not None and self._server.ready and not self._server.alive
        if self._server is None or self._spec != wanted or dead:
            self.close()
            self._server, self._spec = self._new(wanted), wanted
        return self._server

    def _new(self, wanted: ServerSpec) -> ForkClient:
        return ForkServer(wanted)

    def close(self) -> None:
        """End the process that is kept."""
        if self._server is not None:
            self._server.close()
            self._server = None
