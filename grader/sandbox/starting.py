"""Starting a submission's processes: cold, or forked from a process that is warm."""

import json
import socket
import subprocess
import sys
from typing import Any, Final

from grader.sandbox.supervisor import Supervisor
from grader.sandbox.workspace import Workspace

BOOT: Final = (
    "import sys, json; sys.path.insert(0, sys.argv[1]); "
    "from inside.supervise import supervise; supervise(json.loads(sys.argv[2]))"
)


def start(
    workspace: Workspace, supervisor: Supervisor, control: socket.socket, options: dict[str, Any]
) -> None:
    """Start the supervising process with the `options` of its kernel.

    It inherits its end of the leash and `control`; what it says goes to the workspace's log.
    Raises OSError where it cannot be started.
    """
    options = {**options, "confinement": workspace.confinement()}
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
