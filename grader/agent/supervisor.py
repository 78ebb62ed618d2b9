"""The first process of a submission: it starts the kernel, outlives it, and ends everything.

    grader ──leash──▶ supervisor ──fork──▶ kernel ──fork──▶ keepers ──fork──▶ answerers

Every process that the notebook leaves behind becomes the supervisor's child, so none escapes its
end. The supervisor itself never runs student code. It dies with the leash: when the grader closes
it, or is killed, everything below ends.
"""

import ctypes
import os
import select
import signal
import socket
import sys
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path
from typing import Any

from .confinement import Confinement, before_threads, holds

# What the two sides say over the leash.
STARTED = b"s"
KILL_KERNEL = b"k"
KERNEL_DIED = b"d"
OUT_OF_CPU = b"c"
# A control group did not take the kernel's process in.
REFUSED = b"r"
# The kernel's process could read what it must not, and has ended before it ran anything.
EXPOSED = b"x"
# How a process names itself to a control group.
MYSELF = b"0"

REAP_SECONDS = 0.05
# How often children are killed before all descendants are looked for again.
QUICK_ROUNDS = 100
# The limit is held against another count of the time than is told at the end.
CPU_SLACK = 0.5

_PR_SET_CHILD_SUBREAPER = 36  # <linux/prctl.h>


def supervise(given: dict[str, Any]) -> None:
    """Start the kernel, confined as given, and stay until the leash is closed."""
    leash = socket.socket(fileno=given["leash"])
    # Where this was inherited as ignored, nobody would hear of the kernel's end.
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    confinement = Confinement(**given["confinement"])
    leash.sendall(STARTED)
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)
    kernel = os.fork()
    if kernel == 0:
        _enter(given["groups"], leash)
        # An interrupt goes to the group that the kernel leads: the cell's own children too.
        os.setpgid(0, 0)
        # Tells ipykernel not to watch its parent, whose number means nothing in here.
        os.environ["JPY_PARENT_PID"] = "1"
        before_threads(confinement)
        if not holds(confinement):
            leash.sendall(EXPOSED)
            os._exit(1)
        leash.close()
        from .kernel import launch  # noqa: PLC0415 - only the kernel pays for it

        launch(socket.socket(fileno=given["control"]), confinement)
        os._exit(0)
    for inherited in (given["control"], *given["groups"]):
        os.close(inherited)
    _watch(leash, kernel, confinement.resources.get("RLIMIT_CPU"))


def _enter(groups: Iterable[int], leash: socket.socket) -> None:
    """Be in control groups, before any code of a student's, which might fork."""
    for group in groups:
        try:
            os.write(group, MYSELF)
        except OSError:
            leash.sendall(REFUSED)
        os.close(group)


def _watch(leash: socket.socket, kernel: int, cpu_seconds: int | None) -> None:
    poll = select.poll()
    poll.register(leash, select.POLLIN)
    death = _death_of(kernel)
    if death is not None:
        poll.register(death, select.POLLIN)
    alive = True
    while True:
        ready = [descriptor for descriptor, _ in poll.poll(REAP_SECONDS * 1000)]
        told = leash.recv(1) if leash.fileno() in ready else None
        if told == b"":
            end_all()
            os._exit(0)
        if told == KILL_KERNEL and alive:
            os.kill(kernel, signal.SIGKILL)
        used = reap().get(kernel)
        if used is not None and alive:
            alive = False
            if death is not None:
                poll.unregister(death)
                os.close(death)
            # The limit kills as anybody may; that it was reached tells it from others.
            over = cpu_seconds is not None and used >= cpu_seconds - CPU_SLACK
            # What it has forked goes with it; keepers are in groups of their own.
            with suppress(ProcessLookupError):
                os.killpg(kernel, signal.SIGKILL)
            with suppress(OSError):
                leash.sendall(OUT_OF_CPU if over else KERNEL_DIED)


def _death_of(process: int) -> int | None:
    """Return a descriptor that is ready when a child is dead, None where there are none such."""
    try:
        return os.pidfd_open(process)
    except (AttributeError, OSError):
        # Neither on macOS nor on Linux before 5.3: its end is seen when others' are.
        return None


def reap() -> dict[int, float]:
    """Return the children that have died since the last call, and the CPU seconds of each."""
    dead: dict[int, float] = {}
    with suppress(ChildProcessError):
        while True:
            pid, _, usage = os.wait4(-1, os.WNOHANG)
            if pid == 0:
                break
            dead[pid] = usage.ru_utime + usage.ru_stime
    return dead


def end_all() -> None:
    """Kill all descendants, until not even a dead one is left.

    They are stopped first: what is stopped cannot fork away. Who forks and ends all the time is
    gone by the time that all processes are looked through, and its child was not there yet. But
    whoever has lost its parent is a child of this process, and those are quickly told.
    """
    while not alone():
        pids = descendants()
        for number in (signal.SIGSTOP, signal.SIGKILL):
            for pid in pids:
                _signal(pid, number)
        for _ in range(QUICK_ROUNDS):
            if alone():
                return
            for pid in children():
                _signal(pid, signal.SIGKILL)


def _signal(pid: int, number: int) -> None:
    with suppress(ProcessLookupError, PermissionError):
        os.kill(pid, number)


def alone() -> bool:
    """Reap, and return whether this process has no children, and so no descendants."""
    reap()
    try:
        os.waitid(os.P_ALL, 0, os.WEXITED | os.WNOHANG | os.WNOWAIT)
    except ChildProcessError:
        return True
    return False


def children() -> list[int]:
    """Return the children of this process, dead ones too, as far as the system tells by itself."""
    # This process has one thread.
    with suppress(OSError):
        return [
            int(each)
            for each in Path(f"/proc/self/task/{os.getpid()}/children").read_text("ascii").split()
        ]
    return []


def descendants() -> list[int]:
    """Return the children of this process, their children, and so on, but none that is dead."""
    parents: dict[int, list[int]] = {}
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            with suppress(OSError, ValueError):
                # The name in parentheses may hold anything, spaces and parentheses included.
                state, parent = (entry / "stat").read_text().rpartition(")")[2].split()[:2]
                if state not in "ZX":
                    parents.setdefault(int(parent), []).append(int(entry.name))
    found, waiting = [], [os.getpid()]
    while waiting:
        children = parents.get(waiting.pop(), [])
        found += children
        waiting += children
    return found
