"""What watches over the limits never stops watching in silence."""

import subprocess
import time
from collections.abc import Iterable, Iterator
from pathlib import Path

import pytest

from grader.sandbox.cgroup import Group
from grader.sandbox.limits import Limits
from grader.sandbox.watchdog import Watchdog

SOON = 20.0


@pytest.fixture
def parent() -> Iterator[subprocess.Popen[bytes]]:
    """Start a process with a child that sleeps, and end both."""
    process = subprocess.Popen(["sh", "-c", "sleep 600 & wait"])
    yield process
    process.kill()
    process.wait()


def test_where_watching_fails_the_processes_are_ended(parent: subprocess.Popen[bytes]) -> None:
    """What nobody watches does not run on, and it is told as nobody's fault."""

    def folders() -> Iterable[Path]:
        raise ValueError("a path with a null byte")

    limits = Limits()
    group = Group(limits)
    watchdog = Watchdog(limits, lambda: [parent.pid], group, folders)
    try:
        until, breach = time.monotonic() + SOON, None
        while breach is None and time.monotonic() < until:
            breach = watchdog.breach()
            time.sleep(0.05)
        assert breach is not None
        assert (
            "resources: they could not be watched (ValueError: a path with a null byte)"
            in breach.text
        )
        assert not breach.own
        # The child is gone, so that the shell has nothing to wait for.
        parent.wait(SOON)
    finally:
        watchdog.close()
        group.close()
