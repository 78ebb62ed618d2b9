"""Snapshots for the tests: of a small process of its own, without a Jupyter kernel."""

import os
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from types import TracebackType
from typing import Any, Self

import psutil

from grader.sandbox.snapshot import Snapshot
from grader.sandbox.supervisor import told_pair
from grader.scenario import Call, Outcome, Scenario, Value
from tests.notebooks import ROOT

# What a process does that is asked for snapshots: `argv` names its end of a connection and holds
# the source that stands for a notebook. Where that defines `perform`, it answers in its own way;
# where it defines `go_on`, that is called after each snapshot.
PROGRAM = """
import ctypes, os, resource, signal, socket, sys, time
import numpy as np
from grader.agent import wire
from grader.agent.perform import Performance
from grader.agent.snapshot import receive_connection, snapshot

resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
control = socket.socket(fileno=int(sys.argv[1]))
exec(sys.argv[2])
names = globals()
perform = names.get("perform", lambda steps: Performance(names).run(steps))
while (channel := receive_connection(control)) is not None:
    snapshot(channel, perform)
    names.get("go_on", int)()
    control.send(b"k")
"""

PATIENCE = 60.0


class Served:
    """A process that runs `source` and then waits to be asked for snapshots of itself."""

    def __init__(self, source: str) -> None:
        self._control, theirs = socket.socketpair()
        self._control.settimeout(PATIENCE)
        with theirs:
            self.process = subprocess.Popen(
                [sys.executable, "-c", PROGRAM, str(theirs.fileno()), source],
                pass_fds=[theirs.fileno()],
                env={**os.environ, "PYTHONPATH": str(ROOT), "OPENBLAS_NUM_THREADS": "1"},
            )
        self._snapshots: list[Snapshot] = []

    def snapshot(self) -> Snapshot:
        """Return a snapshot of the process as it is now."""
        self._snapshots.append(Snapshot(self.channel()))
        return self._snapshots[-1]

    def channel(self) -> socket.socket:
        """Return the way to the keeper of the process as it is now."""
        ours, theirs = told_pair()
        with theirs:
            socket.send_fds(self._control, [b"s"], [theirs.fileno()])
        assert self._control.recv(1) == b"k"
        return ours

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        for snapshot in self._snapshots:
            snapshot.close()
        self._control.close()
        self.process.wait(PATIENCE)


def call(function: str, *arguments: object) -> Scenario:
    """Return the question what a function returns."""
    return Scenario(Call("y", function, args=arguments))


def outcomes(snapshot: Snapshot, *scenarios: Scenario, seconds: float = PATIENCE) -> list[Outcome]:
    """Return the last outcome of each scenario."""
    return [each.outcomes[-1] for each in snapshot.ask(scenarios, seconds=seconds)]


def values(found: Sequence[object]) -> list[Any]:
    """Return the values of outcomes, all of which must have one."""
    assert all(isinstance(each, Value) for each in found), found
    return [each.value for each in found if isinstance(each, Value)]


def wait_until(condition: Callable[[], bool]) -> None:
    """Wait for something that takes as long as it takes. Raises TimeoutError after a minute."""
    until = time.monotonic() + PATIENCE
    while not condition():
        if time.monotonic() > until:
            raise TimeoutError
        time.sleep(0.005)


def gone(pids: Sequence[int]) -> bool:
    """Whether none of these processes runs any more."""
    for pid in pids:
        try:
            if psutil.Process(pid).status() != psutil.STATUS_ZOMBIE:
                return False
        except psutil.NoSuchProcess:
            continue
    return True
