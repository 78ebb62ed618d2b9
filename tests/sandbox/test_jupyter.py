"""A client is ready when a kernel replies and is heard, and no sooner."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from queue import Empty

import pytest
from jupyter_client.manager import AsyncKernelManager

from grader.sandbox.jupyter import Client

STARTS = 5


@asynccontextmanager
async def started(
    folder: Path, *options: str, heard_at: str | None = None
) -> AsyncIterator[Client]:
    """Start an ordinary kernel, and connect to it, or elsewhere, while it may not listen yet."""
    manager = AsyncKernelManager(client_factory=Client, transport="ipc", ip=str(folder / "k"))
    await manager.start_kernel(extra_arguments=list(options))
    client = manager.client(ip=heard_at or manager.ip)
    client.start_channels()
    try:
        yield client
    finally:
        client.stop_channels()
        await manager.shutdown_kernel(now=True)


def test_what_a_ready_kernel_says_is_heard_from_the_first_word_on(tmp_path: Path) -> None:
    """Nothing of the start is left on iopub, and all of the first cell arrives in order."""

    async def first_words(folder: Path) -> list[str]:
        folder.mkdir()
        async with started(folder) as client:
            await client.wait_for_ready(timeout=60)
            with pytest.raises(Empty):
                await client.iopub_channel.get_msg(timeout=0.3)
            client.execute("print('first')")
            return [(await client.iopub_channel.get_msg(timeout=30))["msg_type"] for _ in range(4)]

    for number in range(STARTS):
        heard = asyncio.run(first_words(tmp_path / str(number)))
        assert heard == ["status", "execute_input", "stream", "status"]


def test_a_kernel_that_dies_before_it_is_ready_is_not_waited_for(tmp_path: Path) -> None:
    """Its end is told, long before the time is up."""

    async def wait(folder: Path) -> None:
        async with started(folder, "--no-such-option") as client:
            await client.wait_for_ready(timeout=600)

    with pytest.raises(RuntimeError, match="died before it was ready"):
        asyncio.run(wait(tmp_path))


def test_a_kernel_that_does_not_answer_is_given_up(tmp_path: Path) -> None:
    """A kernel which runs but is never heard of costs no more than the time that it is given."""

    async def wait(folder: Path) -> None:
        async with started(folder, heard_at=str(folder / "nobody")) as client:
            await client.wait_for_ready(timeout=2)

    with pytest.raises(RuntimeError, match="not ready within 2 s"):
        asyncio.run(wait(tmp_path))
