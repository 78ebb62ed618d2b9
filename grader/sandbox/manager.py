"""What Jupyter's client library needs to know to start our kernel, whatever a notebook asks for."""

from pathlib import Path
from typing import Any, Final

from jupyter_client.kernelspec import KernelSpec, KernelSpecManager
from jupyter_client.manager import AsyncKernelManager

from grader.sandbox.supervisor import Supervisor
from grader.sandbox.workspace import Workspace

BOOT: Final = (
    "import sys, json; sys.path.insert(0, sys.argv[1]); "
    "from inside.supervise import supervise; supervise(json.loads(sys.argv[2]))"
)


class _Specs(KernelSpecManager):  # type: ignore[misc]
    """Knows one kernel, ours, under whatever name a notebook asks for."""

    def get_kernel_spec(self, kernel_name: str) -> KernelSpec:  # noqa: ARG002
        return KernelSpec(
            argv=[], display_name="grader", language="python", interrupt_mode="message"
        )


class Manager(AsyncKernelManager):  # type: ignore[misc]
    """Starts our kernel, and asks its supervisor how it is."""

    def __init__(self, workspace: Workspace, supervisor: Supervisor) -> None:
        self.workspace = workspace
        self.supervisor = supervisor
        self.command: list[str] = []
        super().__init__(
            kernel_spec_manager=_Specs(),
            transport="ipc",
            connection_file=str(workspace.run / "kernel.json"),
            ip=str(workspace.run / "k"),
        )

    def format_kernel_cmd(self, extra_arguments: list[str] | None = None) -> list[str]:  # noqa: ARG002
        """Return the command that starts the supervisor."""
        return self.command

    def write_connection_file(self, **kwargs: Any) -> None:
        """Write the file, for the user that the submission runs as to read."""
        super().write_connection_file(**kwargs)
        self.workspace.give(Path(self.connection_file))

    async def _async_is_alive(self) -> bool:
        return self.supervisor.kernel_alive()

    # A client asks its manager by the one name, everybody else by the other.
    is_alive = _async_is_alive
