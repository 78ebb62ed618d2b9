"""The grader's end of the leash hears what is said, and the other ends everything."""

import os
import platform
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psutil
import pytest

from grader.agent.supervisor import KERNEL_DIED, STARTED
from grader.sandbox.supervisor import END_SECONDS, Supervisor
from tests import moving_on

ROUNDS = 20


@contextmanager
def listening(supervisor: Supervisor) -> Iterator[None]:
    """Have two other threads listen all the while, as the watchdog's does now and then."""
    over = threading.Event()

    def listen() -> None:
        while not over.is_set():
            supervisor.kernel_alive()

    threads = [threading.Thread(target=listen) for _ in range(2)]
    for thread in threads:
        thread.start()
    try:
        yield
    finally:
        over.set()
        for thread in threads:
            thread.join()


def told_soon(supervisor: Supervisor, *said: bytes) -> threading.Thread:
    """Say this over the leash in a moment, when somebody waits for it."""

    def tell() -> None:
        for each in said:
            time.sleep(0.002)
            supervisor.theirs.sendall(each)

    thread = threading.Thread(target=tell)
    thread.start()
    return thread


def test_a_wait_ends_when_another_thread_has_heard_what_was_said() -> None:
    """Who waits for the kernel's end hears of it at once, not at the end of the longest wait."""
    for _ in range(ROUNDS):
        supervisor = Supervisor()
        with listening(supervisor):
            teller = told_soon(supervisor, STARTED, KERNEL_DIED)
            began = time.monotonic()
            supervisor.kill_kernel()
            taken = time.monotonic() - began
            assert supervisor.pid == os.getpid()
            assert not supervisor.kernel_alive()
            teller.join()
        supervisor.end()
        assert taken < END_SECONDS / 2


ENDING = """
import ctypes, subprocess, sys, time
from grader.agent.supervisor import end_all
ctypes.CDLL(None).prctl(36, 1, 0, 0, 0)
for _ in range(5):
    subprocess.Popen([sys.argv[1]], start_new_session=True)
time.sleep(0.2)
end_all()
"""


@pytest.mark.skipif(
    (sys.platform, platform.machine()) != ("linux", "x86_64"),
    reason="a program for another machine",
)
def test_who_forks_and_ends_all_the_time_is_ended_too(tmp_path: Path) -> None:
    """A process that is gone whenever it is looked for is found by its child's having no parent."""
    program = moving_on.written(tmp_path)
    began = time.monotonic()
    subprocess.run([sys.executable, "-c", ENDING, str(program)], check=True, timeout=60)
    assert time.monotonic() - began < END_SECONDS
    for _ in range(10):
        assert "moving-on" not in {process.name() for process in psutil.process_iter(["name"])}
