"""What Jupyter's client library needs to know to start our kernel, whatever a notebook asks for."""

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import Any

from jupyter_client.kernelspec import KernelSpec, KernelSpecManager
from jupyter_client.manager import AsyncKernelManager
from jupyter_client.provisioning import LocalProvisioner

from grader.sandbox.channels import Client
from grader.sandbox.limits import MEBIBYTE
from grader.sandbox.supervisor import Supervisor
from grader.sandbox.workspace import Workspace

# How often an ending process is looked at.
POLL_SECONDS = 0.02
# How often it is looked whether a starting kernel listens.
LISTEN_SECONDS = 0.003
# How many times the limit of a cell's output a part of a message may have.
LARGEST = 16
# How many times that limit a message may have that is looked at: letters of many languages take
# two or three bytes, and no output beyond the limit is kept.
DECODED = 3


class _Specs(KernelSpecManager):  # type: ignore[misc]
    """Knows one kernel, ours, under whatever name a notebook asks for."""

    def get_kernel_spec(self, kernel_name: str) -> KernelSpec:  # noqa: ARG002
        return KernelSpec(
            argv=[], display_name="grader", language="python", interrupt_mode="message"
        )


class _Provisioner(LocalProvisioner):  # type: ignore[misc]
    """Starts the kernel by `begin`, and leaves its life and death to its supervisor."""

    begin: Callable[[], None]
    supervisor: Supervisor

    @property
    def has_process(self) -> bool:
        return True

    async def launch_kernel(self, cmd: list[str], **kwargs: Any) -> Any:  # noqa: ARG002
        # Here, in the main thread: bubblewrap dies with the thread that has started it.
        self.begin()
        return self.connection_info

    async def poll(self) -> int | None:
        return None if self.supervisor.kernel_alive() else 1

    async def wait(self) -> int | None:
        while self.supervisor.kernel_alive():
            await asyncio.sleep(POLL_SECONDS)
        return 0

    async def send_signal(self, signum: int) -> None:
        """Do nothing: interrupts go by message, and `kill` is the supervisor's."""

    async def kill(self, restart: bool = False) -> None:  # noqa: ARG002
        await asyncio.to_thread(self.supervisor.kill_kernel)

    terminate = kill


class Manager(AsyncKernelManager):  # type: ignore[misc]
    """Starts our kernel by calling `begin`, and asks its supervisor how it is."""

    def __init__(
        self, workspace: Workspace, supervisor: Supervisor, begin: Callable[[str], None]
    ) -> None:
        self.workspace = workspace
        self.supervisor = supervisor
        super().__init__(
            client_factory=Client,
            kernel_spec_manager=_Specs(),
            transport="ipc",
            connection_file=str(workspace.run / "kernel.json"),
            ip=str(workspace.run / "k"),
        )
        provisioner = _Provisioner(kernel_id="", kernel_spec=self.kernel_spec, parent=self)
        provisioner.begin = lambda: begin(self.connection_file)
        provisioner.supervisor = supervisor
        self.provisioner = provisioner

    def client(self, **kwargs: Any) -> Client:
        """Return a client that refuses messages far beyond all that is kept of an output."""
        client: Client = super().client(**kwargs)
        kept = max(self.workspace.limits.output_bytes, MEBIBYTE)
        client.limit(LARGEST * kept, DECODED * kept)
        return client

    def format_kernel_cmd(self, extra_arguments: list[str] | None = None) -> list[str]:  # noqa: ARG002
        """Return nothing: `begin` knows."""
        return []

    def write_connection_file(self, **kwargs: Any) -> None:
        """Write the file, for the user that the submission runs as to read."""
        super().write_connection_file(**kwargs)
        self.workspace.give(Path(self.connection_file))

    async def listening(self) -> None:
        """Wait until the kernel takes connections, for as long as it takes.

        ZeroMQ tries one that was refused again only 100 ms later.
        """
        ports = (self.shell_port, self.stdin_port, self.control_port, self.iopub_port)
        places = [Path(f"{self.ip}-{port}") for port in ports]
        while not all(place.exists() for place in places):
            await asyncio.sleep(LISTEN_SECONDS)

    async def _async_is_alive(self) -> bool:
        return self.supervisor.kernel_alive()

    # A client asks its manager by the one name, everybody else by the other.
    is_alive = _async_is_alive
