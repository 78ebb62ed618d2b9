"""Starting a submission's processes: cold, or forked from a fork server."""

import json
import os
import socket
import subprocess
import sys
from collections.abc import Collection, Iterable
from pathlib import Path
from typing import Any, Final

from grader.agent.wire import tell
from grader.errors import InternalError, UsageError
from grader.sandbox.box import Box
from grader.sandbox.folders import interpreter

# The working folder, first in `sys.path` otherwise, may hold modules of a student's.
BOOT: Final = (
    "import sys; sys.path[0] = sys.argv[1]; import json; "
    "from grader_agent.supervisor import supervise; supervise(json.loads(sys.argv[2]))"
)
# Bytes of the log that are looked at, and characters of a line that are told.
MOST_READ: Final = 64 * 1024
LONGEST: Final = 1000


class Process:
    """A kernel's process, which imports what kernels need and then waits to be told how to run.

    So it can be started before everything is known about its run, and before what drives it is
    imported. It takes itself into the box's group, and ends with the box. `control` is
    the connection to it; what it says of its own failures goes to the box's log.

    Raises InternalError where it cannot be started.
    """

    def __init__(self, box: Box) -> None:
        box.renew()
        self.supervisor = box.supervisor()
        self.control, theirs = socket.socketpair()
        with theirs:
            try:
                with box.group.entrances() as groups:
                    self._start(box, theirs, groups)
            except OSError as error:
                self.close()
                raise failed(box.log, error) from error
        # A kernel that takes nothing from it must not hold up the grader.
        self.control.setblocking(False)

    def _start(self, box: Box, control: socket.socket, groups: Collection[int]) -> None:
        options = {"confinement": box.confinement()}
        leash = self.supervisor.theirs.fileno()
        with box.log.open("wb") as log:
            if box.server is not None:
                box.server.fork(
                    options,
                    variables=box.environment(),
                    folder=box.work,
                    mounts=box.server.mounts(box.scratch, box.run),
                    descriptors=(leash, control.fileno(), log.fileno(), *groups),
                )
                self.supervisor.started()
                return
            inherited = {"leash": leash, "control": control.fileno(), "groups": [*groups]}
            program = [interpreter(), "-c", BOOT, str(box.code)]
            process = subprocess.Popen(
                [*box.command(), *program, json.dumps({**options, **inherited})],
                cwd=box.work,
                env=box.environment(),
                pass_fds=(leash, control.fileno(), *groups),
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=log,
                start_new_session=True,
            )
            self.supervisor.started(process)

    def launch(self, options: dict[str, Any]) -> None:
        """Let it become a kernel with these options. Raises OSError where it is gone."""
        tell(self.control, options)

    def close(self) -> None:
        """Let go of the connection to it."""
        self.control.close()


def exposed(private: Iterable[Path]) -> UsageError:
    """Return what is raised where a notebook could read one of these, and so was not run."""
    folders = dict.fromkeys(str(path if path.is_dir() else path.parent) for path in private)
    return UsageError(
        "No notebook was run: it could read what it must not, on this machine and where that lies "
        f"({', '.join(folders)}). Move the assignment and the submissions out of folders of the "
        "system, and of bind mounts and links that lead there; `grader doctor` shows how notebooks "
        "are confined here."
    )


def _end(log: Path) -> str:
    """Return the end of what a submission's processes may have written without end."""
    try:
        with log.open("rb") as file:
            file.seek(-min(MOST_READ, file.seek(0, os.SEEK_END)), os.SEEK_END)
            return file.read(MOST_READ).decode("utf-8", "replace")
    except OSError:
        return ""


def failed(log: Path, error: Exception) -> InternalError:
    """Return what is raised where a kernel did not start, and said why in `log` if at all."""
    last = (_end(log).strip().splitlines() or [str(error)])[-1][:LONGEST]
    return InternalError(
        f"The kernel that runs notebooks did not start ({last}). Check that "
        f"`{sys.executable} -m ipykernel --version` works; `grader doctor` shows how "
        "notebooks are confined here."
    )
