"""Starting a submission's processes: cold, or forked from a process that is warm."""

import json
import socket
import subprocess
import sys
from typing import Any, Final

from grader.sandbox.inside.supervise import ADMITTED
from grader.sandbox.supervisor import Supervisor
from grader.sandbox.workspace import Workspace

BOOT: Final = (
    "import sys, json; sys.path.insert(0, sys.argv[1]); "
    "from inside.supervise import supervise; supervise(json.loads(sys.argv[2]))"
)


# How long the kernel's process may take to be forked, before anything is imported in it.
FORK_SECONDS: Final = 60.0


def start(
    workspace: Workspace,
    supervisor: Supervisor,
    control: tuple[socket.socket, socket.socket],
    options: dict[str, Any],
) -> None:
    """Start the supervising process with the `options` of its kernel, in the workspace's group.

    It inherits its end of the leash and the second socket of `control`; what it says goes to the
    workspace's log. Raises OSError where it cannot be started.
    """
    ours, theirs = control
    _start(workspace, supervisor, theirs, options)
    if workspace.group.controllers:
        pid = supervisor.kernel_forked(FORK_SECONDS)
        if pid is not None:
            workspace.group.add(pid)
            ours.send(ADMITTED)


def _start(
    workspace: Workspace, supervisor: Supervisor, control: socket.socket, options: dict[str, Any]
) -> None:
    grouped = bool(workspace.group.controllers)
    options = {**options, "confinement": workspace.confinement(), "grouped": grouped}
    with workspace.log.open("wb") as log:
        if workspace.warm is not None:
            workspace.warm.fork(
                options,
                variables=workspace.environment(),
                folder=workspace.work,
                mounts=workspace.warm.mounts(workspace.scratch, workspace.run),
                descriptors=(supervisor.theirs.fileno(), control.fileno(), log.fileno()),
            )
            supervisor.started()
            return
        inherited = {"leash": supervisor.theirs.fileno(), "control": control.fileno()}
        program = [sys.executable, "-c", BOOT, str(workspace.code)]
        process = subprocess.Popen(
            [*workspace.command(), *program, json.dumps({**options, **inherited})],
            cwd=workspace.work,
            env=workspace.environment(),
            pass_fds=tuple(inherited.values()),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=log,
            start_new_session=True,
        )
        supervisor.started(process)
