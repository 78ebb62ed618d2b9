"""The box of one submission: its folders and its user, the environment it gets, its confinement."""

import itertools
import os
import secrets
import shutil
import socket
from collections.abc import Collection, Iterable, Iterator, Mapping
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import Any, Final, Self

import psutil

from grader.errors import InternalError
from grader.sandbox.cgroup import Group, told
from grader.sandbox.confinement import SHARED_MEMORY, Folders
from grader.sandbox.folders import Fresh, base, code_below, environment
from grader.sandbox.forkserver import ForkClient
from grader.sandbox.limits import Limits
from grader.sandbox.rungs import Rung, policy
from grader.sandbox.supervisor import END_SECONDS, Supervisor
from grader.sandbox.watchdog import Watchdog, end

# Users above those that distributions give out, and below those of containers' ranges.
FIRST_UID: Final = 61_200
UIDS: Final = 3_000


class Account:
    """A user that nobody else's submission runs as until `release`.

    Linux counts processes for each user, whatever the sandbox: two submissions with one user could
    starve each other. So whoever takes a user claims it on the whole machine. `uid` is None where
    only root could give one, and then nothing is claimed.
    """

    def __init__(self, *, wanted: bool = True) -> None:
        self.uid: int | None = None
        self._claim: socket.socket | None = None
        if wanted and os.name == "posix" and os.geteuid() == 0:
            self._take(secrets.randbelow(UIDS))

    def _take(self, start: int) -> None:
        for number in range(UIDS):
            self.uid = FIRST_UID + (start + number) % UIDS
            # A name that one process at a time can hold, and that goes with it.
            claim = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
            with suppress(OSError):
                claim.bind(f"\0notebook-grader-user-{self.uid}")
                self._claim = claim
                return
            claim.close()

    def release(self) -> None:
        """Let others have the user. No process of it may be left."""
        if self._claim is not None:
            self._claim.close()
            self._claim = None


@contextmanager
def _room_wanted() -> Iterator[None]:
    """Say of a folder for temporary files that has no room for a submission which it is.

    Raises InternalError where what is done meanwhile raises OSError.
    """
    try:
        yield
    except OSError as error:
        # Of a whole folder that cannot be copied, each file is told: the first says why.
        told = error.args[0][0][2] if isinstance(error, shutil.Error) else error.strerror or error
        reason = str(told).partition(": ")[0]
        raise InternalError(
            f"The folders in which a notebook runs cannot be made in {base()} ({reason}). Make "
            "room there, or name another folder by TMPDIR, and grade it again."
        ) from error


class Box:
    """A fresh folder for one submission, gone at the end, with every process of it.

    `data` maps a data set's name to the folder of its files that the notebook reads; `rung` is how
    strongly the submission is confined, `group` what the kernel bounds of it, `private` are paths
    that it must not read. With `server`, its processes are forked from that one. The limits are not
    `whole` where they leave it less memory than it is due, for want of more beside others. Its
    folders are there from the first `renew` on. Raises InternalError where it cannot be made.
    """

    work: Path
    home: Path
    tmp: Path
    run: Path

    def __init__(
        self,
        datasets: Mapping[str, Path],
        *,
        rung: Rung,
        limits: Limits,
        private: Iterable[Path] = (),
        server: ForkClient | None = None,
        whole: bool = True,
    ) -> None:
        self.server = server if server is not None and server.alive else None
        self._numbers = itertools.count(1)
        self.rung = rung
        self._policy = policy(rung)
        self.limits = limits
        self.private = tuple(private)
        self._make(datasets)
        self._supervisors: list[Supervisor] = []
        # Those of all kernels: what keeps the states of a former one can write to its own.
        self._sockets: list[Path] = []
        self._scratch: list[Path] = []
        # In namespaces the folders are in memory and of limited size, but for that of the sockets.
        memory = self._policy.own_namespaces
        self.watchdog = Watchdog(
            limits,
            self._pids,
            self.group,
            lambda: (*self._sockets, *(() if memory else self._scratch)),
            lambda: (*self._scratch, Path(SHARED_MEMORY)) if memory else (),
            whole=whole,
        )

    def _make(self, datasets: Mapping[str, Path]) -> None:
        """Make what is there as long as the box is; where some of it cannot be, nothing is left.

        Raises InternalError where it cannot be made.
        """
        with ExitStack() as undone, _room_wanted():
            self._fresh = Fresh()
            undone.callback(self._fresh.close)
            self.folder = self._fresh.path
            self.group = Group(self.limits)
            undone.callback(self.group.close)
            self._account = Account(wanted=self._policy.own_user)
            undone.callback(self._account.release)
            self.uid = self._account.uid
            self.code = self.server.code if self.server else code_below(self.folder)
            self.data = {name: str(self._own(name, raw)) for name, raw in datasets.items()}
            undone.pop_all()

    def _pids(self) -> list[int]:
        pids = [supervisor.pid for supervisor in self._supervisors]
        return [pid for pid in pids if pid is not None]

    def renew(self) -> None:
        """Let `work`, `home`, `tmp` and `run` be fresh folders, for the next kernel.

        What ran before may have left in the former ones what Python would import before it is
        confined, and links that would lead the grader, who may be root, to write wherever they
        point.
        """
        folder = self.folder / str(next(self._numbers))
        with _room_wanted():
            folder.mkdir()
            folder.chmod(0o711)
            self.work, self.home, self.tmp = (folder / name for name in ("work", "home", "tmp"))
            self.run = folder / "run" if self.server is None else self.server.new_run()
            for made in (*self.scratch, self.run):
                made.mkdir(exist_ok=True)
                made.chmod(0o700)
                self.give(made)
        self._scratch += self.scratch
        self._sockets.append(self.run)

    def _own(self, name: str, raw: Path) -> Path:
        """Return a folder with the files that the submission cannot change for others."""
        if self._policy.own_user:
            return raw
        copy = self.folder / "data" / name / "raw"
        shutil.copytree(raw, copy, copy_function=shutil.copyfile)
        return copy

    def give(self, path: Path) -> None:
        """Make `path` the property of the user that the submission runs as."""
        if self.uid is not None:
            os.chown(path, self.uid, self.uid, follow_symlinks=False)

    @property
    def folders(self) -> Folders:
        """What the submission may see and change."""
        return Folders(
            code=self.code,
            data=tuple(Path(raw) for raw in self.data.values()),
            work=self.work,
            scratch=(self.home, self.tmp),
            run=self.run,
            private=self.private,
        )

    @property
    def scratch(self) -> tuple[Path, ...]:
        """The folders that are the submission's to write to, and gone with it."""
        return (self.work, self.home, self.tmp)

    @property
    def log(self) -> Path:
        """Where the processes of the submission tell of their own failures."""
        return self.folder / "kernel.log"

    @property
    def confined(self) -> str:
        """How strongly the submission is confined, for its report."""
        return f"{self.rung}; {told(self.group.controllers)}"

    def command(self) -> list[str]:
        """Return the command up to the program that is to be confined."""
        return self._policy.command(self.folders, self.limits)

    def confinement(self) -> dict[str, Any]:
        """Return what the kernel's process gives up by itself."""
        counted = "pids" in self.group.controllers
        return self._policy.confinement(self.folders, self.limits, self.uid, counted=counted)

    def environment(self) -> dict[str, str]:
        """Return the whole environment of the process that runs the notebook."""
        return environment(self.home, self.tmp)

    def supervisor(self) -> Supervisor:
        """Return a new supervisor, which ends with the box."""
        supervisor = Supervisor()
        self._supervisors.append(supervisor)
        return supervisor

    def end_all_but(self, keepers: Collection[int]) -> None:
        """End what kernels that have died left behind, but for the processes that keep states.

        Whatever else is left would take from the limits of the next.
        """
        left: list[psutil.Process] = []
        for pid in self._pids():
            with suppress(psutil.Error):
                left += psutil.Process(pid).children(recursive=True)
        left = [process for process in left if process.pid not in keepers]
        end(left)
        psutil.wait_procs(left, timeout=END_SECONDS)

    def close(self) -> None:
        """End every process of the submission and remove the folder."""
        self.watchdog.close()
        for supervisor in self._supervisors:
            supervisor.end()
        self.group.close()
        self._account.release()
        self._fresh.close()
        if self.server is not None:
            self.server.forget_runs()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()
